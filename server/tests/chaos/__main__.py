"""`make chaos`: thousands of crashes, then hundreds of kills, and what was lost and doubled by them."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.pool import run_all
from tests.chaos.scratch import Scratch
from tests.chaos.targets import stores

_TOLD_EVERY_SECONDS = 30.0


def main() -> int:
    """Run it all; 1 when anything was lost or doubled."""
    # Whoever ends it, also in the background, wants all that it started to end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(1))
    chosen = _arguments()
    home = Path(tempfile.mkdtemp(prefix="firstline-chaos-"))
    os.environ |= {
        "FIRSTLINE_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
        # The processes of the runs have systems of their own; these are those of the kills.
        stores.FOLDER: str(home / "targets"),
    }
    scratch = Scratch(home)
    try:
        scratch.set_up()
        report = _report(chosen, scratch)
    finally:
        scratch.stop()
    _say("\n".join(report.lines()))
    if not report.is_fine:
        _say(f"Logs and the database of the kills are in {home}")
        return 1
    shutil.rmtree(home, ignore_errors=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000, help="with a crash at a named point each")
    parser.add_argument("--seed", type=int, default=0, help="of the first run; each further one has the next")
    parser.add_argument("--kills", type=int, default=300, help="of a worker, the web server, PostgreSQL or a system")
    parser.add_argument("--processes", type=int, default=2, help="at once, for the runs")
    parser.add_argument("--writes", action="store_true", help="each case writes to four systems at least once")
    return parser.parse_args()


def _report(chosen: argparse.Namespace, scratch: Scratch):
    # Needs Django, which is set up only now.
    from tests.chaos import kills
    from tests.chaos.blocks import BLOCKS, WRITING
    from tests.chaos.points import points
    from tests.chaos.report import Report

    of = WRITING if chosen.writes else tuple(BLOCKS)
    report = Report(points=points(), way=" WRITES=1" if chosen.writes else "")
    began = told = time.monotonic()
    seeds = range(chosen.seed, chosen.seed + chosen.runs)
    for ran in run_all(seeds, scratch, min(chosen.processes, chosen.runs), of) if seeds else ():
        for mistake in report.add(ran):
            _say(mistake)
        if time.monotonic() - told > _TOLD_EVERY_SECONDS:
            told = time.monotonic()
            _say(f"{report.runs:,} of {chosen.runs:,} runs after {told - began:.0f} s: {report.so_far}")
    if chosen.kills:
        report.add_kills(kills.run(chosen.kills, chosen.seed, scratch, of, say=_say))
    return report


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
