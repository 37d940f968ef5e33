"""What money a write moves, as far as the definitions of the sources tell."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from firstline.money import Money
from firstline.sources.adapters.loaded import find_command


def amounts_of(commands: Mapping[str, Mapping[str, Any]]) -> tuple[Decimal, ...]:
    """List the amounts that writes move: numbers given to a command that changes money, and whatever is money itself."""
    found: list[Decimal] = []
    for key, parameters in commands.items():
        known = find_command(key)
        moves_money = known is not None and any(change.type == "money" for change in known[1].changes)
        for value in parameters.values():
            if isinstance(value, Money):
                found.append(value.amount)
            elif moves_money and isinstance(value, Decimal):
                found.append(value)
    return tuple(found)
