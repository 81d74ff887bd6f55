"""Load the original and the port from their texts, as two modules that stand beside each other in their package."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any


def package_of(path: Path) -> tuple[Path, str]:
    """The folder to import from, and the dotted name of the package a file is in ("" for none)."""
    folder, parts = path.parent, list[str]()
    while (folder / "__init__.py").is_file():
        parts.append(folder.name)
        folder = folder.parent
    return folder, ".".join(reversed(parts))


def load(text: str, path: Path, role: str) -> ModuleType:
    """A module made from a text, as if it were the file at `path`. `role` tells the two of them apart."""
    root, package = package_of(path)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    if package:
        import_module(package)
    is_package = path.name == "__init__.py"
    name = f"{package}.__{role}__" if is_package else f"{package}.{path.stem}__{role}"
    module = ModuleType(name.lstrip("."))
    module.__file__ = str(path)
    module.__package__ = package
    if is_package:
        module.__path__ = [str(path.parent)]
        module.__package__ = package
    sys.modules[module.__name__] = module  # dataclasses and enum look their module up there
    exec(compile(text, f"{role} of {path.name}", "exec", dont_inherit=True), module.__dict__)
    return module


def installed_module(path: Path) -> ModuleType | str:
    """The module that stands in the file, imported as its users import it; or why it cannot be."""
    if not path.is_file():
        return "there is no such file"
    root, package = package_of(path)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    name = package if path.name == "__init__.py" else f"{package}.{path.stem}".lstrip(".")
    try:
        return import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the user's code runs: whatever stops it, sys.exit() included, is the answer
        return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def member(module: ModuleType, qualname: str) -> Any:
    """The function (or class, or descriptor) of this name, or None."""
    found: Any = module
    for part in qualname.split("."):
        found = vars(found).get(part) if isinstance(found, type) else getattr(found, part, None)
        if found is None:
            return None
    return found
