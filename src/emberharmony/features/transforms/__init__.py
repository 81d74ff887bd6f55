"""The transforms: each is a frozen dataclass with `fit` and `apply`."""

from emberharmony.features.transforms.scale import MaxAbsScale, MinMaxScale, RobustScale, StandardScale

ALL = (MaxAbsScale, MinMaxScale, RobustScale, StandardScale)
