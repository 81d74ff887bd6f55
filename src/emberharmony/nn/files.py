"""A tree's values in one `.safetensors` file, which any library reads and which never runs code.

    8 bytes: length of the header  |  the header, JSON  |  the bytes of the arrays, widest items first

The header names each array's dtype, shape and place, and under `__metadata__` says in words which classes and static
fields it was written from. The file appears whole or not at all: it is written beside its place, flushed to the disk,
and renamed. Written here, because that needs one array in memory at a time and the file's own permissions; checked on
reading by the `safetensors` package.
"""

from __future__ import annotations

import json
import math
import os
import secrets
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.backend.dtypes import BITS
from emberharmony.errors import ArgumentError, WeightsError
from emberharmony.log import logger
from emberharmony.nn.modules import shown
from emberharmony.nn.weights import NUMBERS, Value, dtype_of, filled, state_dict
from emberharmony.pytree import tree_flatten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import BinaryIO

    Path = str | PathLike[str]

__all__ = ["UPGRADES", "load", "save"]

T = TypeVar("T")
FORMAT = "emberharmony"
SCHEMA = 1
CODES = {
    "bool": "BOOL", "int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64",
    "uint8": "U8", "uint16": "U16", "uint32": "U32", "uint64": "U64",
    "float16": "F16", "bfloat16": "BF16", "float32": "F32", "float64": "F64", "complex64": "C64",
}  # fmt: skip
DTYPES = {code: name for name, code in CODES.items()}
PAIRS = "complex128"  # has no code: a last axis of two float64, and its name in the metadata


class Contents:
    """What a file holds: values by name, and the metadata of its header."""

    __slots__ = ("metadata", "state")

    def __init__(self, state: dict[str, Value], metadata: dict[str, str]) -> None:
        self.state = state
        self.metadata = metadata


def _from_plain(contents: Contents) -> Contents:
    """Schema 0 is any other safetensors file: its names and arrays are all there is."""
    return Contents(contents.state, {})


# from a schema to the next one; a step may rename, join and drop values
UPGRADES: dict[int, Callable[[Contents], Contents]] = {0: _from_plain}


# -- out --


def save(tree: Any, path: Path) -> None:
    """Write the values of the tree (`state_dict`) to one `.safetensors` file, whole or not at all.

    An error or a full disk leaves the old file; a killed process may leave a `.tmp` file beside it. An array that
    stands in two places is written twice.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save({"w": ops.asarray([1.0, 2.0])}, f"{folder}/w.safetensors")
    ...     load({"w": ops.zeros(2)}, f"{folder}/w.safetensors")["w"].tolist()
    [1.0, 2.0]
    """
    leaves = sorted(state_dict(tree).items(), key=lambda item: -_layout(item[1])[3])
    header: dict[str, Any] = {"__metadata__": _metadata(tree, leaves)}
    end = 0
    for name, leaf in leaves:
        if name in header:
            raise ArgumentError(f"a leaf has the path {name!r}, which the file format keeps for itself")
        code, shape, nbytes, _ = _layout(leaf)
        header[name] = {"dtype": code, "shape": shape, "data_offsets": [end, end + nbytes]}
        end += nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # the arrays begin at a multiple of the widest item
    with replaced(os.path.realpath(path)) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, leaf in leaves:
            file.write(_bytes(leaf))


def _version() -> str:
    from importlib.metadata import version

    return version("emberharmony")


def _layout(leaf: Any) -> tuple[str, list[int], int, int]:
    """The code of the dtype, the shape, the bytes, and the bytes of an item, as they stand in the file."""
    dtype, shape = dtype_of(leaf), [] if type(leaf) in NUMBERS else [*leaf.shape]
    code, shape = ("F64", [*shape, 2]) if dtype == PAIRS else (CODES[dtype], shape)
    width = BITS[DTYPES[code]] // 8
    return code, shape, width * math.prod(shape), width


def _bytes(leaf: Any) -> Any:
    host = _numpy("asarray", leaf) if type(leaf) in NUMBERS else ops.to_numpy(leaf)
    if dtype_of(leaf) == "bfloat16":  # NumPy has none: these are float32 whose lower half is zero
        host = (host.view("uint32") >> 16).astype("uint16")
    return host.astype(host.dtype.newbyteorder("<"), order="C", copy=False).reshape(-1).view("uint8")


def _numpy(name: str, *arguments: Any) -> Any:
    return registry.load("numpy").functions[name](*arguments)


def _metadata(tree: Any, leaves: Sequence[tuple[str, Any]]) -> dict[str, str]:
    classes = {path: f"{node.cls.__module__}.{node.cls.__qualname__}" for path, node in _own_nodes(tree)}
    described = {
        "classes": classes,
        "static": _statics(tree),
        PAIRS: [name for name, leaf in leaves if dtype_of(leaf) == PAIRS],
    }
    return {"format": FORMAT, "schema": str(SCHEMA), "library": _version()} | {
        name: json.dumps(value) for name, value in described.items()
    }


def _own_nodes(tree: Any) -> list[tuple[str, Any]]:
    return [(path, node) for path, node in tree_flatten(tree)[1].nodes() if node.cls.__module__ != "builtins"]


def _statics(tree: Any) -> dict[str, Any]:
    return {
        f"{path}.{name}" if path else name: _plain(value)
        for path, node in _own_nodes(tree)
        for name, value in node.static()
    }


def _plain(value: Any) -> Any:
    """A static value as JSON; what JSON has no word for as a text for people, which is never compared."""
    if hasattr(value, "get_config"):
        return {"config": value.get_config()}
    if value.__class__ is tuple:
        items = [_plain(item) for item in value]
        return {"text": shown(value)} if any(isinstance(item, dict) for item in items) else items
    return value if value is None or isinstance(value, str | bool | int | float) else {"text": shown(value)}


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and "text" in value


@contextmanager
def replaced(path: str) -> Generator[BinaryIO]:
    """A new file that takes the place of `path` when the block ends well; otherwise nothing has happened."""
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f".{name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(beside, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)
        raise
    if os.name == "posix":  # the new name too is on the disk only when the folder is
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


# -- in --


def load(tree: T, path: Path, *, strict: bool = True, cast: bool = False) -> T:
    """The tree with the values of a file; `load_state_dict` says what fits.

    Any safetensors file serves. One of ours is strict about static fields too: a number or a text in a static field
    that is another in the file is an error, with `strict=False` a warning in the log.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save({"steps": 7, "w": ops.asarray([1.0, 2.0])}, f"{folder}/w.safetensors")
    ...     load({"steps": 0, "w": ops.zeros(2)}, f"{folder}/w.safetensors")["steps"]
    7
    """
    with open(path, "rb") as file:
        contents = _contents(file, path)
        while (schema := _schema(contents.metadata, path)) < SCHEMA:
            contents = UPGRADES[schema](contents)
            contents.metadata |= {"format": FORMAT, "schema": str(schema + 1)}
        _compare(contents.metadata, tree, path, strict)
        return filled(tree, contents.state, str(path), strict=strict, cast=cast)


def _contents(file: BinaryIO, path: Path) -> Contents:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy"):  # looks at the whole header, and that it covers the file
            pass
        length = int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(length))
    except (SafetensorError, ValueError) as problem:
        raise _damaged(path, problem) from None
    metadata: dict[str, str] = header.pop("__metadata__", None) or {}
    _schema(metadata, path)  # a newer one may mean something else by the names below
    try:
        _said(metadata, "static", dict)
        pairs = _pairs(metadata, header)
    except ValueError as problem:
        raise _damaged(path, problem) from None
    state = {name: _value(file, 8 + length, entry, name in pairs) for name, entry in header.items()}
    return Contents(state, metadata)


def _damaged(path: Path, problem: Exception) -> WeightsError:
    return WeightsError(
        f"{path} is not a whole safetensors file: {problem}",
        expected="a file that save(tree, path) or the safetensors package wrote",
        mend="a copy of the file: this one was cut off, changed, or is something else",
    )


def _said(metadata: dict[str, str], name: str, cls: type) -> Any:
    """What our metadata say under a name; empty in a file of others."""
    value = json.loads(metadata[name]) if metadata.get("format") == FORMAT and name in metadata else cls()
    if not isinstance(value, cls):
        raise ValueError(f"{name!r} in its header is {value!r}")
    return value


def _pairs(metadata: dict[str, str], header: dict[str, Any]) -> list[str]:
    said: list[str] = _said(metadata, PAIRS, list)
    fitting = [name for name, entry in header.items() if (entry["dtype"], entry["shape"][-1:]) == ("F64", [2])]
    pairs = [name for name in fitting if name in said]
    if len(pairs) < len(said):
        raise ValueError(f"{said} are not all stored as pairs")
    return pairs


def _value(file: BinaryIO, start: int, entry: dict[str, Any], pair: bool) -> Value:
    code: str = entry["dtype"]
    dtype = PAIRS if pair else DTYPES.get(code, code)
    shape = tuple(entry["shape"][:-1] if pair else entry["shape"])
    begin, end = entry["data_offsets"]

    def read() -> Any:
        file.seek(start + begin)
        host = _numpy("asarray", memoryview(file.read(end - begin)))
        if dtype == "bfloat16":
            host = host.view("<u2").astype("uint32") << 16
        return host.view("float32" if dtype == "bfloat16" else dtype).reshape(shape)

    return Value(dtype, shape, read)


def _schema(metadata: dict[str, str], path: Path) -> int:
    if metadata.get("format") != FORMAT:
        return 0
    schema = metadata.get("schema", "")
    if not schema.isdecimal():
        raise WeightsError(f"{path} has the schema {schema!r}", expected=f"a number up to {SCHEMA}")
    if int(schema) > SCHEMA:
        raise WeightsError(
            f"{path} has schema {schema}, written by emberharmony {metadata.get('library', 'of an unknown version')}",
            expected=f"schema {SCHEMA} or older: this is emberharmony {_version()}",
            mend="pip install --upgrade emberharmony; or read its arrays with safetensors.numpy.load_file",
        )
    return int(schema)


def _compare(metadata: dict[str, str], tree: Any, path: Path, strict: bool) -> None:
    saved: dict[str, Any] = _said(metadata, "static", dict)
    here: dict[str, Any] = json.loads(json.dumps(_statics(tree)))
    texts = [name for name in here if _is_text(here[name]) and _is_text(saved.get(name))]
    both = [name for name in here if name in saved and name not in texts and saved[name] != here[name]]
    other = [name for name in both if json.dumps(saved[name]) != json.dumps(here[name])]  # nan is not itself
    if other:
        said = ", ".join(f"{name} is {here[name]!r:.80} and was {saved[name]!r:.80}" for name in other)
        if strict:
            raise WeightsError(
                f"{path} was written from a tree with other static fields: {said}",
                expected="the structure that the values were made for",
                mend="build the tree like the file, or strict=False if the difference is meant",
            )
        logger(__name__).warning("%s was written from a tree with other static fields: %s", path, said)
