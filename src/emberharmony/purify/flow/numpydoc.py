"""What the documentation says of parameters and results: the fields of numpydoc, `x : array_like, shape (n,)`."""

from __future__ import annotations

import re
from functools import lru_cache

from emberharmony.purify.flow.values import (
    BOOL,
    FLOAT,
    INT,
    NUMERIC,
    OTHER,
    STR,
    UNKNOWN,
    Value,
    array,
    sequence,
)

SECTION = re.compile(r"^([ \t]*)(\w[\w ]*)\n[ \t]*-{3,}[ \t]*$", re.MULTILINE)
_FIELD = re.compile(r"^([*\w][*\w, ]*?)\s*:\s*(.*)$")
_GOOGLE = re.compile(r"^\s*(\w+)\s*\(([^)]*)\)\s*:", re.MULTILINE)
_ARRAY = re.compile(r"\b(nd)?arrays?\b|array[-_ ]?like|\bmatrix\b|\btensor|np\.array|ndarray", re.IGNORECASE)
_SHAPE = re.compile(r"(?:^|shape\s*[=:]?\s*|of\s+)[(\[]\s*\w[\w+*-]*\s*,?[^)]*[)\]]", re.IGNORECASE)
_SEQUENCES = re.compile(r"\b(list|tuple|sequence|iterable)s? of\b|\blist of\b", re.IGNORECASE)
_SCALARS = (
    (re.compile(r"\bbool(ean)?\b", re.IGNORECASE), BOOL),
    (re.compile(r"\bint(eger)?s?\b", re.IGNORECASE), INT),
    (re.compile(r"\bfloat(ing)?\b|\bscalar\b|\breal\b|\bnumber\b|\bdouble\b", re.IGNORECASE), FLOAT),
    (re.compile(r"\bstr(ing)?s?\b|^\{\s*['\"\u2018]|^['\"]", re.IGNORECASE), STR),
)
_ROLE = re.compile(r":(?:\w+:)+(?=`)")  # :py:class:`ndarray`
_OF_OBJECTS = re.compile(r"\bof\s+[\w.]*\s*(objects|instances)\b", re.IGNORECASE)
_OF_NUMBERS = re.compile(r"\bof\s+(?:dtype\s+)?`*(bool|int|float|complex)(?:\d+|s|eans?|egers?)?\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(callable|function|dict|dictionary|dtype|module|class|RandomState|estimator|object|slice|type)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def parameters(doc: str) -> dict[str, Value]:
    """The parameters that a docstring describes, by name; only those whose field says something."""
    found: dict[str, Value] = {}
    for title in ("Parameters", "Other Parameters", "Attributes"):
        for names, text in fields(doc, title):
            for name in names.split(","):
                value = meaning(text)
                if value is not UNKNOWN:
                    found.setdefault(name.strip().lstrip("*"), value)
    if not found:
        for match in _GOOGLE.finditer(doc):
            value = meaning(match[2])
            if value is not UNKNOWN:
                found.setdefault(match[1], value)
    return found


@lru_cache(maxsize=4096)
def result(doc: str) -> Value:
    """What a docstring says of the result; several fields are a tuple."""
    values = [meaning(text) for _, text in fields(doc, "Returns")]
    return UNKNOWN if not values else values[0] if len(values) == 1 else sequence("tuple", values)


def fields(doc: str, title: str) -> list[tuple[str, str]]:
    """Names and types of one section, as written."""
    found: list[tuple[str, str]] = []
    titles = sections(doc) if title in doc else []
    for i, section in enumerate(titles):
        if section[2].strip() != title:
            continue
        end = titles[i + 1].start() if i + 1 < len(titles) else len(doc)
        indent = len(section[1].expandtabs())
        for line in doc[section.end() : end].splitlines():
            text = line.expandtabs()
            if text.strip() and len(text) - len(text.lstrip()) == indent and (match := _FIELD.match(text.strip())):
                found.append((match[1], match[2]))
    return found


@lru_cache(maxsize=1)  # each is asked for several titles, one after the other
def sections(doc: str) -> list[re.Match[str]]:
    """The titles with a line of dashes below; to look for the dashes is faster than to try each line."""
    found: list[re.Match[str]] = []
    at = doc.find("---")
    while at >= 0:
        line = doc.rfind("\n", 0, at)
        match = SECTION.match(doc, doc.rfind("\n", 0, line) + 1) if line >= 0 else None
        if match is not None:
            found.append(match)
        end = doc.find("\n", at)
        at = doc.find("---", end) if end >= 0 else -1
    return found


def meaning(text: str) -> Value:
    """The value that a type in a docstring describes."""
    text = _ROLE.sub("", text).strip()
    words = re.split(r",?\s*\b(?:optional|default|must|of shape|shape)\b", text, maxsplit=1, flags=re.IGNORECASE)[0]
    arrays = _ARRAY.search(text)
    other = _OTHERS.search(words)
    if other and (arrays is None or other.start() < arrays.start() or _OF_OBJECTS.search(text)):
        return OTHER
    if _SEQUENCES.search(words):
        inner = array(sure=False) if arrays else None
        return sequence("tuple" if "tuple" in words.lower() else "list", item=inner)
    scalar = next((value for pattern, value in _SCALARS if pattern.search(words)), None)
    if arrays and scalar in (INT, FLOAT) and re.search(r"\bor\b|/|,", words) and _ARRAY.search(words):
        # "float or array_like": one of the two
        return NUMERIC
    if arrays or (_SHAPE.search(text) and scalar is not STR):
        if re.search(r"\bNone\b", words):
            return UNKNOWN if not arrays else array(sure=False)
        kind = _OF_NUMBERS.search(text) if arrays else None
        return array(kind[1].lower() if kind else "", sure=False)
    return scalar or UNKNOWN
