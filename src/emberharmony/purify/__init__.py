"""Port NumPy code to every backend, and prove it."""
