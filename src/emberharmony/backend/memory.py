"""How much memory this process may use: the control group's limit where there is one, else the machine's."""

from __future__ import annotations

import os
import sys
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def host_memory() -> dict[str, int]:
    """Bytes `free`, `used` and `total` for this process on the host."""
    total, free = _machine()
    limit, used = _cgroup()
    if limit is not None and limit < total:
        return {"free": min(free, max(limit - used, 0)), "used": used, "total": limit}
    return {"free": free, "used": total - free, "total": total}


def _machine() -> tuple[int, int]:
    if sys.platform.startswith("linux"):
        fields = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        kib = {name: int(fields[name].split()[0]) for name in ("MemTotal", "MemAvailable")}
        return 1024 * kib["MemTotal"], 1024 * kib["MemAvailable"]
    page = os.sysconf("SC_PAGE_SIZE")
    total = page * os.sysconf("SC_PHYS_PAGES")
    # other systems tell free pages only through their own tools; the resident set is a lower bound of what is used
    import resource

    return total, total - resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _cgroup() -> tuple[int | None, int]:
    """The tightest limit on the way from this process's group to the root, and what that group uses; v2, then v1."""
    try:
        group = Path("/proc/self/cgroup").read_text()
    except OSError:
        return None, 0
    found: list[tuple[int, int]] = []
    for line in group.splitlines():
        _, controllers, path = line.split(":", 2)
        v1 = "memory" in controllers.split(",")
        if controllers and not v1:
            continue
        root = CGROUP / "memory" if v1 else CGROUP
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if v1 else ("memory.max", "memory.current")
        folder = root / path.lstrip("/")
        for place in (folder, *folder.parents):
            if (limit := _number(place / names[0])) is not None:
                found.append((limit, _number(place / names[1]) or 0))
            if place == root:
                break
    return min(found, default=(None, 0))


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # no such file at this level, or "max": no limit here
        return None
