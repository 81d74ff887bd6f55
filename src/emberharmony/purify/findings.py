"""What the audit says: a rule, the place where it holds, and whether anybody has to act."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum
from typing import Literal

Severity = Literal["error", "warning", "note"]


class Reason(Enum):
    """Why a finding needs no action; a finding without a reason is open."""

    BACKEND = "the file belongs to a backend"
    BOUNDARY = "a conversion for a library that takes host arrays only"
    GUARDED = "a branch that runs on this array library alone"
    TYPING = "an import for type checkers, which never runs"
    DOCUMENTED = "an exception that the line itself explains"
    BASELINE = "known when the baseline was written"


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that ties code to an array library. `bad` and `good` are whole snippets: `fix` makes one of the other.

    `good` is empty where no tool can write the mend; then `mend` says what a person would do.
    """

    code: str
    name: str
    severity: Severity
    what: str
    why: str
    bad: str
    good: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that holds at a node. `note` says what is there, in the names of the file; `sure` is False where the kind
    of a value is not known."""

    rule: Rule
    node: ast.AST
    note: str = ""
    reason: Reason | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding with its place, as reports and files hold it. Lines and columns count from 1, columns in characters."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    code: str
    severity: Severity
    function: str
    note: str
    mend: str
    reason: str | None = None
    why: str = ""
    sure: bool = True

    @property
    def open(self) -> bool:
        """Whether somebody has to act."""
        return self.reason is None
