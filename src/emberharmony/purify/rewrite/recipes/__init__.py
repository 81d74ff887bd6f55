"""What NumPy's functions, methods and attributes become: a line of a table, or a few lines that have to look."""
