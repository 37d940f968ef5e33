"""How large a request may be at all, and how many are worked on at once: what is too much is refused before it costs anything."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from firstline import turns

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

# Forms have limits of their own, far below, and say kindly what is too large; this one keeps the disk from being filled.
MAX_BODY_BYTES = 100 * 1024 * 1024
# Whoever stood in line for longer is asked to come again.
PATIENCE_SECONDS = 60.0
_AGAIN_SECONDS = 5


class LimitedBodies:
    """An ASGI application that hands requests on to another, unless they are larger than anybody honest sends."""

    def __init__(self, application: Application, *, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._application = application
        self._max_bytes = max_bytes

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
        elif _declared(scope) > self._max_bytes:
            await _refuse(send, self._max_bytes)
        else:
            await self._application(scope, self._counting(receive), send)

    def _counting(self, receive: Receive) -> Receive:
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            # One that didn't declare its size, or lied, is hung up on.
            return message if taken <= self._max_bytes else {"type": "http.disconnect"}

        return counted


def _declared(scope: dict[str, Any]) -> int:
    told = dict(scope["headers"]).get(b"content-length", b"0")
    return int(told) if told.isdigit() else 0


async def _refuse(send: Send, max_bytes: int) -> None:
    words = f"This is too large: at most {max_bytes // 2**20} MB can be sent at once.\n"
    await _say(send, 413, words, (b"connection", b"close"))


class _NoTurn(Exception):
    """It stood in line for too long."""


class InTurn:
    """An ASGI application that hands requests on to another, so many at once (see `turns`).

    A turn begins when the request is there as a whole, so that a slow sender holds up nobody, and lasts until the answer begins.
    """

    def __init__(self, application: Application, *, at_once: int, patience: float = PATIENCE_SECONDS) -> None:
        self._application = application
        self._turns = turns.Turns(at_once)
        self._patience = patience

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        turn: turns.Turn | None = None

        async def received() -> Message:
            nonlocal turn
            message = await receive()
            if turn is None and message["type"] == "http.request" and not message.get("more_body"):
                turn = await self._turn()
            return message

        async def answer(message: Message) -> None:
            if turn is not None:
                turn.give_back()
            await send(message)

        try:
            await self._application(scope, received, answer)
        except _NoTurn:
            await _come_again(send)
        finally:
            if turn is not None:
                turn.give_back()

    async def _turn(self) -> turns.Turn:
        try:
            turn = await self._turns.take(patience=self._patience)
        except TimeoutError:
            raise _NoTurn from None
        turns.begin(turn)
        return turn


async def _come_again(send: Send) -> None:
    # A browser tries a page again by itself; a program reads Retry-After.
    again = str(_AGAIN_SECONDS).encode()
    words = (
        "So many are asking right now that this has to wait. Nothing was changed. It is tried again in some seconds.\n"
    )
    await _say(send, 503, words, (b"retry-after", again), (b"refresh", again))


async def _say(send: Send, status: int, words: str, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})
