"""The array libraries, and the libraries that take host arrays only."""

from __future__ import annotations

ARRAY_LIBRARIES = frozenset({"numpy", "cupy", "jax", "torch", "mlx", "tensorflow", "dask", "autograd"})
NUMPY = frozenset({"numpy", "cupy"})
# what takes or gives host arrays, and always will: a conversion beside a call of theirs is at its right place
BOUNDARIES = frozenset(
    {
        "matplotlib", "pandas", "sklearn", "seaborn", "plotly", "bokeh", "polars", "pyarrow", "h5py", "imageio", "PIL",
        "cv2", "skimage", "soundfile", "netCDF4", "xarray", "statsmodels", "xgboost", "lightgbm", "joblib", "pickle",
        "json", "csv", "logging", "warnings", "struct", "sqlite3",
    }
)  # fmt: skip


def library(dotted: str) -> str:
    """The library that a dotted name belongs to."""
    return dotted.partition(".")[0]
