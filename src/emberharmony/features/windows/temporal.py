"""The stride windows of a table or array in memory."""

from __future__ import annotations

from typing import Any

from emberharmony.features.windows.stride import TerabyteTemporalStrideProcessor

__all__ = ["TemporalStrideProcessor"]


class TemporalStrideProcessor(TerabyteTemporalStrideProcessor):
    """The same for one table or array in memory.

    >>> x = ops.reshape(ops.sin(ops.arange(60, dtype=ops.float32)), (30, 2))
    >>> z = TemporalStrideProcessor(window_size=3, stride_perspectives=(2,), pca_components=1).fit_transform(x)
    >>> {stride: tuple(part.shape) for stride, part in z.items()}
    {2: (14, 1)}
    """

    def fit_transform(self, data: Any) -> dict[int, Any]:
        """The components of the windows of `data`, found in `data`."""
        return self.fit(data).transform(data)
