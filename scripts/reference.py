"""Make the reference pages: from the docstrings, one for each file of `ops` and `nn`, under docs/reference/ops/; and
from the rules of purify docs/reference/purify_rules.md.
"""

from __future__ import annotations

import inspect
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import emberharmony.nn  # and pytree with it
import emberharmony.ops.names  # noqa: F401  # loads every file of ops
from emberharmony.purify.examine import all_rules

if TYPE_CHECKING:
    from emberharmony.purify.findings import Rule

NAMESPACES = ("linalg", "fft", "random", "special")
PREFIXES = {"nn": "nn.", "pytree": "pytree."}
ROOMS = ("emberharmony.nn.cells", "emberharmony.nn.layers", "emberharmony.nn.wirings")  # a page for the folder
DOCS = Path(__file__).resolve().parent.parent / "docs"


def modules() -> list[ModuleType]:
    """The files that have public names, in alphabetical order."""
    homes = ("emberharmony.ops.", "emberharmony.nn.", "emberharmony.pytree")
    found = [module for name, module in sys.modules.items() if name.startswith(homes)]
    rooms = tuple(f"{room}." for room in ("emberharmony.ops.random", *ROOMS))
    inner = {name for name in sys.modules if name.startswith((*rooms, "emberharmony.nn.kernels"))}
    return sorted(
        (m for m in found if getattr(m, "__all__", None) and m.__name__ not in inner), key=lambda m: m.__name__
    )


def title(module: ModuleType) -> str:
    """`linalg`, `nn.modules`: the file's name, with its room where that is not ops."""
    return module.__name__.removeprefix("emberharmony.").removeprefix("ops.")


def entry(prefix: str, name: str, value: object) -> str:
    """One function: heading, signature, text, example."""
    signature = str(inspect.signature(value)).replace("'", "") if callable(value) else ""  # type: ignore[arg-type]
    text, _, example = (inspect.getdoc(value) or "").partition(">>>")
    block = f"\n```pycon\n>>>{example.rstrip()}\n```\n" if example else ""
    methods = "\n".join(f"`.{m}{s}`: {t}\n" for m, s, t in _methods(value)) if isinstance(value, type) else ""
    return f"## {name}\n\n```python\n{prefix}{name}{signature}\n```\n\n{text.strip()}\n{block}\n{methods}"


def _methods(cls: type) -> list[tuple[str, str, str]]:
    """What can be called on an object, in the order in which it is written: name, signature, text."""
    found: dict[str, tuple[str, str, str]] = {}
    for base in cls.__mro__:
        for name, member in vars(base).items():
            public = inspect.isfunction(member) and (name == "__call__" or not name.startswith("_"))
            if (
                public
                and member.__module__.startswith("emberharmony.")
                and inspect.getdoc(member)
                and name not in found
            ):
                signature = (
                    str(inspect.signature(member)).replace("'", "").replace("(self, ", "(").replace("(self)", "()")
                )
                text = (inspect.getdoc(member) or "").partition(">>>")[0].strip()
                found[name] = name, signature, text
    return [*found.values()]


def _home(value: object, module: ModuleType) -> str:
    return getattr(value, "__module__", None) or module.__name__


def page(module: ModuleType) -> str:
    """The page of one file."""
    home = title(module)
    prefix = PREFIXES.get(module.__name__.split(".")[1]) or (f"ops.{home}." if home in NAMESPACES else "ops.")
    if module.__name__ in ROOMS:
        prefix = f"{home}."
    own = [n for n in sorted(module.__all__) if _home(getattr(module, n), module).startswith(module.__name__)]
    entries = "\n".join(entry(prefix, name, getattr(module, name)) for name in own)
    return f"# {home}\n\n{inspect.getdoc(module)}\n\n{entries}"


RULES = """# Rules of purify

Made from the rules themselves: `emberharmony purify rules CODE` prints the same. A test looks for the finding in every
first example, and for its absence in every second one. How to select, ignore and explain them: [purify](purify.md).
"""


def rules_page() -> str:
    """Every rule: what it finds, why that matters, an example, what to write or to do."""
    rules = all_rules()
    rows = "\n".join(f"| [{code}](#{code.lower()}) | {rule.severity} | {rule.what} |" for code, rule in rules.items())
    table = f"| rule | severity | what it finds |\n|---|---|---|\n{rows}\n"
    return "\n".join([RULES, table, *(rule_entry(rule) for rule in rules.values())])


def rule_entry(rule: Rule) -> str:
    """One rule: heading, text, example and mend. The fence says `py`: what a rule warns of is read here, not run."""
    good = f"\nWrite:\n\n```py\n{rule.good.strip()}\n```\n" if rule.good else ""
    mend = f"\n**To do:** {rule.mend[:1].upper()}{rule.mend[1:].rstrip('.')}.\n" if rule.mend else ""
    head = f"({rule.code.lower()})=\n## {rule.code} {rule.name}\n\n*{rule.severity}*: {rule.what}\n\n{rule.why}\n"
    return f"{head}\nInstead of:\n\n```py\n{rule.bad.strip()}\n```\n{good}{mend}"


def main() -> None:
    """Write every page anew, below the docs folder given or ours."""
    reference = Path(sys.argv[1] if len(sys.argv) > 1 else DOCS) / "reference"
    (reference / "purify_rules.md").write_text(rules_page())
    out = reference / "ops"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for module in modules():
        (out / f"{title(module)}.md").write_text(page(module))


if __name__ == "__main__":
    main()
