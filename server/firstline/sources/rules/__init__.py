"""What is decided about sources, as pure functions over plain values."""
