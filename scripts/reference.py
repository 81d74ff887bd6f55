"""Make the reference pages from the docstrings: one page for each file of `ops`, under docs/reference/ops/."""

from __future__ import annotations

import inspect
import shutil
from pathlib import Path
from types import ModuleType

import emberharmony.ops as ops

OUT = Path(__file__).resolve().parent.parent / "docs" / "reference" / "ops"


def modules() -> list[ModuleType]:
    """The files of ops that have public names, in alphabetical order."""
    found = (
        value
        for value in vars(ops).values()
        if inspect.ismodule(value) and value.__name__.startswith("emberharmony.ops.")
    )
    return sorted((m for m in found if getattr(m, "__all__", None)), key=lambda m: m.__name__)


def entry(prefix: str, name: str, value: object) -> str:
    """One function: heading, signature, text, example."""
    signature = str(inspect.signature(value)).replace("'", "") if callable(value) else ""  # type: ignore[arg-type]
    text, _, example = (inspect.getdoc(value) or "").partition(">>>")
    block = f"\n```pycon\n>>>{example.rstrip()}\n```\n" if example else ""
    return f"## {name}\n\n```python\n{prefix}{name}{signature}\n```\n\n{text.strip()}\n{block}"


def page(module: ModuleType) -> str:
    """The page of one file."""
    home = module.__name__.rpartition(".")[2]
    prefix = f"ops.{home}." if home in ("linalg", "fft", "special") else "ops."
    own = [
        n
        for n in sorted(module.__all__)
        if getattr(getattr(module, n), "__module__", module.__name__) == module.__name__
    ]
    entries = "\n".join(entry(prefix, name, getattr(module, name)) for name in own)
    return f"# {home}\n\n{inspect.getdoc(module)}\n\n{entries}"


def main() -> None:
    """Write every page anew."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    for module in modules():
        (OUT / f"{module.__name__.rpartition('.')[2]}.md").write_text(page(module))


if __name__ == "__main__":
    main()
