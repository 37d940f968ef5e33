"""Back-office systems: what is read from them (views, tiles, readings) and what is written to them (commands)."""
