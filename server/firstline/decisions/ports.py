"""What the decisions ask of the capabilities above them; `config.subscriptions` names who answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import QuerySet

from firstline.accounts.principals import Principal


class VisibleCases(Protocol):
    """What decisions are made about: the things with an id and a number that somebody may see."""

    def __call__(self, principal: Principal) -> QuerySet[Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseName:
    """A release of a procedure, as people know it."""

    id: str
    name: str
    sequence: int
    is_in_use: bool


class ReleaseNames(Protocol):
    """Names releases, by their ids."""

    def __call__(self, release_ids: Iterable[str], language: str) -> Mapping[str, ReleaseName]: ...
