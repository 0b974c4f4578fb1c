"""Levers that others bring: a command template, or a Python entry point of `advisor.levers`.

A command template names `{in}` and `{out}` (`my-tool --fast {in} {out}`); it runs without a shell
in a process of its own. An entry point gives an object with the `MakingLever` protocol (its texts
may be plain strings). What they make passes the same checks as our own variants; a broken plug-in
is named and the others go on.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple

import onnx

from advisor.candidates.candidate import Candidate
from advisor.candidates.levers.lever import Lever, LeverError, LeverKind, Need, Settings
from advisor.candidates.levers.making import finish, load_whole, variant_name
from advisor.candidates.workload import Workload
from advisor.quantities import Quantity
from advisor.sentences import Sentence, sentence

GROUP = "advisor.levers"
_LIMIT_S = 600.0


class BrokenPlugIn(NamedTuple):
    """An entry point that gave no lever, and why."""

    name: str
    reason: Sentence


@dataclass(frozen=True)
class CommandLever:
    """A lever that is a command line with `{in}` and `{out}`."""

    name: str
    command: str
    limit_s: float = _LIMIT_S
    kind: LeverKind = LeverKind.SHRINK
    needs: tuple[Need, ...] = ()

    @property
    def title(self) -> Sentence:
        """The command itself."""
        return sentence("Your own tool: {command}", command=self.command)

    @property
    def changes(self) -> Sentence:
        """Known to the tool only."""
        return sentence("Whatever the tool does to the file.")

    @property
    def risks(self) -> tuple[Sentence, ...]:
        """It runs with the user's rights."""
        return (sentence("The tool runs with your rights on your files."),)

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """A template without its two places."""
        parts = _split(self.command)
        if not parts or not any("{in}" in p for p in parts) or not any("{out}" in p for p in parts):
            return sentence(
                "“{command}” must name {places}: the file to read and the file to write.",
                command=self.command,
                places="{in}, {out}",
            )
        return None

    def expected_energy_ratio(self, candidate: Candidate) -> Quantity | None:
        """Unknown."""
        return None

    def variants(self, candidate: Candidate) -> tuple[dict[str, Any], ...]:
        """One; the command stands in the plan."""
        return ({"command": self.command},)

    def make(
        self,
        candidate: Candidate,
        folder: Path,
        *,
        settings: Settings | None = None,
        calibration: Workload | None = None,
    ) -> Candidate:
        """Run the command and take in what it wrote. Raises `LeverError`."""
        obstacle = self.obstacle(candidate)
        if obstacle:
            raise LeverError(obstacle)
        with tempfile.TemporaryDirectory(prefix="carbon-advisor-") as scratch:
            made = Path(scratch) / "variant.onnx"
            places = {"{in}": str(candidate.path), "{out}": str(made)}
            self._run([_filled(part, places) for part in _split(self.command)], Path(scratch))
            if not made.is_file():
                raise LeverError(
                    sentence("{name} ended without an error but wrote no file.", name=self.name)
                )
            try:
                model = onnx.load(str(made))
            except Exception as error:  # whatever the tool wrote is no model
                raise LeverError(
                    sentence("{name} wrote a file that is not an ONNX model.", name=self.name)
                ) from error
            chosen = {"command": self.command}
            return finish(candidate, model, folder, self.name, chosen, calibration)

    def _run(self, arguments: list[str], scratch: Path) -> None:
        try:
            done = subprocess.run(
                arguments, cwd=scratch, capture_output=True, timeout=self.limit_s, check=False
            )
        except FileNotFoundError as error:
            raise LeverError(
                sentence("There is no command “{command}”; check its path.", command=arguments[0])
            ) from error
        except subprocess.TimeoutExpired as error:
            raise LeverError(
                sentence(
                    "{name} was stopped after {seconds} s.", name=self.name, seconds=self.limit_s
                )
            ) from error
        except OSError as error:
            raise LeverError(
                sentence(
                    "{name} could not be started: {reason}.",
                    name=self.name,
                    reason=error.strerror or str(error),
                )
            ) from error
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise LeverError(
                sentence(
                    "{name} ended with code {code}: {reason}",
                    name=self.name,
                    code=done.returncode,
                    reason=(last[0][:200] if last else "no message"),
                )
            )


class ContainedLever:
    """An entry point's lever whose every mistake becomes a `LeverError` with its name."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.name: str = str(inner.name)
        self.kind = LeverKind(inner.kind)
        self.title = _said(inner.title)
        self.changes = _said(inner.changes)
        self.needs: tuple[Need, ...] = tuple(Need(need) for need in inner.needs)
        self.risks: tuple[Sentence, ...] = tuple(_said(risk) for risk in inner.risks)
        for method in ("obstacle", "expected_energy_ratio", "variants", "make"):
            if not callable(getattr(inner, method, None)):
                raise TypeError(f"it has no method {method}")

    def __reduce__(self) -> tuple[Any, ...]:
        """In another process it is loaded anew, from its entry point."""
        return _loaded_anew, (self.name,)

    def obstacle(self, candidate: Candidate) -> Sentence | None:
        """The plug-in's own, or that it broke."""
        try:
            found = self._inner.obstacle(candidate)
        except Exception as error:  # a stranger's code
            return _broke(self.name, error)
        return None if found is None else _said(found)

    def expected_energy_ratio(self, candidate: Candidate) -> Quantity | None:
        """The plug-in's own; unknown when it broke."""
        try:
            found = self._inner.expected_energy_ratio(candidate)
        except Exception:  # a stranger's code
            return None
        return found if isinstance(found, Quantity) else None

    def variants(self, candidate: Candidate) -> tuple[dict[str, Any], ...]:
        """The plug-in's own; none when it broke."""
        try:
            return tuple(dict(v) for v in self._inner.variants(candidate))
        except Exception:  # a stranger's code
            return ()

    def make(
        self,
        candidate: Candidate,
        folder: Path,
        *,
        settings: Mapping[str, Any] | None = None,
        calibration: Workload | None = None,
    ) -> Candidate:
        """The plug-in's variant, checked like one of ours. Raises `LeverError`.

        It writes into a scratch folder; what passes is written anew into `folder`.
        """
        chosen = dict(settings or {})
        with tempfile.TemporaryDirectory(prefix="carbon-advisor-") as scratch:
            try:
                made = self._inner.make(
                    candidate, Path(scratch), settings=chosen, calibration=calibration
                )
            except LeverError:
                raise
            except (Exception, SystemExit) as error:  # a stranger's code
                raise LeverError(_broke(self.name, error)) from error
            if not isinstance(made, Candidate):
                raise LeverError(
                    sentence("The plug-in {name} returned no candidate.", name=self.name)
                )
            if made.sha256 == candidate.sha256 and made.run_options != candidate.run_options:
                return made.model_copy(
                    update={"path": candidate.path, "parent_key": candidate.key,
                            "lever": self.name, "lever_settings": chosen}
                )  # fmt: skip
            model = load_whole(made)
            label = variant_name(self.name, chosen)
            return finish(candidate, model, folder, self.name, chosen, calibration, label)


@cache
def plugged_in() -> tuple[tuple[Lever, ...], tuple[BrokenPlugIn, ...]]:
    """Levers of installed plug-ins, and the plug-ins that are broken."""
    levers: list[Lever] = []
    broken: list[BrokenPlugIn] = []
    for point in entry_points(group=GROUP):
        try:
            loaded = point.load()
            lever = ContainedLever(loaded() if isinstance(loaded, type) else loaded)
        except (Exception, SystemExit) as error:  # a stranger's code
            broken.append(BrokenPlugIn(point.name, _broke(point.name, error)))
        else:
            levers.append(lever)
    return tuple(levers), tuple(broken)


def _loaded_anew(name: str) -> Lever:
    for lever in plugged_in()[0]:
        if lever.name == name:
            return lever
    raise LeverError(sentence("The plug-in {name} is no longer installed.", name=name))


def _said(words: Any) -> Sentence:
    return words if isinstance(words, Sentence) else sentence("{reason}", reason=str(words))


def without_names_taken(
    levers: Iterable[Lever], taken: Collection[str]
) -> tuple[list[Lever], list[BrokenPlugIn]]:
    """The levers whose names are free; another with the same name would take its place."""
    free: dict[str, Lever] = {}
    broken: list[BrokenPlugIn] = []
    for lever in levers:
        if lever.name in taken or lever.name in free:
            said = sentence(
                "The plug-in {name} is left out: another lever has this name.", name=lever.name
            )
            broken.append(BrokenPlugIn(lever.name, said))
        else:
            free[lever.name] = lever
    return list(free.values()), broken


def _broke(name: str, error: BaseException) -> Sentence:
    return sentence(
        "The plug-in {name} is broken ({reason}); the other levers are not affected.",
        name=name,
        reason=f"{type(error).__name__}: {str(error)[:160]}",
    )


def _filled(part: str, places: dict[str, str]) -> str:
    for mark, value in places.items():
        part = part.replace(mark, value)
    return part


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []
