"""What people enter on the customers' pages: dates, times, and whom they mean."""

from datetime import date, time
from typing import NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.customers.access import visible_customers
from firstline.customers.models import Customer
from firstline.customers.queries import search_customers
from firstline.errors import FirstlineError

MAX_TEXT = 200


class Misread(FirstlineError):
    code = "misread"
    status = 422


class Entered(NamedTuple):
    """A form that was sent: texts without signs that no text has, and typed values where they are asked for."""

    form: QueryDict

    def text(self, name: str, longest: int = MAX_TEXT) -> str:
        return self.form.get(name, "").replace("\x00", "").strip()[:longest]

    def day(self, name: str) -> date | None:
        """Read a date; None when none was entered. Raises: Misread."""
        value = self.text(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            raise Misread(_("“%(text)s” is no date. Write it as 2026-05-03.") % {"text": value}) from None

    def time_of_day(self, name: str) -> time | None:
        """Read a time; None when none was entered. Raises: Misread."""
        value = self.text(name)
        try:
            return time.fromisoformat(value).replace(tzinfo=None) if value else None
        except ValueError:
            raise Misread(_("“%(text)s” is no time. Write it as 10:00.") % {"text": value}) from None

    def several(self, name: str) -> tuple[str, ...]:
        return tuple(value[:MAX_TEXT] for value in self.form.getlist(name))


def somebody(principal: Principal, text: str) -> Customer:
    """Find the one customer who is meant by a number or a name. Raises: Misread with those it may be."""
    seen = visible_customers(principal).filter(merged_into=None)
    by_number = seen.filter(number__iexact=text).first() if text else None
    if by_number is not None:
        return by_number
    found = search_customers(principal=principal, text=text, limit=4)
    if len(found) == 1:
        return seen.get(id=found[0].id)
    if not found:
        raise Misread(_("Nobody is found under “%(text)s”. Write a customer number or a name.") % {"text": text})
    names = "; ".join(f"{one.name}, {one.number}" for one in found)
    raise Misread(_("It isn't clear who is meant: %(names)s. Write the customer number.") % {"names": names})
