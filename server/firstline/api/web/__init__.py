"""How programs ask, and how they are answered."""
