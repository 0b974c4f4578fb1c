"""The noun `Published`: what the bank has said to others, kept so that it can be restated."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from advisor.quantities import Quantity


class Published(BaseModel):
    """The figures of one publication and what they rest on."""

    model_config = ConfigDict(frozen=True)

    number: int
    figures: dict[str, Quantity | None]
    profiles: dict[str, str]
    """Profile → SHA-256."""
    program: str
    log_seq: int
    """Last entry of the event log that these figures know of."""

    @property
    def key(self) -> str:
        """Identity in the project."""
        return f"{self.number:06}"
