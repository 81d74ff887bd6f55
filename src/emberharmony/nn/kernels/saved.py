"""What a backward pass reads of its forward pass."""

from __future__ import annotations

from typing import Any

__all__ = ["Saved"]


class Saved:
    """The kernel's own notes, and the memory of the arguments as it got them.

    No tree, for the engines that differentiate keep arrays and hand on everything else as it is.
    """

    __slots__ = ("dt", "given", "leaves", "like", "plan", "trail")

    def __init__(self, trail: Any, given: list[Any], leaves: list[Any], plan: Any, dt: Any, like: Any) -> None:
        self.trail, self.given, self.leaves = trail, given, leaves
        self.plan, self.dt, self.like = plan, dt, like
