"""Tables of any size to leak-free features and tensors: in flat memory, restartable, the same bits every run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emberharmony.features.fitted import FittedPipeline
    from emberharmony.features.flow.breaker import CircuitBreaker
    from emberharmony.features.flow.checkpoint import CheckpointStore
    from emberharmony.features.flow.chunks import AdaptiveChunker
    from emberharmony.features.flow.memory import MemoryMonitor
    from emberharmony.features.flow.progress import ProgressBar
    from emberharmony.features.front import (
        ColumnFeatureExtractor,
        ColumnPCAFeatureExtractor,
        GenericCSVLoader,
        GenericFeatureEngineer,
        GenericTypeDetector,
        TemporalColumnFeatureExtractor,
        TerabyteFeatureExtractor,
    )
    from emberharmony.features.gather import by_entity
    from emberharmony.features.handover import Loader, to_tensor
    from emberharmony.features.job import resume, run
    from emberharmony.features.pipeline import Pipeline
    from emberharmony.features.recipe import read_recipe
    from emberharmony.features.sources import (
        Source,
        Stream,
        from_arrow,
        read_csv,
        read_duckdb,
        read_jsonl,
        read_parquet,
        stage,
    )
    from emberharmony.features.splits import HashSplit, StratifiedSplit, TimeSplit
    from emberharmony.features.transforms import (
        PCA,
        Bin,
        Calendar,
        Cast,
        Clip,
        CountEncode,
        Derive,
        Difference,
        Drop,
        Finite,
        HashedTfIdf,
        HashEncode,
        Impute,
        Interact,
        Keep,
        Lag,
        Log,
        MaxAbsScale,
        MinMaxScale,
        OneHot,
        Ordinal,
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
    from emberharmony.features.transforms.expressions import col, where
    from emberharmony.features.types import TypeReport, detect_types
    from emberharmony.features.windows import TemporalStrideProcessor, TerabyteTemporalStrideProcessor
    from emberharmony.features.write import WriteReport

__all__ = [
    "PCA",
    "AdaptiveChunker",
    "Bin",
    "Calendar",
    "Cast",
    "CheckpointStore",
    "CircuitBreaker",
    "Clip",
    "ColumnFeatureExtractor",
    "ColumnPCAFeatureExtractor",
    "CountEncode",
    "Derive",
    "Difference",
    "Drop",
    "Finite",
    "FittedPipeline",
    "GenericCSVLoader",
    "GenericFeatureEngineer",
    "GenericTypeDetector",
    "HashEncode",
    "HashSplit",
    "HashedTfIdf",
    "Impute",
    "Interact",
    "Keep",
    "Lag",
    "Loader",
    "Log",
    "MaxAbsScale",
    "MemoryMonitor",
    "MinMaxScale",
    "OneHot",
    "Ordinal",
    "Parse",
    "Pipeline",
    "Power",
    "ProgressBar",
    "QuantileScale",
    "Rename",
    "RobustScale",
    "Rolling",
    "Source",
    "StandardScale",
    "StratifiedSplit",
    "Stream",
    "TargetEncode",
    "TemporalColumnFeatureExtractor",
    "TemporalStrideProcessor",
    "TerabyteFeatureExtractor",
    "TerabyteTemporalStrideProcessor",
    "TextStats",
    "TimeSplit",
    "TypeReport",
    "Winsorise",
    "WriteReport",
    "by_entity",
    "col",
    "detect_types",
    "from_arrow",
    "read_csv",
    "read_duckdb",
    "read_jsonl",
    "read_parquet",
    "read_recipe",
    "resume",
    "run",
    "stage",
    "to_tensor",
    "where",
]

_HOMES = {
    "AdaptiveChunker": "flow.chunks",
    "Bin": "transforms",
    "Calendar": "transforms",
    "Cast": "transforms",
    "CheckpointStore": "flow.checkpoint",
    "CircuitBreaker": "flow.breaker",
    "Clip": "transforms",
    "ColumnFeatureExtractor": "front",
    "ColumnPCAFeatureExtractor": "front",
    "CountEncode": "transforms",
    "Derive": "transforms",
    "Difference": "transforms",
    "Drop": "transforms",
    "Finite": "transforms",
    "FittedPipeline": "fitted",
    "GenericCSVLoader": "front",
    "GenericFeatureEngineer": "front",
    "GenericTypeDetector": "front",
    "HashEncode": "transforms",
    "HashSplit": "splits",
    "HashedTfIdf": "transforms",
    "Impute": "transforms",
    "Interact": "transforms",
    "Keep": "transforms",
    "Lag": "transforms",
    "Loader": "handover",
    "Log": "transforms",
    "MaxAbsScale": "transforms",
    "MemoryMonitor": "flow.memory",
    "MinMaxScale": "transforms",
    "OneHot": "transforms",
    "Ordinal": "transforms",
    "PCA": "transforms",
    "Parse": "transforms",
    "Pipeline": "pipeline",
    "Power": "transforms",
    "ProgressBar": "flow.progress",
    "QuantileScale": "transforms",
    "Rename": "transforms",
    "RobustScale": "transforms",
    "Rolling": "transforms",
    "Source": "sources",
    "StandardScale": "transforms",
    "StratifiedSplit": "splits",
    "Stream": "sources",
    "TargetEncode": "transforms",
    "TemporalColumnFeatureExtractor": "front",
    "TemporalStrideProcessor": "windows",
    "TerabyteFeatureExtractor": "front",
    "TerabyteTemporalStrideProcessor": "windows",
    "TextStats": "transforms",
    "TimeSplit": "splits",
    "TypeReport": "types",
    "Winsorise": "transforms",
    "WriteReport": "write",
    "by_entity": "gather",
    "col": "transforms.expressions",
    "detect_types": "types",
    "from_arrow": "sources",
    "read_csv": "sources",
    "read_duckdb": "sources",
    "read_jsonl": "sources",
    "read_parquet": "sources",
    "read_recipe": "recipe",
    "resume": "job",
    "run": "job",
    "stage": "sources",
    "to_tensor": "handover",
    "where": "transforms.expressions",
}


def __getattr__(name: str) -> object:
    """Import what is asked for, when it is: Arrow, Ibis and DuckDB take half a second together."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    from emberharmony.errors import MissingPackageError

    try:
        return getattr(import_module(f"{__name__}.{home}"), name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] not in ("duckdb", "ibis", "psutil", "pyarrow"):
            raise
        raise MissingPackageError(
            f"features.{name} needs {error.name}, which is not installed",
            expected="the extra 'features'",
            mend="pip install 'emberharmony[features]'",
        ) from error


def __dir__() -> list[str]:
    return __all__
