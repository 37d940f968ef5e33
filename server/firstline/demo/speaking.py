"""Somebody with a guardian, somebody who only says that they may speak, and somebody about whom was guessed too often."""

from datetime import datetime, timedelta
from uuid import UUID

from firstline import clock
from firstline.accounts.models import Brand, User
from firstline.accounts.principals import Principal, principal_for
from firstline.contacts import actions as contact_actions
from firstline.customers import actions as customer_actions
from firstline.customers.models import Customer
from firstline.identity import actions
from firstline.identity.actions import NewAuthority
from firstline.identity.models import Attempt


def play(*, brand: Brand, locked: str, guardians_ward: str, partners_other: str, now: datetime) -> None:
    """Note it all, for customers who are named by their numbers."""
    agent, clerk = (_staff(email) for email in ("anna@lindwerk.example", "ben@lindwerk.example"))
    with clock.fixed(now - timedelta(days=3)):
        guardian_of = _noted(brand, guardians_ward, NewAuthority(kind="guardian"), ("ms", "Heike", "Berger"), agent)
        actions.prove_authority(
            authority_id=guardian_of,
            evidence="Amtsgericht Köln, Beschluss 54 XVII 112/25",
            principal=clerk,
            now=clock.now(),
        )
        _noted(brand, partners_other, NewAuthority(kind="partner", scope="read"), ("mr", "Willem", "Smit"), agent)
    _guessed(brand, locked, agent, now)


def _staff(email: str) -> Principal:
    return principal_for(User.objects.get(email=email))


def _noted(brand: Brand, number: str, said: NewAuthority, name: tuple[str, str, str], agent: Principal) -> UUID:
    customer = Customer.objects.get(brand=brand, number=number)
    salutation, given, family = name
    email = f"{given}.{family}@example.com".lower()
    speaker = customer_actions.create_customer(
        brand=brand, salutation=salutation, given_name=given, family_name=family, language=customer.language,
        identifiers=[customer_actions.NewIdentifier(kind="email", value=email, is_verified=True, evidence="letter")],
    )  # fmt: skip
    return actions.note_authority(speaker=speaker, customer=customer, said=said, principal=agent, now=clock.now())


def _guessed(brand: Brand, number: str, agent: Principal, now: datetime) -> None:
    customer, at = Customer.objects.get(brand=brand, number=number), now - timedelta(minutes=20)
    with clock.fixed(at):
        contact_id = contact_actions.open_call(
            brand=brand, call_id="history-guessed", number="", agent_id=agent.id, at=at
        )
        contact_actions.answer_call(call_id="history-guessed", at=at, agent_id=agent.id)
        contact_actions.choose_customer(principal=agent, contact_id=contact_id, customer=customer)
        # The systems aren't asked for what was wrong anyway.
        Attempt.objects.bulk_create(
            Attempt(
                contact_id=contact_id,
                customer=customer,
                way="questions",
                what=what,
                is_right=False,
                at=at,
                by_id=agent.id,
            )
            for what in ("meter", "birth_date", "iban")
        )
        contact_actions.end_call(call_id="history-guessed", at=at)
        contact_actions.finish_contact(
            principal=agent, contact_id=contact_id, summary="Dreimal falsch, wurde gebeten zu schreiben.", now=at
        )
