"""The transforms: each is a frozen dataclass with `reads`, `fit` and `apply`."""

from emberharmony.features.transforms.bins import Bin, QuantileScale
from emberharmony.features.transforms.calendar import Calendar
from emberharmony.features.transforms.categories import CountEncode, HashEncode, OneHot, Ordinal, TargetEncode
from emberharmony.features.transforms.clip import Clip, Winsorise
from emberharmony.features.transforms.columns import Cast, Drop, Keep, Rename
from emberharmony.features.transforms.combine import PCA, Derive, Interact
from emberharmony.features.transforms.impute import Finite, Impute
from emberharmony.features.transforms.parse import Parse
from emberharmony.features.transforms.power import Log, Power
from emberharmony.features.transforms.scale import MaxAbsScale, MinMaxScale, RobustScale, StandardScale
from emberharmony.features.transforms.text import HashedTfIdf, TextStats
from emberharmony.features.transforms.time import Difference, Lag, Rolling

ALL = (
    Bin,
    Calendar,
    Cast,
    Clip,
    CountEncode,
    Derive,
    Difference,
    Drop,
    Finite,
    HashEncode,
    HashedTfIdf,
    Impute,
    Interact,
    Keep,
    Lag,
    Log,
    MaxAbsScale,
    MinMaxScale,
    OneHot,
    Ordinal,
    PCA,
    Parse,
    Power,
    QuantileScale,
    Rename,
    RobustScale,
    Rolling,
    StandardScale,
    TargetEncode,
    TextStats,
    Winsorise,
)
