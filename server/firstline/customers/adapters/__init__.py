"""What customers need of the world."""
