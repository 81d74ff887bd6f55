"""What machine learning needs on top of the standard, where MLX has it natively."""
