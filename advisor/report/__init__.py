"""Documents, disclosures and evidence: what the rooms below found out, told and proved."""

from advisor.report.edition import Audience, Edition, Section, sections_for
from advisor.report.summary import (
    Action,
    EvidenceReference,
    FootprintRow,
    Logo,
    MeasuredRow,
    Restatement,
    RiskRow,
    Summary,
    summarise,
)

__all__ = [
    "Action",
    "Audience",
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
