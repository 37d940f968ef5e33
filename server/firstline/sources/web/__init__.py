"""Pages about the back-office systems."""
