"""Requests to the server over one connection that is kept open; each thread has its own."""

import http.client
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from firstline_worker import _values

_ROOM_SECONDS = 20.0


class Away(Exception):
    """The server doesn't answer, or can't now: come again later."""


class Refused(Exception):
    """The server refuses, and would again; the message says why and what to do."""

    def __init__(self, message: str, *, status: int, code: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Api:
    """One connection. Only `abort` may be called from another thread."""

    def __init__(self, url: str, key: str) -> None:
        where = urlsplit(url)
        if where.scheme not in {"http", "https"} or not where.hostname:
            raise ValueError(f"'{url}' is no address of a server; write it as https://service.example.com.")
        kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(where.hostname, where.port, timeout=_ROOM_SECONDS)
        self._path = where.path.rstrip("/") + "/api/v1/"
        self._is_aborted = False
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def post(self, path: str, body: Mapping[str, Any], *, wait_seconds: float = 0.0) -> dict[str, Any]:
        """Send a request and read the answer. Raises: Away, Refused, TypeError (a value that can't be sent)."""
        content = _values.written(body)
        try:
            status, answer = self._send(path, content.encode(), wait_seconds + _ROOM_SECONDS)
            told: dict[str, Any] = _values.read(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            raise Away(f"{type(error).__name__}: {error}") from error
        if status >= http.client.INTERNAL_SERVER_ERROR or status == http.client.TOO_MANY_REQUESTS:
            raise Away(told.get("detail", f"status {status}"))
        if status >= http.client.BAD_REQUEST:
            raise Refused(told.get("detail", f"status {status}"), status=status, code=told.get("code", ""))
        return told

    def _send(self, path: str, content: bytes, seconds: float) -> tuple[int, bytes]:
        self._connection.timeout = seconds
        if self._connection.sock is not None:
            self._connection.sock.settimeout(seconds)
            try:
                return self._exchange(path, content)
            except (ConnectionError, http.client.RemoteDisconnected):
                # The server hung up meanwhile, as servers do with what is idle.
                self._connection.close()
                if self._is_aborted:
                    raise
        return self._exchange(path, content)

    def _exchange(self, path: str, content: bytes) -> tuple[int, bytes]:
        self._connection.request("POST", self._path + path, content, self._headers)
        if self._is_aborted:  # before there was a connection to break
            raise ConnectionAbortedError("broken off")
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def abort(self) -> None:
        """Break off the request under way."""
        self._is_aborted = True
        if (found := self._connection.sock) is not None:
            with suppress(OSError):
                found.shutdown(socket.SHUT_RDWR)

    def recover(self) -> None:
        """Be as new after a request that was broken off."""
        if self._is_aborted:
            self._connection.close()
            self._is_aborted = False

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
