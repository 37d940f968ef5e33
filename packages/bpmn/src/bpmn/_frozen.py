"""Values that nobody changes, made as fast as any other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True)
def frozen(*, kw_only: bool = False, eq: bool = True) -> Callable[[type[_T]], type[_T]]:
    """Make dataclasses that only type checkers hold to be frozen: if Python did, making one would take four times as long."""
    return dataclass(slots=True, kw_only=kw_only, eq=eq, unsafe_hash=eq)
