"""What is known of the story's people besides: who belongs to whom, what they need, what they allow, how it all began."""

from datetime import datetime, time, timedelta

from firstline import clock
from firstline.accounts.models import Brand, User
from firstline.accounts.principals import Principal, principal_for
from firstline.customers import actions
from firstline.customers.actions import Ends, Preferences
from firstline.customers.models import Customer
from firstline.demo import generate
from firstline.relationship.models import StageChange


def seed(brand: Brand) -> None:
    """Note it as Anna would have done some weeks ago."""
    anna = principal_for(User.objects.get(email="anna@lindwerk.example"))
    now = clock.now() - timedelta(weeks=8)
    made = generate.make_world(count=len(generate.STORY) + 20, today=clock.now().date()).customers
    numbers = {one.story or f"neighbour {one.sequence}": one.printed_number for one in made}
    found = {one.number: one for one in Customer.objects.filter(brand=brand, number__in=numbers.values())}
    people = {name: found[number] for name, number in numbers.items()}
    lodger = next(found[one.printed_number] for one in made[len(generate.STORY) :] if one.kind == "person")
    _relations(people, lodger, anna, now)
    _wishes(people, anna, now)
    _stages(people["petra"], now)


def _relations(people: dict[str, Customer], lodger: Customer, anna: Principal, now: datetime) -> None:
    for one, kind, other, note in (
        ("petra", "carer", "ursula", "looks after her post"),
        ("mehmet", "director", "bakery", ""),
        ("emily", "contact-person", "bakery", "for invoices"),
    ):
        actions.relate(
            ends=Ends(one_id=people[one].id, other_id=people[other].id), kind=kind, principal=anna, now=now, from_on=now.date(), note=note
        )  # fmt: skip
    actions.live_together(
        customer_id=lodger.id, with_id=people["joost"].id, from_on=now.date(), principal=anna, now=now
    )


def _wishes(people: dict[str, Customer], anna: Principal, now: datetime) -> None:
    _prefer(people["petra"], anna, preferred_channel="email", reach_days=(1, 2, 3, 4, 5), reach_from=time(10))
    _prefer(people["ursula"], anna, preferred_channel="letter", need_keys=("slow-speech", "large-print"))
    _prefer(people["mehmet"], anna, preferred_channel="sms")
    for purpose, channels, is_given, evidence in (
        ("newsletter", ["email"], True, "form at the counter"),
        ("offers", ["phone"], False, ""),
    ):
        actions.note_consent(
            customer_id=people["petra"].id, purpose=purpose, channels=channels, is_given=is_given, said_at=now, way="counter",
            evidence=evidence, principal=anna, now=now,
        )  # fmt: skip
    actions.object_to_all(customer_id=people["ursula"].id, way="letter", evidence="her letter", principal=anna, now=now)


def _prefer(
    customer: Customer,
    anna: Principal,
    *,
    preferred_channel: str,
    need_keys: tuple[str, ...] = (),
    reach_days: tuple[int, ...] = (),
    reach_from: time | None = None,
) -> None:
    preferences = Preferences(
        salutation=customer.salutation,
        title=customer.title,
        language=customer.language,
        preferred_channel=preferred_channel,
        need_keys=need_keys,
        needs=customer.needs,
        reach_days=reach_days,
        reach_from=reach_from,
        reach_until=None,
    )
    actions.change_preferences(customer_id=customer.id, preferences=preferences, principal=anna)


def _stages(customer: Customer, now: datetime) -> None:
    for weeks, stage in ((110, "prospect"), (104, "new"), (76, "active")):
        StageChange.objects.create(customer=customer, stage=stage, at=now - timedelta(weeks=weeks))
