"""The native core, written in Rust.

The `random_*` functions write the numbers of the key `(hi, lo)` at positions `start`, `start + 1`, ... into `out`: a
writable C-contiguous buffer of any number of axes. They release the GIL, run on `threads` threads (0: one per core) and
answer Ctrl-C within a tenth of a second. Nobody else may touch `out` meanwhile. A parameter is a float64 buffer of one
element, or of as many as `out` has. What the numbers are, says docs/architecture/random_numbers.md.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any, Self, TypeAlias, overload

from typing_extensions import Buffer

VERSION: str

def simd_level() -> str:
    """The widest vector instructions that the kernels use on this machine."""

def simd_levels() -> list[str]:
    """Every level this machine has, narrow to wide."""

def threefry(hi: int, lo: int, c0: int, c1: int) -> tuple[int, int]:
    """Both words of Threefry-2x32 (20 rounds) of the counter `(c0, c1)`."""

def random_bits(out: Buffer, hi: int, lo: int, start: int, threads: int) -> None:
    """Random words; `out` is uint32 or uint64."""

def random_uniform(out: Buffer, hi: int, lo: int, start: int, threads: int) -> None:
    """From 0 to below 1; `out` is float32 or float64."""

def random_normal(out: Buffer, hi: int, lo: int, start: int, threads: int) -> None:
    """Mean 0 and deviation 1; `out` is float32 or float64."""

def random_exponential(out: Buffer, hi: int, lo: int, start: int, threads: int) -> None:
    """Mean 1, never 0; `out` is float32 or float64."""

def random_gumbel(out: Buffer, hi: int, lo: int, start: int, threads: int) -> None:
    """Location 0 and scale 1; `out` is float32 or float64."""

def random_gamma(out: Buffer, hi: int, lo: int, start: int, shape: Buffer, threads: int) -> None:
    """Scale 1; `out` is float64. A `shape` that is not positive and finite gives nan."""

def random_poisson(out: Buffer, hi: int, lo: int, start: int, rate: Buffer, threads: int) -> None:
    """`out` is int64. A `rate` that is negative or not finite gives 0."""

def random_binomial(out: Buffer, hi: int, lo: int, start: int, n: Buffer, p: Buffer, threads: int) -> None:
    """`out` is int64. An `n` outside [0, 2**53] or a `p` outside [0, 1] gives 0."""

def random_truncated_normal(
    out: Buffer, hi: int, lo: int, start: int, lower: Buffer, upper: Buffer, threads: int
) -> None:
    """Standard normal between the bounds; `out` is float64. Bounds out of order give nan."""

# -- liquid time-constant networks --
#
# All floats of a call are of one type: float32 or float64, as `x` has. Buffers are C-contiguous; nobody else may touch
# outputs meanwhile. `neurons` is (capacity, leak, rest), each (N,). Synapses, `sensory` from inputs and `recurrent`
# from neurons, are (offsets, sources, w, s, mu, e), sorted by target: those of neuron j are
# offsets[j]..offsets[j + 1]; offsets (N + 1,) and sources (E,) are int32. `dt` has 1, T or B * T elements; where `mask`
# (B, T), bool or uint8, is 0, the state is copied through and neither `x` nor `dt` is read. The first O neurons are the
# outputs. Results do not depend on `threads` (0: one per core), on the rows beside a row, nor on where a sequence is
# cut in time. Ctrl-C is answered.

_Neurons: TypeAlias = tuple[Buffer, Buffer, Buffer]
_Synapses: TypeAlias = tuple[Buffer, Buffer, Buffer, Buffer, Buffer, Buffer]
_SynapseGradients: TypeAlias = tuple[Buffer, Buffer, Buffer, Buffer]

class LtcTrail:
    """What `ltc_backward` needs of `ltc_forward`: the state before each step, of B rounded up to whole registers."""

    @property
    def nbytes(self) -> int: ...

class LtcStepper:
    """A network in the layout for single rows; the parameters are copied. Its steps have the bits of `ltc_forward`."""

    def __init__(
        self, neurons: _Neurons, sensory: _Synapses, recurrent: _Synapses, unfolds: int, epsilon: float
    ) -> None: ...
    def step(self, x: Buffer, v: Buffer, dt: float, out: Buffer) -> None:
        """The state after `dt` into `out`: x (I,), v and out (N,), or x (B, I), v and out (B, N). `out` may be `v`."""

def ltc_forward(
    x: Buffer,
    v0: Buffer,
    dt: Buffer,
    mask: Buffer | None,
    neurons: _Neurons,
    sensory: _Synapses,
    recurrent: _Synapses,
    unfolds: int,
    epsilon: float,
    y: Buffer | None,
    last: Buffer,
    keep: bool,
    threads: int,
) -> LtcTrail | None:
    """x (B, T, I) from v0 (B, N) on: outputs into y (B, T, O), the last state into last (B, N). A trail where `keep`.

    Each step is `unfolds` times v += h (n - d v) / (capacity + h d) with h = dt / unfolds, n = leak rest + sum g e and
    d = leak + epsilon + sum g; a synapse has g = w sigmoid(s (u - mu)), where u is its input or its neuron's v.
    """

def ltc_backward(
    trail: LtcTrail,
    x: Buffer,
    v0: Buffer,
    dt: Buffer,
    mask: Buffer | None,
    neurons: _Neurons,
    sensory: _Synapses,
    recurrent: _Synapses,
    unfolds: int,
    epsilon: float,
    dy: Buffer | None,
    dlast: Buffer | None,
    dx: Buffer,
    dv0: Buffer,
    ddt: Buffer,
    dneurons: _Neurons,
    dsensory: _SynapseGradients,
    drecurrent: _SynapseGradients,
    threads: int,
) -> None:
    """The gradients of sum(dy y) + sum(dlast last), written over what was in dx, dv0, ddt (B, T) and the tuples."""

# -- closed-form continuous-time networks --
#
# All floats of a call are of one type: float32 or float64, as `x` has. Buffers are C-contiguous; nobody else may
# touch outputs meanwhile, and no output is an input of the same call. A cell is (mode, activation, backbone, heads,
# vectors, lstm): backbone and heads hold pairs of a matrix (in, out) and a bias (out,), the heads being F1, F2, Ta
# and Tb, or F alone; vectors are () or (w_tau, A); lstm is () or Wi (I, 4 U), Wh (U, 4 U) and b (4 U,), in the order
# input activation, input gate, forget gate, output gate. Modes: default, no_gate, pure, solution; activations:
# lecun_tanh, tanh, relu, silu, gelu. A state is h (B, U), with an lstm the pair (h, c). `dt` has 1, T or B * T
# elements; one number for all is of shape (1,), and makes one head of Ta dt + Tb: a single span of shape (1, 1) does
# not. Where `mask` (B, T), bool or uint8, is 0, the state is copied through and neither `x` nor `dt` is looked at.
# Results do not depend on `threads` (0: one per core), nor outputs on the other rows of the batch or on where a
# sequence is cut in time (as long as `dt` keeps its form). Ctrl-C is answered.

_Pairs: TypeAlias = tuple[tuple[Buffer, Buffer], ...]
_CfcCell: TypeAlias = tuple[str, str, _Pairs, _Pairs, tuple[Buffer, ...], tuple[Buffer, ...]]
_CfcState: TypeAlias = Buffer | tuple[Buffer, Buffer]

class CfcTrail:
    """What `cfc_backward` needs of `cfc_forward`. It never changes, and serves any number of backward passes."""

    @property
    def nbytes(self) -> int: ...

class CfcStepper:
    """A cell in the layout for single rows; the parameters are copied.

    Its steps have the bits of `cfc_forward` with `dt` per step or per row.
    """

    def __init__(self, cell: _CfcCell) -> None: ...
    def step(self, x: Buffer, state: _CfcState, dt: float, out: _CfcState) -> None:
        """The state after `dt` into `out`: x (I,), h and c (U,), or x (B, I), h and c (B, U). `out` may be `state`."""

def cfc_forward(
    x: Buffer,
    state: _CfcState,
    dt: Buffer,
    mask: Buffer | None,
    cell: _CfcCell,
    y: Buffer | None,
    last: _CfcState | None,
    keep: bool,
    threads: int,
) -> CfcTrail | None:
    """x (B, T, I) from `state` on: every h into y (B, T, U), the last state into `last`. A trail where `keep`."""

def cfc_backward(
    trail: CfcTrail,
    x: Buffer,
    state: _CfcState,
    dt: Buffer,
    mask: Buffer | None,
    cell: _CfcCell,
    dy: Buffer | None,
    dlast: _CfcState | None,
    dx: Buffer,
    dstate: _CfcState,
    ddt: Buffer | None,
    dcell: _CfcCell,
    threads: int,
) -> None:
    """The gradients of sum(dy y) + sum(dlast last), written over what was in dx, dstate, ddt (B, T) and dcell."""

# -- windows of rows --
#
# Rows are float32 or float64, C-contiguous, (n, f), or a list of f columns of one type. A cut is (window, hop,
# dilation): window i holds the rows i hop + j dilation for j below window. Ctrl-C is answered.

_Cut: TypeAlias = tuple[int, int, int]
_Rows: TypeAlias = Buffer | list[Buffer]

class WindowGram:
    """The sums of windows of `width` numbers and of the products of all pairs, on the integers of a grid: exact."""

    def __init__(self, width: int) -> None: ...
    @property
    def width(self) -> int: ...
    @property
    def windows(self) -> int: ...
    @property
    def left_out(self) -> int:
        """How many windows held a number that is not finite."""

    def add(self, x: Buffer, cut: _Cut, shift: Buffer, scale: Buffer, threads: int) -> tuple[int, int] | None:
        """Add the windows of a series as round((x - shift) scale). The row and feature of a number above 2**41: nothing
        was added then."""

    def merge(self, other: WindowGram) -> None: ...
    def moments(self, mean: Buffer, scatter: Buffer) -> None:
        """The mean (width,) and the centred products (width, width), in integers of the grid, as float64."""

    def state(self) -> bytes:
        """Sums and the upper triangle of the products, 16 bytes each."""

    @staticmethod
    def restored(width: int, windows: int, left_out: int, state: bytes) -> WindowGram: ...

class WindowFramer:
    """Cuts windows out of any number of series while their rows come in."""

    def __init__(self, features: int, cut: _Cut, double: bool) -> None: ...
    def bound(self, rows: int, series: int) -> int:
        """How many windows `out` and `ends` need room for, codes being below `series`."""

    def push(
        self,
        x: _Rows,
        codes: Buffer | None,
        times: Buffer | None,
        gap: float | None,
        out: Buffer,
        ends: Buffer,
    ) -> tuple[int, tuple[int, bool] | None]:
        """How many windows went to `out`, and their last rows to `ends`; or a row whose time falls (or is nan: False).

        `codes` are uint32, one for each row; `times` int64 or float64.
        """

    def flush(self) -> None: ...
    def state(self) -> list[bytes]:
        """Counts (rows seen, start of the next window, last time) and offsets as int64, and the rows that are kept."""

    @staticmethod
    def restored(
        features: int, cut: _Cut, double: bool, counts: Buffer, offsets: Buffer, rows: Buffer
    ) -> WindowFramer: ...

def windows_project(x: Buffer, cut: _Cut, mean: Buffer, loadings: Buffer, out: Buffer, threads: int) -> None:
    """(v - mean) loadings of each window into out (m, k): summed in order, in float64."""

def windows_ranges(x: Buffer, low: Buffer, high: Buffer) -> None:
    """Lower `low` and raise `high`, float64 (f,), to hold the finite numbers of the rows."""

def rows_of_columns(columns: _Rows, out: Buffer) -> None:
    """out[r][c] = columns[c][r]."""

# -- what the values of a column tell --
#
# Buffers are bytes, as Arrow lays them out: numbers of eight bytes, a bitmap of what is not null (None: all), offsets.
# `rows` is the first row and how many. The counts are of values, NaN, infinities, whole numbers, zeros, negatives and
# dates such as 20240131. Registers are a power of two of bytes, from 16 on, and are raised in place. Values are each
# the first row that has it, and how many have it: None if there are more than `most`. The GIL is released.

_NumberCounts: TypeAlias = list[int]
_Values: TypeAlias = list[tuple[int, int]] | None

def tally_int64(
    data: Buffer, validity: Buffer | None, rows: tuple[int, int], most: int, registers: Buffer
) -> tuple[_NumberCounts, tuple[int, int] | None, _Values]:
    """Counts, the least and the largest number, and the values."""

def tally_uint64(
    data: Buffer, validity: Buffer | None, rows: tuple[int, int], most: int, registers: Buffer
) -> tuple[_NumberCounts, tuple[int, int] | None, _Values]:
    """As `tally_int64`."""

def tally_float64(
    data: Buffer, validity: Buffer | None, rows: tuple[int, int], most: int, registers: Buffer
) -> tuple[_NumberCounts, tuple[float, float] | None, _Values]:
    """As `tally_int64`; the range is of finite numbers, NaN is no value and -0.0 is 0.0."""

def tally_texts(
    offsets: Buffer,
    wide: bool,
    data: Buffer,
    validity: Buffer | None,
    rows: tuple[int, int],
    limits: tuple[int, int],
    look: bool,
    registers: Buffer,
) -> tuple[list[int], _NumberCounts, tuple[float, float] | None, list[int], tuple[int, int] | None, _Values]:
    """Counts by `text_kinds`, counts and range of the numbers, characters and words, the least and the largest length,
    and the values: at most `limits[0]`, none above `limits[1]` bytes. Without `look` the bytes are no text: lengths are
    of bytes, and of the kinds only geometry is counted, in well-known binary form."""

def fold_bins(
    data: Buffer, validity: Buffer | None, rows: tuple[int, int], grid: tuple[float, float, float], bins: Buffer
) -> None:
    """Add float64 values to `bins`, uint64 (n, 4): values, sum of rests, sum of their squares in two words, low first.

    A value's place is `floor((x - grid[0]) grid[1] grid[2] + 0.5)`: its low 31 bits are the rest, others the bin."""

def text_kinds() -> list[str]:
    """The names of the kinds of text, in the order of their counts."""

def merge_registers(into: Buffer, other: Buffer) -> None:
    """The larger of each two registers, into the first ones."""

# -- the golden field: documented in emberharmony.syntonic. Planes are pairs of C-contiguous buffers of one width --

Memory: TypeAlias = Any  # a Buffer, as NumPy's stubs say from Python 3.12 on
Planes: TypeAlias = tuple[Memory, Memory]
Number: TypeAlias = Golden | Fraction | float

def golden_elementwise(operation: str, out: Planes, x: Planes, y: Planes, threads: int) -> tuple[int, int]:
    """out = x (operation) y, where y may be one number for all; the largest |a| and |b| that came out."""

def golden_signs(out: Memory, x: Planes, threads: int) -> None:
    """out = the sign of each number, as int8."""

def golden_compare(out: Memory, x: Planes, y: Planes, threads: int) -> None:
    """out = the sign of each difference, as int8."""

def golden_argsort(out: Memory, x: Planes, row: int, threads: int) -> None:
    """out = the indices that sort each row of so many elements, as int64."""

def golden_argmax(out: Memory, x: Planes, row: int, threads: int) -> None:
    """out = the index of the first largest element of each row, as int64."""

def golden_floats(out: Memory, x: Planes, den: int, threads: int) -> None:
    """out = the nearest double of each number over den."""

def golden_snap(out: Planes, x: Memory, bound: int, threads: int) -> tuple[int, int]:
    """out = the nearest element with |b| <= bound, at most 2**22, to each double, int64; the largest |a|, |b|."""

def golden_matmul(out: Planes, x: Planes, y: Planes, shape: tuple[int, int, int], block: int, threads: int) -> None:
    """out += x y for 16-bit factors; out is zero before, int32 or int64; `block` is as deep as 32 bits hold."""

def golden_instructions() -> str:
    """Which instructions golden_matmul uses here."""

Lack: TypeAlias = tuple[str, int] | None  # "domain", "range", "undecided" or "wide", and the first element that has it
Integers: TypeAlias = tuple[list[int], list[int], int]  # both planes as lists, and their denominator

def golden_nearest(numerator: int, bits: int, bound: int) -> tuple[int, int]:
    """The a + b phi with |b| <= bound nearest to numerator / 2**bits; the smaller b of two that are equally near."""

def golden_function(name: str, out: Planes, x: Planes, den: int, bound: int, threads: int) -> Lack:
    """out = f(x), rounded to |b| <= bound; int64. "wide" where a result has more bits."""

def golden_function_big(name: str, x: Integers, bound: int, threads: int) -> tuple[Lack, list[int], list[int]]:
    """f(x), rounded, at any size."""

def golden_softmax(out: Planes, x: Planes, row: int, den: int, bound: int, threads: int) -> Lack:
    """out = the softmax of each row of so many elements, rounded to |b| <= bound; int64."""

def golden_softmax_big(x: Integers, row: int, bound: int, threads: int) -> tuple[Lack, list[int], list[int]]:
    """The softmax of each row, rounded, at any size."""

def golden_shares(x: Integers, row: int, total: int, threads: int) -> tuple[Lack, list[int]]:
    """Integers with the sum `total` for each row, in proportion to e^x, by largest remainders."""

def golden_quotients(
    n: Integers, q: Integers, shift: Integers, bound: int, threads: int
) -> tuple[Lack, list[int], list[int]]:
    """n / sqrt(q) + shift of each element, rounded once."""

def golden_primes(limit: int, count: int) -> list[int]:
    """The largest primes below `limit`, at most 2**24, modulo which phi exists; fewer where there are no more."""

def golden_reduce(out: Memory, x: Planes, words: int, primes: list[int], threads: int) -> None:
    """out (primes, 2, n), uint32 = both values of each number; x is two planes of integers of so many uint64 words."""

def golden_words(primes: list[int]) -> int:
    """How many uint64 words each integer has that golden_combine puts together from these primes."""

def golden_combine(out: Memory, residues: Memory, primes: list[int], threads: int) -> None:
    """out (2, n, words), uint64 = both integers of each number with these residues (primes, 2, n), used up."""

def golden_solve(out: Memory, residues: Memory, n: int, primes: list[int], threads: int) -> None:
    """out (primes, 2) = determinants of residues (primes, 2, n, width); the rest of each row becomes adj(A) B."""

def golden_rank(out: Memory, residues: Memory, columns: int, primes: list[int], threads: int) -> None:
    """out (primes, 2) = ranks of residues (primes, 2, rows, columns), which are used up."""

def golden_charpoly(out: Memory, residues: Memory, n: int, primes: list[int], threads: int) -> None:
    """out (primes, 2, n + 1) = characteristic polynomials of residues (primes, 2, n, n), lowest coefficient first."""

class Golden:
    """An exact number (a + b phi) / den of the field Q(phi), phi = (1 + sqrt 5) / 2, with integers of any size."""

    def __new__(cls, a: Number = 0, b: Number = 0, den: Number = 1) -> Self: ...
    @staticmethod
    def parse(text: str) -> Golden: ...
    @property
    def a(self) -> int: ...
    @property
    def b(self) -> int: ...
    @property
    def den(self) -> int: ...
    def conj(self) -> Golden: ...
    def galois_conjugate(self) -> Golden: ...
    def norm(self) -> Fraction: ...
    def field_norm(self) -> Fraction: ...
    def trace(self) -> Fraction: ...
    def field_trace(self) -> Fraction: ...
    def inverse(self) -> Golden: ...
    def reciprocal(self) -> Golden: ...
    def sign(self) -> int: ...
    def is_integral(self) -> bool: ...
    def is_rational(self) -> bool: ...
    def is_purely_golden(self) -> bool: ...
    def to_float(self) -> float: ...
    def to_decimal(self, digits: int) -> Decimal: ...
    def project(self, window: Number) -> Golden: ...
    def floor_scaled(self, numerator: int, denominator: int) -> int: ...
    def round_scaled(self, numerator: int, denominator: int) -> int: ...
    def __add__(self, other: Number) -> Golden: ...
    def __radd__(self, other: Number) -> Golden: ...
    def __sub__(self, other: Number) -> Golden: ...
    def __rsub__(self, other: Number) -> Golden: ...
    def __mul__(self, other: Number) -> Golden: ...
    def __rmul__(self, other: Number) -> Golden: ...
    def __truediv__(self, other: Number) -> Golden: ...
    def __rtruediv__(self, other: Number) -> Golden: ...
    def __floordiv__(self, other: Number) -> Golden: ...
    def __rfloordiv__(self, other: Number) -> Golden: ...
    def __mod__(self, other: Number) -> Golden: ...
    def __rmod__(self, other: Number) -> Golden: ...
    def __pow__(self, exponent: int) -> Golden: ...
    def __neg__(self) -> Golden: ...
    def __pos__(self) -> Golden: ...
    def __abs__(self) -> Golden: ...
    def __bool__(self) -> bool: ...
    def __float__(self) -> float: ...
    def __int__(self) -> int: ...
    def __floor__(self) -> int: ...
    def __ceil__(self) -> int: ...
    def __trunc__(self) -> int: ...
    @overload
    def __round__(self) -> int: ...
    @overload
    def __round__(self, digits: int) -> Fraction: ...
    def __lt__(self, other: Number) -> bool: ...
    def __le__(self, other: Number) -> bool: ...
    def __gt__(self, other: Number) -> bool: ...
    def __ge__(self, other: Number) -> bool: ...
    def __hash__(self) -> int: ...
