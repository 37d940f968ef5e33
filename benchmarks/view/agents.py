"""Agents who open their desks at the same moment: `python agents.py asked.json` prints what they saw when, in milliseconds."""

import asyncio
import json
import statistics
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx2 as httpx
from systems import ANSWERING, DEAD, SECONDS

# A net; nothing takes that long.
_LONGEST = 120.0
_ASKED_AGAIN = 0.1


async def _desk(client: httpx.AsyncClient, contact: dict[str, str], until: float) -> dict[str, float]:
    """Open one desk and ask for its tiles; gives the moments in ms after it was asked for."""
    await asyncio.sleep(until - time.perf_counter())
    cookies = {"sessionid": contact["session"]}
    began = time.perf_counter()

    def since() -> float:
        return (time.perf_counter() - began) * 1000

    answer = await client.get(f"/desk/{contact['contact']}/", headers=_header(cookies))
    answer.raise_for_status()
    assert contact["name"] in answer.text
    seen = {"page": since()}

    async def tile(name: str) -> None:
        while True:
            answer = await client.get(f"/desk/{contact['contact']}/tile/{name}.facts/", headers=_header(cookies))
            answer.raise_for_status()
            has_data = "Lange Straße 1" in answer.text
            seen.setdefault(f"{name} told", since())
            if has_data or name not in ANSWERING:
                break
            # It is late, and a desk is told when it comes.
            await asyncio.sleep(_ASKED_AGAIN)
        if has_data != (name in ANSWERING):
            raise SystemExit(f"the tile of {name} shows something else: {answer.text}")
        seen[name] = since()

    await asyncio.gather(*(tile(name) for name in (*SECONDS, DEAD)))
    return {
        "page": seen["page"],
        "first": min(seen[name] for name in ANSWERING),
        "answered": max(seen[name] for name in ANSWERING),
        "told": max(moment for name, moment in seen.items() if name.endswith("told")),
    }


def _header(cookies: dict[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


async def _directly(port: int, gate: asyncio.Semaphore, until: float) -> float:
    """Ask the slowest system that answers without anything between, as many at once as are let through to it."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=_LONGEST) as client:
        await asyncio.sleep(until - time.perf_counter())
        began = time.perf_counter()
        async with gate:
            (await client.get("/facts/1")).raise_for_status()
        return (time.perf_counter() - began) * 1000


async def _round(asked: dict[str, Any], contacts: list[dict[str, str]]) -> dict[str, list[float]]:
    slowest = asked["ports"][ANSWERING[-1]]
    gate, until = asyncio.Semaphore(asked["at_once"]), time.perf_counter() + 2
    alone = await asyncio.gather(*(_directly(slowest, gate, until) for _ in contacts))
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=asked["address"], timeout=_LONGEST, limits=limits) as client:
        # Time for everybody to be ready.
        until = time.perf_counter() + 1
        seen = await asyncio.gather(*(_desk(client, contact, until) for contact in contacts))
    return {"limit": alone, **{name: [one[name] for one in seen] for name in seen[0]}}


async def _main(asked: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for agents in asked["agents"]:
        together: dict[str, list[float]] = defaultdict(list)
        # Each round other customers, so that nothing is known of them yet; the first round warms up and counts for nothing.
        for number in range(asked["rounds"] + 1):
            contacts = asked["contacts"][number * agents : (number + 1) * agents]
            seen = await _round(asked, contacts)
            if number:
                for name, values in seen.items():
                    together[name] += values
        asked["contacts"] = asked["contacts"][(asked["rounds"] + 1) * agents :]
        found.append({"agents": agents, **{name: _cut(values) for name, values in together.items()}})
    return found


def _cut(values: list[float]) -> dict[str, float]:
    percent = statistics.quantiles(values, n=100)
    return {"p50": percent[49], "p95": percent[94]}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_main(json.loads(Path(sys.argv[1]).read_text())))))
