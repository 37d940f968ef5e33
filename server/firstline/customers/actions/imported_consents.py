"""What another company's customers said about being contacted, as their table has it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from firstline import clock
from firstline.accounts.models import Brand
from firstline.customers import consent
from firstline.customers.models import Consent, CustomerImport
from firstline.customers.queries.wishes import purposes_of
from firstline.customers.reader import CannotImport, Row, day


def check_purposes(brand: Brand, mapping: Mapping[str, str]) -> None:
    """Refuse a mapping to something that the brand doesn't contact anybody for. Raises: CannotImport."""
    known = {consent.field_for(one.key, channel) for one in purposes_of(brand.key) for channel in one.channels}
    unknown = sorted(field for field in mapping.values() if consent.of_field(field) and field not in known)
    if unknown:
        raise CannotImport(_("The brand has no purpose and channel %(names)s.") % {"names": ", ".join(unknown)})


def consents_in(row: Row, *, customer_id: UUID, known: CustomerImport) -> Iterator[Consent]:
    """Give what a row says about being contacted; a no whose day nobody knows is said today, so that it counts."""
    now = clock.now()
    on = day(row.values.get("consent_on", ""), year=now.year)
    # The day is over where it was said; at its end a later word of ours would look older.
    said_at = min(now, datetime.combine(on, time(), ZoneInfo(known.brand.zone))) if on else now
    for field, value in row.values.items():
        about, is_given = consent.of_field(field), consent.said_in(value)
        if about is not None and is_given is not None:
            yield Consent(
                customer_id=customer_id, purpose=about[0], channel=about[1], is_given=is_given, said_at=said_at, noted_at=now,
                way=consent.IMPORT, evidence=row.values.get("consent_source") or known.name, noted_by=known.begun_by,
            )  # fmt: skip
