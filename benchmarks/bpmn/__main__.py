"""Compare BPMN engines: `.venv/bin/python benchmarks/bpmn` measures all, writes RESULTS.md and results.json."""

import sys
from pathlib import Path

# What follows is made of the harness, so that must be found first.
sys.path.append(str(Path(__file__).parents[1] / "harness"))

from comparison import main

main()
