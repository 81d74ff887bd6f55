"""What one expression is, given what its names are.

# Longer than 400 lines: the expressions of one language, one method each; apart they would share all of it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from emberharmony.purify.flow import calls
from emberharmony.purify.flow.host import host_result, on_host
from emberharmony.purify.flow.operators import binary
from emberharmony.purify.flow.values import (
    ARRAY,
    BOOL,
    COMPLEX,
    DTYPE,
    FLOAT,
    INT,
    NONE,
    NUMERIC,
    OTHER,
    SLICE,
    STR,
    TESTED,
    UNKNOWN,
    Value,
    array,
    join,
    joined,
    loosened,
    sequence,
)
from emberharmony.purify.knowledge import numpy as know

if TYPE_CHECKING:
    from emberharmony.purify.flow.module import Flow

Environment = dict[str, Value]
_STRINGS = frozenset(
    ["join", "format", "strip", "split", "lower", "upper", "replace", "startswith", "endswith", "encode", "decode"]
)


class Expressions:
    """The half of the interpreter that evaluates; its other half follows statements."""

    flow: Flow
    node: ast.AST
    values: dict[ast.expr, Value]
    closure: Environment
    returned: Value
    yields: bool

    def bind(self, target: ast.expr, value: Value, env: Environment) -> None:
        """Give a target its value."""
        raise NotImplementedError

    def assign(self, name: str, value: Value, env: Environment) -> None:
        """Give a name its value."""
        raise NotImplementedError

    def narrowed(self, test: ast.expr, env: Environment, truth: bool) -> Environment:
        """What a test says of the names in it."""
        raise NotImplementedError

    def evaluate(self, node: ast.expr, env: Environment) -> Value:
        """The value of an expression; remembered for whoever asks later."""
        how = self._evaluating.get(node.__class__)
        value = self.values[node] = UNKNOWN if how is None else how(self, node, env)
        return value

    def _of_name(self, node: ast.Name, env: Environment) -> Value:
        name = node.id
        value = env.get(name) or self.closure.get(name)
        return value if value is not None else self.flow.free(name, node)

    def name(self, name: str, node: ast.expr, env: Environment) -> Value:
        """What a name is here: a variable of the function, of one around it, or of the module."""
        value = env.get(name)
        if value is None:
            value = self.closure.get(name)
        return value if value is not None else self.flow.free(name, node)

    def _of_constant(self, node: ast.Constant, env: Environment) -> Value:
        return _CONSTANTS.get(node.value.__class__, OTHER)

    def _of_binary(self, node: ast.BinOp, env: Environment) -> Value:
        return binary(node.op, self.evaluate(node.left, env), self.evaluate(node.right, env))

    def _of_unary(self, node: ast.UnaryOp, env: Environment) -> Value:
        value = self.evaluate(node.operand, env).some
        if isinstance(node.op, ast.Not):
            return BOOL
        return value._replace(fresh=True) if value.array else value

    def _of_compare(self, node: ast.Compare, env: Environment) -> Value:
        parts = [self.evaluate(part, env).some for part in (node.left, *node.comparators)]
        if any(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in node.ops):
            return BOOL
        if any(part.array for part in parts):
            return array("bool", fresh=True, sure=any(part.array and part.sure for part in parts))
        plain = all(part.other for part in parts) or any(part.host in ("str", "None") for part in parts)
        return BOOL if plain else TESTED

    def _of_bool(self, node: ast.BoolOp, env: Environment) -> Value:
        return joined([self.evaluate(part, env) for part in node.values])

    def _of_choice(self, node: ast.IfExp, env: Environment) -> Value:
        self.evaluate(node.test, env)
        yes = self.evaluate(node.body, self.narrowed(node.test, dict(env), True))
        return join(yes, self.evaluate(node.orelse, self.narrowed(node.test, dict(env), False)))

    def _of_sequence(self, node: ast.Tuple | ast.List, env: Environment) -> Value:
        items = [self.evaluate(part, env) for part in node.elts]
        host = "tuple" if isinstance(node, ast.Tuple) else "list"
        if len(items) > 16 or any(isinstance(part, ast.Starred) for part in node.elts):
            return sequence(host, item=joined(items))
        return sequence(host, items)

    def _of_set(self, node: ast.Set, env: Environment) -> Value:
        return sequence("set", item=joined([self.evaluate(part, env) for part in node.elts]))

    def _of_dict(self, node: ast.Dict, env: Environment) -> Value:
        for key in node.keys:
            if key is not None:
                self.evaluate(key, env)
        values = [self.evaluate(part, env) for part in node.values]
        return sequence("dict", item=joined(values) if values else None)

    def _of_comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, env: Environment) -> Value:
        inner = self._generators(node.generators, env)
        host = "list" if isinstance(node, ast.ListComp) else "set" if isinstance(node, ast.SetComp) else "iterator"
        return sequence(host, item=self.evaluate(node.elt, inner))

    def _of_dict_comprehension(self, node: ast.DictComp, env: Environment) -> Value:
        inner = self._generators(node.generators, env)
        self.evaluate(node.key, inner)
        return sequence("dict", item=self.evaluate(node.value, inner))

    def _of_walrus(self, node: ast.NamedExpr, env: Environment) -> Value:
        value = self.evaluate(node.value, env)
        self.bind(node.target, value, env)
        return value

    def _of_starred(self, node: ast.Starred, env: Environment) -> Value:
        return calls.element(self.evaluate(node.value, env))

    def _of_text(self, node: ast.JoinedStr, env: Environment) -> Value:
        for part in node.values:
            self.evaluate(part, env)
        return STR

    def _of_formatted(self, node: ast.FormattedValue, env: Environment) -> Value:
        self.evaluate(node.value, env)
        return STR

    def _of_lambda(self, node: ast.Lambda, env: Environment) -> Value:
        return Value(OTHER.kind, host="function", node=node)

    def _of_slice(self, node: ast.Slice, env: Environment) -> Value:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.evaluate(part, env)
        return SLICE

    def _of_yield(self, node: ast.Yield | ast.YieldFrom, env: Environment) -> Value:
        self.yields = True
        value = self.evaluate(node.value, env) if node.value else NONE
        self.returned = join(self.returned, calls.element(value) if isinstance(node, ast.YieldFrom) else value)
        return UNKNOWN

    def _of_await(self, node: ast.Await, env: Environment) -> Value:
        self.evaluate(node.value, env)
        return UNKNOWN

    def _generators(self, generators: list[ast.comprehension], env: Environment) -> Environment:
        inner = dict(env)
        for generator in generators:
            self.bind(generator.target, calls.element(self.evaluate(generator.iter, inner)), inner)
            for test in generator.ifs:
                self.evaluate(test, inner)
                inner = self.narrowed(test, inner, True)
        return inner

    def _attribute(self, node: ast.Attribute, env: Environment) -> Value:
        dotted = self.flow.names.resolve(node)
        if dotted is not None:
            self.evaluate(node.value, env)
            return self.flow.named(dotted)
        base = self.evaluate(node.value, env).some
        if base.array:
            return self._of_array(base, node.attr)
        if base.host in ("instance", "class") and isinstance(base.node, ast.ClassDef):
            return self.flow.attribute(base.node, node.attr)
        if base.host in ("int", "float", "number", "complex", "bool") and node.attr in ("real", "imag"):
            return FLOAT
        if base.host == "finfo" and node.attr in ("eps", "max", "min", "tiny", "resolution", "smallest_normal"):
            return FLOAT if self.flow.project.ported else array("float", ndim=0)
        if base.unknown and node.attr in know.TUPLE_ATTRIBUTES:
            return calls.SHAPE
        if base.unknown and node.attr in know.INT_ATTRIBUTES:
            return INT
        if base.unknown and node.attr == "dtype":
            return DTYPE
        return OTHER if base.other and base.host in ("str", "dtype") else UNKNOWN

    def _of_array(self, base: Value, name: str) -> Value:
        if name in know.INT_ATTRIBUTES:
            return INT
        if name in know.TUPLE_ATTRIBUTES:
            return sequence("tuple", [INT] * base.ndim) if base.ndim else calls.SHAPE
        if name == "dtype":
            return DTYPE
        if name in know.ARRAY_ATTRIBUTES:
            dtype = "float" if name in ("real", "imag") and base.dtype == "complex" else base.dtype
            return array(dtype, ndim=base.ndim, sure=base.sure)
        return Value(OTHER.kind, host="function") if name in know.ARRAY_METHODS else UNKNOWN

    def _subscript(self, node: ast.Subscript, env: Environment) -> Value:
        base = self.evaluate(node.value, env).some
        index = self.evaluate(node.slice, env)
        if base.array:
            return array(base.dtype, ndim=_axes(base, node.slice, index), sure=base.sure)
        if base.name in {f"numpy.{grid}" for grid in know.GRIDS}:
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            whole = all(isinstance(part, ast.Slice) for part in parts)
            return array("int" if whole else "", ndim=1 if base.name == "numpy.r_" else None, fresh=True)
        if base.items is not None and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            place = node.slice.value
            return base.items[place] if -len(base.items) <= place < len(base.items) else UNKNOWN
        if (
            base.items is not None
            and isinstance(node.slice, ast.UnaryOp)
            and isinstance(node.slice.operand, ast.Constant)
        ):
            place = node.slice.operand.value
            if isinstance(place, int) and 0 < place <= len(base.items):
                return base.items[-place]
        if base.host in ("tuple", "list", "range") and isinstance(node.slice, ast.Slice):
            return sequence(base.host, item=base.item)
        if base.host in ("tuple", "list", "dict", "iterator", "range"):
            return (base.item or UNKNOWN).some
        if base.numeric:  # a number has no places
            return array(base.dtype, sure=False)
        return STR if base.host == "str" else UNKNOWN

    # -- calls --

    def _call(self, node: ast.Call, env: Environment) -> Value:
        arguments = [self.evaluate(argument, env) for argument in node.args]
        named = {word.arg: self.evaluate(word.value, env) for word in node.keywords if word.arg}
        for word in node.keywords:
            if word.arg is None:
                self.evaluate(word.value, env)
        function = self.evaluate(node.func, env)
        dotted = self.flow.names.resolve(node.func) or function.name
        if dotted:
            if dotted.startswith("builtins."):
                if dotted == "builtins.super":
                    return self.flow.base(self.node)
                return calls.builtin(dotted.removeprefix("builtins."), arguments)
            if dotted.rpartition(".")[2] in calls.ARRAY_CHECKS:
                return ARRAY
            found = self.flow.defined(dotted)
            if found is None:
                return self._library(dotted, node, arguments, named)
            return found[0].called(found[1], node, arguments, named)
        if function.node is not None and function.host == "instance" and isinstance(function.node, ast.ClassDef):
            function = self.flow.attribute(function.node, "__call__")
        if function.host == "function" and function.items:  # one of several
            found = [
                self.flow.called(each.node, node, arguments, named)
                if each.node is not None
                else self._library(each.name, node, arguments, named)
                for each in function.items
            ]
            return loosened(joined([value for value in found if not value.unknown] or [UNKNOWN]))
        if function.node is not None and function.host in ("function", "class"):
            return self.flow.called(function.node, node, arguments, named)
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func, arguments, named, env)
        return UNKNOWN

    def _library(self, dotted: str, node: ast.Call, arguments: list[Value], named: dict[str, Value]) -> Value:
        home, _, short = dotted.partition(".")
        if self.flow.project.ported and home == "numpy":
            if on_host(short, node, arguments):
                return host_result(short, arguments)
            if (
                short in ("array", "asarray")
                and isinstance(self.node, ast.Module)
                and arguments
                and arguments[0].host in ("list", "tuple")
            ):
                return arguments[0]  # made when the file is imported, it stays a list
            if short in know.DTYPES and arguments and arguments[0].number:
                return {"float": FLOAT, "int": INT, "bool": BOOL}.get(calls.dtype_kind(ast.Name(short)), NUMERIC)
        return calls.library_call(dotted, node, arguments, named)

    def _method(
        self, node: ast.Call, func: ast.Attribute, arguments: list[Value], named: dict[str, Value], env: Environment
    ) -> Value:
        at = func.value.value if isinstance(func.value, ast.Subscript) else None
        if isinstance(at, ast.Call) and at.args and self.flow.names.resolve(at.func) == "emberharmony.ops.at":
            return self.values.get(at.args[0], UNKNOWN).some if func.attr != "get" else ARRAY
        receiver = self.values.get(func.value, UNKNOWN).some
        if receiver.array:
            return calls.method(receiver, func.attr, node, arguments, named)
        if receiver.host == "generator":
            return calls.drawn(func.attr, node, arguments)
        if receiver.host == "list":
            if func.attr in ("append", "insert", "extend") and arguments and isinstance(func.value, ast.Name):
                added = arguments[-1] if func.attr != "extend" else calls.element(arguments[0])
                item = added if receiver.item is None else join(receiver.item, added)
                self.assign(func.value.id, receiver._replace(items=None, item=item), env)
                return NONE
            if func.attr == "pop":
                return receiver.item or UNKNOWN
            if func.attr == "copy":
                return receiver
            return INT if func.attr in ("index", "count") else NONE
        if receiver.host == "dict":
            item = receiver.item or UNKNOWN
            match func.attr:
                case "items":
                    return sequence("iterator", item=sequence("tuple", [UNKNOWN, item]))
                case "values":
                    return sequence("iterator", item=item)
                case "keys":
                    return sequence("iterator", item=UNKNOWN)
                case _:
                    return item if func.attr in ("get", "pop", "setdefault") else UNKNOWN
        if receiver.host == "str" or (func.attr in _STRINGS and not receiver.array and func.attr in ("join", "format")):
            return sequence("list", item=STR) if "split" in func.attr else STR
        if receiver.unknown:
            if func.attr in (
                "astype",
                "reshape",
                "ravel",
                "flatten",
                "dot",
                "transpose",
                "squeeze",
                "repeat",
                "cumsum",
            ):
                return array(sure=False, fresh=func.attr in ("astype", "flatten"))
            if func.attr in ("mean", "std", "var", "sum", "max", "min", "prod"):
                return NUMERIC
        return UNKNOWN

    _evaluating: ClassVar[dict[type[ast.AST], Callable[[Any, Any, Environment], Value]]] = {
        ast.Name: _of_name, ast.Constant: _of_constant, ast.Attribute: _attribute,
        ast.Call: _call, ast.BinOp: _of_binary, ast.UnaryOp: _of_unary,
        ast.Compare: _of_compare, ast.BoolOp: _of_bool, ast.IfExp: _of_choice,
        ast.Subscript: _subscript, ast.Tuple: _of_sequence, ast.List: _of_sequence,
        ast.Set: _of_set, ast.Dict: _of_dict, ast.ListComp: _of_comprehension,
        ast.GeneratorExp: _of_comprehension, ast.SetComp: _of_comprehension,
        ast.DictComp: _of_dict_comprehension, ast.NamedExpr: _of_walrus,
        ast.Starred: _of_starred, ast.JoinedStr: _of_text,
        ast.FormattedValue: _of_formatted, ast.Lambda: _of_lambda, ast.Slice: _of_slice,
        ast.Yield: _of_yield, ast.YieldFrom: _of_yield, ast.Await: _of_await,
    }  # fmt: skip


def _axes(base: Value, index: ast.expr, value: Value) -> int | None:
    if base.ndim is None:
        return None
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    if value.array or any(isinstance(part, ast.Constant) and part.value is Ellipsis for part in parts):
        return None
    ndim = base.ndim
    for part in parts:
        if isinstance(part, ast.Constant) and part.value is None:
            ndim += 1
        elif not isinstance(part, ast.Slice):
            if isinstance(part, ast.Constant | ast.UnaryOp) or value.host == "int":
                ndim -= 1
            else:
                return None
    return max(ndim, 0)


_CONSTANTS: dict[type[object], Value] = {
    type(None): NONE,
    bool: BOOL,
    int: INT,
    float: FLOAT,
    complex: COMPLEX,
    str: STR,
}
