"""One pass over one function: what each of its expressions is, and what it returns.

Statements are followed in order with an environment of values; branches are joined, loops are run until nothing that
they carry changes (at most three times), and a test such as `x is None` is believed on its two sides.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from emberharmony.purify.flow import calls
from emberharmony.purify.flow.expressions import Environment, Expressions
from emberharmony.purify.flow.operators import binary
from emberharmony.purify.flow.values import (
    ARRAY,
    BOOL,
    FLOAT,
    INT,
    NONE,
    NOTHING,
    OTHER,
    STR,
    UNKNOWN,
    Value,
    array,
    join,
    loosened,
    sequence,
)

if TYPE_CHECKING:
    from emberharmony.purify.flow.module import Flow

ROUNDS = 3


class Interpreter(Expressions):
    """Values of the expressions of one body, given the values of its parameters."""

    def __init__(self, flow: Flow, node: ast.AST, parameters: Environment, closure: Environment) -> None:
        self.flow = flow
        self.node = node
        self.values: dict[ast.expr, Value] = {}
        self.closure = closure
        self.everything: Environment = dict(parameters)  # each name with all it ever was: what an inner function sees
        self.returned = NOTHING
        self.yields = False
        self._left: list[Environment] | None = None  # where `break` and `continue` leave the innermost loop
        self.running = False

    def follow(self) -> Interpreter:
        """Follow the body, once; what has been found so far can be asked for meanwhile."""
        self.running = True
        environment: Environment | None = dict(self.everything)
        if isinstance(self.node, ast.Lambda):
            self.returned = self.evaluate(self.node.body, environment)
        else:
            body: list[ast.stmt] = getattr(self.node, "body", [])
            if self._block(body, environment) is not None and not self.yields:
                self.returned = join(self.returned, NONE) if self.returned is not NOTHING else NONE
        if self.yields:
            self.returned = sequence("iterator", item=self.returned if self.returned is not NOTHING else UNKNOWN)
        self.running = False
        return self

    # -- statements: the environment afterwards, or None where nothing follows --

    def _block(self, body: list[ast.stmt], environment: Environment | None) -> Environment | None:
        for statement in body:
            if environment is None:
                break
            environment = self._statement(statement, environment)
        return environment

    def _statement(self, node: ast.stmt, env: Environment) -> Environment | None:
        how = self._following.get(node.__class__)
        return env if how is None else how(self, node, env)

    def _expression(self, node: ast.Expr, env: Environment) -> Environment:
        self.evaluate(node.value, env)
        return env

    def _assign(self, node: ast.Assign, env: Environment) -> Environment:
        value = self._carried(node, self.evaluate(node.value, env), env)
        if isinstance(node.value, ast.Name | ast.Attribute | ast.Subscript):
            value = loosened(value)
            self._shared(node.value, env)
        for target in node.targets:
            self.bind(target, value, env)
        return env

    def _annotated(self, node: ast.AnnAssign, env: Environment) -> Environment:
        value = self.evaluate(node.value, env) if node.value else UNKNOWN
        said = self.flow.annotation(node.annotation)
        self.bind(node.target, said if value.unknown and not said.unknown else value, env)
        return env

    def _return(self, node: ast.Return, env: Environment) -> None:
        value = self.evaluate(node.value, env) if node.value else NONE
        self.returned = join(self.returned, value)

    def _raise(self, node: ast.Raise, env: Environment) -> None:
        for part in (node.exc, node.cause):
            if part:
                self.evaluate(part, env)

    def _with(self, node: ast.With | ast.AsyncWith, env: Environment) -> Environment | None:
        for item in node.items:
            self.evaluate(item.context_expr, env)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, UNKNOWN, env)
        return self._block(node.body, env)

    def _jump(self, node: ast.Break | ast.Continue, env: Environment) -> None:
        if self._left is not None:
            self._left.append(dict(env))

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, env: Environment) -> Environment:
        host = "class" if isinstance(node, ast.ClassDef) else "function"
        self.assign(node.name, Value(OTHER.kind, host=host, node=node), env)
        for decorator in node.decorator_list:
            self.evaluate(decorator, env)
        if isinstance(node, ast.ClassDef):
            self._block(node.body, dict(env))
        else:
            for default in [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]:
                self.evaluate(default, env)
        return env

    def _delete(self, node: ast.Delete, env: Environment) -> Environment:
        for target in node.targets:
            if isinstance(target, ast.Name):
                env.pop(target.id, None)
        return env

    def _assert(self, node: ast.Assert, env: Environment) -> Environment:
        self.evaluate(node.test, env)
        return self.narrowed(node.test, env, True)

    def _match(self, node: ast.Match, env: Environment) -> Environment | None:
        subject = self.evaluate(node.subject, env)
        ends = [self._block(case.body, self._pattern(case.pattern, subject, dict(env))) for case in node.cases]
        return _merge([env, *ends])

    def _if(self, node: ast.If, env: Environment) -> Environment | None:
        self.evaluate(node.test, env)
        yes = self._block(node.body, self.narrowed(node.test, dict(env), True))
        no = self._block(node.orelse, self.narrowed(node.test, dict(env), False))
        return _merge([yes, no])

    def _for(self, node: ast.For | ast.AsyncFor, env: Environment) -> Environment | None:
        item = calls.element(self.evaluate(node.iter, env))
        return self._loop(node.body, node.orelse, env, lambda inner: self.bind(node.target, item, inner))

    def _while(self, node: ast.While, env: Environment) -> Environment | None:
        return self._loop(node.body, node.orelse, env, lambda inner: self.evaluate(node.test, inner))

    def _loop(
        self,
        body: list[ast.stmt],
        orelse: list[ast.stmt],
        env: Environment,
        start: Callable[[Environment], object],
    ) -> Environment | None:
        outer, self._left = self._left, []
        head = dict(env)
        for _ in range(ROUNDS):
            inner = dict(head)
            start(inner)
            end = self._block(body, inner)
            after = _merge([head, end, *self._left]) or head
            same = all(after[name] is value or after[name] == value for name, value in head.items())
            head = after
            if same:  # what the body binds anew, it binds again in the next round
                break
        self._left = outer
        return self._block(orelse, head)

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

    def _augmented(self, node: ast.AugAssign, env: Environment) -> Environment:
        value = self.evaluate(node.value, env)
        target = node.target
        if isinstance(target, ast.Name):
            old = self.name(target.id, target, env)
            self.values[target] = old
            new = binary(node.op, old, value)
            both = new.array and old.array
            self.assign(target.id, new._replace(fresh=old.fresh, dtype=old.dtype or new.dtype) if both else new, env)
        elif isinstance(target, ast.Subscript):
            self.evaluate(target.value, env)
            self.evaluate(target.slice, env)
        else:
            self.values[target] = self._attribute(target, env)
        return env

    def _pattern(self, pattern: ast.pattern, subject: Value, env: Environment) -> Environment:
        for inner in ast.walk(pattern):
            if isinstance(inner, ast.MatchAs | ast.MatchStar) and inner.name:
                self.assign(inner.name, subject if inner is pattern else UNKNOWN, env)
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

    def bind(self, target: ast.expr, value: Value, env: Environment) -> None:
        """Give a target its value: a name, an item, or several names at once."""
        match target:
            case ast.Name():
                self.assign(target.id, value, env)
                self.values[target] = value
            case ast.Tuple() | ast.List():
                self._unpack(target, value, env)
            case ast.Starred():
                self.bind(target.value, sequence("list", item=calls.element(value)), env)
            case ast.Subscript():
                holder = self.evaluate(target.value, env)
                self.evaluate(target.slice, env)
                if isinstance(target.value, ast.Name) and holder.other and holder.host in ("list", "dict"):
                    item = value if holder.item is None else join(holder.item, value)
                    self.assign(target.value.id, holder._replace(items=None, item=item), env)
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
                self.bind(part, item, env)
            return
        item = calls.element(value) if not value.unknown else UNKNOWN
        for part in parts:
            self.bind(part, sequence("list", item=item) if isinstance(part, ast.Starred) else item, env)

    def assign(self, name: str, value: Value, env: Environment) -> None:
        """Give a name its value, which joins all that it ever was."""
        env[name] = value
        self.everything[name] = join(self.everything[name], value) if name in self.everything else value

    def _shared(self, node: ast.expr, env: Environment) -> None:
        """`y = x`, `y = x[1:]`: from now on `x` has another holder."""
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        if isinstance(node, ast.Name) and node.id in env:
            env[node.id] = loosened(env[node.id])

    # -- tests --

    def narrowed(self, test: ast.expr, env: Environment, truth: bool) -> Environment:
        """What is known where a test is true, or false."""
        match test:
            case ast.UnaryOp(op=ast.Not()):
                return self.narrowed(test.operand, env, not truth)
            case ast.BoolOp(op=ast.And()) if truth:
                for part in test.values:
                    env = self.narrowed(part, env, True)
            case ast.BoolOp(op=ast.Or()) if not truth:
                for part in test.values:
                    env = self.narrowed(part, env, False)
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

    _following: ClassVar[dict[type[ast.stmt], Callable[[Any, Any, Environment], Environment | None]]] = {
        ast.Expr: _expression, ast.Assign: _assign, ast.AnnAssign: _annotated,
        ast.AugAssign: _augmented, ast.Return: _return, ast.Raise: _raise,
        ast.If: _if, ast.For: _for, ast.AsyncFor: _for, ast.While: _while,
        ast.With: _with, ast.AsyncWith: _with, ast.Try: _try,
        ast.TryStar: _try, ast.Break: _jump, ast.Continue: _jump,
        ast.FunctionDef: _definition, ast.AsyncFunctionDef: _definition,
        ast.ClassDef: _definition, ast.Delete: _delete, ast.Assert: _assert,
        ast.Match: _match,
    }  # fmt: skip


def _without_none(old: Value, said: Value) -> Value:
    return said if said is not NOTHING else UNKNOWN


def _merge(ends: list[Environment | None]) -> Environment | None:
    """What is known where several paths meet."""
    alive = [end for end in ends if end is not None]
    if not alive:
        return None
    first, *rest = alive
    merged = dict(first)
    for other in rest:
        for name, value in other.items():
            old = merged.get(name)
            if old is not value:
                merged[name] = value if old is None else join(old, value)
    return merged
