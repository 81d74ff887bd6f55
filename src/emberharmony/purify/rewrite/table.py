"""The recipes that are one line each: what NumPy is called with, and what that is in `ops`.

On the left stand NumPy's parameters in their order. A mark says what an argument is: `x!` an array, `x^` an array whose
integers become floats first (as NumPy does by itself), `x~` an array or a number, `xs*` a sequence of arrays, `d:` a
dtype, `x?` an array or None, `x%` the same but no number, `x&` a mask, `x#` a shape or axes, nothing for what is handed on as it is. On the right, `y=x` hands on `x` under the name `y`, where it was given.
A parameter that the right side does not name cannot be ported: the call is left with a finding, unless it was given its
default. A right side that begins with `=` is text with holes; `@` is the namespace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

FUNCTIONS = """
# -- elementwise --
abs(x!, out) -> abs(x)
absolute(x!, out) -> abs(x)
fabs(x^) -> =@abs({x}) * 1.0
add(a~, b~, out) -> add(a, b)
subtract(a~, b~, out) -> subtract(a, b)
multiply(a~, b~, out) -> multiply(a, b)
divide(a^, b~, out) -> divide(a, b)
true_divide(a^, b~, out) -> divide(a, b)
floor_divide(a~, b~) -> floor_divide(a, b)
mod(a~, b~) -> remainder(a, b)
remainder(a~, b~) -> remainder(a, b)
fmod(a!, b~) -> =@sign({a}) * @remainder(@abs({a}), abs({b}))
power(a~, b~, out) -> pow(a, b)
float_power(a^, b~) -> =@pow({a} * 1.0, {b})
maximum(a~, b~, out) -> maximum(a, b)
minimum(a~, b~, out) -> minimum(a, b)
hypot(a^, b~) -> hypot(a, b)
arctan2(a^, b^) -> atan2(a, b)
atan2(a^, b^) -> atan2(a, b)
copysign(a^, b~) -> copysign(a, b)
nextafter(a^, b~) -> nextafter(a, b)
logaddexp(a^, b^) -> logaddexp(a, b)
negative(x!) -> negative(x)
positive(x!) -> positive(x)
sign(x!) -> sign(x)
signbit(x!) -> signbit(x)
square(x!, out) -> square(x)
sqrt(x^, out) -> sqrt(x)
cbrt(x^) -> =@sign({x}) * @abs({x}) ** (1 / 3)
reciprocal(x!) -> reciprocal(x)
exp(x^, out) -> exp(x)
exp2(x^) -> =2.0 ** {x}
expm1(x^, out) -> expm1(x)
log(x^, out) -> log(x)
log2(x^, out) -> log2(x)
log10(x^, out) -> log10(x)
log1p(x^, out) -> log1p(x)
sin(x^, out) -> sin(x)
cos(x^, out) -> cos(x)
tan(x^) -> tan(x)
arcsin(x^) -> asin(x)
arccos(x^) -> acos(x)
arctan(x^) -> atan(x)
sinh(x^) -> sinh(x)
cosh(x^) -> cosh(x)
tanh(x^, out) -> tanh(x)
arcsinh(x^) -> asinh(x)
arccosh(x^) -> acosh(x)
arctanh(x^) -> atanh(x)
asin(x^) -> asin(x)
acos(x^) -> acos(x)
atan(x^) -> atan(x)
sinc(x^) -> =@where({x} == 0, 1.0, @sin(@pi * {x}) / @where({x} == 0, 1.0, @pi * {x}))
deg2rad(x^) -> ={x} * (@pi / 180)
radians(x^) -> ={x} * (@pi / 180)
rad2deg(x^) -> ={x} * (180 / @pi)
degrees(x^) -> ={x} * (180 / @pi)
floor(x!) -> floor(x)
ceil(x!) -> ceil(x)
trunc(x!) -> trunc(x)
fix(x!) -> trunc(x)
rint(x!) -> round(x)
clip(x!, low~, high~, out) -> clip(x, min=low, max=high)
isnan(x!) -> isnan(x)
isinf(x!) -> isinf(x)
isfinite(x!) -> isfinite(x)
isclose(a~, b~, rtol, atol, equal_nan) -> isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan)
equal(a~, b~) -> equal(a, b)
not_equal(a~, b~) -> not_equal(a, b)
less(a~, b~) -> less(a, b)
less_equal(a~, b~) -> less_equal(a, b)
greater(a~, b~) -> greater(a, b)
greater_equal(a~, b~) -> greater_equal(a, b)
logical_and(a~, b~) -> logical_and(a, b)
logical_or(a~, b~) -> logical_or(a, b)
logical_xor(a~, b~) -> logical_xor(a, b)
logical_not(x!) -> logical_not(x)
bitwise_and(a~, b~) -> bitwise_and(a, b)
bitwise_or(a~, b~) -> bitwise_or(a, b)
bitwise_xor(a~, b~) -> bitwise_xor(a, b)
bitwise_not(x!) -> bitwise_invert(x)
invert(x!) -> bitwise_invert(x)
left_shift(a~, b~) -> bitwise_left_shift(a, b)
right_shift(a~, b~) -> bitwise_right_shift(a, b)
conj(x!) -> conj(x)
conjugate(x!) -> conj(x)
nan_to_num(x!, copy, nan, posinf, neginf) -> nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)
i0(x^) -> special.i0(x)
# -- reductions --
sum(a!, axis, dtype:, out, keepdims) -> sum(a, axis=axis, dtype=dtype, keepdims=keepdims)
prod(a!, axis, dtype:, out, keepdims) -> prod(a, axis=axis, dtype=dtype, keepdims=keepdims)
mean(a^, axis, dtype, out, keepdims) -> mean(a, axis=axis, keepdims=keepdims)
std(a^, axis, dtype, out, ddof, keepdims) -> std(a, axis=axis, correction=ddof, keepdims=keepdims)
var(a^, axis, dtype, out, ddof, keepdims) -> var(a, axis=axis, correction=ddof, keepdims=keepdims)
max(a!, axis, out, keepdims) -> max(a, axis=axis, keepdims=keepdims)
min(a!, axis, out, keepdims) -> min(a, axis=axis, keepdims=keepdims)
amax(a!, axis, out, keepdims) -> max(a, axis=axis, keepdims=keepdims)
amin(a!, axis, out, keepdims) -> min(a, axis=axis, keepdims=keepdims)
all(a!, axis, out, keepdims) -> all(a, axis=axis, keepdims=keepdims)
any(a!, axis, out, keepdims) -> any(a, axis=axis, keepdims=keepdims)
argmax(a!, axis, out, keepdims) -> argmax(a, axis=axis, keepdims=keepdims)
argmin(a!, axis, out, keepdims) -> argmin(a, axis=axis, keepdims=keepdims)
ptp(a!, axis, out, keepdims) -> ptp(a, axis=axis, keepdims=keepdims)
median(a^, axis, out, overwrite_input, keepdims) -> median(a, axis=axis, keepdims=keepdims)
percentile(a^, q, axis, out, overwrite_input, method, keepdims) -> percentile(a, q, axis=axis, method=method, keepdims=keepdims)
quantile(a^, q, axis, out, overwrite_input, method, keepdims) -> quantile(a, q, axis=axis, method=method, keepdims=keepdims)
average(a^, axis, weights?) -> average(a, axis=axis, weights=weights)
nansum(a!, axis, dtype:, out, keepdims) -> nansum(a, axis=axis, dtype=dtype, keepdims=keepdims)
nanprod(a!, axis, dtype:, out, keepdims) -> nanprod(a, axis=axis, dtype=dtype, keepdims=keepdims)
nanmean(a^, axis, dtype, out, keepdims) -> nanmean(a, axis=axis, keepdims=keepdims)
nanstd(a^, axis, dtype, out, ddof, keepdims) -> nanstd(a, axis=axis, correction=ddof, keepdims=keepdims)
nanvar(a^, axis, dtype, out, ddof, keepdims) -> nanvar(a, axis=axis, correction=ddof, keepdims=keepdims)
nanmax(a!, axis, out, keepdims) -> nanmax(a, axis=axis, keepdims=keepdims)
nanmin(a!, axis, out, keepdims) -> nanmin(a, axis=axis, keepdims=keepdims)
nanmedian(a^, axis, out, overwrite_input, keepdims) -> nanmedian(a, axis=axis, keepdims=keepdims)
nanargmax(a!, axis) -> nanargmax(a, axis=axis)
nanargmin(a!, axis) -> nanargmin(a, axis=axis)
count_nonzero(a!, axis, keepdims) -> count_nonzero(a, axis=axis, keepdims=keepdims)
cumsum(a!, axis, dtype:, out) -> cumsum(a, axis)
cumprod(a!, axis, dtype, out) -> cumprod(a, axis)
diff(a!, n, axis, prepend%, append%) -> diff(a, n=n, axis=axis, prepend=prepend, append=append)
add.reduce(a!, axis=0, dtype:, out, keepdims) -> sum(a, axis=axis, dtype=dtype, keepdims=keepdims)
multiply.reduce(a!, axis=0, dtype:, out, keepdims) -> prod(a, axis=axis, dtype=dtype, keepdims=keepdims)
maximum.reduce(a!, axis=0, dtype, out, keepdims) -> max(a, axis=axis, keepdims=keepdims)
minimum.reduce(a!, axis=0, dtype, out, keepdims) -> min(a, axis=axis, keepdims=keepdims)
logical_and.reduce(a!, axis=0, dtype, out, keepdims) -> all(a, axis=axis, keepdims=keepdims)
logical_or.reduce(a!, axis=0, dtype, out, keepdims) -> any(a, axis=axis, keepdims=keepdims)
add.accumulate(a!, axis=0) -> cumsum(a, axis)
multiply.accumulate(a!, axis=0) -> cumprod(a, axis)
multiply.outer(a!, b!) -> =@tensordot({a}, {b}, axes=0)
add.outer(a!, b!) -> =@reshape({a}, {a}.shape + (1,) * {b}.ndim) + {b}
subtract.outer(a!, b!) -> =@reshape({a}, {a}.shape + (1,) * {b}.ndim) - {b}
allclose(a~, b~, rtol, atol, equal_nan) -> =bool(@allclose({a}, {b}{rtol}{atol}{equal_nan}))
array_equal(a!, b!) -> =bool(@array_equal({a}, {b}))
# -- shapes --
reshape(a!, shape#) -> reshape(a, shape)
ravel(a!) -> ravel(a)
transpose(a!, axes#) -> transpose(a, axes)
permute_dims(a!, axes#) -> permute_dims(a, axes)
matrix_transpose(a!) -> matrix_transpose(a)
swapaxes(a!, axis1, axis2) -> swapaxes(a, axis1, axis2)
moveaxis(a!, source#, destination#) -> moveaxis(a, source, destination)
expand_dims(a!, axis#) -> expand_dims(a, axis)
broadcast_to(a!, shape#) -> broadcast_to(a, shape)
broadcast_arrays(*xs!) -> broadcast_arrays(*xs)
atleast_1d(*xs!) -> atleast_1d(*xs)
atleast_2d(*xs!) -> atleast_2d(*xs)
flip(a!, axis) -> flip(a, axis=axis)
flipud(a!) -> =@flip({a}, axis=0)
fliplr(a!) -> =@flip({a}, axis=1)
roll(a!, shift#, axis#) -> roll(a, shift, axis=axis)
tile(a!, reps) -> tile(a, reps)
repeat(a!, repeats, axis) -> repeat(a, repeats, axis=axis)
concatenate(xs*, axis) -> concatenate(xs, axis=axis)
concat(xs*, axis) -> concatenate(xs, axis=axis)
stack(xs*, axis) -> stack(xs, axis=axis)
vstack(xs*) -> vstack(xs)
row_stack(xs*) -> vstack(xs)
hstack(xs*) -> hstack(xs)
split(a!, indices_or_sections, axis) -> split(a, indices_or_sections, axis)
pad(a!, pad_width, mode, constant_values) -> pad(a, pad_width, mode, constant_values=constant_values)
diag(a!, k) -> diag(a, k)
diagonal(a!, offset) -> diagonal(a, offset=offset)
tril(a!, k) -> tril(a, k=k)
triu(a!, k) -> triu(a, k=k)
trace(a!, offset) -> trace(a, offset=offset)
take(a!, indices!, axis) -> take(a, indices, axis=axis)
take_along_axis(a!, indices!, axis) -> take_along_axis(a, indices, axis=axis)
sort(a!, axis) -> sort(a, axis=axis)
argsort(a!, axis, kind) -> argsort(a, axis=axis)
searchsorted(a!, v!, side, sorter?) -> searchsorted(a, v, side=side, sorter=sorter)
digitize(x!, bins!, right) -> digitize(x, bins, right)
isin(a!, b!, assume_unique, invert) -> isin(a, b, invert=invert)
in1d(a!, b!, assume_unique, invert) -> isin(a, b, invert=invert)
bincount(x!, weights?, minlength) -> bincount(x, weights=weights, minlength=minlength)
interp(x^, xp^, fp^, left, right, period) -> interp(x, xp, fp, left=left, right=right, period=period)
nonzero(a!) -> nonzero(a)
flatnonzero(a!) -> =@nonzero(@ravel({a}))[0]
argwhere(a!) -> =@stack(@nonzero({a}), axis=-1)
extract(condition&, a!) -> =@mask_select(@ravel({a}), @ravel({condition}))
column_stack(xs*) -> =@concatenate([@reshape(_x, (_x.shape[0], -1)) for _x in {xs}], axis=1)
meshgrid(*xs!, indexing) -> meshgrid(*xs, indexing=indexing)
tril_indices(n, k, m) -> tril_indices(n, k=k, m=m)
triu_indices(n, k, m) -> triu_indices(n, k=k, m=m)
tril_indices_from(a!, k) -> =@tril_indices({a}.shape[0]{k}, m={a}.shape[1])
triu_indices_from(a!, k) -> =@triu_indices({a}.shape[0]{k}, m={a}.shape[1])
broadcast_shapes(*shapes) -> broadcast_shapes(*shapes)
asarray_chkfinite(a, dtype:) -> asarray_chkfinite(a, dtype)
# -- creation like another --
zeros_like(a!, dtype:) -> zeros_like(a, dtype=dtype)
ones_like(a!, dtype:) -> ones_like(a, dtype=dtype)
empty_like(a!, dtype:) -> empty_like(a, dtype=dtype)
# -- products --
dot(a!, b!, out) -> dot(a, b)
matmul(a!, b!, out) -> matmul(a, b)
inner(a!, b!) -> tensordot(a, b, axes=INNER)
tensordot(a!, b!, axes) -> tensordot(a, b, axes=axes)
vdot(a!, b!) -> =@sum(@conj(@ravel({a})) * @ravel({b}))
kron(a!, b!) -> kron(a, b)
cross(a!, b!) -> linalg.cross(a, b)
cov(m^, y?, rowvar, bias, ddof) -> cov(m, y, rowvar=rowvar, bias=bias, ddof=ddof)
corrcoef(x^, y?, rowvar) -> corrcoef(x, y, rowvar=rowvar)
linalg.norm(x^, ord, axis, keepdims) -> linalg.norm(x, ord=ord, axis=axis, keepdims=keepdims)
linalg.inv(a^) -> linalg.inv(a)
linalg.pinv(a^) -> linalg.pinv(a)
linalg.det(a^) -> linalg.det(a)
linalg.slogdet(a^) -> linalg.slogdet(a)
linalg.solve(a^, b^) -> linalg.solve(a, b)
linalg.cholesky(a^) -> linalg.cholesky(a)
linalg.eigh(a^) -> linalg.eigh(a)
linalg.eigvalsh(a^) -> linalg.eigvalsh(a)
linalg.eig(a^) -> linalg.eig(a)
linalg.eigvals(a^) -> linalg.eigvals(a)
linalg.svd(a^, full_matrices) -> linalg.svd(a, full_matrices=full_matrices)
linalg.qr(a^) -> linalg.qr(a)
linalg.matrix_rank(a^) -> linalg.matrix_rank(a)
linalg.matrix_power(a!, n) -> linalg.matrix_power(a, n)
# -- Fourier --
fft.fft(a!, n, axis, norm) -> fft.fft(a, n=n, axis=axis, norm=norm)
fft.ifft(a!, n, axis, norm) -> fft.ifft(a, n=n, axis=axis, norm=norm)
fft.rfft(a!, n, axis, norm) -> fft.rfft(a, n=n, axis=axis, norm=norm)
fft.irfft(a!, n, axis, norm) -> fft.irfft(a, n=n, axis=axis, norm=norm)
fft.hfft(a!, n, axis, norm) -> fft.hfft(a, n=n, axis=axis, norm=norm)
fft.ihfft(a!, n, axis, norm) -> fft.ihfft(a, n=n, axis=axis, norm=norm)
fft.fftn(a!, s, axes, norm) -> fft.fftn(a, s=s, axes=axes, norm=norm)
fft.ifftn(a!, s, axes, norm) -> fft.ifftn(a, s=s, axes=axes, norm=norm)
fft.fft2(a!, s, axes=(-2, -1), norm) -> fft.fftn(a, s=s, axes=axes, norm=norm)
fft.ifft2(a!, s, axes=(-2, -1), norm) -> fft.ifftn(a, s=s, axes=axes, norm=norm)
fft.fftshift(a!, axes) -> fft.fftshift(a, axes=axes)
fft.ifftshift(a!, axes) -> fft.ifftshift(a, axes=axes)
fft.fftfreq(n, d) -> fft.fftfreq(n, d=d, dtype=FLOAT)
fft.rfftfreq(n, d) -> fft.rfftfreq(n, d=d, dtype=FLOAT)
# -- questions that the host answers --
ndim(a!) -> ={a}.ndim
iscomplexobj(x!) -> =@isdtype({x}.dtype, "complex floating")
normalize_axis_index(axis, ndim) -> =range({ndim})[{axis}]
isrealobj(x!) -> =not @isdtype({x}.dtype, "complex floating")
promote_types(a:, b:) -> result_type(a, b)
can_cast(a:, b:) -> can_cast(a, b)
"""

SCIPY = """
_lib._util._asarray_validated(a, check_finite) -> =@asarray({a})
special.erf(x^) -> special.erf(x)
special.erfc(x^) -> special.erfc(x)
special.erfinv(x^) -> special.erfinv(x)
special.ndtr(x^) -> special.ndtr(x)
special.ndtri(x^) -> special.ndtri(x)
special.gammaln(x^) -> special.gammaln(x)
special.loggamma(x^) -> special.gammaln(x)
special.psi(x^) -> special.digamma(x)
special.digamma(x^) -> special.digamma(x)
special.betaln(a^, b^) -> special.betaln(a, b)
special.i0(x^) -> special.i0(x)
special.i0e(x^) -> special.i0e(x)
special.i1(x^) -> special.i1(x)
special.logit(x^) -> special.logit(x)
special.expit(x^) -> special.expit(x)
special.xlogy(a^, b^) -> special.xlogy(a, b)
special.xlog1py(a^, b^) -> special.xlog1py(a, b)
special.entr(x^) -> special.entr(x)
special.logsumexp(a^, axis, b, keepdims) -> special.logsumexp(a, axis=axis, keepdims=keepdims)
special.softmax(x^, axis=None) -> special.softmax(x, axis=axis)
special.log_softmax(x^, axis=None) -> special.log_softmax(x, axis=axis)
special.log1p(x^) -> log1p(x)
special.expm1(x^) -> expm1(x)
special.rel_entr(a^, b^) -> =@where(@isnan({a}) | @isnan({b}), @nan, @where(({a} > 0) & ({b} > 0), {a} * @log({a} / {b}), @where(({a} == 0) & ({b} >= 0), {a}, @inf)))
linalg.norm(x^, ord, axis, keepdims) -> linalg.norm(x, ord=ord, axis=axis, keepdims=keepdims)
linalg.inv(a^, overwrite_a, check_finite) -> linalg.inv(a)
linalg.pinv(a^) -> linalg.pinv(a)
linalg.pinvh(a^) -> linalg.pinv(a)
linalg.det(a^, overwrite_a, check_finite) -> linalg.det(a)
linalg.solve(a^, b^, lower, overwrite_a, overwrite_b, check_finite, assume_a) -> linalg.solve(a, b)
linalg.svd(a^, full_matrices) -> linalg.svd(a, full_matrices=full_matrices)
linalg.svdvals(a^) -> linalg.svdvals(a)
linalg.qr(a^) -> =@linalg.qr({a}, mode="complete")
linalg.eigh(a^) -> linalg.eigh(a)
linalg.eigvalsh(a^) -> linalg.eigvalsh(a)
sparse.issparse(x) -> =hasattr({x}, "tocsr")
sparse.isspmatrix(x) -> =hasattr({x}, "tocsr")
fft.fft(x!, n, axis, norm) -> fft.fft(x, n=n, axis=axis, norm=norm)
fft.ifft(x!, n, axis, norm) -> fft.ifft(x, n=n, axis=axis, norm=norm)
fft.rfft(x!, n, axis, norm) -> fft.rfft(x, n=n, axis=axis, norm=norm)
fft.irfft(x!, n, axis, norm) -> fft.irfft(x, n=n, axis=axis, norm=norm)
fft.fftn(x!, s, axes, norm) -> fft.fftn(x, s=s, axes=axes, norm=norm)
fft.ifftn(x!, s, axes, norm) -> fft.ifftn(x, s=s, axes=axes, norm=norm)
fft.fftshift(x!, axes) -> fft.fftshift(x, axes=axes)
fft.ifftshift(x!, axes) -> fft.ifftshift(x, axes=axes)
fft.fftfreq(n, d) -> fft.fftfreq(n, d=d, dtype=FLOAT)
fft.rfftfreq(n, d) -> fft.rfftfreq(n, d=d, dtype=FLOAT)
fftpack.fftshift(x!, axes) -> fft.fftshift(x, axes=axes)
"""

# methods whose parameters are not those of the function of the same name
METHODS = """
flatten(a!) -> ravel(a)
argsort(a!, axis, kind) -> argsort(a, axis=axis)
conj(a!) -> conj(a)
dot(a!, b!) -> dot(a, b)
copy(a!, order) -> =@asarray({a}, copy=True)
clip(a!, low~, high~) -> clip(a, min=low, max=high)
nonzero(a!) -> nonzero(a)
trace(a!, offset) -> trace(a, offset=offset)
"""

MARKS = "!^~*:?%&#"
_LINE = re.compile(r"^([\w.]+)\((.*?)\)\s*->\s*(.+)$")
_CALL = re.compile(r"^([\w.]+)\((.*)\)$")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a NumPy function: its mark, and the default that the port must spell out."""

    name: str
    mark: str = ""
    default: str | None = None
    many: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one function is called, and what that is in `ops`."""

    name: str
    parameters: tuple[Parameter, ...]
    function: str
    arguments: tuple[tuple[str, str], ...]  # (name or "", parameter or constant)
    template: str = ""

    def takes(self, name: str) -> bool:
        """Whether the port keeps this parameter."""
        if self.template:
            return f"{{{name}}}" in self.template
        return any(source == name for _, source in self.arguments)


@cache
def functions() -> dict[str, Recipe]:
    """Recipes of `numpy.<name>`."""
    return _parsed(FUNCTIONS)


@cache
def scipy() -> dict[str, Recipe]:
    """Recipes of `scipy.<name>`."""
    return _parsed(SCIPY)


@cache
def methods() -> dict[str, Recipe]:
    """Recipes of the methods of arrays; the array itself comes first."""
    return {**functions(), **_parsed(METHODS)}


def _parsed(text: str) -> dict[str, Recipe]:
    found: dict[str, Recipe] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.match(line)
        assert match is not None, line
        name, left, right = match.groups()
        parameters = tuple(_parameter(part.strip()) for part in _split(left) if part.strip())
        if right.startswith("="):
            found[name] = Recipe(name, parameters, "", (), right[1:])
        else:
            call = _CALL.match(right)
            assert call is not None, line
            arguments = [part.strip() for part in _split(call[2]) if part.strip()]
            pairs = tuple((p.split("=")[0], p.split("=")[1]) if "=" in p else ("", p.lstrip("*")) for p in arguments)
            found[name] = Recipe(name, parameters, call[1], pairs)
    return found


def _parameter(text: str) -> Parameter:
    many = text.startswith("*")
    name, equals, default = text.lstrip("*").partition("=")
    mark = name[-1] if name[-1] in MARKS else ""
    return Parameter(name.rstrip(MARKS), mark, default if equals else None, many)


def _split(text: str) -> list[str]:
    """Split at commas outside of parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
