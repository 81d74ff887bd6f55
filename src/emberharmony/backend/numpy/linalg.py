"""Linear algebra on NumPy."""

SAME = (
    "cross", "det", "diagonal", "eigh", "eigvalsh", "eig", "eigvals", "inv", "matrix_norm", "matrix_power",
    "matrix_rank", "outer", "pinv", "qr", "slogdet", "svd", "svdvals", "trace", "vector_norm", "cholesky", "solve",
)  # fmt: skip
