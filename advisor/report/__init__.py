"""Documents, disclosures and evidence: what the rooms below found out, told and proved."""

from advisor.report.edition import Audience, Edition, Section, sections_for
from advisor.report.summarise import summarise
from advisor.report.summary import (
    Action,
    DecisionRow,
    EvidenceReference,
    FootprintRow,
    Logo,
    MeasuredRow,
    Restatement,
    RiskRow,
    Summary,
)

__all__ = [
    "Action",
    "Audience",
    "DecisionRow",
    "Edition",
    "EvidenceReference",
    "FootprintRow",
    "Logo",
    "MeasuredRow",
    "Restatement",
    "RiskRow",
    "Section",
    "Summary",
    "sections_for",
    "summarise",
]
