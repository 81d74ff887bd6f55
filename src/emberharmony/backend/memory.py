"""How much memory this process may use: the control group's limit where there is one, else the machine's."""

from __future__ import annotations

import os
import sys

CGROUP = "/sys/fs/cgroup"


def host_memory() -> dict[str, int]:
    """Bytes `free`, `used` and `total` for this process on the host."""
    total, free = _machine()
    limit, used = _cgroup()
    if limit is not None and limit < total:
        return {"free": min(free, max(limit - used, 0)), "used": used, "total": limit}
    return {"free": free, "used": total - free, "total": total}


def _machine() -> tuple[int, int]:
    if sys.platform.startswith("linux"):
        fields = dict(line.split(":", 1) for line in _read("/proc/meminfo").splitlines())
        kib = {name: int(fields[name].split()[0]) for name in ("MemTotal", "MemAvailable")}
        return 1024 * kib["MemTotal"], 1024 * kib["MemAvailable"]
    import resource

    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    # other systems tell free pages only through their own tools; the resident set is a lower bound of what is used
    return total, total - resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _cgroup() -> tuple[int | None, int]:
    """The tightest limit on the way from this process's group to the root, and what that group uses; v2 and v1."""
    try:
        groups = _read("/proc/self/cgroup").splitlines()
    except OSError:  # no control groups on this system
        return None, 0
    found: list[tuple[int, int]] = []
    for line in groups:
        _, controllers, path = line.split(":", 2)
        v1 = "memory" in controllers.split(",")
        if controllers and not v1:
            continue
        root = f"{CGROUP}/memory" if v1 else CGROUP
        limit_file, used_file = ("limit_in_bytes", "usage_in_bytes") if v1 else ("max", "current")
        parts = [part for part in path.split("/") if part]
        for depth in range(len(parts), -1, -1):
            folder = "/".join([root, *parts[:depth]])
            limit = _number(f"{folder}/memory.{limit_file}")
            if limit is not None:
                found.append((limit, _number(f"{folder}/memory.{used_file}") or 0))
    return min(found, default=(None, 0))


def _number(path: str) -> int | None:
    try:
        return int(_read(path))
    except (OSError, ValueError):  # no such file at this level, or "max": no limit here
        return None


def _read(path: str) -> str:
    with open(path) as file:
        return file.read()
