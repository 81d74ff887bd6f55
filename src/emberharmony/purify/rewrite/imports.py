"""The imports of a rewritten file: what the new text needs comes in, what nothing names any more goes."""

from __future__ import annotations

import ast

from emberharmony.purify.rewrite.splice import Text

_GONE = ("numpy", "cupy", "scipy")


def with_imports(text: str, namespace: str, needed: set[str]) -> str:
    """The text with `from emberharmony import ops` and without imports of NumPy and SciPy that nothing uses."""
    tree = ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | _exported(tree)
    used |= {
        node.value.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.isidentifier()
        and _in_annotation(tree, node)
    }
    source = Text(text)
    end = "\r\n" if "\r\n" in text else "\n"
    new = _wanted(tree, namespace, needed)
    place: ast.stmt | None = None
    for node in tree.body:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.ImportFrom) and (node.module == "__future__" or node.level):
            continue
        kept = [alias for alias in node.names if not _dropped(node, alias, used)]
        if len(kept) == len(node.names):
            continue
        if kept:
            source.edits[node] = [_spelled(node, kept)]
            continue
        if place is None and new:
            place = node
            source.edits[node] = [end.join(new)]
        else:
            _remove(source, node)
    if place is None and new:
        source.inserted[_first_line(tree)] = end.join(new) + end
    return source.whole(tree)


def _wanted(tree: ast.Module, namespace: str, needed: set[str]) -> list[str]:
    present = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    uses = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = [
        f"import {name}"
        for name in sorted(needed - {"Array", "array_namespace"})
        if name not in present and name in uses
    ]
    plain = namespace.rstrip("_")
    if namespace in uses and namespace not in present:
        lines.append(f"from emberharmony import {plain}" + (f" as {namespace}" if plain != namespace else ""))
    if "array_namespace" in needed and "array_namespace" not in present:
        lines.append("from emberharmony.ops import array_namespace")
    if "Array" in needed and "Array" not in present:
        lines.append("from emberharmony.types import Array")
    return lines


def _dropped(node: ast.Import | ast.ImportFrom, alias: ast.alias, used: set[str]) -> bool:
    home = (alias.name if isinstance(node, ast.Import) else node.module or "").partition(".")[0]
    name = alias.asname or (alias.name.partition(".")[0] if isinstance(node, ast.Import) else alias.name)
    return home in _GONE and name not in used and alias.name != "*"


def _spelled(node: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> str:
    listed = ", ".join(alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in names)
    return f"import {listed}" if isinstance(node, ast.Import) else f"from {node.module} import {listed}"


def _remove(source: Text, node: ast.stmt) -> None:
    """Take a statement away, with its line where nothing else stands on it."""
    start, end = source.span(node)
    line_start = source.starts[node.lineno - 1]
    last = source.lines[(node.end_lineno or node.lineno) - 1]
    line_end = source.starts[(node.end_lineno or node.lineno) - 1] + len(last)
    if not source.text[line_start:start].strip() and not source.text[end:line_end].strip():
        source.cuts.append((line_start, line_end))
    else:
        source.edits[node] = ["pass"]


def _exported(tree: ast.Module) -> set[str]:
    """The names in `__all__`."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            found |= {
                part.value
                for part in ast.walk(node.value)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            }
    return found


def _in_annotation(tree: ast.Module, node: ast.Constant) -> bool:
    return False


def _first_line(tree: ast.Module) -> int:
    """The line for a first import: after the docstring and `from __future__`."""
    line = 1
    for node in tree.body:
        if (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        ) or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            line = (node.end_lineno or 1) + 1
        else:
            return min(line, node.lineno) if line == 1 else line
    return line
