"""One POST to an address that an administrator entered: never into our own network unless its host is named in the settings."""

import socket
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx2
from django.conf import settings
from django.utils.translation import gettext_noop

from firstline.webhooks import rules

SECONDS = 10.0
MAX_ANSWER_BYTES = 16_384


class NotSent(Exception):
    """No answer came; the message says why."""


def send(url: str, *, headers: Mapping[str, str], body: bytes) -> int:
    """Post `body` and return the status that was answered; redirects aren't followed.

    Raises: NotSent.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    # Connected to the very address that was looked at: a name that leads elsewhere a moment later leads nowhere.
    address = _address(host, parts.port or (443 if parts.scheme == "https" else 80))
    target = httpx2.URL(url).copy_with(host=address)
    sent = {**headers, "Host": parts.netloc, "User-Agent": "Firstline"}
    try:
        with (
            httpx2.Client(trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
            client.stream("POST", target, headers=sent, content=body, extensions={"sni_hostname": host}) as answer,
        ):
            _read_little(answer)
            return answer.status_code
    except httpx2.TimeoutException:
        raise NotSent(gettext_noop("no answer in time")) from None
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError) as error:
        raise NotSent(f"no connection ({type(error).__name__})") from None


def _address(host: str, port: int) -> str:
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        raise NotSent(gettext_noop("the name of its host leads nowhere")) from None
    if host in settings.FIRSTLINE_WEBHOOK_HOSTS:
        return found[0]
    if not all(rules.is_public(address) for address in found):
        raise NotSent(gettext_noop("it leads into our own network; FIRSTLINE_WEBHOOK_HOSTS must name its host"))
    return found[0]


def _read_little(answer: "httpx2.Response") -> None:
    """Let the receiver finish its answer, of which only the status counts."""
    until, seen = time.monotonic() + SECONDS, 0
    for chunk in answer.iter_raw():
        seen += len(chunk)
        if seen > MAX_ANSWER_BYTES or time.monotonic() > until:
            return
