"""The work list: what waits for whom, most urgent first."""
