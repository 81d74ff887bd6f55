"""Pictures from data: each function returns a `Figure`; what becomes of it is the caller's affair."""

from emberharmony.viz.figure import Figure
from emberharmony.viz.wiring import draw_wiring

__all__ = ["Figure", "draw_wiring"]
