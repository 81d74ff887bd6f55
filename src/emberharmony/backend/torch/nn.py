"""What machine learning needs, where PyTorch has it natively."""

SAME = ()
