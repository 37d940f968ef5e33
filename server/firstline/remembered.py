"""What is read several times to draw one page is read once.

A page is gathered from capabilities that don't know of each other, and several of them ask who is whom, say. Nothing may be
written while a page is gathered: what is remembered would be old.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_page: ContextVar[dict[Any, Any] | None] = ContextVar("page", default=None)


@contextmanager
def one_page() -> Iterator[None]:
    """Remember what is read within, until it ends."""
    token = _page.set({})
    try:
        yield
    finally:
        _page.reset(token)


def once_a_page(read: Callable[P, R]) -> Callable[P, R]:
    """Have a read remembered while one page is gathered; all who ask get the same object, which nobody changes."""

    @wraps(read)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> R:
        known = _page.get()
        if known is None:
            return read(*args, **kwargs)
        key = (read, args, tuple(sorted(kwargs.items())))
        if key not in known:
            known[key] = read(*args, **kwargs)
        found: R = known[key]
        return found

    return remembered
