"""A real web server, and people who speak HTTP badly: it hangs up on them and goes on answering the others."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from firstline.runtime import database
from firstline.runtime.web import web_command
from tests.conftest import free_port

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int, int]]:
    """Its address, and the process that answers. Its database is empty: nobody here gets as far as that."""
    folder = tmp_path_factory.mktemp("home")
    port = free_port()
    environment = {
        **os.environ,
        "FIRSTLINE_HOME": str(folder),
        "DATABASE_URL": database.database_url(),
        "DJANGO_SETTINGS_MODULE": "firstline.config.settings",
    }
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(
            web_command(host="127.0.0.1", port=port, workers=1),
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until = time.monotonic() + 180
        while not is_well(port):
            assert time.monotonic() < until, (folder / "web.log").read_text()
            time.sleep(0.1)
        (answering,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield "127.0.0.1", port, int(answering)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def is_well(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def megabytes_of(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = (line for line in lines if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def spoken(server: tuple[str, int, int], *parts: bytes) -> bytes:
    """Say these bytes, and give the beginning of the answer; b'' when it hangs up."""
    with socket.create_connection(server[:2], timeout=20) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            return connection.recv(4_000)
        except OSError:
            return b""


def test_a_body_larger_than_anybody_sends_is_refused_unread(server: tuple[str, int, int]) -> None:
    head = b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % (5_000 * MEGABYTE)
    assert b"413" in spoken(server, head, b"x" * 1_000).split(b"\r\n")[0]
    assert is_well(server[1])


def test_one_that_does_not_say_how_large_it_is_is_hung_up_on(server: tuple[str, int, int]) -> None:
    head = b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n" % MEGABYTE + b"x" * MEGABYTE + b"\r\n"
    before = megabytes_of(server[2])
    answer = spoken(server, head, *[chunk] * 130)
    assert not answer.startswith(b"HTTP/1.1 2")
    assert megabytes_of(server[2]) - before < 150
    assert is_well(server[1])


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\xff\xfe garbage\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /%00%ff%fe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /../../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /static/../../config/settings.py HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /static/%2e%2e/%2e%2e/config/settings.py HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 5_000 + b"\r\n",
        b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_no_request_gets_nothing_and_harms_nobody(server: tuple[str, int, int], said: bytes) -> None:
    answer = spoken(server, said)
    assert b" 200 " not in answer.split(b"\r\n")[0]
    assert b" 500 " not in answer.split(b"\r\n")[0]
    assert b"SECRET_KEY" not in answer
    assert b"root:" not in answer
    assert is_well(server[1])


def test_many_who_never_finish_their_request_keep_nobody_out(server: tuple[str, int, int]) -> None:
    slow = [socket.create_connection(server[:2], timeout=20) for _ in range(100)]
    try:
        for connection in slow:
            connection.sendall(b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nx")
        assert is_well(server[1])
    finally:
        for connection in slow:
            connection.close()
    assert is_well(server[1])
