"""What lies between a connector and its system: it is away for a while, loses answers, brings writes twice or late.

The moods of an account stand in its name (`c7_main.written3~crm=lost1+twice1`), so that they don't depend on who died when.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from firstline.sources.adapters import loaded
from firstline.sources.adapters.asking import Window
from firstline.sources.ports import Connector, SourceChanged, SourceDown, SourceLate, SourceRefused
from firstline.sources.rules.definitions import Source
from tests.chaos import outside

_plain_window = loaded.window


def named(name: str, moods: Mapping[str, Mapping[str, int]]) -> str:
    """Name an account so that it meets these moods, by system.

    >>> named("a", {"crm": {"down": 2}})
    'a~crm=down2'
    """
    return "~".join(
        [name, *(f"{system}={'+'.join(f'{what}{n}' for what, n in of.items())}" for system, of in moods.items() if of)]
    )


def moods_of(name: str, system: str) -> dict[str, int]:
    """Read them back.

    >>> moods_of("a~crm=down2+lost1", "crm")
    {'down': 2, 'lost': 1}
    """
    written = dict(part.split("=", 1) for part in name.split("~")[1:]).get(system, "")
    return {
        what.rstrip("0123456789"): int(what.lstrip("abcdefghijklmnopqrstuvwxyz"))
        for what in filter(None, written.split("+"))
    }


class Moody:
    """A connector whose system is far away."""

    def __init__(self, inner: Connector, system: str) -> None:
        self._inner = inner
        self._system = system
        self._under_way: dict[str, list[Any]] = {}
        self.guarantee = inner.guarantee

    def read(self, read: Any, parameters: Mapping[str, Any], *, limit: int, seconds: float) -> list[dict[str, Any]]:
        name = str(parameters.get("customer", ""))
        if self._number("read", name) <= moods_of(name, self._system).get("down", 0):
            raise SourceDown("it is away")
        return self._inner.read(read, parameters, limit=limit, seconds=seconds)

    def write(self, write: Any, records: Sequence[Mapping[str, Any]], *, key: str, seconds: float) -> None:
        name = str(records[0]["customer"])
        moods, number = moods_of(name, self._system), self._number("write", name)
        if number <= moods.get("late", 0):
            # It is on its way, and arrives after the next one.
            self._under_way.setdefault(name, []).append((write, records, key))
            raise SourceLate("it didn't answer in time")
        self._inner.write(write, records, key=key, seconds=seconds)
        if number <= moods.get("twice", 0):
            self._bring(write, records, key)
        for one in self._under_way.pop(name, ()):
            self._bring(*one)
        if number <= moods.get("lost", 0):
            raise SourceLate("it didn't answer in time")

    def was_written(self, key: str, *, seconds: float) -> bool | None:
        return self._inner.was_written(key, seconds=seconds)

    def close(self) -> None:
        self._inner.close()

    def _bring(self, write: Any, records: Any, key: str) -> None:
        """Bring a write whose answer nobody hears."""
        with suppress(SourceChanged, SourceDown, SourceRefused):
            self._inner.write(write, records, key=key, seconds=5.0)

    def _number(self, what: str, name: str) -> int:
        return outside.count_call(f"{what} {self._system} {name}", f"{what} of a system")


def _window(source: Source) -> Window:
    window = _plain_window(source)
    if not isinstance(window.connector, Moody):
        window.connector = Moody(window.connector, source.key)
    return window


def install() -> None:
    """Put the systems far away, in this process."""
    loaded.window = _window


def uninstall() -> None:
    """Bring them back."""
    loaded.window = _plain_window
    loaded.forget()
