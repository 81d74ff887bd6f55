"""PyTorch."""

import torch

from emberharmony.backend.base import Backend, collect
from emberharmony.backend.torch import (
    array,
    autodiff,
    device,
    elementwise,
    fft,
    indexing,
    kinds,
    linalg,
    modules,
    nn,
    products,
    random,
    reductions,
    special,
)

BACKEND = Backend(
    "torch",
    array_types=[torch.Tensor],
    dtypes=kinds.DTYPES,
    functions=collect(array, torch)
    | collect(elementwise, torch)
    | collect(reductions, torch)
    | collect(indexing, torch)
    | collect(products, torch)
    | collect(linalg, torch.linalg, "linalg.")
    | collect(fft, torch.fft, "fft.")
    | collect(nn, torch)
    | collect(special, torch.special, "special.")
    | collect(device, torch)
    | collect(autodiff, torch, "autodiff.")
    | collect(random, torch, "random.")
    | collect(modules, torch, "modules."),
    version=torch.__version__,
)
