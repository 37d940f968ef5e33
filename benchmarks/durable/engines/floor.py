"""The limit: pgbench with the two statements that a step needs at least, over one connection per caller. A complaint is three of these.

`floor.py URL CALLERS INSTANCES ROUNDS`; reads one row of 2 kB for update, then writes it, three facts and a job.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from firstline.runtime.postgres import binaries

HERE = Path(__file__).parent
ROWS = 100_000
STEPS = 3
SECONDS = 5
SCHEMA = """
CREATE TABLE instance (id bigint PRIMARY KEY, step integer NOT NULL, body jsonb NOT NULL);
CREATE TABLE fact (id bigserial PRIMARY KEY, instance_id bigint NOT NULL, body jsonb NOT NULL);
CREATE INDEX ON fact (instance_id);
CREATE TABLE job (id bigserial PRIMARY KEY, instance_id bigint NOT NULL, body jsonb NOT NULL);
"""
FILL = """
INSERT INTO instance SELECT n, 0, jsonb_build_object('text', (SELECT string_agg(md5((n + k)::text), '') FROM generate_series(1, 60) k))
FROM generate_series(1, %(rows)s) n
"""


def main() -> None:
    url, callers, _instances, rounds = sys.argv[1], *map(int, sys.argv[2:])
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SCHEMA)
        connection.execute(FILL, {"rows": ROWS})
        connection.execute("VACUUM ANALYZE")
    for _ in range(rounds):
        print(json.dumps({"begins": True}), flush=True)
        print(json.dumps(one_round(url, callers)), flush=True)


def one_round(url: str, callers: int) -> dict[str, object]:
    """Run for some seconds; every transaction's time lies in a log."""
    known = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(str(binaries() / "pgbench"), "-n", "-M", "prepared", "-f", str(HERE / "floor.sql"), "-T", str(SECONDS)),
            *("-c", str(callers), "-j", "2", "-l", "--log-prefix", f"{folder}/log"),
            *("-h", known["host"], "-U", known["user"], known["dbname"]),
        ]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        logs = "".join(path.read_text() for path in Path(folder).iterdir())
    took = sorted(int(line.split()[2]) / 1000 for line in logs.splitlines())
    done = re.search(r"tps = ([\d.]+)", said)
    assert done
    steps = len(took)
    return {
        "version": "pgbench",
        "seconds": steps / float(done[1]),
        "requests": steps,
        "instances": steps / STEPS,
        "p50_ms": took[steps // 2],
        "p99_ms": took[int(steps * 0.99)],
    }


if __name__ == "__main__":
    main()
