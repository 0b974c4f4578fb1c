"""Variants that another tool made already: a file, or the output folder of Microsoft Olive.

Olive writes its models as `<folder>/…/model.onnx`, sometimes several (one for each pass, device or
search result); each becomes a lever of its own, named after its folder. The file passes the same
checks as a variant of ours: signature, comparison with the parent, accuracy guard.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from onnx import ModelProto

from advisor.candidates.candidate import Candidate
from advisor.candidates.graph import Refusal, read_candidates
from advisor.candidates.levers.file_lever import Change, FileLever
from advisor.candidates.levers.lever import LeverKind, Settings
from advisor.candidates.levers.making import load_whole
from advisor.candidates.workload import Workload
from advisor.sentences import Sentence, sentence


class ReadyMade(FileLever):
    """A lever whose variant lies ready in a file."""

    kind = LeverKind.SHRINK
    changes = sentence("Whatever the other tool did to the model.")
    risks = (sentence("What the tool did is not known here: the accuracy guard judges it."),)

    def __init__(self, made: Candidate) -> None:
        self._made = made
        self.name = f"ready-made-{made.name}"
        self.title = sentence("Made elsewhere: {name}", name=made.name)

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """The same file."""
        if candidate.sha256 == self._made.sha256:
            return sentence("It is the model itself.")
        return None

    def changed(
        self, model: ModelProto, candidate: Candidate, settings: Settings, data: Workload | None
    ) -> Change:
        """The file as it is."""
        return Change(load_whole(self._made), {"made_sha256": self._made.sha256})


def ready_made(paths: Iterable[Path]) -> tuple[list[ReadyMade], list[Refusal]]:
    """A lever for every model in some files and folders; bad files are refused, the rest go on.

    A folder without any model is refused as well.
    """
    found, refused = read_candidates(paths)
    names = [c.name for c in found]
    told = [
        c if names.count(c.name) == 1 else c.model_copy(update={"name": _longer(c)}) for c in found
    ]
    return [ReadyMade(c) for c in told], refused


def _longer(candidate: Candidate) -> str:
    """The folder above as well, where several variants are called the same."""
    return f"{candidate.path.resolve().parent.parent.name}-{candidate.name}"
