"""The imports of a rewritten file: what the new text needs comes in, what nothing names any more goes."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from emberharmony.purify.rewrite.splice import Text
from emberharmony.purify.trees import inside

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_GONE = ("numpy", "cupy", "scipy")
_HOMES = {"Array": "emberharmony.types", "array_namespace": "emberharmony.ops"}
_WORD = re.compile(r"\w+")


def with_imports(
    text: str, before: ast.Module, names: Mapping[str, str], needed: set[str], kept: Collection[str]
) -> str:
    """The text with `from emberharmony import ops` and without imports of NumPy and SciPy that nothing uses any more.

    `before` is the tree of the original: what it imported and never used is there for others, and stays. `names` has
    what the text calls `ops` and `Array`; `needed` the other modules that it needs; `kept` the dumps of imports that
    stay, used or not.
    """
    tree = ast.parse(text)
    used = _used(tree)
    gone = _used(before) - used
    source = Text(text)
    end = "\r\n" if "\r\n" in text else "\n"
    new = _wanted(tree, names, needed, used)
    place: ast.stmt | None = None
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.ImportFrom) and (node.module == "__future__" or node.level):
            continue
        still = [alias for alias in node.names if not _dropped(node, alias, gone)]
        if len(still) == len(node.names) or ast.dump(node) in kept or "#" in source.source(node):
            continue  # a comment between the names would be lost with them
        if still:
            source.edits[node] = [_spelled(node, still)]
        elif place is None and new and _alone(source, node):
            place = node
            source.edits[node] = [end.join(new)]
        else:
            _remove(source, node)
    if place is None and new:
        _put_first(source, tree, new, end)
    return source.whole(tree)


def _used(tree: ast.Module) -> set[str]:
    """The names that the module reads, binds or exports, those in annotations that are text among them."""
    used: set[str] = set()
    for node in inside(tree):
        if isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.arg | ast.AnnAssign):
            used |= _quoted(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            used |= _quoted(node.returns)
        elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            used |= _quoted(node.value)
    return used


def _quoted(node: ast.expr | None) -> set[str]:
    """The words in the strings of an expression."""
    if node is None or isinstance(node, ast.Name):
        return set()
    texts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return {word for text in texts for word in _WORD.findall(text)}


def _wanted(tree: ast.Module, names: Mapping[str, str], needed: set[str], used: set[str]) -> list[str]:
    present = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    lines = [f"import {name}" for name in sorted(needed - set(_HOMES)) if name not in present and name in used]
    if names["ops"] in used and names["ops"] not in present:
        lines.append(f"from emberharmony import {_spelled_as('ops', names['ops'])}")
    for name, home in sorted(_HOMES.items(), key=lambda item: item[1]):
        ours = names.get(name, name)
        if name in needed and ours not in present:
            lines.append(f"from {home} import {_spelled_as(name, ours)}")
    return lines


def _spelled_as(name: str, ours: str) -> str:
    return name if name == ours else f"{name} as {ours}"


def _dropped(node: ast.Import | ast.ImportFrom, alias: ast.alias, gone: set[str]) -> bool:
    home = (alias.name if isinstance(node, ast.Import) else node.module or "").partition(".")[0]
    name = alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)
    return home in _GONE and name in gone


def _spelled(node: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> str:
    listed = ", ".join(alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in names)
    return f"import {listed}" if isinstance(node, ast.Import) else f"from {node.module} import {listed}"


def _around(source: Text, node: ast.stmt) -> tuple[str, str]:
    """What stands on the lines of a statement before and after it."""
    start, end = source.span(node)
    last = (node.end_lineno or node.lineno) - 1
    line_end = source.starts[last] + len(source.lines[last])
    return source.text[source.starts[node.lineno - 1] : start], source.text[end:line_end]


def _alone(source: Text, node: ast.stmt) -> bool:
    """Whether no other statement stands on the lines of this one."""
    before, after = _around(source, node)
    return not before.strip() and not after.lstrip().startswith(";")


def _remove(source: Text, node: ast.stmt) -> None:
    """Take a statement away, with its line where nothing else stands on it; a comment there stays."""
    before, after = _around(source, node)
    start, end = source.span(node)
    rest = after.lstrip()
    if before.rstrip().endswith(";"):
        source.cuts.append((start - len(before) + len(before.rstrip().rstrip(";").rstrip()), end))
    elif rest.startswith(";"):
        source.cuts.append((start, end + len(after) - len(rest[1:].lstrip())))
    elif rest:
        source.cuts.append((start, end + len(after) - len(rest)))
    else:
        source.cuts.append((start - len(before), end + len(after)))


def _put_first(source: Text, tree: ast.Module, new: list[str], end: str) -> None:
    """Put the imports after the docstring and `from __future__`, before the first statement."""
    last: ast.stmt | None = None
    for node in tree.body:
        if not (_is_text(node) or (isinstance(node, ast.ImportFrom) and node.module == "__future__")):
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
            if last is not None and last.end_lineno == first:
                source.edits[last] = [last, "; " + "; ".join(new)]
            else:
                line = (last.end_lineno or last.lineno) + 1 if last is not None else first
                source.inserted[line] = end.join(new) + end
            return
        last = node


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
