"""What array libraries' functions return, as data."""
