"""Ready-made ways in: from a table and a few choices to features, over the same pipelines that one builds by hand."""

from emberharmony.features.front.columns import ColumnFeatureExtractor
from emberharmony.features.front.csv import GenericCSVLoader
from emberharmony.features.front.detector import GenericTypeDetector
from emberharmony.features.front.engineer import GenericFeatureEngineer
from emberharmony.features.front.pca import ColumnPCAFeatureExtractor
from emberharmony.features.front.prepared import PreparedData, Report, Rows
from emberharmony.features.front.temporal import TemporalColumnFeatureExtractor
from emberharmony.features.front.terabyte import TerabyteFeatureExtractor

__all__ = [
    "ColumnFeatureExtractor",
    "ColumnPCAFeatureExtractor",
    "GenericCSVLoader",
    "GenericFeatureEngineer",
    "GenericTypeDetector",
    "PreparedData",
    "Report",
    "Rows",
    "TemporalColumnFeatureExtractor",
    "TerabyteFeatureExtractor",
]
