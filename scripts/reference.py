"""Make the reference pages from the docstrings: one page for each file of `ops`, under docs/reference/ops/."""

from __future__ import annotations

import inspect
import shutil
import sys
from pathlib import Path
from types import ModuleType

import emberharmony.ops.names  # noqa: F401  # loads every file of ops

DOCS = Path(__file__).resolve().parent.parent / "docs"


def modules() -> list[ModuleType]:
    """The files of ops that have public names, in alphabetical order."""
    found = [module for name, module in sys.modules.items() if name.startswith("emberharmony.ops.")]
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
    prefix = f"ops.{home}." if home in ("linalg", "fft", "random", "special") else "ops."
    own = [
        n
        for n in sorted(module.__all__)
        if getattr(getattr(module, n), "__module__", module.__name__) == module.__name__
    ]
    entries = "\n".join(entry(prefix, name, getattr(module, name)) for name in own)
    return f"# {home}\n\n{inspect.getdoc(module)}\n\n{entries}"


def main() -> None:
    """Write every page anew, below the docs folder given or ours."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else DOCS) / "reference" / "ops"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for module in modules():
        (out / f"{module.__name__.rpartition('.')[2]}.md").write_text(page(module))


if __name__ == "__main__":
    main()
