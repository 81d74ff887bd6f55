"""Special functions on PyTorch: its own, on floats."""

import torch

from emberharmony.backend.torch.kinds import floats

# where torch's own are as exact as the bodies; its digamma, i0, i1 and ndtr are not
_NAMES = ("erf", "erfc", "erfinv", "gammaln", "i0e", "ndtri")
RENAMED = {name: floats(getattr(torch.special, name)) for name in _NAMES}
