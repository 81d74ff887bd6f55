"""Matrix products: which arithmetic computes them, chosen by what is proven about the result.

(A + B phi)(C + D phi) = (AC + BD) + (AD + BC + BD) phi,   three real products: AC, BD and (A + B)(C + D)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from emberharmony import _core
from emberharmony.backend.numpy import planes
from emberharmony.backend.threads import threads
from emberharmony.errors import ArgumentError, ShapeError
from emberharmony.syntonic import residues
from emberharmony.syntonic.operands import policy, too_wide

if TYPE_CHECKING:
    from emberharmony.syntonic.array import GoldenArray

Plan: TypeAlias = Literal["auto", "int16", "float32", "float64", "residues", "integers"]

SHORT = 2**15 - 1
SUMS = 2**31 - 1  # what the sums of 16-bit products may reach
FEWEST = 64  # rows of the depth that a block of 32-bit sums should have, to be worth it
ALONE = 2**20  # multiplications up to which a second thread takes longer to start than it saves
SMALL = 4096  # multiplications up to which Python's integers are done before residues have started


@dataclass(frozen=True)
class Explanation:
    """What is proven about a product, and what computes it."""

    plan: Plan
    bound: int
    bits: int
    width: str
    instructions: str
    why: str

    def __str__(self) -> str:
        return f"{self.plan} ({self.instructions}): results of at most {self.bits} bits in {self.width}; {self.why}"


@dataclass(frozen=True)
class Proof:
    """Bounds of a product of matrices of this depth."""

    term: int  # of one product in either plane of the result
    bound: int  # of the result
    sides: tuple[int, int]  # of a + b on either side
    largest: int  # of any number on the way, where three products are taken

    @staticmethod
    def of(x: GoldenArray, y: GoldenArray, depth: int) -> Proof:
        """From the largest integers of both sides."""
        (a, b), (c, d) = x.bounds(), y.bounds()
        term = max(a * c + b * d, a * d + b * c + b * d)
        largest = max(a + b, c + d, depth * (a + b) * (c + d))
        return Proof(term, depth * term, (a + b, c + d), largest)

    def allows(self, plan: Plan) -> bool:
        """Whether every sum that this arithmetic forms is one it can hold."""
        match plan:
            case "int16":
                return max(self.sides) <= SHORT and 2 * self.term <= SUMS and self.bound <= 2**63 - 1
            case "float32":
                return self.largest < 2**24
            case "float64":
                return self.largest < 2**53
            case _:
                return True

    def best(self, work: int) -> tuple[Plan, str]:
        """The fastest arithmetic that holds the result, and the reason in words."""
        if self.allows("int16") and (self.bound <= SUMS or FEWEST * self.term <= SUMS):
            return "int16", "a + b fits 16 bits on both sides"
        if self.allows("float64"):
            return "float64", "every sum is an integer below 2^53, so doubles are exact in any order"
        if work <= SMALL:
            return "integers", "so few multiplications are done at once"
        return "residues", "sums go past 2^53; modulo small primes they do not"


def explain(x: GoldenArray, y: GoldenArray, plan: Plan = "auto") -> Explanation:
    """How `matmul(x, y, plan=plan)` will be computed, and how many bits its results are proven to need.

    >>> print(explain(GoldenArray.eye(3), GoldenArray.eye(3)).plan)
    int16
    """
    depth, work = _depth_and_work(x, y)
    proof = Proof.of(x, y, depth)
    chosen, why = _chosen(proof, work, plan)
    instructions = _core.golden_instructions() if chosen == "int16" else "BLAS" if chosen != "integers" else "Python"
    width = _sums(proof) if chosen == "int16" else planes.width_of(proof.bound)
    return Explanation(
        chosen, proof.bound, planes.bits(proof.bound), "big" if width == planes.BIG else str(width), instructions, why
    )


def matmul(x: GoldenArray, y: GoldenArray, *, plan: Plan = "auto") -> GoldenArray:
    """The matrix product, exactly. Shapes as the standard's: (..., n, k) and (..., k, m), or vectors.

    `plan` names the arithmetic; "auto" takes the fastest that is proven to hold every sum, and no plan changes a bit of
    the result. A plan that could not hold them raises.

    >>> from emberharmony.syntonic import GoldenArray
    >>> x = GoldenArray.from_ints([[1, 0], [0, 0]], [[0, 1], [1, 1]])  # 1, phi; phi, phi
    >>> matmul(x, x).tolist()[0]
    [Golden(2, 1), Golden(1, 2)]
    """
    depth, work = _depth_and_work(x, y)
    if x.ndim == 1 or y.ndim == 1:
        result = matmul(x.reshape(1, -1) if x.ndim == 1 else x, y.reshape(-1, 1) if y.ndim == 1 else y, plan=plan)
        kept = (
            result.shape[:-2]
            + (() if x.ndim == 1 else result.shape[-2:-1])
            + (() if y.ndim == 1 else result.shape[-1:])
        )
        return result.reshape(kept)
    x, y = (side.compact() if side.a.dtype == planes.BIG else side for side in (x, y))
    proof = Proof.of(x, y, depth)
    plan = _chosen(proof, work, plan)[0]
    if planes.width_of(proof.bound) == planes.BIG and policy(x, y) == "raise":
        raise too_wide("matmul", proof.bound)
    match plan:
        case "int16":
            return _short(x, y, proof)
        case "float32" | "float64":
            return _floats(x, y, proof, plan)
        case "residues":
            return _residues(x, y, proof, depth)
        case _:
            return _integers(x, y, proof)


def outer(x: GoldenArray, y: GoldenArray) -> GoldenArray:
    """All products of the elements of two vectors: (n,) and (m,) -> (n, m)."""
    if x.ndim != 1 or y.ndim != 1:
        raise ShapeError(f"outer of shapes {x.shape} and {y.shape}", expected="two vectors")
    return x.reshape(-1, 1) * y.reshape(1, -1)


def tensordot(x: GoldenArray, y: GoldenArray, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> GoldenArray:
    """Sums of products over axes of both: the last ones of x and the first ones of y, or those that are named."""
    if isinstance(axes, int):
        axes = range(x.ndim - axes, x.ndim), range(axes)
    left = [planes.axis_of(i, x.ndim) for i in axes[0]]
    right = [planes.axis_of(i, y.ndim) for i in axes[1]]
    if [x.shape[i] for i in left] != [y.shape[i] for i in right]:
        raise ShapeError(f"tensordot of shapes {x.shape} and {y.shape} over {axes}", expected="axes of equal lengths")
    rest_x, rest_y = ([i for i in range(z.ndim) if i not in used] for z, used in ((x, left), (y, right)))
    sizes_x, sizes_y = [x.shape[i] for i in rest_x], [y.shape[i] for i in rest_y]
    depth = prod(x.shape[i] for i in left)
    first = x.permute((*rest_x, *left)).reshape(prod(sizes_x), depth)
    second = y.permute((*right, *rest_y)).reshape(depth, prod(sizes_y))
    return matmul(first, second).reshape((*sizes_x, *sizes_y))


def _chosen(proof: Proof, work: int, plan: Plan) -> tuple[Plan, str]:
    """The arithmetic that computes a product, and why; an ArgumentError for a plan that does not hold it."""
    if plan not in get_args(Plan):
        raise ArgumentError(f"plan={plan!r}", expected=f"one of {', '.join(get_args(Plan))}")
    if plan == "auto":
        return proof.best(work)
    if not proof.allows(plan):
        raise ArgumentError(
            f"plan={plan!r} for sums of up to {planes.bits(proof.largest)} bits",
            expected="a plan that holds them",
            mend='plan="auto" takes the fastest one that does',
        )
    return plan, "asked for"


def _sums(proof: Proof) -> planes.Width:
    """What the products of 16-bit planes are added into."""
    return planes.NATIVE[2] if proof.bound <= SUMS else planes.NATIVE[3]


def _depth_and_work(x: GoldenArray, y: GoldenArray) -> tuple[int, int]:
    if not x.ndim or not y.ndim or x.shape[-1] != y.shape[-2 if y.ndim > 1 else 0]:
        raise ShapeError(
            f"matmul of shapes {x.shape} and {y.shape}",
            expected="(..., n, k) and (..., k, m): as many columns as rows",
        )
    planes.broadcast_shape(x.shape[:-2], y.shape[:-2])
    return x.shape[-1], x.size * (y.shape[-1] if y.ndim > 1 else 1)


def _result(a: planes.Plane, b: planes.Plane, x: GoldenArray, y: GoldenArray, proof: Proof) -> GoldenArray:
    return type(x)._of(a, b, x.den * y.den, (proof.bound, proof.bound), policy(x, y))


def _short(x: GoldenArray, y: GoldenArray, proof: Proof) -> GoldenArray:
    (rows, depth), columns = x.shape[-2:], y.shape[-1]
    batch = planes.broadcast_shape(x.shape[:-2], y.shape[:-2]) if x.ndim > 2 or y.ndim > 2 else ()
    width = planes.common(x.a, x.b, y.a, y.b)
    left = planes.ready((x.a, x.b), (*batch, rows, depth), width)
    right = planes.ready((y.a, y.b), (*batch, depth, columns), width)
    sums = _sums(proof)
    out = planes.zeros((*batch, rows, columns), sums), planes.zeros((*batch, rows, columns), sums)
    block = max(2, depth) if proof.bound <= SUMS else max(2, SUMS // max(1, proof.term))
    shape, workers = (rows, depth, columns), threads() if rows * depth * columns > ALONE else 1
    if not batch:
        _core.golden_matmul(out, left, right, shape, block, workers)
        return _result(*out, x, y, proof)
    for one in planes.indices(batch):
        into, first, second = ((a[one], b[one]) for a, b in (out, left, right))
        _core.golden_matmul(into, first, second, shape, block, workers)
    return _result(*out, x, y, proof)


def _floats(x: GoldenArray, y: GoldenArray, proof: Proof, plan: Literal["float32", "float64"]) -> GoldenArray:
    (a, b), (c, d) = (tuple(planes.as_floats(p, plan) for p in (side.a, side.b)) for side in (x, y))
    p, q, r = a @ c, b @ d, (a + b) @ (c + d)
    width = planes.width_of(proof.bound)
    return _result(planes.from_floats(p + q, width), planes.from_floats(r - p, width), x, y, proof)


def _residues(x: GoldenArray, y: GoldenArray, proof: Proof, depth: int) -> GoldenArray:
    # sums of `depth` products of residues of at most p / 2 are exact in doubles: depth p^2 / 4 < 2^53
    limit = min(residues.LARGEST, planes.root(2**55 // max(1, depth)))
    primes = residues.enough(proof.bound, limit)
    axes = max(x.ndim, y.ndim)
    left, right = (residues.of(side.reshape((1,) * (axes - side.ndim) + side.shape), primes) for side in (x, y))
    values = [planes.product_modulo(left[i], right[i], p) for i, p in enumerate(primes)]
    together = planes.joined(values, 0, new_axis=True)
    return residues.combined(type(x), together, primes, proof.bound, x.den * y.den, policy(x, y))


def _integers(x: GoldenArray, y: GoldenArray, proof: Proof) -> GoldenArray:
    (a, b), (c, d) = ((planes.cast(side.a, planes.BIG), planes.cast(side.b, planes.BIG)) for side in (x, y))
    p, q, r = planes.matmul(a, c), planes.matmul(b, d), planes.matmul(planes.add(a, b), planes.add(c, d))
    width = planes.width_of(proof.bound)
    return _result(planes.cast(planes.add(p, q), width), planes.cast(planes.subtract(r, p), width), x, y, proof)
