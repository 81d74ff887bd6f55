"""Rewrite NumPy code for every backend: text in, text out; nothing is written and nothing is run.

A function is ported whole or left as it is, with the reason; outside of the edits every byte stays.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from emberharmony.errors import EmberError
from emberharmony.purify.flow import Project
from emberharmony.purify.knowledge.numpy import ARRAY_METHODS
from emberharmony.purify.rewrite import walk
from emberharmony.purify.rewrite.imports import with_imports
from emberharmony.purify.rewrite.meant import Kept, Meant, MeantError
from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.rewrite.splice import Text
from emberharmony.purify.rewrite.unit import Unit
from emberharmony.purify.rewrite.units import TIED, arrays_of, near_to, ported_in, threaded_in, units_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from emberharmony.purify.flow.objects import Objects
    from emberharmony.purify.flow.project import Flow
    from emberharmony.purify.names import Binding

__all__ = ["Left", "Meant", "RewriteError", "Rewritten", "Slower", "rewrite"]


class RewriteError(EmberError, RuntimeError):
    """A rewrite that would not be right; nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Left:
    """A function that was not ported, and why; `meant` if a comment or the settings ask for it."""

    function: str
    line: int
    column: int
    why: str
    meant: bool = False


@dataclass(frozen=True, slots=True)
class Slower:
    """A function whose port is right and takes longer, where, and why."""

    function: str
    line: int
    column: int
    why: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The new text, the functions that changed, those that were left, and those of the changed that take longer."""

    text: str
    ported: list[str] = field(default_factory=list[str])
    left: list[Left] = field(default_factory=list[Left])
    slower: list[Slower] = field(default_factory=list[Slower])


def rewrite(
    text: str,
    path: Path | None = None,
    *,
    target: Literal["ops", "xp"] = "ops",
    operators: Literal["breaking", "all"] = "breaking",
    project: Project | None = None,
    only: frozenset[str] | None = None,
    meant: Sequence[Meant] = (),
) -> Rewritten:
    """The text with every function that can be ported, ported.

    `only` names the functions that may change; where something is `meant` to be as it is, nothing changes.
    """
    if not _MAY_BE_TIED.search(text):
        return Rewritten(text)
    project = Project(ported=True) if project is None else project
    tree = (project.tree(path, text.encode()) if path is not None else None) or ast.parse(text)
    original = project.flow(tree, path)
    kept = Kept.at(meant, Text(text), tree)
    found, new, near = _rewritten(text, original, target, operators == "all", only, kept)
    kept = kept.by_lines(units_of(tree))
    first = found
    for _ in range(_ROUNDS):
        if not (first.left and near):
            break  # nothing that a second look, with these ports in place, could see in another light
        found, new, near = _rewritten(found.text, project.flow(new, path), target, operators == "all", near, kept)
        left = [one for one in first.left if one.meant or one.function not in found.ported]
        first = Rewritten(found.text, [*first.ported, *found.ported], left, first.slower)
    if not first.left and only is None:
        first.left.extend(_still_tied(tree, new, kept.imports))
    if found is not first and path is not None:
        project.put(original)  # other files are to see this one as it is
    return first


def _rewritten(
    text: str,
    flow: Flow,
    target: Literal["ops", "xp"],
    everything: bool,
    only: frozenset[str] | None,
    kept: Kept,
) -> tuple[Rewritten, ast.Module, frozenset[str]]:
    """One round, the tree of its text, and the functions that the next one may see in another light; the result of the
    last round is the same text again."""
    tree = flow.names.tree
    units = units_of(tree)
    barred: dict[ast.AST, str] = dict.fromkeys(ported_in(flow, units), "its port is there already")
    barred |= kept.barred(units, Text(text))
    told: dict[ast.AST, str] = {}
    while True:
        objects = flow.project.objects(flow.path)
        file = _File(flow, text, tree, target, everything, barred | told, only, objects, kept)
        file.plan(units)
        if needed := file.needed_as_arrays():
            told |= needed
            continue
        left = [found for found in file.left if found.why not in barred.values()]
        if not file.planned:
            return Rewritten(text, [], left), tree, frozenset()
        try:
            new, result = file.carried_out(file.planned)
        except (SyntaxError, _LostError) as problem:
            faulty = {unit.node: why for unit in file.planned if (why := file.fault(unit))}
            if not faulty:
                raise RewriteError(
                    f"the rewrite of {flow.path or 'the text'} would be faulty: {problem}",
                    expected="Python that parses, with all of its comments",
                    mend="the file is unchanged; please report the line: this is a mistake of the tool",
                ) from problem
            told |= faulty
            continue
        done = [(flow.names.qualified(unit.node), unit) for unit in file.planned]
        slower = [
            Slower(name, unit.one_by_one.lineno, unit.one_by_one.col_offset + 1, _ONE_BY_ONE)
            for name, unit in done
            if unit.one_by_one is not None
        ]
        near = near_to(flow, units, {unit.node for unit in file.planned})
        return Rewritten(new, [name for name, _ in done], left, slower), result, near if only is None else near & only


_ROUNDS = 4
_ONE_BY_ONE = (
    "a loop stores its items one by one, which takes several times as long: store them at once, or stack a list"
)
# what a file must hold to be worth a parse: a library's name, or what is asked of arrays
_MAY_BE_TIED = re.compile(
    rf"{'|'.join(TIED)}|\.(?:{'|'.join(sorted(ARRAY_METHODS | {'shape', 'dtype', 'ndim', 'T'}))})\b"
)


class _File:
    """One attempt at a file: the units that can be ported, with their edits, and those that are left."""

    def __init__(
        self,
        flow: Flow,
        text: str,
        tree: ast.Module,
        target: Literal["ops", "xp"],
        everything: bool,
        barred: dict[ast.AST, str],
        only: frozenset[str] | None,
        objects: Objects,
        kept: Kept,
    ) -> None:
        self.flow = flow
        self.objects = objects
        self.kept = kept
        self.source = Text(text)
        self.tree = tree
        self.everything = everything
        self.barred = barred
        self.only = only
        self.names = {name: _free(flow, name) for name in ("ops", "xp", "Array")}
        self.by_array = target == "xp"
        self.threaded = threaded_in(flow, tree) if self.by_array else set[ast.AST]()
        self.planned: list[Unit] = []
        self.left: list[Left] = []

    def plan(self, units: list[ast.stmt]) -> None:
        """Plan every unit; helpers that are given the namespace come first, as their callers have to know."""
        for node in sorted(units, key=lambda unit: unit not in self.threaded):
            name = self.flow.names.qualified(node)
            if self.only is not None and name not in self.only and name != "<module>":
                self.threaded.discard(node)
                continue
            unit = self._unit(node)
            if not (isinstance(unit, Unit) and unit.named):
                self.threaded.discard(node)
            if isinstance(unit, Unit):
                if unit.edits or unit.inserted:
                    self.planned.append(unit)
                continue
            line, column = getattr(unit.node, "lineno", 1), getattr(unit.node, "col_offset", 0)
            self.left.append(Left(name, line, column + 1, unit.why, isinstance(unit, MeantError)))

    def _unit(self, node: ast.stmt) -> Unit | RefusedError:
        if node in self.barred:
            return RefusedError(node, self.barred[node])
        arrays = arrays_of(self.flow, node) if self.by_array else []
        namespace = self.names["xp" if arrays or node in self.threaded else "ops"]
        unit = Unit(
            self.flow,
            self.source,
            node,
            namespace,
            names=self.names,
            everything=self.everything,
            sources=arrays,
            threaded=self.threaded,
            objects=self.objects,
        )
        try:
            walk.plan(unit)
            self.kept.check(unit)
        except RefusedError as refused:
            return self.kept.refusal(refused)
        except RecursionError:  # of this unit alone: the rest of the file can be followed
            return RefusedError(node, "its expressions are nested too deeply to follow")
        if unit.edits and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            owner = self.flow.parent(node)
            given = self.objects.given(node, owner.name if isinstance(owner, ast.ClassDef) else "")
            for name, why in given.items():
                return RefusedError(node, f"`{name}` is given {why}: other backends have no array of it")
        return unit

    def needed_as_arrays(self) -> dict[ast.AST, str]:
        """Statements that would make a list of an array, though somebody needs the array: a function that is left, a
        method, another file."""
        wrapped = {node for unit in self.planned for node in unit.wrapped}
        why = "it is made when the file is imported, for one backend, and used where a list is no array"
        return {
            unit.node: why for unit in self.planned for name in unit.listed if not self._serves_as_list(name, wrapped)
        }

    def _serves_as_list(self, name: str, wrapped: set[ast.AST]) -> bool:
        if self.flow.path is not None and self.objects.named_elsewhere(name, self.flow.path):
            return False
        uses = [use for use in self.flow.names.uses_of(name, self.flow.names.root) if isinstance(use.ctx, ast.Load)]
        return all(use in wrapped or _takes_lists(use, self.flow.parent(use)) for use in uses)

    def carried_out(self, units: list[Unit]) -> tuple[str, ast.Module]:
        """The file with these plans carried out, and its tree; raises SyntaxError, and _LostError for a comment."""
        source = Text(self.source.text)
        imports: set[str] = set()
        for unit in units:
            source.edits.update(unit.edits)
            for line, lines in unit.inserted.items():
                source.inserted[line] = source.inserted.get(line, "") + "".join(lines)
            imports |= unit.imports
        new = with_imports(source.whole(self.tree), self.tree, self.names, imports, self.kept.imports)
        tree = ast.parse(new)
        if new.count("#") != source.text.count("#") and _comments(new) != _comments(source.text):
            raise _LostError("a comment inside of its expressions would be lost: move it to a line of its own")
        return new, tree

    def fault(self, unit: Unit) -> str:
        """What is wrong with a plan when it is carried out alone; nothing, as a rule."""
        try:
            self.carried_out([unit])
        except SyntaxError:
            return "its port would not be Python: write the expression in simpler steps"
        except _LostError as lost:
            return str(lost)
        return ""


def _takes_lists(use: ast.Name, parent: ast.AST | None) -> bool:
    """Whether a name is used as a list may be: gone through, or asked for one place."""
    match parent:
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            return parent.iter is use
        case ast.Subscript(slice=ast.Constant(value=int())):
            return parent.value is use
        case _:
            return False


class _LostError(EmberError, ValueError):
    """A comment of the original that the new text has not."""


def _comments(text: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    return sorted(token.string for token in tokens if token.type == tokenize.COMMENT)


def _still_tied(tree: ast.Module, new: ast.Module, kept: frozenset[str]) -> Iterator[Left]:
    """The imports that are still there though no function was left: who uses them is not known."""
    there = {ast.dump(node) for node in _imports(new)} - kept
    for node in _imports(tree):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        tied = [name for name in modules if name.partition(".")[0] in TIED]
        if tied and ast.dump(node) in there:
            if any(alias.name == "*" for alias in node.names):
                why = f"the names that {tied[0]} brings cannot be told: import them one by one"
            else:
                why = f"{tied[0]} is imported, and no use of it can be followed: import it once, at the top, or not"
            yield Left("<module>", node.lineno, node.col_offset + 1, why)


def _imports(tree: ast.Module) -> Iterator[ast.Import | ast.ImportFrom]:
    """The absolute imports at the top of a file, those that are tried among them."""
    for statement in tree.body:
        for node in ast.walk(statement) if isinstance(statement, ast.Try) else [statement]:
            if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level):
                yield node


def _free(flow: Flow, name: str) -> str:
    """A name for the namespace that the file does not use for something else."""
    taken = {
        bound
        for scope in flow.names.opened.values()
        for bound, places in scope.bound.items()
        if not _ours(bound, places)
    }
    while name in taken:
        name += "_"
    return name


def _ours(name: str, places: list[Binding]) -> bool:
    return all(place.target in (f"emberharmony.{name}", f"emberharmony.types.{name}") for place in places)
