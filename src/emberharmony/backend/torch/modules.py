"""A tree of tensors as a `torch.nn.Module`, for optimizers, DistributedDataParallel and whatever else wants one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from emberharmony.errors import ArgumentError
from emberharmony.pytree import Structure, tree_unflatten


class Branch(torch.nn.Module):
    """A part of the tree: its tensors, and its own branches."""


class Plan:
    """How the leaves stand in the tree, where each one is found, and the backend it came from: None for no array."""

    __slots__ = ("homes", "others", "paths", "structure")

    def __init__(self, structure: Structure, leaves: Sequence[Any], homes: Sequence[str | None]) -> None:
        self.structure = structure
        self.homes = [*homes]
        self.paths = [tuple(path.split(".")) for path in structure.paths()]
        self.others = [leaf if home is None else None for leaf, home in zip(leaves, homes, strict=True)]


class TorchModule(torch.nn.Module):
    """A callable tree whose tensors are parameters and buffers under its own paths.

    `forward` builds the tree around the tensors that are there now and calls it.
    """

    def __init__(self, plan: Plan, leaves: Sequence[Any], trainable: Sequence[bool]) -> None:
        super().__init__()
        self._plan = plan
        known: dict[int, torch.Tensor] = {}  # one tensor in two places stays one
        for path, leaf, home, train in zip(plan.paths, leaves, plan.homes, trainable, strict=True):
            if home is not None:
                if id(leaf) not in known:
                    known[id(leaf)] = torch.nn.Parameter(leaf) if train else leaf
                self._place(path, known[id(leaf)])

    def _place(self, path: tuple[str, ...], tensor: torch.Tensor) -> None:
        owner: torch.nn.Module = self
        for part in path[:-1]:
            if part not in owner._modules:
                _check_free(owner, part, path)
                owner.add_module(part, Branch())
            owner = owner.get_submodule(part)
        _check_free(owner, path[-1], path)
        if isinstance(tensor, torch.nn.Parameter):
            owner.register_parameter(path[-1], tensor)
        else:
            owner.register_buffer(path[-1], tensor)

    def _current(self) -> list[Any]:
        """The leaves, with the tensors that are registered now."""
        plan = self._plan
        return [
            other if home is None else _found(self, path)
            for other, home, path in zip(plan.others, plan.homes, plan.paths, strict=True)
        ]

    def forward(self, *args: Any, **named: Any) -> Any:
        return tree_unflatten(self._plan.structure, self._current())(*args, **named)

    def extra_repr(self) -> str:
        cls = self._plan.structure.cls
        return cls.__name__ if cls else ""


def _found(owner: Any, path: tuple[str, ...]) -> Any:
    for part in path:  # as attributes: parametrizations are properties
        owner = getattr(owner, part)
    return owner


def _check_free(owner: torch.nn.Module, name: str, path: tuple[str, ...]) -> None:
    if not name or hasattr(owner, name):
        raise ArgumentError(
            f"torch.nn.Module cannot hold {'.'.join(path)!r}: it has a {name!r} of its own",
            expected="names that torch leaves free",
            mend="another name for the field, or for the key of the dict",
        )


def to_torch(
    structure: Structure, leaves: Sequence[Any], homes: Sequence[str | None], trainable: Sequence[bool]
) -> TorchModule:
    return TorchModule(Plan(structure, leaves, homes), leaves, trainable)


def from_torch(module: Any) -> tuple[Plan, list[Any]]:
    """How the tree was, and its leaves of now; also out of what `torch.compile` and DistributedDataParallel return."""
    for attribute in ("_orig_mod", "module"):
        if not isinstance(module, TorchModule) and isinstance(getattr(module, attribute, None), torch.nn.Module):
            return from_torch(getattr(module, attribute))
    if not isinstance(module, TorchModule):
        raise ArgumentError(
            f"from_torch got {type(module).__qualname__}",
            expected="what to_torch(module) made",
            mend="load_state_dict(m, module.state_dict()) takes the values of any torch module",
        )
    # underscores, because every public name is one that a field of the tree cannot have
    return module._plan, module._current()  # pyright: ignore[reportPrivateUsage]
