"""How many threads the Rust core may use."""

from __future__ import annotations

import os

from emberharmony.errors import ArgumentError

ENVIRONMENT = "EMBERHARMONY_THREADS"


def threads() -> int:
    """What `EMBERHARMONY_THREADS` says now; 0, which is also what is meant where it is not set, is one per core.

    No result depends on it.
    """
    text = os.environ.get(ENVIRONMENT, "").strip() or "0"
    if not (text.isascii() and text.isdigit()):
        raise ArgumentError(
            f"the environment says {ENVIRONMENT}={text}",
            expected="a whole number, or 0 for one thread per core",
            mend=f"unset {ENVIRONMENT}, or {ENVIRONMENT}=1",
        )
    return int(text)
