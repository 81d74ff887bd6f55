"""One tensor API over NumPy, PyTorch and MLX: the Array API standard 2025.12 and what machine learning needs on top.

Native arrays go in and come out; each call looks at the type of its arguments, and only creation functions use the
current backend. Names such as `float32` are the current backend's own dtype objects, looked up at each access.
"""

from __future__ import annotations

import math as _math
from typing import Any as _Any

from emberharmony.backend import registry as _registry
from emberharmony.backend.dtypes import NAMES as _DTYPES
from emberharmony.ops import fft as fft
from emberharmony.ops import linalg as linalg
from emberharmony.ops import special as special
from emberharmony.ops.aliases import *
from emberharmony.ops.arithmetic import *
from emberharmony.ops.at import *
from emberharmony.ops.closeness import *
from emberharmony.ops.contraction import *
from emberharmony.ops.convolution import *
from emberharmony.ops.counting import *
from emberharmony.ops.creation import *
from emberharmony.ops.dtypes import *
from emberharmony.ops.indexing import *
from emberharmony.ops.info import __array_namespace_info__ as __array_namespace_info__
from emberharmony.ops.layout import *
from emberharmony.ops.logic import *
from emberharmony.ops.manipulation import *
from emberharmony.ops.missing import *
from emberharmony.ops.moments import *
from emberharmony.ops.nn import *
from emberharmony.ops.placement import *
from emberharmony.ops.pooling import *
from emberharmony.ops.products import *
from emberharmony.ops.quantiles import *
from emberharmony.ops.searching import *
from emberharmony.ops.special import erf as erf
from emberharmony.ops.special import erfc as erfc
from emberharmony.ops.statistics import *
from emberharmony.ops.transcendental import *
from emberharmony.ops.transfer import *

__array_api_version__ = "2025.12"
newaxis = None
e, inf, nan, pi = _math.e, _math.inf, _math.nan, _math.pi


def __getattr__(name: str) -> _Any:
    if name in _DTYPES or name == "bool_":
        backend = _registry.current()
        native = backend.dtypes.get("bool" if name == "bool_" else name)
        if native is not None:
            return native
        raise AttributeError(f"{backend.name} has no {name}; it has {', '.join(backend.dtypes)}")
    raise AttributeError(f"module 'emberharmony.ops' has no attribute {name!r}")
