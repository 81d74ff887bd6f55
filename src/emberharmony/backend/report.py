"""What is installed, what is chosen and why, as plain data."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import Any

from emberharmony.backend import registry
from emberharmony.backend.memory import host_memory
from emberharmony.errors import EmberError


def report() -> dict[str, Any]:
    """Versions, backends with their devices, the chosen one and why, memory, the native core."""
    try:
        choice = registry.choose()
        chosen = {"backend": registry.load(choice.name).name, "device": choice.device, "why": choice.why}
    except EmberError as problem:
        chosen = {"backend": None, "device": "", "why": str(problem)}
    return {
        "emberharmony": importlib.metadata.version("emberharmony"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "chosen": chosen,
        "backends": {name: _backend(name) for name in registry.known_backends()},
        "memory": host_memory(),
        "core": _core(),
    }


def _backend(name: str) -> dict[str, Any]:
    if name not in registry.available_backends():
        return {"installed": False, "install": registry.how_to_install(name)}
    try:
        backend = registry.load(name)
    except (ImportError, OSError) as problem:  # a broken installation is a finding here, not a crash
        return {"installed": True, "broken": str(problem)}
    functions = backend.functions
    found: list[str] = [str(device) for device in functions["devices"]()]
    memory = {device: functions["memory_info"](functions["native_device"](device)) for device in found}
    return {"installed": True, "version": backend.version, "devices": found, "memory": memory}


def _core() -> dict[str, Any]:
    from emberharmony import _core

    return {"version": _core.VERSION, "simd": _core.simd_level(), "levels": _core.simd_levels()}
