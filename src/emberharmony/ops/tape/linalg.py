"""Rules of linear algebra. Those marked `@adjoint` are written with conjugate transposes, as in the literature.

The formulas: M. Giles, An extended collection of matrix derivative results (2008); for the pseudo-inverse G. Golub and
V. Pereyra (1973); for eigenvectors and singular vectors only what does not depend on their signs and phases has a
derivative.
"""

from __future__ import annotations

from typing import Any

from emberharmony import ops
from emberharmony.errors import UnsupportedError
from emberharmony.ops.like import made_like
from emberharmony.ops.tape.elementwise import conjugated, is_complex


def _h(x: Any) -> Any:
    """The conjugate transpose."""
    return ops.matrix_transpose(conjugated(x))


def adjoint(rule: Any) -> Any:
    """A rule for conjugated cotangents, used for ours, which are not."""

    def parts(x: Any) -> Any:
        if isinstance(x, tuple):
            return type(x)(*map(parts, x)) if hasattr(x, "_fields") else tuple(map(parts, x))
        return conjugated(x)

    return lambda g, *arguments, **named: conjugated(rule(parts(g), *arguments, **named))


def _eye(x: Any, n: int) -> Any:
    return made_like(x, "eye", n, dtype=x.dtype)


def _columns(v: Any, s: Any) -> Any:
    """`v diag(s)`."""
    return v * s[..., None, :]


def _over(x: Any, gaps: Any) -> Any:
    """`x / gaps` off the diagonal, and 0 where values are equal: what depends on them alone is right there too."""
    none = ops.equal(gaps, 0)
    return ops.where(none, ops.zeros_like(x), x / ops.where(none, ops.ones_like(gaps), gaps))


def _gaps(w: Any) -> Any:
    """`w[j] - w[i]`."""
    return w[..., None, :] - w[..., :, None]


def _off(x: Any) -> Any:
    """`x` without its diagonal."""
    return x * (1 - _eye(x, x.shape[-1]))


@adjoint
def _cholesky(g: Any, y: Any, x: Any, upper: bool = False) -> Any:
    if upper:
        g, y = _h(g), _h(y)
    inner = ops.tril(_h(y) @ ops.tril(g))
    inner = inner - 0.5 * inner * _eye(inner, y.shape[-1])
    half = ops.linalg.solve(_h(y), _h(ops.linalg.solve(_h(y), inner)))
    return 0.5 * (half + _h(half))


def _det(g: Any, y: Any, x: Any) -> Any:
    if not bool(ops.any(ops.equal(y, 0))):
        return (g * y)[..., None, None] * ops.matrix_transpose(ops.linalg.inv(x))
    # of a singular matrix: the matrix of cofactors, by way of the singular values
    u, s, vh = ops.linalg.svd(x)
    eye = _eye(s, s.shape[-1])
    others = ops.prod(s[..., None, :] * (1 - eye) + eye, axis=-1)
    turn = (g * ops.linalg.det(u) * ops.linalg.det(vh))[..., None, None]
    return turn * ops.conj(_columns(u, others) @ vh) if is_complex(x) else turn * (_columns(u, others) @ vh)


def _slogdet(g: Any, y: Any, x: Any) -> Any:
    c = g[1]
    if is_complex(x):
        c = c - 1j * ops.real(1j * g[0] * y[0])
    return c[..., None, None] * ops.matrix_transpose(ops.linalg.inv(x))


@adjoint
def _eigh(g: Any, y: Any, x: Any) -> Any:
    w, v = y
    inner = _over(_h(v) @ g[1], _gaps(w)) + g[0][..., None, :] * _eye(v, w.shape[-1])
    full = v @ inner @ _h(v)
    return 0.5 * (full + _h(full))


@adjoint
def _eigvalsh(g: Any, y: Any, x: Any) -> Any:
    v = ops.linalg.eigh(x).eigenvectors
    return _columns(v, g) @ _h(v)


@adjoint
def _eig(g: Any, y: Any, x: Any) -> Any:
    w, v = y
    inner = _h(v) @ g[1]
    length = ops.real(ops.sum(inner * _eye(inner, w.shape[-1]), axis=-1))  # vectors keep their length 1
    inner = _over(inner - _columns(_h(v) @ v, ops.astype(length, v.dtype)), ops.conj(_gaps(w)))
    inner = inner + g[0][..., None, :] * _eye(inner, w.shape[-1])
    return ops.linalg.solve(_h(v), inner @ _h(v))


def _eigvals(g: Any, y: Any, x: Any) -> Any:
    w, v = ops.linalg.eig(x)
    return _eig((g, ops.zeros_like(v)), (w, v), x)


@adjoint
def _inv(g: Any, y: Any, x: Any) -> Any:
    return -(_h(y) @ g @ _h(y))


@adjoint
def _pinv(g: Any, y: Any, x: Any, rtol: Any = None) -> Any:
    rows, columns = (_eye(y, n) for n in x.shape[-2:])
    result = -(_h(y) @ g @ _h(y))
    return result + (rows - x @ y) @ _h(g) @ y @ _h(y) + _h(y) @ y @ _h(g) @ (columns - y @ x)


@adjoint
def _qr(g: Any, y: Any, x: Any, mode: str = "reduced") -> Any:
    q, r = y
    rows, columns = x.shape[-2:]
    if mode == "complete" and rows > columns:
        raise UnsupportedError(
            f'the derivative of linalg.qr of shape {tuple(x.shape)} with mode="complete"',
            expected="columns that the matrix determines",
            mend='linalg.qr(x, mode="reduced")',
        )
    if rows < columns:  # the first columns decide on q, and the others are read off: x2 = q r2
        rest = g[1][..., rows:]
        first = _tall_qr(g[0] + x[..., rows:] @ _h(rest), g[1][..., :rows], q, r[..., :rows])
        return ops.concat([first, q @ rest], axis=-1)
    return _tall_qr(g[0], g[1], q, r)


def _tall_qr(gq: Any, gr: Any, q: Any, r: Any) -> Any:
    m = r @ _h(gr) - _h(gq) @ q
    low = ops.tril(m)
    mirrored = low + _h(_off(low))
    if is_complex(m):  # the diagonal of R is real: its phases are no freedom
        mirrored = mirrored - 1j * ops.imag(low) * _eye(low, low.shape[-1])
    return _h(ops.linalg.solve(r, _h(gq + q @ mirrored)))


@adjoint
def _solve_matrix(g: Any, y: Any, a: Any, b: Any) -> Any:
    back = ops.linalg.solve(_h(a), g)
    if b.ndim == 1:
        back, y = back[..., None], y[..., None]
    return -(back @ _h(y))


@adjoint
def _solve_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    return ops.linalg.solve(_h(a), g)


@adjoint
def _svd(g: Any, y: Any, x: Any, full_matrices: bool = True) -> Any:
    if full_matrices and x.shape[-2] != x.shape[-1]:
        raise UnsupportedError(
            f"the derivative of linalg.svd of shape {tuple(x.shape)} with full_matrices=True",
            expected="vectors that the matrix determines: those that complete a basis are anybody's choice",
            mend="linalg.svd(x, full_matrices=False)",
        )
    (u, s, vh), (gu, gs, gvh) = y, g
    k = s.shape[-1]
    v, gv = _h(vh), _h(gvh)
    gaps = _gaps(s * s)
    a, b = _h(u) @ gu, _h(v) @ gv
    skew_a, skew_b = _over(a - _h(a), gaps), _over(b - _h(b), gaps)
    inner = _columns(skew_a, s) + s[..., :, None] * skew_b + gs[..., None, :] * _eye(a, k)
    if is_complex(x):
        inner = inner + 1j * ops.imag(a) * _eye(a, k) / s[..., None, :]
    result = u @ inner @ vh
    if x.shape[-2] > k:
        rest = gu - u @ a
        result = result + (rest / s[..., None, :]) @ vh
    if x.shape[-1] > k:
        rest = gv - v @ b
        result = result + u @ _h(rest / s[..., None, :])
    return result


@adjoint
def _svdvals(g: Any, y: Any, x: Any) -> Any:
    u, _, vh = ops.linalg.svd(x, full_matrices=False)
    return _columns(u, g) @ vh


GENERAL: dict[str, tuple[Any, ...]] = {
    "linalg.cholesky": (_cholesky,),
    "linalg.det": (_det,),
    "linalg.eig": (_eig,),
    "linalg.eigh": (_eigh,),
    "linalg.eigvals": (_eigvals,),
    "linalg.eigvalsh": (_eigvalsh,),
    "linalg.inv": (_inv,),
    "linalg.pinv": (_pinv,),
    "linalg.qr": (_qr,),
    "linalg.slogdet": (_slogdet,),
    "linalg.solve": (_solve_matrix, _solve_right),
    "linalg.svd": (_svd,),
    "linalg.svdvals": (_svdvals,),
}
