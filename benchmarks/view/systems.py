"""Systems that take their time: `python systems.py --folder F` writes their ports into F and serves until it is ended."""

import argparse
import asyncio
import json
import socket
import subprocess
import time
from pathlib import Path

# How long each takes to answer.
SECONDS = {"quick": 0.02, "usual": 0.15, "slow": 0.6, "stuck": 20.0}
ANSWERING = ("quick", "usual", "slow")
DEAD = "dead"
# So many questions a web process asks of one of them at the same time; it is what its definition says.
AT_ONCE = 32
_PORTS = "ports.json"
_LONGEST_START = 60


def ports(folder: Path) -> dict[str, int]:
    """Read where they listen; nobody does at the port of the dead one."""
    found: dict[str, int] = json.loads((folder / _PORTS).read_text())
    return found


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_open(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until somebody listens."""
    ends = time.monotonic() + _LONGEST_START
    while time.monotonic() < ends and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the web server didn't start")


async def _serve(seconds: float) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                path = line.split()[1].decode()
                while (await reader.readline()).strip():
                    pass
                await asyncio.sleep(seconds)
                body = json.dumps(
                    {"number": path.rpartition("/")[2], "street": "Lange Straße 1", "amount": "12.50"}
                ).encode()
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has gone
        finally:
            writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1000)


async def _main(folder: Path) -> None:
    servers = {name: await _serve(seconds) for name, seconds in SECONDS.items()}
    found = {name: int(server.sockets[0].getsockname()[1]) for name, server in servers.items()}
    (folder / _PORTS).write_text(json.dumps(found | {DEAD: free_port()}))
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    asyncio.run(_main(parser.parse_args().folder))
