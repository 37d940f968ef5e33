from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import migrations, transaction

from firstline.customers.matching import Profile, blocking_keys, profile

BATCH = 1000


def renew(apps: Any, schema_editor: Any) -> None:
    """Find everybody under the keys by which callers are looked for from now on; some at a time, again and again the same."""
    Customer = apps.get_model("customers", "Customer")
    Identifier = apps.get_model("customers", "Identifier")
    after, is_left = None, True
    while is_left:
        with transaction.atomic():
            everybody = Customer.objects.order_by("id").select_for_update()
            batch = list((everybody if after is None else everybody.filter(id__gt=after))[:BATCH])
            known = known_by(Identifier.objects.filter(customer__in=batch))
            for one in batch:
                one.match_keys = sorted(blocking_keys(profile_of(one, known)))
            Customer.objects.bulk_update(batch, ["match_keys"])
        is_left = bool(batch)
        after = batch[-1].id if batch else None


def known_by(identifiers: Any) -> Mapping[tuple[UUID, str], list[str]]:
    known = defaultdict[tuple[UUID, str], list[str]](list)
    for customer_id, kind, value in identifiers.values_list("customer_id", "kind", "value"):
        known[customer_id, kind].append(value)
    return known


def profile_of(one: Any, known: Mapping[tuple[UUID, str], list[str]]) -> Profile:
    return profile(
        given_name=one.given_name,
        family_name=one.family_name,
        organisation=one.organisation_name,
        birth_date=one.born_on.isoformat() if one.born_on else "",
        street=one.street,
        house_number=one.house_number,
        extra_line=one.extra_line,
        postcode=one.postcode,
        town=one.town,
        region=one.region,
        phones=known[one.id, "phone"],
        emails=known[one.id, "email"],
    )


class Migration(migrations.Migration):
    # Locks no more than some customers at a time.
    atomic = False

    dependencies = [
        ("customers", "0008_candidates_in_order"),
    ]

    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
