"""Values that nobody changes, made quickly: a step makes dozens."""

from typing import dataclass_transform

from msgspec import Struct, StructMeta, field


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class _FrozenMeta(StructMeta):
    """Says to type checkers what they would otherwise have to be told of each class."""


class Frozen(Struct, metaclass=_FrozenMeta, frozen=True, gc=False):
    """Fields by position or name; equal when their fields are.

    The garbage collector needn't look at them: they hold plain values, so none of them is ever in a circle.
    """
