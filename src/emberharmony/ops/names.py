"""Every name of `emberharmony.ops`, gathered from the files that define them."""

from __future__ import annotations

import math

from emberharmony.ops import fft as fft
from emberharmony.ops import linalg as linalg
from emberharmony.ops import random as random
from emberharmony.ops import special as special
from emberharmony.ops.aliases import *
from emberharmony.ops.arithmetic import *
from emberharmony.ops.at import *
from emberharmony.ops.closeness import *
from emberharmony.ops.contraction import *
from emberharmony.ops.control import *
from emberharmony.ops.convolution import *
from emberharmony.ops.counting import *
from emberharmony.ops.creation import *
from emberharmony.ops.custom import *
from emberharmony.ops.dtypes import *
from emberharmony.ops.gradients import *
from emberharmony.ops.indexing import *
from emberharmony.ops.info import __array_namespace_info__ as __array_namespace_info__
from emberharmony.ops.layout import *
from emberharmony.ops.like import *
from emberharmony.ops.logic import *
from emberharmony.ops.manipulation import *
from emberharmony.ops.missing import *
from emberharmony.ops.moments import *
from emberharmony.ops.namespace import *
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
e, inf, nan, pi = math.e, math.inf, math.nan, math.pi
