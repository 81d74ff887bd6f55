"""One pass over one function: what each of its expressions is, and what it returns.

# Longer than 400 lines: statements and expressions of one language, one method each; apart they would share all of it.

Statements are followed in order with an environment of values; branches are joined, loops are run until nothing
changes (at most three times), and a test such as `x is None` is believed on its two sides.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from emberharmony.purify.flow import calls
from emberharmony.purify.flow.host import host_result, on_host
from emberharmony.purify.flow.values import (
    ARRAY,
    BOOL,
    COMPLEX,
    DTYPE,
    FLOAT,
    INT,
    NONE,
    NOTHING,
    NUMERIC,
    OTHER,
    STR,
    UNKNOWN,
    Value,
    array,
    join,
    joined,
    loosened,
    sequence,
    wider,
)
from emberharmony.purify.knowledge import numpy as know
from emberharmony.purify.knowledge.libraries import ARRAY_LIBRARIES, library
from emberharmony.purify.names import FUNCTIONS, Function

if TYPE_CHECKING:
    from emberharmony.purify.flow.project import Flow

Environment = dict[str, Value]
ROUNDS = 3
_STRINGS = frozenset("join format strip split lower upper replace startswith endswith encode decode".split())


class Interpreter:
    """Values of the expressions of one body, given the values of its parameters."""

    def __init__(self, flow: Flow, node: ast.AST, parameters: Environment, closure: Environment) -> None:
        self.flow = flow
        self.node = node
        self.values: dict[ast.expr, Value] = {}
        self.closure = closure
        self.everything: Environment = dict(parameters)  # each name with all it ever was: what an inner function sees
        self.returned = NOTHING
        self.yields = False
        environment: Environment | None = dict(parameters)
        if isinstance(node, ast.Lambda):
            self.returned = self.evaluate(node.body, environment)
            return
        body: list[ast.stmt] = getattr(node, "body", [])
        if self._block(body, environment) is not None and not self.yields:
            self.returned = join(self.returned, NONE) if self.returned is not NOTHING else NONE
        if self.yields:
            self.returned = sequence("iterator", item=self.returned if self.returned is not NOTHING else UNKNOWN)

    # -- statements: the environment afterwards, or None where nothing follows --

    def _block(self, body: list[ast.stmt], environment: Environment | None) -> Environment | None:
        for statement in body:
            if environment is None:
                break
            environment = self._statement(statement, environment)
        return environment

    def _statement(self, node: ast.stmt, env: Environment) -> Environment | None:
        match node:
            case ast.Expr():
                self.evaluate(node.value, env)
            case ast.Assign():
                value = self._carried(node, self.evaluate(node.value, env), env)
                if isinstance(node.value, ast.Name | ast.Attribute | ast.Subscript):
                    value = loosened(value)
                    self._shared(node.value, env)
                for target in node.targets:
                    self._bind(target, value, env)
            case ast.AnnAssign():
                value = self.evaluate(node.value, env) if node.value else UNKNOWN
                said = self.flow.annotation(node.annotation)
                self._bind(node.target, said if value.unknown and not said.unknown else value, env)
            case ast.AugAssign():
                self._augmented(node, env)
            case ast.Return():
                value = self.evaluate(node.value, env) if node.value else NONE
                self.returned = join(self.returned, value)
                return None
            case ast.Raise():
                for part in (node.exc, node.cause):
                    if part:
                        self.evaluate(part, env)
                return None
            case ast.If():
                return self._if(node, env)
            case ast.For() | ast.AsyncFor():
                return self._for(node, env)
            case ast.While():
                return self._while(node, env)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    self.evaluate(item.context_expr, env)
                    if item.optional_vars is not None:
                        self._bind(item.optional_vars, UNKNOWN, env)
                return self._block(node.body, env)
            case ast.Try():
                return self._try(node, env)
            case ast.Break() | ast.Continue():
                self._leave(env)
                return None
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                host = "class" if isinstance(node, ast.ClassDef) else "function"
                self._set(node.name, Value(OTHER.kind, host=host, node=node), env)
                for decorator in node.decorator_list:
                    self.evaluate(decorator, env)
                if not isinstance(node, ast.ClassDef):
                    for default in [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]:
                        self.evaluate(default, env)
            case ast.Delete():
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        env.pop(target.id, None)
            case ast.Assert():
                self.evaluate(node.test, env)
                return self._narrowed(node.test, env, True)
            case ast.Match():
                subject = self.evaluate(node.subject, env)
                ends = [self._block(case.body, self._pattern(case.pattern, subject, dict(env))) for case in node.cases]
                return _merge([env, *ends])
            case _:
                pass
        return env

    def _if(self, node: ast.If, env: Environment) -> Environment | None:
        self.evaluate(node.test, env)
        yes = self._block(node.body, self._narrowed(node.test, dict(env), True))
        no = self._block(node.orelse, self._narrowed(node.test, dict(env), False))
        return _merge([yes, no])

    def _for(self, node: ast.For | ast.AsyncFor, env: Environment) -> Environment | None:
        item = calls.element(self.evaluate(node.iter, env))
        return self._loop(node.body, node.orelse, env, lambda inner: self._bind(node.target, item, inner))

    def _while(self, node: ast.While, env: Environment) -> Environment | None:
        def test(inner: Environment) -> None:
            self.evaluate(node.test, inner)

        return self._loop(node.body, node.orelse, env, test)

    def _loop(
        self, body: list[ast.stmt], orelse: list[ast.stmt], env: Environment, start: object
    ) -> Environment | None:
        outer, self._left = getattr(self, "_left", None), []
        head = dict(env)
        for _ in range(ROUNDS):
            inner = dict(head)
            start(inner)  # type: ignore[operator]
            end = self._block(body, inner)
            after = _merge([head, end, *self._left]) or head
            if after == head:
                break
            head = after
        self._left = outer
        return self._block(orelse, head)

    def _leave(self, env: Environment) -> None:
        left = getattr(self, "_left", None)
        if left is not None:
            left.append(dict(env))

    def _try(self, node: ast.Try, env: Environment) -> Environment | None:
        before = dict(env)
        end = self._block(node.body, env)
        end = self._block(node.orelse, end) if end is not None else None
        started = _merge([before, dict(env)]) or before
        ends = [end]
        for handler in node.handlers:
            inner = dict(started)
            if handler.name:
                inner[handler.name] = OTHER
            ends.append(self._block(handler.body, inner))
        after = _merge(ends)
        if not node.finalbody:
            return after
        done = self._block(node.finalbody, after if after is not None else dict(started))
        return done if after is not None else None

    def _augmented(self, node: ast.AugAssign, env: Environment) -> None:
        value = self.evaluate(node.value, env)
        if isinstance(node.target, ast.Name):
            old = self._name(node.target.id, node.target, env)
            self.values[node.target] = old
            new = self._binary(node.op, old, value)
            self._set(
                node.target.id,
                replace(new, fresh=old.fresh, dtype=old.dtype or new.dtype) if new.array and old.array else new,
                env,
            )
        else:
            target = node.target
            self.evaluate(target.value, env)
            if isinstance(target, ast.Subscript):
                self.evaluate(target.slice, env)

    def _pattern(self, pattern: ast.pattern, subject: Value, env: Environment) -> Environment:
        for inner in ast.walk(pattern):
            if isinstance(inner, ast.MatchAs | ast.MatchStar) and inner.name:
                self._set(inner.name, subject if inner is pattern else UNKNOWN, env)
        return env

    def _carried(self, node: ast.Assign, value: Value, env: Environment) -> Value:
        """`x = check(x)`: what an unknown function makes of an array, and puts in its place, is an array."""
        call, target = node.value, node.targets[0]
        if value.unknown and isinstance(call, ast.Call) and isinstance(target, ast.Name) and call.args:
            first = call.args[0]
            if isinstance(first, ast.Name) and first.id == target.id and self.values[first].array:
                return array(sure=False)
        return value

    # -- binding --

    def _bind(self, target: ast.expr, value: Value, env: Environment) -> None:
        match target:
            case ast.Name():
                self._set(target.id, value, env)
                self.values[target] = value
            case ast.Tuple() | ast.List():
                self._unpack(target, value, env)
            case ast.Starred():
                self._bind(target.value, sequence("list", item=calls.element(value)), env)
            case ast.Subscript():
                holder = self.evaluate(target.value, env)
                self.evaluate(target.slice, env)
                if isinstance(target.value, ast.Name) and holder.other and holder.host in ("list", "dict"):
                    item = value if holder.item is None else join(holder.item, value)
                    self._set(target.value.id, replace(holder, items=None, item=item), env)
            case ast.Attribute():
                self.evaluate(target.value, env)
                self.values[target] = value
            case _:
                pass

    def _unpack(self, target: ast.Tuple | ast.List, value: Value, env: Environment) -> None:
        parts = target.elts
        star = next((i for i, part in enumerate(parts) if isinstance(part, ast.Starred)), None)
        items = value.items
        if items is not None and star is None and len(items) == len(parts):
            for part, item in zip(parts, items, strict=True):
                self._bind(part, item, env)
            return
        item = calls.element(value) if not value.unknown else UNKNOWN
        for part in parts:
            self._bind(part, sequence("list", item=item) if isinstance(part, ast.Starred) else item, env)

    def _set(self, name: str, value: Value, env: Environment) -> None:
        env[name] = value
        self.everything[name] = join(self.everything[name], value) if name in self.everything else value

    def _shared(self, node: ast.expr, env: Environment) -> None:
        """`y = x`, `y = x[1:]`: from now on `x` has another holder."""
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        if isinstance(node, ast.Name) and node.id in env:
            env[node.id] = loosened(env[node.id])

    # -- tests --

    def _narrowed(self, test: ast.expr, env: Environment, truth: bool) -> Environment:
        match test:
            case ast.UnaryOp(op=ast.Not()):
                return self._narrowed(test.operand, env, not truth)
            case ast.BoolOp(op=ast.And()) if truth:
                for part in test.values:
                    env = self._narrowed(part, env, True)
            case ast.BoolOp(op=ast.Or()) if not truth:
                for part in test.values:
                    env = self._narrowed(part, env, False)
            case ast.Compare(left=ast.Name(id=name), ops=[ast.Is() | ast.IsNot() as op], comparators=[right]) if (
                name in env
            ):
                if isinstance(right, ast.Constant) and right.value is None:
                    none = isinstance(op, ast.Is) == truth
                    old = env[name]
                    if none:
                        env[name] = NONE
                    elif old.host == "None" or (old.unknown and old.items is not None):
                        env[name] = _without_none(old, self.flow.parameter_of(self.node, name))
                    elif old.unknown and old.name == "optional":
                        env[name] = old.item or UNKNOWN
            case ast.Call(func=func, args=[ast.Name(id=name), what]) if name in env and truth:
                if self.flow.names.resolve(func) == "builtins.isinstance":
                    env[name] = self._instance(env[name], what)
            case ast.Call(func=func, args=[ast.Name(id=name)]) if name in env:
                called = self.flow.names.resolve(func)
                if called is not None and called.rpartition(".")[2] in ("issparse", "isspmatrix") and truth:
                    env[name] = Value(UNKNOWN.kind, host="sparse")
                if called == "numpy.isscalar" and truth:
                    env[name] = FLOAT
                elif called == "builtins.callable" and truth:
                    env[name] = Value(OTHER.kind, host="function")
            case _:
                pass
        return env

    def _instance(self, old: Value, what: ast.expr) -> Value:
        name = self.flow.names.resolve(what)
        if name is None:
            return old
        if name == "numpy.ndarray":
            return old if old.array else ARRAY
        hosts = {"str": STR, "int": INT, "float": FLOAT, "bool": BOOL}
        short = name.removeprefix("builtins.")
        if short in hosts:
            return hosts[short]
        return old if old.host == short or short not in ("list", "tuple", "dict") else sequence(short)

    # -- expressions --

    def evaluate(self, node: ast.expr, env: Environment) -> Value:
        """The value of an expression; remembered for whoever asks later."""
        value = self.values[node] = self._evaluate(node, env)
        return value

    def _evaluate(self, node: ast.expr, env: Environment) -> Value:
        match node:
            case ast.Name():
                return self._name(node.id, node, env)
            case ast.Constant():
                return _constant(node.value)
            case ast.Attribute():
                return self._attribute(node, env)
            case ast.Call():
                return self._call(node, env)
            case ast.BinOp():
                return self._binary(node.op, self.evaluate(node.left, env), self.evaluate(node.right, env))
            case ast.UnaryOp():
                value = self.evaluate(node.operand, env).some
                return (
                    BOOL
                    if isinstance(node.op, ast.Not)
                    else (loosened(value) if not value.array else replace(value, fresh=True))
                )
            case ast.Compare():
                parts = [self.evaluate(part, env) for part in (node.left, *node.comparators)]
                if any(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in node.ops):
                    return BOOL
                if any(part.array for part in parts):
                    return array("bool", fresh=True, sure=any(part.array and part.sure for part in parts))
                plain = all(part.other for part in parts) or STR in parts or NONE in parts
                return BOOL if plain else replace(NUMERIC, dtype="bool")
            case ast.BoolOp():
                return joined([self.evaluate(part, env) for part in node.values])
            case ast.IfExp():
                self.evaluate(node.test, env)
                yes = self.evaluate(node.body, self._narrowed(node.test, dict(env), True))
                return join(yes, self.evaluate(node.orelse, self._narrowed(node.test, dict(env), False)))
            case ast.Subscript():
                return self._subscript(node, env)
            case ast.Tuple() | ast.List():
                items = [self.evaluate(part, env) for part in node.elts]
                host = "tuple" if isinstance(node, ast.Tuple) else "list"
                if any(isinstance(part, ast.Starred) for part in node.elts):
                    return sequence(host, item=joined(items))
                return sequence(host, items)
            case ast.Set():
                return sequence("set", item=joined([self.evaluate(part, env) for part in node.elts]))
            case ast.Dict():
                for key in node.keys:
                    if key is not None:
                        self.evaluate(key, env)
                values = [self.evaluate(part, env) for part in node.values]
                return Value(OTHER.kind, host="dict", item=joined(values) if values else None)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                inner = self._generators(node.generators, env)
                host = {ast.ListComp: "list", ast.SetComp: "set"}.get(type(node), "iterator")
                return sequence(host, item=self.evaluate(node.elt, inner))
            case ast.DictComp():
                inner = self._generators(node.generators, env)
                self.evaluate(node.key, inner)
                return Value(OTHER.kind, host="dict", item=self.evaluate(node.value, inner))
            case ast.NamedExpr():
                value = self.evaluate(node.value, env)
                self._bind(node.target, value, env)
                return value
            case ast.Starred():
                return calls.element(self.evaluate(node.value, env))
            case ast.JoinedStr():
                for part in node.values:
                    self.evaluate(part, env)
                return STR
            case ast.FormattedValue():
                self.evaluate(node.value, env)
                return STR
            case ast.Lambda():
                return Value(OTHER.kind, host="function", node=node)
            case ast.Slice():
                for part in (node.lower, node.upper, node.step):
                    if part is not None:
                        self.evaluate(part, env)
                return Value(OTHER.kind, host="slice")
            case ast.Yield() | ast.YieldFrom():
                self.yields = True
                value = self.evaluate(node.value, env) if node.value else NONE
                self.returned = join(self.returned, calls.element(value) if isinstance(node, ast.YieldFrom) else value)
                return UNKNOWN
            case ast.Await():
                self.evaluate(node.value, env)
                return UNKNOWN
            case _:
                return UNKNOWN

    def _generators(self, generators: list[ast.comprehension], env: Environment) -> Environment:
        inner = dict(env)
        for generator in generators:
            self._bind(generator.target, calls.element(self.evaluate(generator.iter, inner)), inner)
            for test in generator.ifs:
                self.evaluate(test, inner)
                inner = self._narrowed(test, inner, True)
        return inner

    def _name(self, name: str, node: ast.expr, env: Environment) -> Value:
        if name in env:
            return env[name]
        if name in self.closure:
            return self.closure[name]
        return self.flow.free(name, node)

    def _attribute(self, node: ast.Attribute, env: Environment) -> Value:
        dotted = self.flow.names.resolve(node)
        if dotted is not None:
            self.evaluate(node.value, env)
            return self.flow.named(dotted)
        base = self.evaluate(node.value, env).some
        if base.array:
            return self._of_array(base, node.attr)
        if base.node is not None and isinstance(base.node, ast.ClassDef):
            return self.flow.attribute(base.node, node.attr)
        if base.host in ("int", "float", "number", "complex", "bool") and node.attr in ("real", "imag"):
            return FLOAT
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
            return base.item or UNKNOWN
        return STR if base.host == "str" else UNKNOWN

    def _binary(self, op: ast.operator, left: Value, right: Value) -> Value:
        left, right = left.some, right.some
        if left.array or right.array:
            if left.host == "str":
                return STR
            dtype = wider(left.dtype, right.dtype)
            if isinstance(op, ast.BitAnd | ast.BitOr | ast.BitXor) and {left.dtype, right.dtype} in (
                {"bool"},
                {"bool", ""},
            ):
                dtype = "bool"
            if isinstance(op, ast.Div) and dtype in ("int", "bool"):
                dtype = "float"
            sure = (left.array and left.sure) or (right.array and right.sure)
            ndim = left.ndim if left.ndim == right.ndim or right.number else right.ndim if left.number else None
            return array(dtype, ndim=ndim if not isinstance(op, ast.MatMult) else None, fresh=True, sure=sure)
        if isinstance(op, ast.MatMult):
            return array(fresh=True, sure=False)
        if left.host == "str" or right.host == "str":
            return STR
        if left.host in ("list", "tuple"):
            if isinstance(op, ast.Add) and right.host == left.host:
                if left.items is not None and right.items is not None:
                    return sequence(left.host, [*left.items, *right.items])
                return sequence(left.host, item=join(left.item or NOTHING, right.item or NOTHING))
            if isinstance(op, ast.Mult):
                return sequence(left.host, item=left.item)
        if right.host in ("list", "tuple") and isinstance(op, ast.Mult) and left.number:
            return sequence(right.host, item=right.item)
        if left.number and right.number:
            if isinstance(op, ast.Div):
                return COMPLEX if "complex" in (left.host, right.host) else FLOAT
            kind = wider(left.dtype, right.dtype)
            return {"int": INT, "float": FLOAT, "complex": COMPLEX, "bool": INT}.get(kind, NUMERIC)
        if left.other and right.other and not (left.host in ("", "instance") or right.host in ("", "instance")):
            return OTHER
        if (left.numeric or left.number or left.unknown) and (right.numeric or right.number or right.unknown):
            if isinstance(op, ast.BitAnd | ast.BitOr) and "bool" in (left.dtype, right.dtype):
                return replace(NUMERIC, dtype="bool")
            floats = isinstance(op, ast.Div) or "float" in (left.dtype, right.dtype)
            if left.numeric or left.number or right.numeric or right.number:
                return replace(NUMERIC, dtype="float") if floats else NUMERIC
        return UNKNOWN

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
                    return UNKNOWN
                return calls.builtin(dotted.removeprefix("builtins."), arguments)
            if dotted.rpartition(".")[2] in calls.ARRAY_CHECKS:
                return ARRAY
            found = self.flow.defined(dotted)
            if found is None:
                return self._library(dotted, node, arguments, named)
            return found[0].called(found[1], node, arguments, named)
        if function.node is not None:
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
        receiver = self.values.get(func.value, UNKNOWN).some
        if receiver.array:
            return calls.method(receiver, func.attr, node, arguments, named)
        if receiver.host == "generator":
            return array(fresh=True) if func.attr not in ("seed", "shuffle", "bit_generator") else NONE
        if receiver.host == "list":
            if func.attr in ("append", "insert", "extend") and arguments and isinstance(func.value, ast.Name):
                added = arguments[-1] if func.attr != "extend" else calls.element(arguments[0])
                item = added if receiver.item is None else join(receiver.item, added)
                self._set(func.value.id, replace(receiver, items=None, item=item), env)
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


def _constant(value: object) -> Value:
    if value is None or value is Ellipsis:
        return NONE if value is None else OTHER
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT
    if isinstance(value, float):
        return FLOAT
    return COMPLEX if isinstance(value, complex) else STR if isinstance(value, str) else OTHER


def _without_none(old: Value, said: Value) -> Value:
    return said if said is not NOTHING else UNKNOWN


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


def _merge(ends: list[Environment | None]) -> Environment | None:
    """What is known where several paths meet."""
    alive = [end for end in ends if end is not None]
    if not alive:
        return None
    first, *rest = alive
    merged = dict(first)
    for other in rest:
        for name, value in other.items():
            merged[name] = join(merged[name], value) if name in merged else value
    return merged


def is_library(dotted: str) -> bool:
    """Whether a dotted name belongs to an array library."""
    return library(dotted) in ARRAY_LIBRARIES


__all__ = ["FUNCTIONS", "Function", "Interpreter", "is_library", "know", "FLOAT", "NUMERIC"]
