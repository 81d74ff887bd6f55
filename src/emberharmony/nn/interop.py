"""Modules in PyTorch's world: as a real `torch.nn.Module`, and back with the values it was trained to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emberharmony import ops
from emberharmony.backend import registry
from emberharmony.errors import ArgumentError, NotAnArrayError
from emberharmony.nn.modules import named_leaves, trainable
from emberharmony.pytree import tree_flatten, tree_unflatten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from emberharmony.backend.torch.modules import TorchModule

__all__ = ["from_torch", "to_torch"]


def to_torch(module: Callable[..., Any], *, share: bool = False) -> TorchModule:
    """A `torch.nn.Module` that computes what `module` computes, on torch tensors, and owns copies of its arrays.

    Trainable leaves are its parameters, all other arrays its buffers, under their paths: the keys of its `state_dict()`
    are those of `nn.state_dict`. One array in two places is one parameter. NumPy and MLX arrays become tensors on
    torch's default device; leaves that are no arrays stay as they are. With `share=True` the tensors are those of
    `module` itself, and training changes them in place.

    >>> @module
    ... class Scale:
    ...     weight: object
    ...     def __call__(self, x):
    ...         return self.weight * x
    >>> m = to_torch(Scale(ops.asarray([1.0, 2.0])))
    >>> m(ops.convert(ops.asarray([3.0, 3.0]), "torch")).tolist()
    [3.0, 6.0]
    >>> [*m.state_dict()]
    ['weight']
    """
    if not callable(module) or isinstance(module, type):
        raise ArgumentError(
            f"to_torch got {type(module).__name__}, which cannot be called",
            expected="a module with __call__",
            mend="def __call__(self, x): ... in its class",
        )
    torch = registry.load("torch")
    named, structure = named_leaves(module), tree_flatten(module)[1]
    copies: dict[int, Any] = {}
    leaves: list[Any] = []
    homes: list[str | None] = []
    for path, leaf in named.items():
        backend = registry.backend_of(leaf) if registry.is_array(leaf) else None
        homes.append(None if backend is None else backend.name)
        if backend is not None and id(leaf) not in copies:
            _check_shared(share, path, backend.name)
            copies[id(leaf)] = torch.functions["stop_gradient"](leaf) if share else _converted(leaf, "torch")
        leaves.append(leaf if backend is None else copies[id(leaf)])
    return torch.functions["modules.to_torch"](structure, leaves, homes, trainable(module))


def from_torch(module: Any, *, share: bool = False) -> Any:
    """The module that `to_torch` took, with the values of now: copies, each in the backend it came from.

    A dtype that torch was given meanwhile stays, but for bfloat16 on NumPy, which has none: that becomes float32.
    With `share=True` the arrays are the tensors themselves, without their gradients: only where they came from torch.

    >>> @module
    ... class Scale:
    ...     weight: object
    ...     def __call__(self, x):
    ...         return self.weight * x
    >>> from_torch(to_torch(Scale(ops.asarray([1.0, 2.0])))).weight.tolist()
    [1.0, 2.0]
    """
    torch = registry.load("torch")
    plan, leaves = torch.functions["modules.from_torch"](module)
    copies: dict[int, Any] = {}
    for i, (leaf, home) in enumerate(zip(leaves, plan.homes, strict=True)):
        if home is not None:
            if id(leaf) not in copies:
                _check_shared(share, ".".join(plan.paths[i]), home)
                copies[id(leaf)] = torch.functions["stop_gradient"](leaf) if share else _converted(leaf, home)
            leaves[i] = copies[id(leaf)]
    return tree_unflatten(plan.structure, leaves)


def _converted(x: Any, backend: str) -> Any:
    if registry.backend_of(x).name == backend:
        return ops.convert(x, like=x, copy=True)
    return ops.convert(x, backend, copy=True)


def _check_shared(share: bool, path: str, home: str) -> None:
    if share and home != "torch":
        raise NotAnArrayError(
            f"{path} is an array of {home}, and share=True was asked for",
            expected="tensors of torch: another library's memory is not torch's to change",
            mend="share=False copies; ops.convert(x, 'torch') before makes it a tensor",
        )
