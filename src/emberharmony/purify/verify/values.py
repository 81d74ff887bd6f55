"""What to try for a parameter: kinds of value, and which of them its name, annotation, default and field suggest."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from inspect import Parameter
from typing import Any

from emberharmony.purify.verify.libraries import numpy


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to draw values: how many, how wide, and what is among them."""

    label: str
    n: int = 7
    m: int = 4
    fill: str = "normal"
    dtype: str = "float64"
    value: float = 0.0


PLAIN = Shape("plain")
POSITIVE = Shape("positive", fill="positive")
COMPLEX = Shape("complex", n=10, m=5, dtype="complex128")
VARIANTS = (
    Shape("other", n=12, m=5),
    Shape("sixty-four", n=64, m=33),
    Shape("large", n=1_600, m=40),
    Shape("larger", n=10_000, m=100),
    POSITIVE,
    Shape("negative", fill="negative"),
    Shape("zeros", fill="zeros"),
    Shape("ties", n=8, fill="ties"),
    Shape("integers", n=9, fill="integers", dtype="int64"),
    Shape("zeros and ones", n=8, fill="binary", dtype="int64"),
    Shape("booleans", n=9, fill="binary", dtype="bool"),
    Shape("float32", fill="positive", dtype="float32"),
    Shape("float32, both signs", n=11, dtype="float32"),
    COMPLEX,
    Shape("single element", n=1, m=1),
    Shape("two elements", n=2, m=2),
    Shape("nan", fill="nan"),
    Shape("infinities", fill="infinite"),
    Shape("wide range", fill="wide"),
    Shape("empty", n=0, m=0),
    Shape("larger float32", n=2_000, m=40, fill="positive", dtype="float32"),
)


def at_literals(literals: list[float]) -> tuple[Shape, ...]:
    """Values that are exactly the numbers the function is written with, and close to them."""
    return tuple(
        Shape(f"{words} {value:g}", n=n, m=3, fill=fill, value=value)
        for value in literals[:5]
        for words, fill, n in (("all", "constant", 4), ("around", "around", 16))
    )


Maker = Callable[[Any, Shape], Any]


def _fill(rng: Any, shape: tuple[int, ...], how: Shape) -> Any:
    np = numpy()
    x = rng.standard_normal(shape)
    match how.fill:
        case "positive":
            x = rng.uniform(0.5, 2.0, shape)
        case "negative":
            x = -rng.uniform(0.5, 2.0, shape)
        case "zeros":
            x = np.zeros(shape)
        case "constant":
            x = np.full(shape, how.value)
        case "around":
            x = how.value * rng.choice([1.0, 1.0, -1.0, 0.0, 0.999, 1.001, 2.0], shape)
        case "ties":
            x = np.round(x)
        case "integers":
            x = rng.integers(0, 6, shape)
        case "binary":
            x = rng.integers(0, 2, shape)
        case "wide":
            x = x * 10.0 ** rng.integers(-6, 6, shape)
        case "nan" | "infinite" if x.size:
            flat = x.reshape(-1)
            flat[rng.integers(0, x.size)] = np.nan if how.fill == "nan" else np.inf
            if how.fill == "infinite" and x.size > 2:
                flat[(int(np.argmax(np.isinf(flat))) + 2) % x.size] = -np.inf
        case _:
            pass
    if how.dtype == "complex128":
        x = x + 1j * rng.standard_normal(shape)
    return x.astype(how.dtype)


def vector(rng: Any, how: Shape) -> Any:
    """(n,)."""
    return _fill(rng, (how.n,), how)


def matrix(rng: Any, how: Shape) -> Any:
    """(m, m + 2)."""
    return _fill(rng, (how.m, how.m + 2 if how.m > 1 else how.m), how)


def tall(rng: Any, how: Shape) -> Any:
    """(n, 3)."""
    return _fill(rng, (how.n if how.n < 1000 else how.n // 4, 3), how)


@cache
def columns(width: int) -> Maker:
    """(n, width), for a documented number of columns."""

    def drawn(rng: Any, how: Shape) -> Any:
        return _fill(rng, (how.n if how.n < 1000 else -(-how.n // width), width), how)

    return drawn


def square(rng: Any, how: Shape) -> Any:
    """(m, m)."""
    return _fill(rng, (how.m, how.m), how)


def definite(rng: Any, how: Shape) -> Any:
    """Symmetric, positive and well conditioned."""
    np = numpy()
    m = min(how.m, 60)
    x = _fill(rng, (m, m), Shape("", dtype="complex128" if how.dtype == "complex128" else "float64"))
    return (x @ x.conj().T / max(m, 1) + 2 * np.eye(m)).astype(_fractional(how))


def _fractional(how: Shape) -> str:
    """The dtype, where whole numbers and truths would not do."""
    return "float64" if how.dtype in ("int64", "bool") else how.dtype


def cube(rng: Any, how: Shape) -> Any:
    """(2, 3, m)."""
    return _fill(rng, (2, 3, how.m), how)


def rising(rng: Any, how: Shape) -> Any:
    """(n,), strictly increasing and positive."""
    np = numpy()
    return np.cumsum(_fill(rng, (how.n,), Shape("", fill="positive"))).astype(
        "float64" if how.dtype in ("bool", "complex128") else how.dtype
    )


def probabilities(rng: Any, how: Shape) -> Any:
    """(n,), inside of the unit interval."""
    return rng.uniform(0.05, 0.95, (how.n,)).astype("float32" if how.dtype == "float32" else "float64")


def labels(rng: Any, how: Shape) -> Any:
    """(n,) of 0, 1 and 2."""
    return rng.integers(0, 3, (how.n,))


def mask(rng: Any, how: Shape) -> Any:
    """(n,) of truths."""
    return rng.integers(0, 2, (how.n,)).astype(bool)


def number(rng: Any, how: Shape) -> Any:
    """A real number."""
    match how.fill:
        case "negative":
            return -1.5
        case "zeros":
            return 0.0
        case "integers":
            return 2
        case "constant" | "around":
            return how.value
        case _:
            return {"other": 0.35, "large": 2.5, "ties": 1.0, "wide range": 12.0}.get(how.label, 0.7)


def unit(rng: Any, how: Shape) -> Any:
    """A real number between 0 and 1."""
    return {"other": 0.1, "large": 0.9}.get(how.label, 0.4)


def count(rng: Any, how: Shape) -> Any:
    """An integer that grows with the variant."""
    if how.n >= 1000:
        return how.n
    counts = {
        "other": 6,
        "sixty-four": 64,
        "ties": 8,
        "integers": 4,
        "single element": 1,
        "two elements": 2,
        "empty": 0,
    }
    return counts.get(how.label, 5)


def small(rng: Any, how: Shape) -> Any:
    """A small integer."""
    return {"other": 3, "sixty-four": 64, "single element": 1, "large": 4}.get(how.label, 2)


def axis(rng: Any, how: Shape) -> Any:
    """0 or -1."""
    return -1 if how.label in ("other", "ties") else 0


def sizes(rng: Any, how: Shape) -> Any:
    """A shape."""
    return (how.m, how.m + 1)


def several(rng: Any, how: Shape) -> Any:
    """Three vectors in a list."""
    return [_fill(rng, (how.n,), how) for _ in range(3)]


def listed(rng: Any, how: Shape) -> Any:
    """A vector as a list of numbers."""
    return _fill(rng, (how.n,), replace(how, dtype=_fractional(how))).tolist()


def switch(rng: Any, how: Shape) -> Any:
    """True or False."""
    return how.label not in ("other", "ties")


def square_function(rng: Any, how: Shape) -> Any:
    """A function of one argument."""
    return _square


def _square(x: Any) -> Any:
    return x * x


def constant(value: Any) -> Maker:
    """Always this value."""

    def same(rng: Any, how: Shape) -> Any:
        return value

    same.__name__ = repr(value)
    return same


_ANY: tuple[Maker, ...] = (vector, matrix, definite, number, small, count)
_NAMES: tuple[tuple[str, tuple[Maker, ...]], ...] = (
    (r"ax[ei]s|dim|ax", (axis,)),
    (r"(func?|fn|f|g|callback|callable|metric_fn|key)$", (square_function, vector, number)),
    (r"shape|size$", (sizes, count)),
    (
        r"(n|N|M|num|npoints|k|nx|order|deg|degree|lags?|window|window_?len\w*|nfft|bins|steps?|width|length|period|n_\w+|num_\w+|\w+_size|max_\w+|size|idx|index|i|j|d|p)$",
        (count, small, vector, matrix, number),
    ),
    (
        r"(alpha|beta|gamma|eps\w*|tol|sigma|mu|lam\w*|rate|fs|dt|scale|std|var|q|c|t|tau|threshold|delta|rtol|atol|lr|learning_rate|h|r|s|decay|momentum)$",
        (number, vector, unit, small, definite),
    ),
    (
        r"(A|M|P|Q|R|K|S|cov\w*|mat|matrix|sigma|Sigma|precision|covariance|kernel|F|H|B)$",
        (definite, matrix, square, vector, number),
    ),
    (r"(y_true|y_pred|labels?|classes|target|y|groups|clusters)$", (vector, labels, matrix, number, definite)),
    (
        r"(X|Y|XA|XB|data|images?|img|points|features|coords|positions|samples|Z|W|V|U|D)$",
        (matrix, tall, vector, definite, cube, labels, number),
    ),
    (r"(prob\w*|pk|qk|weights?|w|pvals?|pvalues|ps)$", (probabilities, vector, matrix, number)),
    (r"(mask|where|cond\w*|bool\w*)$", (mask, vector, matrix)),
    (r"(xp|grid|edges|times|knots)$", (rising, vector, matrix)),
    (r"(arrays|seq\w*|tup|xs|vectors|list\w*|items|args)$", (several, vector, matrix, listed)),
    (r"(dtype)$", (constant("float64"),)),
)


def candidates(parameter: Parameter, field: str, annotation: str) -> list[Maker]:
    """What to try for a parameter, the likeliest first. `field` is its type in the documentation."""
    said = f"{field} {annotation}".strip()
    found: list[Maker] = []
    if choices := documented_choices(field):
        return [constant(choice) for choice in choices]
    if said:
        found += _said(said)
    for pattern, makers in _NAMES:
        if re.fullmatch(pattern, parameter.name):
            found += makers
    found += _ANY
    if not said:
        found += (several, labels, mask, square_function, constant("a"))
    return list(dict.fromkeys(found))


def documented_choices(field: str) -> list[Any]:
    """The values in `{'a', 'b', 0}` of a numpydoc type."""
    match = re.search(r"\{([^{}]*)\}", field)
    if match is None:
        return []
    found: list[Any] = []
    for part in match[1].split(","):
        part = part.strip().strip("`*")
        if re.fullmatch(r"'[^']*'|\"[^\"]*\"", part):
            found.append(part[1:-1])
        elif re.fullmatch(r"-?\d+", part):
            found.append(int(part))
        elif part in ("None", "True", "False"):
            found.append({"None": None, "True": True, "False": False}[part])
    return found


def _said(said: str) -> list[Maker]:
    found: list[Maker] = []
    text = said.lower()
    array = re.search(r"array|matrix|tensor|ndarray|vector", text)
    if re.search(r"sequence of arr|list of arr|tuple of arr|list\[np|arrays\b", text):
        found.append(several)
    if re.search(r"callable|function", text):
        found.append(square_function)
    if dims := re.search(r"\(\s*(?:\.\.\.\s*,\s*)?(\w[\w+*/ -]*)\s*((?:,\s*\w[\w+*/ -]*)*),?\s*\)", said):
        rest = [part.strip() for part in dims[2].split(",") if part.strip()]
        match len(rest):
            case 0:
                found += [vector, rising, labels]
            case 1:
                if rest[0].isdigit():
                    found.append(columns(int(rest[0])))
                found += [definite, square] if rest[0] == dims[1].strip() else [tall, matrix]
            case _:
                found.append(cube)
    if re.search(r"\b1-?d\b|vector", text):
        found.append(vector)
    if re.search(r"\b2-?d\b|matrix|square", text):
        found += [matrix, square, definite]
    if re.search(r"bool", text) and not array:
        found.append(switch)
    if re.search(r"\bints?\b|integer", text):
        found += (
            [labels, vector] if array and re.search(r"of int|int\w* array", text) else [] if array else [small, count]
        )
    if array:
        found += [vector, matrix]
    if re.search(r"float|scalar|number|real", text) and not array:
        found += [number, unit]
    if re.search(r"tuple", text):
        found.append(sizes)
    if re.search(r"\blist\b", text):
        found += [listed, several]
    if re.search(r"\bstr", text):
        found += [constant("a"), constant("linear"), constant("mean")]
    return found


def alternatives(parameter: Parameter, field: str) -> list[Any]:
    """Other values than its default for an option."""
    default: Any = parameter.default
    if choices := documented_choices(field):
        return [choice for choice in choices if choice != default]
    if re.fullmatch(r"ax[ei]s|dim", parameter.name):
        return [value for value in (None, 0, -1, 1, (0, 1)) if value != default or value is None is not default]
    if isinstance(default, bool):
        return [not default]
    if isinstance(default, int):
        return [default + 1, default + 2, default - 1]
    if isinstance(default, float):
        return [default * 2 + 0.1, default / 2]
    if default is None:
        if re.search(r"bool", field):
            return [True, False]
        if re.search(r"\bint", field) and "array" not in field:
            return [1, 2, 3]
        if re.search(r"float|scalar", field) and "array" not in field:
            return [0.7, 2.0]
        return [vector, matrix, number, small] if "dtype" not in parameter.name else ["float32", "float64"]
    return []
