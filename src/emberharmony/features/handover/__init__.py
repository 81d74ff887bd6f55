"""From tables to models: Arrow batches as tensors of any backend, and loaders that shuffle, shard and resume."""

from emberharmony.features.handover.loader import Loader
from emberharmony.features.handover.tensors import to_tensor

__all__ = ["Loader", "to_tensor"]
