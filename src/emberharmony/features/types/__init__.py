"""What each column of a table is, told from all of its values in one pass: type, confidence, reason."""

from .decide import Decision, decide
from .detect import detect_types
from .evidence import Evidence
from .report import ColumnType, TypeReport
from .semantic import TYPES, Type

__all__ = ["TYPES", "ColumnType", "Decision", "Evidence", "Type", "TypeReport", "decide", "detect_types"]
