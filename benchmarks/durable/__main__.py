"""Compare durable engines: `.venv/bin/python benchmarks/durable` measures all, writes RESULTS.md and results.json."""

import sys
from pathlib import Path

# What follows is made of the harness and of the models, so those must be found first.
sys.path += [str(Path(__file__).parents[1] / name) for name in ("harness", "bpmn")]

from comparison import main

main()
