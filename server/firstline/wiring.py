"""Who hears what, and who does which work: the module that settings.FIRSTLINE_SUBSCRIPTIONS names."""

from functools import cache
from importlib import import_module
from typing import Any

from django.conf import settings


def wiring() -> Any:
    """Give the module. Every step asks for it many times, so it is looked for only once."""
    return _module(settings.FIRSTLINE_SUBSCRIPTIONS)


_module = cache(import_module)
