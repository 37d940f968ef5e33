"""The decision library on our tables."""
