# ruff: noqa: INP001, T201 -- a program of its own, which prints
"""Record the histories that every later release must read: `python packages/bpmn/scripts/record_histories.py RELEASE`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say the name of the release, such as 1.2.0.")
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.recording import write

    files = write(sys.argv[1])
    print(f"{len(files)} histories, {sum(file.stat().st_size for file in files) // 1024} KB, in {files[0].parent}")
