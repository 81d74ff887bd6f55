"""Errors that several backends raise in the same words."""

from __future__ import annotations

from emberharmony.errors import UnsupportedError


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
