"""Errors that several backends raise in the same words."""

from __future__ import annotations

from emberharmony.errors import ArgumentError, UnsupportedError


def draw(name: str, shape: object) -> UnsupportedError:
    """A draw was asked for the derivative by its parameter."""
    return UnsupportedError(
        f"ops.random.{name} got a parameter of shape {shape} that is being differentiated",
        expected="a constant: the draw is no differentiable function of it, and the gradient would be silently 0",
        mend="ops.stop_gradient(x), where no gradient through the draw is meant",
    )


def forward_mode(name: str) -> UnsupportedError:
    """A gradient written in ops was asked for the other direction."""
    return UnsupportedError(
        f"forward mode through {name}, which has a gradient of its own",
        expected="ops.grad or ops.vjp",
        mend="custom_vjp(...).defvjp(..., native=True) has its function for forward mode",
    )


def numbers(op: str, *values: object) -> None:
    """Refuse an array where a Python number is meant: the gradient of the result by it would be lost."""
    for value in values:
        if hasattr(value, "dtype") and hasattr(value, "shape"):
            raise ArgumentError(
                f"ops.{op} got an array of shape {tuple(getattr(value, 'shape'))} for a number",  # noqa: B009
                expected="Python numbers: an array's gradient would be lost",
                mend="start + (stop - start) * ops.linspace(0.0, 1.0, num), or ops.item(x) where no gradient is meant",
            )
