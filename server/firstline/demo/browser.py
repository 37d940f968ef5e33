"""A person at the screen, without a browser: logs in, reads pages, presses buttons, over HTTP like anybody else."""

import re
from collections.abc import Mapping
from typing import Any

import httpx2 as httpx

from firstline.demo import places


class Refused(Exception):
    """A page answered otherwise than a person would hope."""


class Person:
    """One person with a session of their own; nobody in particular until they log in."""

    def __init__(self, base: str) -> None:
        self._client = httpx.Client(base_url=base, timeout=30, follow_redirects=True)

    def log_in(self, email: str) -> "Person":
        """Log in with the demo's password."""
        self.read("/login/")
        answer = self.press("/login/", username=email, password=places.PASSWORD)
        if "/login/" in str(answer.url):
            raise Refused(f"{email} can't log in.")
        return self

    def read(self, path: str) -> str:
        """Give a page's text, as HTML.

        Raises: Refused.
        """
        return self._checked(self._client.get(path)).text

    def press(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form.

        Raises: Refused.
        """
        token = self._client.cookies.get("csrftoken", "")
        data: Mapping[str, Any] = {"csrfmiddlewaretoken": token, **fields}
        return self._checked(self._client.post(path, data=data, headers={"Referer": str(self._client.base_url)}))

    def close(self) -> None:
        """Go home."""
        self._client.close()

    @staticmethod
    def _checked(answer: httpx.Response) -> httpx.Response:
        if answer.status_code >= 400:
            raise Refused(
                f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}: {words_of(answer.text)[:400]}"
            )
        return answer


def words_of(html: str) -> str:
    """Read a page as a person does: its words, without its markup."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", " ", html)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def hidden_fields(html: str) -> dict[str, str]:
    """Read the hidden fields of a page's forms."""
    found = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = value[1] if value else ""
    return found
