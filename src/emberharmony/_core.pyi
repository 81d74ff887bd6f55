"""The native core, written in Rust."""

VERSION: str

def simd_level() -> str:
    """The widest vector instructions that the kernels use on this machine."""

def simd_levels() -> list[str]:
    """Every level this machine has, narrow to wide."""
