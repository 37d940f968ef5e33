"""Turns: so many requests at once, others in line, and whoever waits for something else lets them go on."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from firstline import turns
from firstline.config.limits import InTurn

NET_SECONDS = 60.0


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    async def within() -> Any:
        return await asyncio.wait_for(work(), NET_SECONDS)

    return asyncio.run(within())


async def settled() -> None:
    """Let everything that can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


class TestTurns:
    def test_so_many_at_once_and_the_others_in_the_order_in_which_they_came(self) -> None:
        async def work() -> tuple[list[int], list[int]]:
            places, got = turns.Turns(2), []

            async def one(number: int) -> turns.Turn:
                turn = await places.take()
                got.append(number)
                return turn

            tasks = [asyncio.create_task(one(number)) for number in range(5)]
            await settled()
            first = list(got)
            for task in tasks:
                (await task).give_back()
            return first, got

        assert run(work) == ([0, 1], [0, 1, 2, 3, 4])

    def test_whoever_is_underway_goes_before_those_who_come(self) -> None:
        async def work() -> list[str]:
            places, got = turns.Turns(1), []
            held = await places.take()

            async def one(name: str, *, is_underway: bool) -> None:
                turn = await places.take(is_underway=is_underway)
                got.append(name)
                turn.give_back()

            tasks = [
                asyncio.create_task(one("comes", is_underway=False)),
                asyncio.create_task(one("underway", is_underway=True)),
            ]
            await settled()
            held.give_back()
            await asyncio.gather(*tasks)
            return got

        assert run(work) == ["underway", "comes"]

    def test_a_turn_is_given_back_once_from_whatever_thread(self) -> None:
        async def work() -> int:
            places = turns.Turns(1)
            held = await places.take()
            for _ in range(2):
                thread = threading.Thread(target=held.give_back)
                thread.start()
                await asyncio.to_thread(thread.join)
            await settled()
            await places.take()
            waiting = asyncio.create_task(places.take())
            await settled()
            is_waiting = not waiting.done()
            waiting.cancel()
            return is_waiting

        assert run(work) is True

    def test_whoever_gives_up_leaves_the_line_and_takes_no_place_with_them(self) -> None:
        async def work() -> bool:
            places = turns.Turns(1)
            held = await places.take()
            with pytest.raises(TimeoutError):
                await places.take(patience=0.01)
            gone = asyncio.create_task(places.take())
            await settled()
            gone.cancel()
            await settled()
            # At the very moment at which its turn comes, one is cancelled; the next one gets it.
            late = asyncio.create_task(places.take())
            await settled()
            held.give_back()
            await asyncio.sleep(0)
            late.cancel()
            await asyncio.gather(late, return_exceptions=True)
            (await places.take()).give_back()
            return True

        assert run(work)

    def test_without_turns_nobody_waits_for_one(self) -> None:
        async def work() -> bool:
            turns.give_back()
            async with turns.another():
                return True

        assert run(work)


class Server:
    """An application whose requests go on when they are told to."""

    def __init__(self, *, at_once: int, patience: float = NET_SECONDS) -> None:
        self.running = 0
        self.go_on = asyncio.Event()
        self.application = InTurn(self._answer, at_once=at_once, patience=patience)
        self.said: list[Any] = []

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        self.running += 1
        if scope["path"] == "/waits-for-another-system":
            await asyncio.to_thread(turns.give_back)
        if scope["path"] == "/stream":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.go_on.wait()
        if scope["path"] != "/stream":
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def ask(self, path: str) -> "asyncio.Task[None]":
        parts = iter((path == "/slow-sender", False))

        async def receive() -> Any:
            more = next(parts)
            if path == "/slow-sender" and not more:
                await self.go_on.wait()
            return {"type": "http.request", "body": b"", "more_body": more}

        async def send(message: Any) -> None:
            self.said.append(message)

        return asyncio.create_task(self.application({"type": "http", "path": path}, receive, send))


@pytest.mark.parametrize(("path", "together"), [("/", 1), ("/stream", 3), ("/waits-for-another-system", 3)])
def test_a_turn_lasts_until_the_answer_begins_or_another_system_is_waited_for(path: str, together: int) -> None:
    async def work() -> tuple[int, int]:
        server = Server(at_once=1)
        tasks = [server.ask(path) for _ in range(3)]
        for _ in range(1000):
            await asyncio.sleep(0.001)
            if server.running >= together:
                break
        await settled()
        first = server.running
        server.go_on.set()
        await asyncio.gather(*tasks)
        return first, server.running

    assert run(work) == (together, 3)


def test_a_slow_sender_holds_up_nobody() -> None:
    async def work() -> int:
        server = Server(at_once=1)
        slow = [server.ask("/slow-sender") for _ in range(3)]
        await settled()
        quick = server.ask("/")
        await settled()
        running = server.running
        server.go_on.set()
        await asyncio.gather(quick, *slow)
        assert server.running == 4
        return running

    assert run(work) == 1


def test_whoever_stands_in_line_for_too_long_is_asked_to_come_again() -> None:
    async def work() -> list[Any]:
        server = Server(at_once=1, patience=0.01)
        first = server.ask("/")
        await settled()
        await server.ask("/")
        told = list(server.said)
        server.go_on.set()
        await first
        return told

    start, body = run(work)
    assert start["status"] == 503
    assert (b"retry-after", b"5") in start["headers"]
    assert b"Nothing was changed" in body["body"]


def test_a_request_that_fails_gives_its_turn_back() -> None:
    async def work() -> bool:
        async def fail(_scope: Any, receive: Any, _send: Any) -> None:
            await receive()
            raise ZeroDivisionError

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(_message: Any) -> None:
            raise AssertionError("nothing is said")

        application = InTurn(fail, at_once=1, patience=NET_SECONDS)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await application({"type": "http", "path": "/"}, receive, send)
        return True

    assert run(work)
