"""The trail is a chain: what is changed in it, or taken out of it, is noticed."""

from decimal import Decimal

import pytest

from firstline.audit import actions, queries
from firstline.audit.models import AuditEntry
from firstline.ids import new_id

pytestmark = pytest.mark.django_db


def three_acts():
    ada, key = new_id(), new_id()
    for action in ("api-key.made", "api-key.used", "api-key.revoked"):
        actions.record(
            actor_id=ada, actor="Ada", action=action, about=key, reason="asked for", data={"limit": Decimal("1.10")}
        )
    return key


def test_what_was_done_to_a_thing_is_told_newest_first():
    key = three_acts()
    actions.record(actor_id=None, actor="command line", action="brand.set", about="main")
    told = queries.entries_about(key)
    assert [(row.number, row.action) for row in told] == [
        (3, "api-key.revoked"),
        (2, "api-key.used"),
        (1, "api-key.made"),
    ]
    assert (told[0].actor, told[0].reason, told[0].data) == ("Ada", "asked for", {"limit": Decimal("1.10")})
    assert queries.first_broken() is None


@pytest.mark.parametrize(
    "change", [{"actor": "Bob"}, {"reason": ""}, {"data": {"limit": 2}}, {"about": "other"}, {"digest": "0" * 64}]
)
def test_a_changed_entry_is_found(change):
    three_acts()
    AuditEntry.objects.filter(number=2).update(**change)
    assert queries.first_broken() == 2


def test_a_missing_entry_is_found():
    three_acts()
    AuditEntry.objects.filter(number=2).delete()
    assert queries.first_broken() == 2


def test_values_can_be_erased_and_the_chain_holds():
    three_acts()
    AuditEntry.objects.filter(number=2).update(data=None, salt="")
    assert queries.first_broken() is None
