"""Every night the stages follow their rule: what changes by time alone, in parts, once, and not what was set by hand."""

from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest

from firstline import clock
from firstline.crashpoints import Crash, crash_at, watching
from firstline.customers import actions as customer_actions
from firstline.customers.models import Customer
from firstline.relationship import actions, handlers, queries, sweeping
from firstline.relationship.models import StageChange, StageSweep
from tests.conftest import House

pytestmark = pytest.mark.django_db
RELATIONSHIP = """\
stages:
  - {key: active, label: {en: Active}}
  - {key: dormant, label: {en: Dormant}}
stage: if days_since_contact = null or days_since_contact > 365 then "dormant" else "active"
"""


@pytest.fixture(autouse=True)
def night(settings: Any, tmp_path: Path, house: House) -> None:
    settings.FIRSTLINE_CUSTOMERS, settings.FIRSTLINE_SWEEP_AT = tmp_path, time(2)
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "relationship.yaml").write_text(RELATIONSHIP)


def active(house: House, name: str) -> Customer:
    """Somebody who made contact just now."""
    made = customer_actions.create_customer(
        brand=house.brand,
        family_name=name,
        identifiers=[customer_actions.NewIdentifier(kind="email", value=f"{name}@example.test", is_verified=True)],
    )
    house.mail(key=name, email=f"{name}@example.test")
    actions.follow_rule(customer_id=made.id, brand=house.brand.key, now=clock.now())
    assert stage(made) == "active"
    return made


def stage(customer: Customer) -> str:
    found = queries.stage_now(customer.id)
    return found.stage if found else ""


def test_who_is_silent_for_a_year_becomes_dormant_at_night_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "AT_ONCE", 2)
    several = [active(house, f"a{number}") for number in range(5)]
    by_hand = active(house, "b")
    actions.set_stage(
        customer_id=by_hand.id, stage="active", reason="asked", principal=house.principal(house.clerk), now=clock.now()
    )
    with clock.fixed(clock.now() + timedelta(days=364)):
        assert sweeping.start_when_due(now=clock.now())
        assert not sweeping.start_when_due(now=clock.now())
        house.run_worker()
        assert not sweeping.start_when_due(now=clock.now())
    assert {stage(one) for one in several} == {"active"}
    with clock.fixed(clock.now() + timedelta(days=366)):
        assert sweeping.start_when_due(now=clock.now())
        house.run_worker()
    assert {stage(one) for one in several} == {"dormant"}
    assert stage(by_hand) == "active"
    last = StageSweep.objects.order_by("-started_at")[0]
    assert (last.finished_at is not None, last.looked_at, last.changed) == (True, 6, 5)
    with clock.fixed(clock.now() + timedelta(days=367)):
        assert sweeping.start_when_due(now=clock.now())
        house.run_worker()
    assert StageChange.objects.filter(stage="dormant").count() == 5


def test_what_breaks_off_goes_on_and_changes_nothing_twice(house: House) -> None:
    several = [active(house, f"a{number}") for number in range(3)]
    with clock.fixed(clock.now() + timedelta(days=366)):
        sweeping.start_when_due(now=clock.now())
        sweep = StageSweep.objects.get()
        with pytest.raises(Crash), crash_at("relationship.sweep.looked"):
            sweeping.sweep_some(sweep.id, limit=2)
        assert not sweeping.sweep_some(sweep.id, limit=2)
        assert sweeping.sweep_some(sweep.id, limit=2)
        assert sweeping.sweep_some(sweep.id, limit=2)
    assert [stage(one) for one in several] == ["dormant"] * 3
    assert StageChange.objects.filter(stage="dormant").count() == 3


def test_who_comes_late_does_not_undo_what_another_has_swept(house: House) -> None:
    several = [active(house, f"a{number}") for number in range(3)]
    seen = []

    def let_another_be_faster(name: str) -> None:
        if name == "relationship.sweep.looked" and not seen:
            seen.append(name)
            while not sweeping.sweep_some(sweep.id, limit=2):
                pass

    with clock.fixed(clock.now() + timedelta(days=366)):
        sweeping.start_when_due(now=clock.now())
        sweep = StageSweep.objects.get()
        with watching(let_another_be_faster):
            assert not sweeping.sweep_some(sweep.id, limit=2)
        sweep.refresh_from_db()
        assert (sweep.finished_at is not None, sweep.looked_at) == (True, 3)
        assert sweeping.sweep_some(sweep.id, limit=2)
    assert [stage(one) for one in several] == ["dormant"] * 3


def test_never_means_never(house: House, settings: Any) -> None:
    settings.FIRSTLINE_SWEEP_AT = None
    assert not sweeping.start_when_due(now=clock.now())
    assert not StageSweep.objects.exists()
