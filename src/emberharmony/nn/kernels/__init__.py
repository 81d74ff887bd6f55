"""Cells over whole sequences: the plain loop that defines them, and the native kernels that do the same faster."""

from emberharmony.nn.kernels.run import run
from emberharmony.nn.kernels.stepper import stepper
from emberharmony.nn.kernels.steps import steps

__all__ = ["run", "stepper", "steps"]
