"""Arrow types by what can be asked of their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pyarrow as pa
import pyarrow.types as t

Family = Literal[
    "null", "boolean", "integer", "float", "decimal", "text", "binary", "moment", "time", "duration", "list", "struct",
    "geo", "other",
]  # fmt: skip

LATITUDES = frozenset({"lat", "latitude", "y"})
LONGITUDES = frozenset({"lon", "lng", "long", "longitude", "x"})


def family_of(field: pa.Field) -> Family:
    """The family of a column; a dictionary is what its values are, an extension what it is stored as.

    >>> family_of(pa.field("place", pa.struct([("lat", pa.float64()), ("lon", pa.float64())])))
    'geo'
    """
    kind = field.type
    label = kind.extension_name if isinstance(kind, pa.BaseExtensionType) else ""
    label = label or (field.metadata or {}).get(b"ARROW:extension:name", b"").decode(errors="replace")
    if label.startswith(("geoarrow.", "ogc.")):
        return "geo"
    return _family(kind)


def _family(kind: pa.DataType) -> Family:
    if isinstance(kind, pa.BaseExtensionType):
        return _family(kind.storage_type)
    if t.is_dictionary(kind) or t.is_run_end_encoded(kind):
        return _family(kind.value_type)
    if t.is_struct(kind):
        names = {field.name.lower() for field in kind}
        return "geo" if len(names) in {2, 3} and names & LATITUDES and names & LONGITUDES else "struct"
    for family, tests in _TESTS:
        if any(test(kind) for test in tests):
            return family
    return "other"


_TESTS: list[tuple[Family, tuple[Callable[[pa.DataType], bool], ...]]] = [
    ("null", (t.is_null,)),
    ("boolean", (t.is_boolean,)),
    ("integer", (t.is_integer,)),
    ("float", (t.is_floating,)),
    ("decimal", (t.is_decimal,)),
    ("text", (t.is_string, t.is_large_string, t.is_string_view)),
    ("binary", (t.is_binary, t.is_large_binary, t.is_binary_view, t.is_fixed_size_binary)),
    ("moment", (t.is_timestamp, t.is_date)),
    ("time", (t.is_time,)),
    ("duration", (t.is_duration,)),
    ("list", (t.is_list, t.is_large_list, t.is_fixed_size_list, t.is_list_view, t.is_large_list_view, t.is_map)),
]
