"""Products of arrays on NumPy."""

SAME = ("matmul", "matrix_transpose", "tensordot", "vecdot")
