"""Results as a page and as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path


def table(head: list[str], rows: list[list[str]]) -> str:
    """Write a table whose first column has words, and the others numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def write(folder: Path, page: str, results: Mapping[str, object]) -> None:
    """Write RESULTS.md and results.json."""
    (folder / "RESULTS.md").write_text(page)
    (folder / "results.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
