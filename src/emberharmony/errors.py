"""What can go wrong, by name. Every message says what came, what was expected and how to mend it.

Each error is caught as `EmberError` and as the built-in kind a Python programmer would expect.
"""


class EmberError(Exception):
    """The base of every error the library raises on purpose."""

    def __init__(self, what: str, *, expected: str = "", mend: str = "") -> None:
        lines = [what]
        if expected:
            lines.append(f"  Expected: {expected}")
        if mend:
            lines.append(f"  Mend:     {mend}")
        super().__init__("\n".join(lines))


class UnknownBackendError(EmberError, ValueError):
    """A backend's name that nobody has registered."""


class MissingBackendError(EmberError, ImportError):
    """A known backend whose library is not installed."""


class MixedBackendsError(EmberError, TypeError):
    """Arrays of two backends in one call."""


class NotAnArrayError(EmberError, TypeError):
    """An argument that should be an array of a known backend."""


class MissingPackageError(EmberError, ImportError):
    """An optional package that is not installed."""


class UnsupportedError(EmberError, NotImplementedError):
    """An operation that this backend cannot do."""


class DTypeError(EmberError, TypeError):
    """A data type that does not exist, or not on this backend."""


class DeviceError(EmberError, ValueError):
    """A device that does not exist, or not on this machine."""


class ShapeError(EmberError, ValueError):
    """Shapes or axes that do not fit the operation."""


class AxisError(ShapeError, IndexError):
    """An axis that the array does not have."""


class ArgumentError(EmberError, ValueError):
    """A value outside of what the operation allows."""


class WidthError(EmberError, OverflowError):
    """A result that needs more bits than were allowed."""


class FrozenError(EmberError, AttributeError):
    """An assignment to a module, which never changes."""


class WeightsError(EmberError, ValueError):
    """Names that do not fit a tree, or a file that is not what it should be."""


class HiddenTransferError(EmberError, RuntimeError):
    """A copy between devices, backends or the host inside `no_transfers()`."""
