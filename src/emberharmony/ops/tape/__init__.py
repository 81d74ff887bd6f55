"""Reverse mode for a backend that has none of its own: one more row in the op tables.

`traced.py` records, `pull.py` walks back, `engine.py` is what `ops.gradients` calls, and the other files are the rules:
for each op, what a cotangent of its result means for its arguments, written in ops and thus differentiable again.
"""
