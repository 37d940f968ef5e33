"""Writing down anew by what everything is found."""

from collections.abc import Callable

from django.utils.module_loading import import_string

from firstline.config import subscriptions
from firstline.search import actions
from firstline.search.models import Entry
from firstline.search.ports import Feeder


def write_anew(*, tell: Callable[[int], None] = lambda _count: None) -> int:
    """Write everything down anew; gives how many things are found then."""
    feeders: list[Feeder] = [import_string(path) for path in subscriptions.SEARCH_FEEDERS]
    return actions.rebuild(feeders, tell=tell)


def write_where_nothing_is() -> None:
    """Write everything down that is from before the search had a table of its own."""
    if not Entry.objects.exists():
        write_anew()
