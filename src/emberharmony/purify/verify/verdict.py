"""What verification says of a function, as data: JSON goes in and comes out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Status = Literal["verified", "differs", "not tried", "error"]
LARGE = 1000  # elements of the larger input (or result) that a verified function has seen
ENOUGH = 3  # inputs on which the original runs


@dataclass(frozen=True, slots=True)
class VerifySettings:
    """How long, on what, and where inputs come from besides the signature and the documentation.

    `seconds` is the limit of one function, `memory` that of the worker in bytes. `tests` is a folder or file for
    pytest; `trace` a file that `purify.trace.record` wrote.
    """

    seconds: float = 60.0
    backends: tuple[str, ...] = ("numpy", "torch", "mlx")
    seed: int = 0
    tests: Path | None = None
    trace: Path | None = None
    memory: int = 6 << 30


@dataclass(slots=True)
class Tried:
    """One input: where it came from, what it was, what the original did with it, what came of it on each backend."""

    origin: str
    what: str
    outcome: str
    size: int
    backends: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def counts(self) -> bool:
        """Whether the original gave a result."""
        return self.outcome == "returned"


@dataclass(slots=True)
class Verdict:
    """A function, whether its port computes the same, and why.

    `backends` maps each to "same" or to its first difference. `reads` counts numbers that were read from arrays of no
    axes (`float(x)`, `if x`): they wait for the device and are allowed. `hops` are the copies that are not.
    """

    function: str
    status: Status
    why: str
    inputs: list[Tried] = field(default_factory=list[Tried])
    backends: dict[str, str] = field(default_factory=dict[str, str])
    reads: int = 0
    hops: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON has it."""
        return asdict(self)

    @staticmethod
    def from_dict(found: dict[str, Any]) -> Verdict:
        """The verdict that `to_dict` wrote."""
        verdict = Verdict(**found)
        verdict.inputs = [Tried(**tried) for tried in found["inputs"]]
        return verdict
