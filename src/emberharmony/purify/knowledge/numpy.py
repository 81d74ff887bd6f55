"""What NumPy's names give back. Everything that is not listed gives an array."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# kinds of number that a result has whatever goes in
BOOLS = _words(
    """isnan isinf isfinite isneginf isposinf isclose isin in1d logical_and logical_or logical_not logical_xor equal
    not_equal less less_equal greater greater_equal any all signbit iscomplex isreal isnat"""
)
INTEGERS = _words(
    """argmax argmin argsort argpartition searchsorted digitize count_nonzero bincount flatnonzero argwhere nonzero
    lexsort ravel_multi_index nanargmax nanargmin indices"""
)
FLOATS = _words(
    """linspace logspace geomspace hamming hanning bartlett blackman kaiser spacing""")  # fmt: skip
# float results of integer arguments; a complex argument stays complex
INEXACT = _words(
    """exp exp2 expm1 log log2 log10 log1p sqrt cbrt sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh arcsinh
    arccosh arctanh hypot mean average std var median nanmean nanstd nanvar nanmedian percentile quantile divide
    true_divide sinc deg2rad rad2deg degrees radians logaddexp logaddexp2 i0 interp"""
)

# names of `ops` that give arrays as NumPy's of the same name do
PORTED = INEXACT | _words(
    """asarray zeros ones empty full eye arange linspace zeros_like ones_like empty_like full_like astype where sum prod
    max min any all argmax argmin cumsum cumprod diff clip concat concatenate stack vstack hstack reshape ravel
    transpose swapaxes moveaxis expand_dims broadcast_to squeeze flip roll tile repeat take take_along_axis sort argsort
    searchsorted dot matmul tensordot outer add subtract multiply pow remainder maximum minimum abs sign square floor
    ceil isnan isinf isfinite isclose mask_select diag tril triu cov corrcoef linalg.inv linalg.solve linalg.norm
    linalg.det linalg.cholesky"""
)

# what is no array
PYTHON_INT = _words("ndim size")
PYTHON_BOOL = _words(
    """isscalar iscomplexobj isrealobj issubdtype allclose array_equal array_equiv can_cast may_share_memory
    shares_memory isfortran iterable issctype issubclass_ issubsctype"""
)
PYTHON_STR = _words("array_str array_repr array2string base_repr binary_repr format_float_positional")
DTYPES = _words(
    """bool_ bool int8 int16 int32 int64 intp int_ intc uint8 uint16 uint32 uint64 uint uintp float16 float32 float64
    float128 longdouble double single half complex64 complex128 complex256 cdouble csingle object_ str_ bytes_ void
    number integer floating inexact complexfloating signedinteger unsignedinteger generic character datetime64
    timedelta64 float_ complex_ byte short long longlong ubyte ushort ulong ulonglong clongdouble unicode_"""
)
DTYPE_VALUES = _words("result_type promote_types min_scalar_type dtype common_type find_common_type")
CONSTANTS = _words("pi e inf nan euler_gamma Inf NaN Infinity infty NINF PINF NAN NZERO PZERO")
NONES = _words(
    """save savez savez_compressed savetxt seterr set_printoptions copyto put place putmask fill_diagonal
    put_along_axis seterrcall setbufsize"""
)
OBJECTS = _words(
    """finfo iinfo errstate poly1d vectorize frompyfunc nditer ndindex ndenumerate printoptions broadcast
    get_printoptions geterr deprecate matrixlib testing lib core ma random linalg fft polynomial char rec ctypeslib
    exceptions typing emath version __version__ newaxis ndarray matrix recarray memmap ufunc flatiter chararray
    s_ index_exp r_ c_ mgrid ogrid"""
)
GRIDS = _words("r_ c_ mgrid ogrid")  # indexed, they give arrays
TUPLES = {
    "nonzero": 0, "unravel_index": 0, "ix_": 0, "tril_indices": 2, "triu_indices": 2, "diag_indices": 0,
    "triu_indices_from": 2, "tril_indices_from": 2, "diag_indices_from": 0, "modf": 2, "frexp": 2, "divmod": 2,
    "histogram": 2, "histogram2d": 3, "mask_indices": 0, "unique_all": 4, "unique_counts": 2, "unique_inverse": 2,
    "linalg.eig": 2, "linalg.eigh": 2, "linalg.qr": 2, "linalg.slogdet": 2, "linalg.lstsq": 4, "atleast": 0,
    "broadcast_arrays": 0, "meshgrid": 0,
}  # fmt: skip
# random numbers: their kind, and how many arguments come before the size
RANDOM: dict[str, tuple[str, int]] = {
    "rand": ("float", 0), "randn": ("float", 0), "random": ("float", 0), "random_sample": ("float", 0),
    "ranf": ("float", 0), "sample": ("float", 0), "standard_normal": ("float", 0), "randint": ("int", 2),
    "integers": ("int", 2), "random_integers": ("int", 2), "uniform": ("float", 2), "normal": ("float", 2),
    "exponential": ("float", 1), "standard_exponential": ("float", 0), "poisson": ("int", 1), "binomial": ("int", 2),
    "beta": ("float", 2), "gamma": ("float", 2), "standard_gamma": ("float", 1), "chisquare": ("float", 1),
    "geometric": ("int", 1), "laplace": ("float", 2), "logistic": ("float", 2), "lognormal": ("float", 2),
    "rayleigh": ("float", 1), "triangular": ("float", 3), "vonmises": ("float", 2), "weibull": ("float", 1),
}  # fmt: skip
LISTS = _words("split array_split hsplit vsplit dsplit")
SHAPES = _words("shape broadcast_shapes")

# attributes and methods of arrays
ARRAY_ATTRIBUTES = _words("T mT real imag flat base")
INT_ATTRIBUTES = _words("ndim size itemsize nbytes")
TUPLE_ATTRIBUTES = _words("shape strides")
HOST_METHODS = {
    "tolist": "list", "item": "number", "tobytes": "bytes", "tostring": "bytes", "dump": "None", "dumps": "bytes",
    "tofile": "None", "sort": "None", "fill": "None", "resize": "None", "put": "None", "setflags": "None",
    "itemset": "None", "partition": "None", "dim": "int", "numel": "int", "__len__": "int",
}  # fmt: skip
# methods that arrays have, and lists, strings, dicts and sets have not
ARRAY_METHODS = _words(
    """all any argmax argmin argpartition argsort astype byteswap choose clip compress conj conjugate cumprod cumsum
    diagonal dot fill flatten item itemset max mean min nonzero partition prod ptp put ravel repeat reshape resize round
    searchsorted squeeze std sum swapaxes take tobytes tofile tolist trace transpose var view"""
)
# attributes whose use says that a value is an array
TELLING = _words("T mT shape ndim dtype flat strides itemsize nbytes") | (
    ARRAY_METHODS - _words("max min sum any all view take put compress item choose fill std var mean")
)
# the array arguments of functions that have others before or between them; every other function takes its first one
ARRAY_ARGUMENTS: dict[str, tuple[int, ...]] = {
    "apply_along_axis": (2,), "apply_over_axes": (1,), "piecewise": (0,), "select": (), "full": (), "zeros": (),
    "ones": (), "empty": (), "eye": (), "identity": (), "arange": (), "linspace": (), "logspace": (), "geomspace": (),
    "tri": (), "where": (0, 1, 2), "dot": (0, 1), "matmul": (0, 1), "cross": (0, 1), "outer": (0, 1), "inner": (0, 1),
    "kron": (0, 1), "tensordot": (0, 1), "vdot": (0, 1), "interp": (0, 1, 2), "isin": (0, 1), "in1d": (0, 1),
    "convolve": (0, 1), "correlate": (0, 1), "polyval": (0, 1), "polyfit": (0, 1), "take_along_axis": (0, 1),
    "linalg.solve": (0, 1), "linalg.lstsq": (0, 1), "digitize": (0, 1), "searchsorted": (0, 1), "concatenate": (),
    "stack": (), "vstack": (), "hstack": (), "column_stack": (), "dstack": (), "array": (), "asarray": (0,),
    "einsum": (), "isscalar": (), "iterable": (), "ndim": (), "size": (), "shape": (), "iscomplexobj": (),
    "isrealobj": (), "broadcast_shapes": (), "dtype": (), "finfo": (), "iinfo": (), "result_type": (),
    "issubdtype": (), "can_cast": (), "float64": (), "float32": (), "int64": (), "errstate": (), "unravel_index": (0,),
    "tril_indices": (), "triu_indices": (), "diag_indices": (), "ndindex": (), "array_split": (0,), "fft.fftfreq": (),
    "fft.rfftfreq": (), "hanning": (), "hamming": (), "blackman": (), "bartlett": (), "kaiser": (), "bool_": (),
    "int_": (), "vectorize": (), "isclose": (0, 1), "allclose": (0, 1), "array_equal": (0, 1), "load": (),
    "loadtxt": (), "genfromtxt": (), "fromiter": (), "fromfunction": (), "indices": (), "vander": (0,), "save": (1,),
    "seterr": (), "testing.assert_allclose": (), "floor": (), "ceil": (), "sqrt": (), "log": (), "exp": (), "log2": (),
    "log10": (), "cos": (), "sin": (), "tan": (), "arctan2": (), "deg2rad": (), "abs": (), "isnan": (), "isfinite": (),
    "isinf": (), "rint": (), "round": (), "power": (), "maximum": (), "minimum": (), "max": (0,), "prod": (),
    "random.seed": (), "random.RandomState": (), "random.default_rng": (), "poly1d": (),
}  # fmt: skip
