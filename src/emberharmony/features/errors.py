"""What can go wrong with tables, by name: every message says what came, what was expected and how to mend it."""

from __future__ import annotations

from emberharmony.errors import EmberError


class FeatureError(EmberError):
    """The base of every error of `emberharmony.features`."""


class SchemaError(FeatureError, ValueError):
    """A column that is missing, doubled, or of a type that the step cannot use."""


class NotFittedError(FeatureError, RuntimeError):
    """A pipeline that is asked for features before it was fitted."""


class SourceError(FeatureError, OSError):
    """A source that cannot be opened, or read any further."""


class BadRowError(FeatureError, ValueError):
    """A row that does not parse, in a source that was told to be strict."""


class LeakageError(FeatureError, ValueError):
    """A step that would let the answer, or a row of the test set, into the features."""


class MemoryBudgetExceeded(FeatureError, MemoryError):  # noqa: N818 - it says what happened
    """The memory mark that may not be passed; what was committed is safe, a resume goes on from there."""


class DiskFullError(FeatureError, OSError):
    """A disk with no room for what must be written; no half-written file is left."""


class CheckpointError(FeatureError, RuntimeError):
    """A checkpoint that is damaged, or held by another process."""


class CheckpointMismatchError(CheckpointError):
    """A checkpoint of another pipeline, source or schema."""


class OperationError(FeatureError, NotImplementedError):
    """An operation that this engine cannot do."""


class CircuitOpenError(FeatureError, RuntimeError):
    """A call that is not made, because too many before it failed."""
