"""The plan of one function: every use of NumPy in it has an edit, or the function is left as it is.

# Longer than 400 lines: the walk over one function and what each kind of node becomes; the recipes stand elsewhere.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from emberharmony.purify.flow.values import UNKNOWN, Value
from emberharmony.purify.knowledge import numpy as know
from emberharmony.purify.knowledge.libraries import NUMPY, library
from emberharmony.purify.names import FUNCTIONS, parameters
from emberharmony.purify.rewrite import outs, special, stores
from emberharmony.purify.rewrite.dtypes import DTYPES, dtype_name
from emberharmony.purify.rewrite.refused import RefusedError
from emberharmony.purify.rewrite.splice import Pieces, Range, Text
from emberharmony.purify.rewrite.table import Parameter, Recipe, functions, methods, scipy

if TYPE_CHECKING:
    from emberharmony.purify.flow.project import Flow

_TIGHT = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Attribute, ast.Starred, ast.Await, ast.IfExp)
_ATOMS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List)
_FIXED = {
    "pi": "pi",
    "e": "e",
    "inf": "inf",
    "nan": "nan",
    "Inf": "inf",
    "NaN": "nan",
    "Infinity": "inf",
    "NAN": "nan",
    "infty": "inf",
    "PINF": "inf",
}
_TESTS = (
    "builtins.isinstance",
    "builtins.len",
    "builtins.callable",
    "builtins.hasattr",
    "builtins.range",
    "builtins.type",
)


class Unit:
    """Edits of one function or statement."""

    def __init__(
        self,
        flow: Flow,
        text: Text,
        node: ast.AST,
        names: Mapping[str, str],
        *,
        everything: bool = False,
        sources: Sequence[str] = (),
        threaded: AbstractSet[ast.AST] = frozenset(),
    ) -> None:
        self.flow = flow
        self.text = text
        self.node = node
        self.names = names  # what the port calls `ops` and `Array`, in a file that may have such names of its own
        self.namespace = names["ops"]
        self.sources = sources  # the parameters that say which namespace it is; none where it is the current one
        self.threaded = threaded  # helpers that are given the namespace of their caller
        self.named = False
        self.everything = everything  # operators become functions, too
        self.edits: dict[ast.AST, Pieces] = {}
        self.inserted: dict[int, list[str]] = {}
        self.imports: set[str] = set()
        self.spares: set[str] = set()
        self._asked: dict[str, list[list[str | ast.AST]]] = {}
        self._settled: set[ast.AST] = set()
        self._guarded: set[ast.AST] = set()  # runs for sparse matrices of SciPy alone, which no other library has
        self.at_import = not isinstance(node, FUNCTIONS)

    # -- the walk --

    def plan(self) -> None:
        """Find every edit; raises RefusedError at the first use that has none."""
        nodes = self._nodes()
        for node in nodes[::-1]:
            self._prepare(node)
        for node in nodes:
            if node in self._settled:
                continue
            match node:
                case ast.Call():
                    self._call(node)
                case ast.Attribute():
                    self._attribute(node)
                case ast.Name(ctx=ast.Load()):
                    self._name(node)
                case ast.BinOp():
                    self._operator(node)
                case ast.Compare():
                    self._compare(node)
                case ast.Subscript(ctx=ast.Load()):
                    stores.read(self, node)
                case ast.Assign() | ast.AugAssign() | ast.Delete():
                    if not outs.plan(self, node):
                        stores.write(self, node)
                case ast.Expr() | ast.Return():
                    outs.plan(self, node)
                case ast.Import() | ast.ImportFrom() if not self.at_import and self._imports(node):
                    self._drop_import(node)
                case _:
                    pass
        self._first_lines()
        self._check_texts()

    def _check_texts(self) -> None:
        """Before Python 3.12 nodes in an f-string may have places that are not theirs; `{x=}` shows what is written."""
        for node in self.edits:
            inside = [node, *self.flow.names.around(node)]
            for i, around in enumerate(inside):
                if isinstance(around, ast.FormattedValue) and not self._stands_in_braces(inside[i - 1]):
                    raise RefusedError(around, "NumPy is called inside an f-string: give the value a name first")

    def _stands_in_braces(self, node: ast.AST) -> bool:
        """Whether the value of an f-string's braces stands where its tree says, alone."""
        start, end = self.text.span(node)
        before, after = self.text.text[:start].rstrip(), self.text.text[end:].lstrip()
        if not before.endswith("{") or before.endswith("{{") or after[:1] not in ("}", "!", ":"):
            return False
        try:
            return ast.dump(ast.parse(self.text.text[start:end], mode="eval").body) == ast.dump(node)
        except SyntaxError:
            return False

    def _prepare(self, node: ast.AST) -> None:
        """What the outer node decides for the names in it, before they are looked at."""
        match node:
            case ast.If() | ast.IfExp():
                self._guard(node)
            case ast.ExceptHandler(type=ast.expr() as kind):
                for part in kind.elts if isinstance(kind, ast.Tuple) else [kind]:
                    if (
                        self.dotted(part).rpartition(".")[2] == "LinAlgError"
                    ):  # torch's is a RuntimeError, NumPy's a ValueError
                        one = "ValueError, RuntimeError"
                        self.edit(part, [one if isinstance(kind, ast.Tuple) else f"({one})"])
                        self.settle(*ast.walk(part))
            case ast.Call(func=func, args=[_, kinds]) if self.dotted(func) in (
                "builtins.isinstance",
                "numpy.issubdtype",
            ):
                self.settle(*ast.walk(kinds))
            case ast.Compare(ops=[_], comparators=[right]) if special.names_objects(self, right):
                self.settle(*ast.walk(right))
            case ast.Attribute(value=ast.Call(func=func) as inner) if self.dotted(func) == "numpy.broadcast":
                self.settle(inner)
            case ast.Subscript(value=grid) if self.dotted(grid) in stores.GRIDS:
                self.settle(*ast.walk(grid))
            case ast.arg() if node.annotation is not None:
                self._annotation(node.annotation)
            case ast.FunctionDef() if node.returns is not None:
                self._annotation(node.returns)
            case ast.AnnAssign():
                self._annotation(node.annotation)
            case _:
                pass

    def _guard(self, node: ast.If | ast.IfExp) -> None:
        test, negated = node.test, False
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, negated = test.operand, True
        parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or) == (not negated) else [test]
        asked = [isinstance(p, ast.Call) and self.dotted(p.func).rpartition(".")[2] in _SPARSE for p in parts]
        first = isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) and isinstance(test.values[0], ast.Call)
        if first and not negated and isinstance(test, ast.BoolOp) and isinstance(test.values[0], ast.Call):
            asked = [self.dotted(test.values[0].func).rpartition(".")[2] in _SPARSE]
            if asked[0]:
                self._guarded.update(inner for part in test.values[1:] for inner in ast.walk(part))
        if not all(asked):
            return
        branch = node.orelse if negated else node.body
        for inner in branch if isinstance(branch, list) else [branch]:
            self._guarded.update(ast.walk(inner))

    def _nodes(self) -> list[ast.AST]:
        """All nodes, the inner ones first."""
        found: list[ast.AST] = []
        stack: list[ast.AST] = [self.node]
        while stack:
            node = stack.pop()
            found.append(node)
            stack.extend(ast.iter_child_nodes(node))
        return found[::-1]

    # -- what others ask --

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
        self._settled.update(nodes)

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
        return ("\r\n" if line.endswith("\r\n") else "\n") + before

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
            pieces: Pieces = [node] if value.sure else self.coerced(node)
            if floats and value.dtype in ("int", "bool"):
                return [self.ns("astype"), "(", pieces, ", ", self.ns("float64"), ")"]
            return pieces
        if value.host in ("None", "str", "dict", "function", "set", "module"):
            raise RefusedError(node, f"`{self.text.source(node)}` is no array")
        self.refuse_objects(node)
        if isinstance(node, ast.List | ast.Tuple):
            return self.display(node, floats=floats)
        if value.number:
            wide = floats or value.dtype in ("float", "")
            return [self.ns("asarray"), "(", node, f", dtype={self.ns('float64')})" if wide else ")"]
        if value.host in ("list", "tuple", "range") and _leaf(value) == "float":
            return [self.ns("asarray"), "(", node, f", dtype={self.ns('float64')})"]
        return self.coerced(node)

    def refuse_objects(self, node: ast.expr) -> None:
        """A list of what is no number is an array of objects in NumPy alone."""
        leaves = _leaves(node) if isinstance(node, ast.List | ast.Tuple) else [node]
        hosts = {_innermost(self.value(leaf).some).host for leaf in leaves}
        if hosts & {"None", "str", "dict", "function", "instance", "set"}:
            raise RefusedError(
                node, f"`{self.text.source(node)}` would be an array of objects, which other backends have not"
            )

    def coerced(self, node: ast.expr) -> Pieces:
        """`ops.asarray(x)`, said once at the top where a parameter is asked for often."""
        pieces: list[str | ast.AST] = [self.ns("asarray") + "(", node, ")"]
        if isinstance(node, ast.Name):
            self._asked.setdefault(node.id, []).append(pieces)
        return pieces

    def display(self, node: ast.List | ast.Tuple, *, floats: bool = False) -> Pieces:
        """`[[1.0, x], [0, 1]]` as an array."""
        leaves = [self.value(leaf) for leaf in _leaves(node)]
        numbers = all(leaf.number for leaf in leaves)
        if numbers and (floats or any(leaf.dtype in ("float", "") for leaf in leaves) or not leaves):
            return [self.ns("asarray"), "(", node, f", dtype={self.ns('float64')})"]
        return [self.ns("asarray"), "(", node, ")"]

    def dtype(self, node: ast.expr) -> Pieces:
        """A dtype as the namespace knows it."""
        name = dtype_name(node, self.dotted(node))
        if name == "":
            raise RefusedError(node, f"there is no dtype {self.text.source(node)} on other backends")
        if name is None:
            special.spell_dtype(self, node)
            return [node]
        self.settle(*ast.walk(node))
        if name == "complex128":
            return ["complex"]  # as wide as the backend has it
        return [f'"{name}"' if self.at_import or self._is_default(node) else self.ns(name)]

    def float64(self) -> str:
        """`dtype=ops.float64`, NumPy's own default."""
        return f"dtype={self.ns('float64')}"

    # -- names --

    def _attribute(self, node: ast.Attribute) -> None:
        dotted = self.dotted(node)
        if library(dotted) in NUMPY:
            if isinstance(self.flow.parent(node), ast.Attribute) and self.dotted(self.flow.parent(node) or node):
                return  # the longer name decides
            self._use(node, dotted)
            return
        if (
            library(dotted) == "scipy"
            and not self._longer(node)
            and not self._is_function(node)
            and node not in self._guarded
        ):
            raise RefusedError(node, f"{dotted} has no counterpart in ops")
        if isinstance(node.ctx, ast.Load) and not self._is_function(node):
            special.attribute(self, node)

    def _name(self, node: ast.Name) -> None:
        dotted = self.dotted(node)
        if library(dotted) in NUMPY:
            parent = self.flow.parent(node)
            if isinstance(parent, ast.Attribute) and self.dotted(parent):
                return
            if dotted in NUMPY:
                raise RefusedError(node, "NumPy itself is handed on as a value")
            self._use(node, dotted)
        elif (
            library(dotted) == "scipy"
            and not self._longer(node)
            and not self._is_function(node)
            and node not in self._guarded
        ):
            raise RefusedError(node, f"{dotted} has no counterpart in ops")

    def _longer(self, node: ast.expr) -> bool:
        parent = self.flow.parent(node)
        return isinstance(parent, ast.Attribute) and bool(self.dotted(parent))

    def _is_function(self, node: ast.expr) -> bool:
        parent = self.flow.parent(node)
        return isinstance(parent, ast.Call) and parent.func is node

    def _use(self, node: ast.expr, dotted: str) -> None:
        """A NumPy name that is not called."""
        short = dotted.partition(".")[2]
        if self._is_function(node):
            return  # the call decides
        self.settle(*ast.walk(node))
        if short in _FIXED:
            if self.at_import or self._is_default(node):
                self.library("math")
                self.edit(node, [f"math.{_FIXED[short]}"])
            else:
                self.edit(node, [self.ns(_FIXED[short])])
            return
        if short in ("NINF",):
            self.edit(node, [f"-{self.ns('inf')}"])
            return
        if short == "newaxis":
            self.edit(node, ["None"])
            return
        if short == "euler_gamma":
            self.edit(node, ["0.5772156649015329"])
            return
        if short in know.DTYPES and DTYPES.get(short):
            self.edit(node, self.dtype(node))
            return
        recipe = functions().get(short)
        if short in ("asarray", "asanyarray", "asarray_chkfinite"):
            self.edit(node, [self.ns(short.replace("any", ""))])
            return
        if short in ("atleast_1d", "atleast_2d"):
            self.edit(node, [f"lambda _x: {self.ns(short)}({self.ns('asarray')}(_x))"])
            return
        if recipe is not None and recipe.function and not recipe.parameters[0].many:
            named = f"ops.{recipe.function}" if self._is_default(node) or self.at_import else self.ns(recipe.function)
            self.edit(node, [named])  # np.exp handed to somebody
            return
        raise RefusedError(node, f"numpy.{short} has no counterpart in ops")

    def _annotation(self, node: ast.expr) -> None:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                self._quoted_annotation(part, part.value)
                continue
            dotted = self.dotted(part) if isinstance(part, ast.Attribute | ast.Name) else ""
            if library(dotted) not in NUMPY or part in self._settled:
                continue
            if isinstance(self.flow.parent(part), ast.Attribute) and self.dotted(self.flow.parent(part) or part):
                continue
            outer = self.flow.parent(part)
            whole = outer if isinstance(outer, ast.Subscript) and outer.value is part else part
            self.edit(whole, [self._annotated(dotted)])
            self.settle(*ast.walk(whole))

    def _quoted_annotation(self, node: ast.Constant, text: str) -> None:
        """`"np.ndarray"`; what is longer keeps its import."""
        head, _, rest = text.partition(".")
        if not all(word.isidentifier() for word in text.split(".")):
            return
        dotted = f"{self.flow.names.meaning(head, self.flow.names.scope(node)) or ''}.{rest}".rstrip(".")
        if library(dotted) in NUMPY and self.text.source(node)[1:-1] == text:
            quote = self.text.source(node)[0]
            self.edit(node, [quote, self._annotated(dotted), quote])

    def _annotated(self, dotted: str) -> str:
        said = _ANNOTATIONS.get(dotted.partition(".")[2], "object")
        if said != "Array":
            return said
        self.imports.add("Array")
        return self.names["Array"]

    def _is_default(self, node: ast.AST) -> bool:
        """Whether an expression is the default of a parameter, which Python evaluates when the file is imported."""
        child: ast.AST = node
        for around in self.flow.names.around(node):
            if isinstance(around, ast.arguments):
                return child in around.defaults or child in around.kw_defaults
            if isinstance(around, ast.stmt):
                return isinstance(around, ast.FunctionDef) and child in around.decorator_list
            child = around
        return False

    def _imports(self, node: ast.Import | ast.ImportFrom) -> bool:
        if isinstance(node, ast.Import):
            return any(library(alias.name) in NUMPY for alias in node.names)
        return library(node.module or "") in NUMPY and node.level == 0

    def _drop_import(self, node: ast.Import | ast.ImportFrom) -> None:
        parent = self.flow.parent(node)
        body = getattr(parent, "body", [])
        self.edit(node, ["pass" if body == [node] else "from emberharmony import ops"])

    # -- calls --

    def _call(self, node: ast.Call) -> None:
        dotted = self.dotted(node.func)
        home, _, short = dotted.partition(".")
        if home in NUMPY and short:
            self.settle(*ast.walk(node.func))
            if outs.writes(self, node):
                return  # the statement around decides
            if any(isinstance(argument, ast.Starred) for argument in node.args) and short not in _VARIADIC:
                raise RefusedError(node, f"numpy.{short} is called with *arguments")
            made = special.call(self, node, short)
            if not made:
                recipe = functions().get(short)
                if recipe is None:
                    raise RefusedError(node, f"numpy.{short} has no counterpart in ops")
                self.apply(node, recipe, None)
        elif home == "scipy":
            self.settle(*ast.walk(node.func))
            if special.scipy_call(self, node, short):
                return
            recipe = scipy().get(short)
            if recipe is None:
                if self.flow.defined(dotted) is not None or node in self._guarded:
                    return
                raise RefusedError(node, f"scipy.{short} has no counterpart in ops")
            self.apply(node, recipe, None)
        elif isinstance(node.func, ast.Attribute) and not dotted:
            self._method(node, node.func)
        elif home == "builtins":
            special.builtin(self, node, short)
        elif self.threaded and self.sources and isinstance(node.func, ast.Name):
            found = self.flow.names.bindings(node.func.id, self.flow.names.scope(node))
            if found is not None and len(found[1]) == 1 and found[1][0].node in self.threaded:
                self.named = True
                given = f"{self.namespace}={self.namespace})"
                rest: Pieces = (
                    [self._inner(node, opened=True), ", ", given] if node.args or node.keywords else ["(", given]
                )
                self.edit(node, [node.func, *rest])

    def _method(self, node: ast.Call, func: ast.Attribute) -> None:
        receiver = self.value(func.value).some
        name = func.attr
        if name == "item" and len(node.args) == 1 and not receiver.other:
            self.edit(node, [self.ns("ravel"), "(", func.value, ")[", node.args[0], "].item()"])
            return
        if name not in know.ARRAY_METHODS and name not in ("copy", "mean", "sum", "max", "min", "any", "all", "sort"):
            return
        if receiver.other:
            return
        if receiver.unknown and node in self._guarded:
            return
        if receiver.unknown and not receiver.numeric:
            if name in (
                "sort",
                "copy",
                "put",
                "take",
                "view",
                "fill",
                "resize",
                "choose",
                "partition",
                "item",
                "tolist",
            ) and name in ("item", "tolist", "take", "sort"):
                return
            raise RefusedError(
                node,
                f"whether `{self.text.source(func.value)}` is an array is not known: annotate it, or record types with --trace",
            )
        if special.method(self, node, func):
            return
        recipe = methods().get(name)
        if recipe is None:
            if name in ("item", "tolist"):
                return
            raise RefusedError(node, f"the method {name} of an array has no counterpart in ops")
        self.apply(node, recipe, func.value)

    def apply(self, node: ast.Call, recipe: Recipe, receiver: ast.expr | None) -> None:
        """Turn one call into what its recipe says."""
        given = self._given(node, recipe, receiver)
        if recipe.template:
            self._fill(node, recipe, given, receiver)
            return
        dropped = [name for name in given if not recipe.takes(name)]
        narrowing = given.get("dtype") if "dtype" in dropped else None
        for name in dropped:
            if given[name] is not narrowing or recipe.parameters[0].mark not in ("!", "^"):
                self._droppable(node, recipe, name, given[name])
        for name in ("out",):
            if name in dropped:
                raise RefusedError(node, f"out= writes into an array: assign the result of numpy.{recipe.name}")
        order = [
            parameter.name
            for parameter in recipe.parameters
            if parameter.name in given and parameter.name not in dropped
        ]
        wanted = [source for _, source in recipe.arguments if source in given]
        positional = [source for name, source in recipe.arguments if not name and source in given]
        names = {source: name for name, source in recipe.arguments}
        unnamed = [source for name, source in recipe.arguments if not name]
        if positional != unnamed[: len(positional)]:
            raise RefusedError(node, f"numpy.{recipe.name} is called without one of its first arguments")
        spelled = [
            p for p in recipe.parameters if p.default is not None and p.name not in given and recipe.takes(p.name)
        ]
        constants = [(name, source) for name, source in recipe.arguments if source in ("FLOAT", "INNER")]
        pieces = {
            name: self._argument(recipe, name, value, node) for name, value in given.items() if name not in dropped
        }
        self._binary(node, recipe, given, pieces)
        if isinstance(narrowing, ast.expr) and not self._is_none(narrowing):
            first = recipe.parameters[0].name
            pieces[first] = [self.ns("astype"), "(", pieces[first], ", ", self.dtype(narrowing), ")"]
        tail = [f", {names[p.name]}={p.default}" if names[p.name] else f", {p.default}" for p in spelled]
        tail += [
            f", {name}={self.ns('float64') if source == 'FLOAT' else '((-1,), (-1,))'}" for name, source in constants
        ]
        function = self.ns(recipe.function)
        if order != wanted or dropped or (receiver is not None and order[:1] != [recipe.parameters[0].name]):
            parts: list[Pieces] = []
            for source in wanted:
                label = names[source]
                star = "*" if any(p.many for p in recipe.parameters if p.name == source) else ""
                parts += [", " if parts else "", f"{label}=" if label else star, pieces[source]]
            self.edit(node, [function, "(", *parts, *tail, ")"])
            return
        # the arguments stay where they are: only their names and themselves change
        for name in wanted:
            for argument, holder in self._places(node, recipe, name, given, receiver):
                label = names[name]
                if isinstance(holder, ast.keyword):
                    self.edit(holder, [f"{label}=" if label else "", pieces[name]])
                elif not (receiver is not None and argument is receiver) and not isinstance(argument, list):
                    new: Pieces = [f"{label}=", pieces[name]] if label else pieces[name]
                    if list(new) != [argument]:
                        self.edit_argument(argument, new)
        self._ordered(node, positional, names, given)
        if receiver is None:
            self.edit(node.func, [function])
            if tail:
                self.edit(node, [node.func, self._inner(node, opened=True), *tail, ")"])
        else:
            inner = self._inner(node)
            parts = [", ", inner] if node.args or node.keywords else []
            self.edit(node, [function, "(", pieces[recipe.parameters[0].name], *parts, *tail, ")"])

    def edit_argument(self, argument: ast.expr, pieces: Pieces) -> None:
        """Wrap an argument: where the pieces name the argument itself, it stands with the edit it had before."""
        before = self.edits.get(argument)
        self.edits[argument] = pieces if before is None else _replaced(pieces, argument, before)

    def _ordered(self, node: ast.Call, positional: list[str], names: dict[str, str], given: dict[str, object]) -> None:
        """A keyword before a positional argument would be a syntax error."""
        labels = [names.get(name, "") for name in given if name in names]
        seen = False
        for label in labels:
            seen = seen or bool(label)
            if seen and not label:
                raise RefusedError(node, "the arguments would change their order")

    def _inner(self, node: ast.Call, *, opened: bool = False) -> Range:
        """The text between the parentheses of a call."""
        _, after = self.text.span(node.func)
        _, end = self.text.span(node)
        start = self.text.text.index("(", after) + (0 if opened else 1)
        last = max((self.text.span(argument)[1] for argument in (*node.args, *node.keywords)), default=start)
        if "#" in self.text.text[after:start] or "#" in self.text.text[last:end]:
            raise RefusedError(node, "a comment between the parentheses would be lost")
        inside = self.text.text[start : end - 1].rstrip()
        stop = start + len(inside) - (1 if inside.endswith(",") else 0)
        return Range(start, stop, (*node.args, *node.keywords))

    def _given(self, node: ast.Call, recipe: Recipe, receiver: ast.expr | None) -> dict[str, ast.expr | list[ast.expr]]:
        """The arguments by the names of NumPy's parameters, in their order."""
        places = list(recipe.parameters)
        arguments = list(node.args)
        if receiver is not None:
            arguments.insert(0, receiver)
        found: dict[str, ast.expr | list[ast.expr]] = {}
        if places and places[0].many:
            found[places[0].name] = arguments
            arguments = []
        if len(arguments) > len(places):
            raise RefusedError(node, f"numpy.{recipe.name} is called with {len(arguments)} arguments")
        for parameter, argument in zip(places, arguments, strict=False):
            found[parameter.name] = argument
        known = {parameter.name for parameter in places}
        for word in node.keywords:
            name = _RENAMED.get((recipe.name, word.arg or ""), word.arg or "")
            if not name:
                raise RefusedError(node, f"numpy.{recipe.name} is called with **options")
            if name not in known:
                name = _first_name(name, places, found)
            if name not in known:
                if word.arg in _IGNORED or self._is_none(word.value):
                    found[word.arg or ""] = word.value
                    continue
                raise RefusedError(
                    node, f"numpy.{recipe.name} is called with {word.arg}=, which ops.{recipe.function} has not"
                )
            found[name] = word.value
        return {p.name: found[p.name] for p in places if p.name in found} | {
            k: v for k, v in found.items() if k not in known
        }

    def _droppable(self, node: ast.Call, recipe: Recipe, name: str, value: ast.expr | list[ast.expr]) -> None:
        if name in _IGNORED or (isinstance(value, ast.expr) and self._is_none(value)):
            return
        if name == "dtype" and isinstance(value, ast.expr) and dtype_name(value, self.dotted(value)) == "float64":
            self.settle(*ast.walk(value))
            return
        if isinstance(value, ast.Constant) and value.value is False:
            return
        raise RefusedError(node, f"numpy.{recipe.name} is called with {name}=, which ops.{recipe.function} has not")

    def _is_none(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Constant) and node.value is None

    def _argument(self, recipe: Recipe, name: str, value: ast.expr | list[ast.expr], node: ast.Call) -> Pieces:
        parameter = next((p for p in recipe.parameters if p.name == name), Parameter(name))
        if isinstance(value, list):
            parts: list[Pieces] = []
            for one in value:
                pieces = [one] if isinstance(one, ast.Starred) or not parameter.mark else self.array(one)
                if list(pieces) != [one]:
                    self.edit_argument(one, pieces)
                parts += [", " if parts else "", pieces]
            return parts
        if self._is_none(value):
            return [value]
        match parameter.mark:
            case "!":
                return self._owned(value, node, self.array(value))
            case "^":
                return self._owned(value, node, self.array(value, floats=True))
            case "&":
                asked = self.array(value)
                plain = self.value(value).some.dtype == "bool"
                return asked if plain else [self.ns("astype"), "(", asked, ", ", self.ns("bool"), ")"]
            case "?":
                known = self.value(value)
                return self.array(value) if known.array or known.host in ("list", "tuple") else [value]
            case "%":
                known = self.value(value)
                if known.number:
                    raise RefusedError(value, "a number beside an array: give it the axes of the array first")
                return self.array(value) if known.array or known.host in ("list", "tuple") else [value]
            case "#":
                return self.shape(value)
            case "*":
                return self.arrays(value)
            case ":":
                return self.dtype(value)
            case _:
                return [value]

    def _owned(self, value: ast.expr, node: ast.Call, pieces: Pieces) -> Pieces:
        """The receiver of a method is an array already: it has the method."""
        if isinstance(node.func, ast.Attribute) and node.func.value is value and not self.dotted(node.func):
            flat = list(_flat(pieces))
            if flat and flat[0] == self.ns("asarray") + "(":
                for asked in self._asked.values():
                    asked[:] = [one for one in asked if one is not pieces]
                return [value]
        return pieces

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

    def _binary(
        self, node: ast.Call, recipe: Recipe, given: dict[str, ast.expr | list[ast.expr]], pieces: dict[str, Pieces]
    ) -> None:
        """Of two operands one has to be an array; Python numbers may stay what they are."""
        pair = [
            p for p in recipe.parameters if p.mark == "~" and p.name in given and isinstance(given[p.name], ast.expr)
        ]
        arrays = [p for p in recipe.parameters if p.mark in ("!", "^") and p.name in given]
        values = {p.name: self.value(given[p.name]) for p in pair}  # type: ignore[arg-type]
        sure = bool(arrays) or any(value.array and value.sure for value in values.values())
        kinds = {value.dtype for value in values.values()}
        kinds |= {self.value(x).dtype for x in (given[p.name] for p in arrays) if isinstance(x, ast.expr)}
        for parameter in pair:
            argument = given[parameter.name]
            assert isinstance(argument, ast.expr)
            value = values[parameter.name]
            if self._is_none(argument) or (value.number and sure):
                continue
            mixed = value.array and value.dtype == "int" and "float" in kinds
            if value.number or not (value.array and value.sure) or mixed:
                pieces[parameter.name] = self.array(argument, floats=mixed)
                sure = True

    def _places(
        self,
        node: ast.Call,
        recipe: Recipe,
        name: str,
        given: dict[str, ast.expr | list[ast.expr]],
        receiver: ast.expr | None,
    ) -> list[tuple[ast.expr | list[ast.expr], ast.AST | None]]:
        argument = given[name]
        if isinstance(argument, list):
            return [(argument, None)]
        holder = next((word for word in node.keywords if word.value is argument), None)
        return [(argument, holder if holder is not None else receiver if argument is receiver else None)]

    def _fill(
        self, node: ast.Call, recipe: Recipe, given: dict[str, ast.expr | list[ast.expr]], receiver: ast.expr | None
    ) -> None:
        for name, value in given.items():
            if not recipe.takes(name):
                self._droppable(node, recipe, name, value)
        pieces = {
            name: self._argument(recipe, name, value, node) for name, value in given.items() if recipe.takes(name)
        }
        self._binary(node, recipe, given, pieces)
        self.edit(node, self.tight(node, self.template(recipe.template, pieces, given)))

    def template(self, template: str, pieces: dict[str, Pieces], given: dict[str, ast.expr | list[ast.expr]]) -> Pieces:
        """Text with holes; what is needed twice is computed once."""
        parts: list[Pieces] = []
        seen: dict[str, str] = {}
        loose = not template.startswith("@") or any(sign in template for sign in (" * ", " / ", " ** ", " + ", " - "))
        for i, part in enumerate(template.replace("@", self.ns("")).replace("{", "\0").replace("}", "\0").split("\0")):
            if i % 2 == 0:
                parts.append(part)
                continue
            if part not in pieces:
                continue  # an option that was not given
            argument = given[part]
            new: Pieces = pieces[part]
            if template.count(f"{{{part}}}") > 1 and not isinstance(argument, ast.Name):
                if part in seen:
                    new = [seen[part]]
                else:
                    seen[part] = self.spare(part)
                    new = ["(", seen[part], " := ", new, ")"]
            elif isinstance(argument, ast.AST) and loose:
                new = self.hole(argument, new)
            if part in _OPTIONS:
                new = [f", {part}=", new] if part not in ("k",) else [", ", new]
            parts.append(new)
        return parts

    # -- operators --

    def _operator(self, node: ast.BinOp) -> None:
        left, right = self.value(node.left), self.value(node.right)
        if not (left.array or right.array):
            return
        for side, value, other in ((node.left, left, right), (node.right, right, left)):
            if value.host in ("list", "tuple") and other.array:
                self.edit_argument(side, self.array(side))
            elif value.array and value.dtype == "int" and self._needs_floats(node, value, other, side):
                self.edit_argument(side, [self.ns("astype"), "(", side, ", ", self.ns("float64"), ")"])
            elif value.array and value.dtype == "bool" and other.dtype != "bool" and isinstance(node.op, _COUNTING):
                self.edit_argument(side, [self.ns("astype"), "(", side, ", ", self.ns("int64"), ")"])
        if (
            self.everything
            and type(node.op) in _OPERATORS
            and ((left.array and right.array) or left.number or right.number)
        ):
            self.edit(node, [self.ns(_OPERATORS[type(node.op)]), "(", node.left, ", ", node.right, ")"])

    def _needs_floats(self, node: ast.BinOp, value: Value, other: Value, side: ast.expr) -> bool:
        if isinstance(node.op, ast.Div):
            return not other.array or other.dtype in ("int", "bool")
        return other.dtype in ("float", "complex") and not isinstance(node.op, ast.LShift | ast.RShift)

    def _compare(self, node: ast.Compare) -> None:
        sides = [node.left, *node.comparators]
        if len(sides) == 2 and special.names_objects(self, sides[1]) and special.is_dtype(self, sides[0]):
            equal = isinstance(node.ops[0], ast.Is | ast.Eq)
            self.edit(node, ["str(", node.left, f') {"==" if equal else "!="} "object"'])
            return
        if any(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in node.ops):
            return
        values = [self.value(side) for side in sides]
        if any(value.array for value in values):
            for side, value in zip(sides, values, strict=True):
                if value.host in ("list", "tuple"):
                    self.edit_argument(side, self.array(side))
        if any(value.host == "dtype" for value in values):
            for side in sides:
                dotted = self.dotted(side)
                if dotted in ("builtins.float", "builtins.int", "builtins.complex", "builtins.bool"):
                    self.edit(
                        side,
                        self.dtype(
                            ast.Constant(
                                {"float": "float64", "int": "int64", "complex": "complex128", "bool": "bool"}[side.id]
                            )
                        ),
                    )  # type: ignore[attr-defined]
                elif isinstance(side, ast.Constant) and isinstance(side.value, str):
                    raise RefusedError(node, "a dtype is compared with a string or with object")

    # -- parameters that are asked for often --

    def _first_lines(self) -> None:
        if not isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        lines = self._hoisted()
        if self.node in self.threaded and self.named:
            last: ast.AST = self.node.args.defaults[-1] if self.node.args.defaults else self.node.args.args[-1]
            self.edit(last, [last, f", {self.namespace}=ops"])
        if self.sources and self.named:
            self.imports.add("array_namespace")
            lines.insert(0, f"{self.namespace} = array_namespace({', '.join(self.sources)})")
        if lines:
            self._insert(self.node, lines)

    def _hoisted(self) -> list[str]:
        """`x = ops.asarray(x)`, for parameters that are asked for more than once."""
        assert isinstance(self.node, ast.FunctionDef | ast.AsyncFunctionDef)
        names = {argument.arg for argument in parameters(self.node)} - {
            a.arg for a in (self.node.args.vararg, self.node.args.kwarg) if a
        }
        lines: list[str] = []
        for argument in parameters(self.node):
            name = argument.arg
            asked = [one for one in self._asked.get(name, []) if len(one) == 3]
            if name not in names or len(asked) < 2 or not self._always_array(name):
                continue
            for pieces in asked:
                pieces[:] = [pieces[1]]
            lines.append(f"{name} = {self.ns('asarray')}({name})")
        return lines

    def _insert(self, node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> None:
        body = node.body
        first = body[1] if len(body) > 1 and _is_docstring(body[0]) else body[0]
        before = self.text.lines[first.lineno - 1][: first.col_offset]
        if before.strip() or (_is_docstring(body[0]) and len(body) == 1):
            raise RefusedError(node, "the function stands on one line")
        decorators: list[ast.expr] = getattr(first, "decorator_list", [])
        line = min([first.lineno, *(d.lineno for d in decorators)])
        end = "\r\n" if self.text.lines[line - 1].endswith("\r\n") else "\n"
        self.inserted.setdefault(line, []).extend(f"{before}{text}{end}" for text in lines)

    def _always_array(self, name: str) -> bool:
        """Whether a parameter is an array wherever it is read, and never asked what it is."""
        for node in ast.walk(self.node):
            if not isinstance(node, ast.Name) or node.id != name:
                continue
            if not isinstance(node.ctx, ast.Load):
                return False
            value = self.value(node)
            if value.other or (value.unknown and not value.numeric):
                return False
            parent = self.flow.parent(node)
            if isinstance(parent, ast.Compare) and any(
                isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in parent.ops
            ):
                return False
            if isinstance(parent, ast.Call) and self.dotted(parent.func) in _TESTS and value.unknown:
                return False
        return True


_COUNTING = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.Pow)
_SPARSE = ("issparse", "isspmatrix", "isspmatrix_csr", "isspmatrix_csc", "isspmatrix_coo")
_VARIADIC = ("einsum", "broadcast_arrays", "atleast_1d", "atleast_2d", "meshgrid", "broadcast_shapes", "ix_")
_OPTIONS = frozenset({"rtol", "atol", "equal_nan", "k"})
_IGNORED = frozenset(
    [
        "order",
        "kind",
        "kth",
        "overwrite_input",
        "overwrite_a",
        "overwrite_b",
        "check_finite",
        "assume_unique",
        "assume_a",
        "hermitian",
        "subok",
        "casting",
        "optimize",
        "copy",
    ]
)
_ANNOTATIONS = {
    "ndarray": "Array", "typing.NDArray": "Array", "typing.ArrayLike": "Array", "number": "complex", "floating": "float",
    "float64": "float", "float32": "float", "integer": "int", "int64": "int", "bool_": "bool", "complexfloating": "complex",
}  # fmt: skip
_RENAMED = {
    ("clip", "a_min"): "low", ("clip", "a_max"): "high", ("clip", "min"): "low", ("clip", "max"): "high",
    ("percentile", "interpolation"): "method", ("quantile", "interpolation"): "method", ("reshape", "newshape"): "shape",
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder", ast.Pow: "pow", ast.MatMult: "matmul",
}  # fmt: skip


def _first_name(name: str, places: list[Parameter], found: dict[str, ast.expr | list[ast.expr]]) -> str:
    """`np.sum(a=x)`, `np.exp(x=y)`: the array under the name that NumPy's documentation gives it."""
    if (
        name in ("a", "x", "m", "v", "arr", "ary", "array", "tup", "arrays", "x1", "p")
        and places
        and places[0].name not in found
    ):
        return places[0].name
    if name in ("b", "x2", "y") and len(places) > 1 and places[1].name not in found:
        return places[1].name
    return name


def _replaced(pieces: Pieces, node: ast.AST, new: Pieces) -> Pieces:
    parts: list[Pieces] = []
    for piece in pieces:
        if piece is node:
            parts.append(new)
        else:
            parts.append(_replaced(piece, node, new) if isinstance(piece, list | tuple) else piece)  # type: ignore[arg-type]
    return parts


def _flat(pieces: Pieces) -> list[object]:
    found: list[object] = []
    for piece in pieces:
        if isinstance(piece, list | tuple):
            found += _flat(piece)
        else:
            found.append(piece)
    return found


def _leaves(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.List | ast.Tuple):
        return [leaf for part in node.elts for leaf in _leaves(part)]
    return [node]


def _leaf(value: Value) -> str:
    value = _innermost(value)
    return value.dtype if value.number else ""


def _innermost(value: Value) -> Value:
    while value.other and value.item is not None:
        value = value.item
    return value


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


__all__ = ["UNKNOWN", "RefusedError", "Unit"]
