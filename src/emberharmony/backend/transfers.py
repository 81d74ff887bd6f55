"""The ledger of copies: between devices, between backends, and to the host.

A copy the user asked for (`ops.convert`, `ops.to_numpy`, `ops.to_device`) is explicit; one that an op needs to do its
work (a data-dependent shape, a routine that only the host has) is hidden, and raises inside `no_transfers()`.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from emberharmony.errors import HiddenTransferError


class Transfer:
    """One copy: what did it, how many bytes, from where to where, asked for or hidden, and the line that caused it."""

    __slots__ = ("explicit", "nbytes", "op", "source", "target", "where")

    def __init__(self, op: str, nbytes: int, source: str, target: str, *, explicit: bool, where: str) -> None:
        self.op = op
        self.nbytes = nbytes
        self.source = source
        self.target = target
        self.explicit = explicit
        self.where = where

    def __repr__(self) -> str:
        asked = "asked for" if self.explicit else "hidden"
        return f"<{self.op}: {self.nbytes} bytes, {self.source} to {self.target}, {asked}, at {self.where}>"


class Ledger(list[Transfer]):
    """The copies made inside one `transfers()` block."""

    @property
    def nbytes(self) -> int:
        """All bytes copied."""
        return sum(transfer.nbytes for transfer in self)

    @property
    def hidden(self) -> list[Transfer]:
        """The copies that nobody asked for."""
        return [transfer for transfer in self if not transfer.explicit]


_ledgers: ContextVar[tuple[Ledger, ...]] = ContextVar("emberharmony.ledgers", default=())
_forbidden: ContextVar[bool] = ContextVar("emberharmony.no_transfers", default=False)


def watched() -> bool:
    """Whether anybody counts or forbids copies here."""
    return bool(_ledgers.get()) or _forbidden.get()


def record(op: str, nbytes: int, source: str, target: str, *, explicit: bool = False) -> None:
    """Note one copy; called by whatever makes it, before it does. Raises where hidden copies are forbidden."""
    ledgers = _ledgers.get()
    if not ledgers and (explicit or not _forbidden.get()):
        return
    where = _call_site()
    if _forbidden.get() and not explicit:
        raise HiddenTransferError(
            f"ops.{op} would copy {nbytes} bytes from {source} to {target} at {where}",
            expected="no hidden copy inside no_transfers()",
            mend="move the call out of the block, or convert by hand: ops.convert and ops.to_numpy are allowed",
        )
    transfer = Transfer(op, nbytes, source, target, explicit=explicit, where=where)
    for ledger in ledgers:
        ledger.append(transfer)


@contextmanager
def transfers() -> Generator[Ledger]:
    """Collect every copy made inside the block, with its bytes and the line that caused it.

    >>> with ops.transfers() as ledger:
    ...     _ = ops.convert(ops.ones(4, dtype="float32"), "numpy")
    >>> [t.op for t in ledger.hidden]
    []
    """
    ledger = Ledger()
    token = _ledgers.set((*_ledgers.get(), ledger))
    try:
        yield ledger
    finally:
        _ledgers.reset(token)


@contextmanager
def no_transfers() -> Generator[None]:
    """Raise `HiddenTransferError` on any copy inside the block that was not asked for by name.

    >>> with ops.no_transfers():
    ...     ops.add(ops.ones(2), 1.0).tolist()
    [2.0, 2.0]
    """
    token = _forbidden.set(True)
    try:
        yield
    finally:
        _forbidden.reset(token)


def _call_site() -> str:
    """The nearest line outside this package."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame.f_back is not None and (
        frame.f_globals.get("__name__", "").startswith("emberharmony")
        or frame.f_code.co_filename.startswith("<the signature")
    ):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
