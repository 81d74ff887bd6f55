"""Loaded into the public suite's own pytest process: stop shrinking, and compare MLX dtypes with anything.

The suite's report compares dtypes with None, which raises on MLX. A failing example need not be minimal to count.
"""

from hypothesis import Phase, settings

settings.register_profile("counting", phases=[Phase.explicit, Phase.reuse, Phase.generate])
settings.load_profile("counting")

try:
    import mlx.core as mx
except ImportError:
    pass
else:
    _native_eq = mx.Dtype.__eq__

    def _eq(self: mx.Dtype, other: object) -> bool:
        return isinstance(other, mx.Dtype) and bool(_native_eq(self, other))

    mx.Dtype.__eq__ = _eq
    mx.Dtype.__ne__ = lambda self, other: not _eq(self, other)
