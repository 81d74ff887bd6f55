"""The plan of one function: its edits, and what those who plan them ask and say."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from emberharmony.purify.names import FUNCTIONS
from emberharmony.purify.rewrite.dtype_names import dtype_name
from emberharmony.purify.rewrite.nodes import innermost, leaf, leaves
from emberharmony.purify.rewrite.recipes import dtypes
from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.rewrite.splice import Range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from emberharmony.purify.flow.objects import Objects
    from emberharmony.purify.flow.project import Flow
    from emberharmony.purify.flow.values import Value
    from emberharmony.purify.rewrite.splice import Pieces, Text

_TIGHT = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Attribute, ast.Starred, ast.Await, ast.IfExp)
_ATOMS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List)


class Unit:
    """The edits of one function or statement, and what recipes may ask and say."""

    def __init__(
        self,
        flow: Flow,
        text: Text,
        node: ast.AST,
        namespace: str,
        *,
        names: Mapping[str, str],
        everything: bool = False,
        sources: Sequence[str] = (),
        threaded: AbstractSet[ast.AST] = frozenset(),
        objects: Objects | None = None,
    ) -> None:
        self.flow = flow
        self.text = text
        self.node = node
        self.names = names  # what the port calls `ops` and `Array`, in a file that may have such names of its own
        self.namespace = namespace
        self.sources = sources  # the parameters that say which namespace it is; none where it is the current one
        self.threaded = threaded  # helpers that are given the namespace of their caller
        self.objects = objects  # what arrays of NumPy alone can hold, and who has it
        self.named = False
        self.everything = everything  # operators become functions, too
        self.edits: dict[ast.AST, Pieces] = {}
        self.inserted: dict[int, list[str]] = {}
        self.imports: set[str] = set()
        self.spares: set[str] = set()
        self.asked: dict[str, list[list[str | ast.AST]]] = {}
        self.settled: set[ast.AST] = set()
        self.guarded: set[ast.AST] = set()  # runs for sparse matrices of SciPy alone, which no other library has
        self.listed: set[str] = set()  # arrays made at import, which become lists
        self.wrapped: set[ast.AST] = set()  # what is made an array of
        self.one_by_one: ast.stmt | None = None  # a store of one item in a loop
        self.at_import = not isinstance(node, FUNCTIONS)

    def value(self, node: ast.expr) -> Value:
        """What is known of an expression in the port."""
        return self.flow.value(node)

    def dotted(self, node: ast.AST) -> str:
        """The dotted name of an expression, or nothing."""
        return self.flow.resolve(node) or ""

    def ns(self, name: str) -> str:
        """A name of the namespace, in full."""
        self.named = True
        return f"{self.namespace}.{name}"

    def edit(self, node: ast.AST, pieces: Pieces) -> None:
        """Replace a node."""
        self.edits[node] = pieces

    def settle(self, *nodes: ast.AST) -> None:
        """These nodes need no look of their own any more."""
        self.settled.update(nodes)

    def is_listed(self, node: ast.expr) -> bool:
        """Whether a name holds an array that is made when the file is imported: in the port it is a list."""
        if not isinstance(node, ast.Name):
            return False
        found = self.flow.names.bindings(node.id, self.flow.names.scope(node))
        return found is not None and all(
            isinstance(place.value, ast.Call)
            and self.dotted(place.value.func) in ("numpy.array", "numpy.asarray")
            and self.value(node).host in ("list", "tuple")
            for place in found[1]
        )

    def library(self, name: str) -> str:
        """The name of a module of the standard library, which the port imports."""
        scopes = self.flow.names.opened.values()
        if any(place.target != name for scope in scopes for place in scope.bound.get(name, ())):
            raise RefusedError(self.node, f"the port needs the module {name}, and the file gives that name to another")
        self.imports.add(name)
        return name

    def new_line(self, statement: ast.stmt) -> str:
        """The end of a line and the indentation of a statement, for one more statement after it."""
        line = self.text.lines[statement.lineno - 1]
        _, end = self.text.span(statement)
        rest = self.text.text[end : end + 200].partition("\n")[0].strip()
        before = line[: len(line) - len(line.lstrip())]
        if self.text.starts[statement.lineno - 1] + len(before) != self.text.span(statement)[0] or rest.startswith(";"):
            raise RefusedError(statement, "the port takes two lines, and the statement stands on the line of another")
        return (line[len(line.rstrip("\r\n")) :] or "\n") + before

    def spare(self, name: str) -> str:
        """A name that neither the file nor the port uses."""
        if self.at_import:
            raise RefusedError(self.node, "a value that is needed twice has no name here: give it one")
        found, number = f"_{name}", 1
        while found in self.spares or found in self.flow.names.uses:
            number += 1
            found = f"_{name}{number}"
        self.spares.add(found)
        return found

    def tight(self, node: ast.expr, pieces: Pieces) -> Pieces:
        """Pieces that are an operator's expression, in parentheses where their place needs them."""
        parent = self.flow.parent(node)
        inside = isinstance(parent, _TIGHT) or (
            isinstance(parent, ast.Call | ast.Subscript)
            and node in (getattr(parent, "func", None), getattr(parent, "value", None))
        )
        return ["(", pieces, ")"] if inside else pieces

    def hole(self, node: ast.AST, pieces: Pieces) -> Pieces:
        """Pieces for a place beside an operator."""
        if isinstance(node, _ATOMS) or (len(pieces) > 1 and isinstance(pieces[0], str) and pieces[0].endswith("(")):
            return pieces
        return ["(", pieces, ")"]

    def array(self, node: ast.expr, *, floats: bool = False) -> Pieces:
        """An expression as an array of the backend; with `floats`, integers become floats as NumPy makes them."""
        value = self.value(node)
        if value.array:
            if isinstance(node, ast.List | ast.Tuple):
                return self.display(node)
            if not value.sure:
                self.refuse_objects(node)
            pieces: Pieces = [node] if value.sure or self._is_made(node) else self.coerced(node)
            if floats and value.dtype in ("int", "bool"):
                return [self.ns("astype"), "(", pieces, ", ", self.ns("float64"), ")"]
            return pieces
        if value.host in ("None", "str", "dict", "function", "set", "module"):
            raise RefusedError(node, f"`{self.text.source(node)}` is no array")
        self.refuse_objects(node)
        self.wrapped.add(node)
        if isinstance(node, ast.List | ast.Tuple):
            return self.display(node, floats=floats)
        if value.number:
            wide = floats or value.dtype in ("float", "")
            return [self.ns("asarray"), "(", node, f", dtype={self.ns('float64')})" if wide else ")"]
        if value.host in ("list", "tuple", "range") and leaf(value) == "float":
            return [self.ns("asarray"), "(", node, f", dtype={self.ns('float64')})"]
        return self.coerced(node)

    def _is_made(self, node: ast.expr) -> bool:
        """Whether the port of an expression is a call that gives an array, as of `x.T`."""
        first = next(iter(self.edits.get(node, ())), "")
        return first in {f"{self.namespace}.{name}" for name in ("transpose", "real", "imag", "ravel", "mask_select")}

    def inside(self, node: ast.Call, *, opened: bool = False) -> Range:
        """The text between the parentheses of a call, without a last comma; with `opened`, the first of them, too."""
        _, after = self.text.span(node.func)
        _, end = self.text.span(node)
        start = self.text.text.index("(", after) + (0 if opened else 1)
        last = max((self.text.span(argument)[1] for argument in (*node.args, *node.keywords)), default=start)
        if "#" in self.text.text[after:start] or "#" in self.text.text[last:end]:
            raise RefusedError(node, "a comment between the parentheses would be lost")
        inner = self.text.text[start : end - 1].rstrip()
        stop = start + len(inner) - (1 if inner.endswith(",") else 0)
        return Range(start, stop, (*node.args, *node.keywords))

    def closing(self, node: ast.Call) -> str:
        """The last parenthesis of a call, on the line where it stands."""
        _, end = self.text.span(node)
        before = self.text.text[:end][-400:-1]
        return before[len(before.rstrip()) :] + ")"

    def refuse_objects(self, node: ast.expr) -> None:
        """A list of what is no number is an array of objects in NumPy alone."""
        if why := self.held(node):
            raise RefusedError(node, f"`{self.text.source(node)}` holds {why}: other backends have no array of it")
        hosts = {innermost(self.value(leaf).some).host for leaf in leaves(node)}
        if hosts & {"None", "str", "dict", "function", "instance", "set"}:
            raise RefusedError(
                node, f"`{self.text.source(node)}` would be an array of objects, which other backends have not"
            )

    def held(self, node: ast.expr) -> str:
        """What an attribute holds that arrays of NumPy alone can hold; nothing where nobody says so."""
        if self.objects is None or not isinstance(node, ast.Attribute) or self.value(node.value).array:
            return ""
        owner = next((a.name for a in self.flow.names.around(node) if isinstance(a, ast.ClassDef)), "")
        mine = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        return self.objects.held(node.attr, owner if mine else "")

    def coerced(self, node: ast.expr) -> Pieces:
        """`ops.asarray(x)`, said once at the top where a parameter is asked for often."""
        pieces: list[str | ast.AST] = [self.ns("asarray") + "(", node, ")"]
        if isinstance(node, ast.Name):
            self.asked.setdefault(node.id, []).append(pieces)
        return pieces

    def display(self, node: ast.List | ast.Tuple, *, floats: bool = False) -> Pieces:
        """`[[1.0, x], [0, 1]]` as an array."""
        values = [self.value(leaf) for leaf in leaves(node)]
        numbers = all(value.number for value in values)
        if numbers and (floats or any(value.dtype in ("float", "") for value in values) or not values):
            return [self.ns("asarray"), "(", node, f", dtype={self.ns('float64')})"]
        return [self.ns("asarray"), "(", node, ")"]

    def dtype(self, node: ast.expr) -> Pieces:
        """A dtype as the namespace knows it."""
        name = dtype_name(node, self.dotted(node))
        if name == "":
            raise RefusedError(node, f"there is no dtype {self.text.source(node)} on other backends")
        if name is None:
            if why := self.held(node):
                raise RefusedError(node, f"`{self.text.source(node)}` holds {why}")
            dtypes.spell_dtype(self, node)
            return [node]
        self.settle(*ast.walk(node))
        if name == "complex128":
            return ["complex"]  # as wide as the backend has it
        return [f'"{name}"' if self.at_import or self.is_default(node) else self.ns(name)]

    def float64(self) -> str:
        """`dtype=ops.float64`, NumPy's own default."""
        return f"dtype={self.ns('float64')}"

    def is_default(self, node: ast.AST) -> bool:
        """Whether an expression is the default of a parameter, which Python evaluates when the file is imported."""
        child: ast.AST = node
        for around in self.flow.names.around(node):
            if isinstance(around, ast.arguments):
                return child in around.defaults or child in around.kw_defaults
            if isinstance(around, ast.stmt):
                return isinstance(around, ast.FunctionDef) and child in around.decorator_list
            child = around
        return False

    def edit_argument(self, argument: ast.expr, pieces: Pieces) -> None:
        """Wrap an argument: where the pieces name the argument itself, it stands with the edit it had before."""
        before = self.edits.get(argument)
        self.edits[argument] = pieces if before is None else _replaced(pieces, argument, before)

    def shape(self, node: ast.expr) -> Pieces:
        """A shape or axes: a tuple, where NumPy takes a list as well."""
        if isinstance(node, ast.List):
            return ["(", *[piece for part in node.elts for piece in (part, ", ")], ")"]
        return ["tuple(", node, ")"] if self.value(node).host == "list" else [node]

    def arrays(self, node: ast.expr) -> Pieces:
        """A sequence of arrays."""
        if isinstance(node, ast.List | ast.Tuple):
            for part in node.elts:
                if isinstance(part, ast.Starred):
                    continue
                pieces = self.array(part)
                if list(pieces) != [part]:
                    self.edit_argument(part, pieces)
            return [node]
        value = self.value(node)
        if value.item is not None and value.item.array and value.item.sure and value.host in ("list", "tuple"):
            return [node]
        if isinstance(node, ast.GeneratorExp | ast.ListComp):
            pieces = self.array(node.elt)
            if list(pieces) != [node.elt]:
                self.edit_argument(node.elt, pieces)
            return (
                [node]
                if isinstance(node, ast.ListComp)
                else ["list", node]
                if self.text.source(node).startswith("(")
                else ["list(", node, ")"]
            )
        return ["[", self.ns("asarray"), "(_x) for _x in ", node, "]"]


def _replaced(pieces: Pieces, node: ast.AST, new: Pieces) -> Pieces:
    parts: list[str | ast.AST | Range | Pieces] = []
    for piece in pieces:
        if piece is node:
            parts.append(new)
        elif isinstance(piece, str | ast.AST | Range):
            parts.append(piece)
        else:
            parts.append(_replaced(piece, node, new))
    return parts
