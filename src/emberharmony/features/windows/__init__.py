"""Windows over rows: cut from streams of any size, their exact covariance, and their principal components."""

from emberharmony.features.windows.covariance import Grid, WindowCovariance
from emberharmony.features.windows.frames import Cut, frames, window_count
from emberharmony.features.windows.pca import Components, principal
from emberharmony.features.windows.stride import TerabyteTemporalStrideProcessor
from emberharmony.features.windows.temporal import TemporalStrideProcessor

__all__ = [
    "Components",
    "Cut",
    "Grid",
    "TemporalStrideProcessor",
    "TerabyteTemporalStrideProcessor",
    "WindowCovariance",
    "frames",
    "principal",
    "window_count",
]
