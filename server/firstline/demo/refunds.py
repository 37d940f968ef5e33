"""Two who want money back: one has it already, the other's request waits for a team lead."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from firstline.accounts.models import Brand
from firstline.customers.models import Customer
from firstline.demo import history
from firstline.demo.history import Script


def play(*, brand: Brand, invoices: Sequence[tuple[str, str]], now: datetime) -> None:
    """Let them call; `invoices` are the numbers of two customers, each with that of an invoice."""
    paid, waiting = invoices
    _call(brand, paid, why="charged_twice", amount="48.20", at=now - timedelta(days=2), now=now)
    _call(brand, waiting, why="goodwill", amount="75", at=now - timedelta(minutes=90), now=now)


def _call(brand: Brand, about: tuple[str, str], *, why: str, amount: str, at: datetime, now: datetime) -> None:
    number, invoice = about
    history.make_contact(
        brand,
        history.people_of(brand),
        Customer.objects.get(brand=brand, number=number),
        channel="phone",
        reason="refund",
        script=_script(invoice, why, amount),
        at=at,
        now=now,
        dice=random.Random(number),  # noqa: S311 -- made-up contacts
    )


def _script(invoice: str, why: str, amount: str) -> Mapping[str, Script]:
    answers = {
        "caller_verified": True,
        "invoice_number": invoice,
        "refund_why": why,
        "refund_amount": amount,
        "refund_text": "The instalment of March was debited twice.",
    }
    return {"take_refund": Script(answers=lambda _now: answers)}
