"""Devices on NumPy: there is one."""

from emberharmony.errors import DeviceError


def native_device(device):
    if device in ("cpu", None):
        return "cpu"
    raise DeviceError(f"numpy has no device {device!r}", expected='"cpu"')


def devices():
    return ["cpu"]


def default_device():
    return "cpu"


def default_dtypes():
    return {"real floating": "float64", "complex floating": "complex128", "integral": "int64", "indexing": "int64"}


def capabilities():
    return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}


def device(x, /):
    return "cpu"


def to_device(x, device, /, *, stream=None):
    return x


def synchronize(x, /):
    return x


def memory_info(device):
    from emberharmony.backend.memory import host_memory
    return host_memory()
