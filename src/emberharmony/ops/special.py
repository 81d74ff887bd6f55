"""Special functions, with SciPy's names, as `ops.special.<name>`."""

from __future__ import annotations

from emberharmony.ops.dispatch import derived
from emberharmony.ops.nn import log_softmax, logsumexp, softmax
from emberharmony.ops.nn import sigmoid as expit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.types import A, Scalar

__all__ = [
    "betaln",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "expit",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "log_softmax",
    "logit",
    "logsumexp",
    "ndtr",
    "ndtri",
    "softmax",
    "xlog1py",
    "xlogy",
]


@derived
def erf(x: A, /) -> A:
    """erf."""
    raise NotImplementedError


@derived
def erfc(x: A, /) -> A:
    """erfc."""
    raise NotImplementedError


@derived
def erfinv(x: A, /) -> A:
    """erfinv."""
    raise NotImplementedError


@derived
def ndtr(x: A, /) -> A:
    """ndtr."""
    raise NotImplementedError


@derived
def ndtri(x: A, /) -> A:
    """ndtri."""
    raise NotImplementedError


@derived
def gammaln(x: A, /) -> A:
    """gammaln."""
    raise NotImplementedError


@derived
def digamma(x: A, /) -> A:
    """digamma."""
    raise NotImplementedError


@derived
def betaln(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """betaln."""
    raise NotImplementedError


@derived
def i0(x: A, /) -> A:
    """i0."""
    raise NotImplementedError


@derived
def i0e(x: A, /) -> A:
    """i0e."""
    raise NotImplementedError


@derived
def i1(x: A, /) -> A:
    """i1."""
    raise NotImplementedError


@derived
def logit(x: A, /) -> A:
    """logit."""
    raise NotImplementedError


@derived
def xlogy(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """xlogy."""
    raise NotImplementedError


@derived
def xlog1py(x1: A | Scalar, x2: A | Scalar, /) -> A:
    """xlog1py."""
    raise NotImplementedError


@derived
def entr(x: A, /) -> A:
    """entr."""
    raise NotImplementedError
