"""The noun `Finding`: one thing that was checked about an evidence pack, and whether it holds."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

from advisor.sentences import Sentence


class Finding(BaseModel):
    """One thing that was checked."""

    model_config = ConfigDict(frozen=True)

    check: str
    holds: bool
    statement: Sentence

    @classmethod
    def good(cls, check: str, statement: Sentence) -> Self:
        """It holds."""
        return cls(check=check, holds=True, statement=statement)

    @classmethod
    def bad(cls, check: str, statement: Sentence) -> Self:
        """It does not."""
        return cls(check=check, holds=False, statement=statement)
