"""The definitions in use, the ways to their sources, and what is kept of their answers."""
