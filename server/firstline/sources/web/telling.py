"""What somebody is told who has wanted something of a list."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest

from firstline.errors import FirstlineError


def do_and_tell(
    request: HttpRequest, do: Callable[[], object], *, refusals: tuple[type[FirstlineError], ...], done: str = ""
) -> None:
    """Do it, and say `done` on the next page, or why it was refused; what isn't among `refusals` is raised."""
    try:
        do()
    except refusals as refused:
        messages.error(request, refused.message, extra_tags="bad")
    else:
        if done:
            messages.success(request, done, extra_tags="good")
