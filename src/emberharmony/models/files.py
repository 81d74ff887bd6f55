"""A fitted estimator in one file: its arrays as safetensors, and beside them, as bytes, a JSON of everything else."""

from __future__ import annotations

import json
from typing import Any

from emberharmony import nn, ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, WeightsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike

    Path = str | PathLike[str]

__all__ = ["about", "arrays", "save"]

FORMAT = "emberharmony estimator"
SCHEMA = 1
TEXT, ARRAYS = "about", "arrays"


def save(path: Path, name: str, settings: dict[str, Any], plain: dict[str, Any], arrays: Any) -> None:
    """Write the estimator of the class `name`: its settings, and what its fit has found."""
    about = {
        "format": FORMAT,
        "schema": SCHEMA,
        "class": name,
        "settings": {key: _plain(key, value) for key, value in settings.items()},
        "fitted": {key: _plain(key, value) for key, value in plain.items()},
    }
    text = registry.load("numpy").functions["asarray"](memoryview(json.dumps(about).encode()))
    nn.save({TEXT: text, ARRAYS: arrays}, path)


def about(path: Path, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The settings, and the plain values of the fit, of an estimator of the class `name`."""
    found: dict[str, Any] = json.loads(_text(path))
    if found.get("format") != FORMAT or found["schema"] > SCHEMA:
        raise WeightsError(
            f"{path} has schema {found.get('schema')} of {found.get('format')!r}",
            expected=f"schema {SCHEMA} of {FORMAT!r} or older",
            mend="pip install --upgrade emberharmony",
        )
    if found["class"] != name:
        raise WeightsError(
            f"{path} holds a {found['class']}", expected=f"a {name}", mend=f"{found['class']}.load(path)"
        )
    settings, plain = ({key: _value(value) for key, value in found[part].items()} for part in ("settings", "fitted"))
    return settings, plain


def arrays(path: Path, template: Any) -> Any:
    """The arrays of an estimator, in a tree like `template`."""
    text = ops.zeros(len(_text(path)), dtype="uint8")
    return nn.load({TEXT: text, ARRAYS: template}, path)[ARRAYS]


def _text(path: Path) -> bytes:
    from safetensors import SafetensorError, safe_open

    try:
        opened: Any = safe_open(path, framework="numpy")
        with opened as file:
            text: bytes = file.get_tensor(TEXT).tobytes()
    except SafetensorError as problem:
        raise WeightsError(
            f"{path} is no whole file of an estimator: {problem}", expected="a file that an estimator saved"
        ) from None
    return text


def _plain(name: str, value: Any) -> Any:
    """A value as JSON that `_value` reads back: dicts and tuples of numbers and words, and wirings."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if value.__class__ is list:
        return [_plain(name, v) for v in value]
    if value.__class__ is tuple:
        return {"tuple": [_plain(name, v) for v in value]}
    if value.__class__ is dict:
        return {"dict": [[_plain(name, k), _plain(name, v)] for k, v in value.items()]}
    if hasattr(value, "get_config"):
        return {"wiring": value.get_config()}
    if hasattr(value, "item"):  # a number of NumPy
        return _plain(name, value.item())
    raise ArgumentError(
        f"save got {name} with {value!r:.80} of type {type(value).__name__}",
        expected="numbers, words, lists, tuples and dicts of them, or a wiring: what JSON can hold",
    )


def _value(value: Any) -> Any:
    if value.__class__ is list:
        return [_value(v) for v in value]
    if value.__class__ is not dict:
        return value
    (kind, content), *_ = value.items()
    if kind == "tuple":
        return tuple(_value(v) for v in content)
    if kind == "dict":
        return {_value(k): _value(v) for k, v in content}
    return getattr(nn.wirings, content["kind"]).from_config(content)
