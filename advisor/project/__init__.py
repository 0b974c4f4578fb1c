"""The project file: one SQLite file that remembers, and a log that an auditor can verify."""

from advisor.project.errors import ProjectError
from advisor.project.log import ChainBreak, LogEntry, verify_chain
from advisor.project.project import Project
from advisor.project.runs import BenchmarkRun, WorkloadSource

__all__ = [
    "BenchmarkRun",
    "ChainBreak",
    "LogEntry",
    "Project",
    "ProjectError",
    "WorkloadSource",
    "verify_chain",
]
