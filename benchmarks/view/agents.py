"""Agents who open their desks at the same moment: `python agents.py asked.json` prints what they saw when, in milliseconds."""

import asyncio
import itertools
import json
import random
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2 as httpx
from systems import ANSWERING, DEAD, SECONDS

# A net; nothing takes that long.
_LONGEST = 120.0
_ASKED_AGAIN = 0.1
# Time for everybody to be ready.
_READY = 1.0
_HAS_DATA = "Lange Straße 1"
_TILES = re.compile(r'id="tiles" hx-get="([^"]+)"')
_SLOT = re.compile(r'id="slot-(\w+)\.facts"')


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

    async def again(name: str) -> None:
        """It is late, and a desk is told when it comes; here it is looked again and again."""
        while name not in seen:
            await asyncio.sleep(_ASKED_AGAIN)
            answer = await client.get(f"/desk/{contact['contact']}/tile/{name}.facts/", headers=_header(cookies))
            answer.raise_for_status()
            if _HAS_DATA in answer.text:
                seen[name] = since()

    told: set[str] = set()
    late = []
    async with client.stream("GET", _tiles_of(answer.text), headers=_header(cookies)) as stream:
        stream.raise_for_status()
        async for event in _events(stream):
            name = _found(_SLOT, event)
            told.add(name)
            seen[f"{name} told"] = since()
            if (_HAS_DATA in event) == (name in ANSWERING):
                seen[name] = since()
            elif name in ANSWERING and 'data-state="late"' in event:
                late.append(name)
            else:
                raise SystemExit(f"the tile of {name} shows something else: {event}")
    if told != {*SECONDS, DEAD}:
        raise SystemExit(f"of the tiles there came only {sorted(told)}")
    await asyncio.gather(*(again(name) for name in late))
    return {
        "page": seen["page"],
        "first": min(seen[name] for name in ANSWERING),
        "answered": max(seen[name] for name in ANSWERING),
        "told": max(moment for name, moment in seen.items() if name.endswith("told")),
    }


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if found is None:
        raise SystemExit(f"{pattern.pattern} isn't in what came: {text[:2000]}")
    return found[1]


def _tiles_of(page: str) -> str:
    """Find where the page asks for its tiles, and for which."""
    address = _found(_TILES, page)
    views = re.findall(r'<input type="hidden" name="view" value="([^"]+)">', page)
    return f"{address}?{urlencode({'view': views}, doseq=True)}"


async def _events(stream: httpx.Response) -> AsyncIterator[str]:
    lines: list[str] = []
    async for line in stream.aiter_lines():
        if line:
            lines.append(line.removeprefix("data: "))
        else:
            yield "\n".join(lines)
            lines = []


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


async def _round(asked: dict[str, Any], contacts: list[dict[str, str]], spread: float) -> dict[str, list[float]]:
    """Let everybody open a desk at some moment within `spread` seconds, the same moments for those who ask directly."""
    slowest = asked["ports"][ANSWERING[-1]]
    moments = [random.uniform(0, spread) for _ in contacts]
    gate = asyncio.Semaphore(asked["at_once"])

    async def directly() -> list[float]:
        until = time.perf_counter() + _READY
        return await asyncio.gather(*(_directly(slowest, gate, until + moment) for moment in moments))

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=asked["address"], timeout=_LONGEST, limits=limits) as client:
        # At work, beside the desks; all at once, before them.
        first = asyncio.create_task(directly())
        if not spread:
            await first
        until = time.perf_counter() + _READY
        desks = (_desk(client, one, until + moment) for one, moment in zip(contacts, moments, strict=True))
        seen = await asyncio.gather(*desks)
        alone = await first
    return {"limit": alone, **{name: [one[name] for one in seen] for name in seen[0]}}


async def _main(asked: dict[str, Any]) -> list[dict[str, Any]]:
    random.seed(1)
    contacts, found = iter(asked["contacts"]), []
    for one in asked["asked"]:
        together: dict[str, list[float]] = defaultdict(list)
        # Each round other customers, so that nothing is known of them yet; a round that warms up counts for nothing.
        for number in range(one["rounds"] + 1):
            is_warming_up = number == 0
            some = list(itertools.islice(contacts, min(one["agents"], 20) if is_warming_up else one["agents"]))
            seen = await _round(asked, some, 0 if is_warming_up else one["spread"])
            if not is_warming_up:
                for name, values in seen.items():
                    together[name] += values
        found.append({**one, **{name: _cut(values) for name, values in together.items()}})
    return found


def _cut(values: list[float]) -> dict[str, float]:
    percent = statistics.quantiles(values, n=100)
    return {"p50": percent[49], "p95": percent[94]}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_main(json.loads(Path(sys.argv[1]).read_text())))))
