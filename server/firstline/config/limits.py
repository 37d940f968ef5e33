"""How large a request may be at all: what is larger is refused before anything of it is kept on the disk."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

# Forms have limits of their own, far below, and say kindly what is too large; this one keeps the disk from being filled.
MAX_BODY_BYTES = 100 * 1024 * 1024


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
    words = f"This is too large: at most {max_bytes // 2**20} MB can be sent at once.\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": words})
