"""The row of a traced array: for every op what records it, made once for each backend that needs a tape."""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.backend import refusals, registry
from emberharmony.ops.dispatch import TABLES
from emberharmony.ops.tape import elementwise, fourier, linalg, reductions, shapes
from emberharmony.ops.tape.traced import Traced, binary, constant, general, listed, plain, single, unary

GENERAL = elementwise.GENERAL | reductions.GENERAL | shapes.GENERAL | linalg.GENERAL | fourier.GENERAL
CONSTANT = elementwise.CONSTANT + reductions.CONSTANT + shapes.CONSTANT
BINARY = elementwise.BINARY | shapes.BINARY
RULES = {name: (rule,) for name, rule in elementwise.UNARY.items()} | BINARY | GENERAL
_rows: dict[str, type[Traced]] = {}


def traced_type(backend: Any) -> type[Traced]:
    """The type of arrays of `backend` that are being differentiated."""
    cls = _rows.get(backend.name)
    if cls is None:
        cls = type("Traced", (Traced,), {"__slots__": (), "__module__": __name__})
        registry.register_type(cls, _row(cls), companion=backend.name, name=f"traced {backend.name}")
        _rows[backend.name] = cls
    return cls


def _row(cls: type[Traced]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, rule in elementwise.UNARY.items():
        row[name] = unary(cls, TABLES[name].call, rule)
    for name, (left, right) in BINARY.items():
        row[name] = binary(cls, TABLES[name].call, left, right)
    for name, rules in GENERAL.items():
        call = TABLES[name].call
        row[name] = single(cls, call, rules[0]) if len(rules) == 1 else general(cls, call, rules)
    for name, rule in shapes.LISTED.items():
        row[name] = listed(cls, TABLES[name].call, rule)
    for name in CONSTANT:
        row[name] = constant(TABLES[name].call)
    row["sign"] = _sign
    row["astype"] = _astype(row["astype"])
    row["stop_gradient"] = plain
    row["random.check_constant"] = _refuse
    return row


def _refuse(name: str, x: Traced) -> None:
    raise refusals.draw(name, tuple(x.shape))


def _sign(x: Any) -> Any:
    """Constant for real numbers, a direction for complex ones."""
    if not elementwise.is_complex(x):
        return ops.sign(plain(x))
    size = ops.abs(x)
    return x / ops.where(ops.equal(size, 0), ops.ones_like(size), size)


def _astype(call: Any) -> Any:
    """Whole numbers and truths are constants."""
    whole, kinds = constant(ops.astype), ("real floating", "complex floating")
    return lambda x, dtype, *more, **named: (call if ops.isdtype(dtype, kinds) else whole)(x, dtype, *more, **named)
