"""Products of arrays on NumPy."""

SAME = ("dot", "matmul", "matrix_transpose", "tensordot", "vecdot")
