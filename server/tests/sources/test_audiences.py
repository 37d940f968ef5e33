"""What a tile withholds from a role, a command doesn't tell: neither its preview, nor a conflict, nor a difference."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from firstline import ids
from firstline.sources import actions, differences, handlers, reconciliation
from firstline.sources.adapters import loaded
from firstline.sources.models import Divergence
from firstline.sources.ports import CommandConflict
from firstline.sources.rules.audiences import is_shown_to, is_shown_to_all

from .conftest import AGENT, NEW_ADDRESS, GivenJob, Systems

ADDRESS = "billing.change_address"
LEAD = replace(AGENT, id=ids.new_id(), roles=frozenset({"lead"}))
OWNER = replace(AGENT, id=ids.new_id(), roles=frozenset({"admin"}))
LABEL = "label: {en: Street, de: Straße, nl: Straat}"


@pytest.fixture
def joost(lindwerk: Systems, customer_of: Callable[..., UUID], tmp_path: Path, settings: Any) -> UUID:
    """A customer in a house where only team leads see streets on billing's tile."""
    folder = shutil.copytree(settings.FIRSTLINE_SOURCES, tmp_path / "sources")
    text = (folder / "billing.yaml").read_text()
    assert text.count(f"{{name: street, {LABEL}}}") == 1
    (folder / "billing.yaml").write_text(text.replace(f"street, {LABEL}", f"street, {LABEL}, roles: [lead]", 1))
    settings.FIRSTLINE_SOURCES = folder
    loaded.forget()
    return customer_of(lindwerk.world.story["joost"])


def street_before(customer_id: UUID, principal: Any) -> tuple[Any, str]:
    found = actions.preview(
        customer_id=customer_id,
        command=ADDRESS,
        parameters=NEW_ADDRESS,
        principal=principal,
        language="en",
        is_verified=True,
    )
    row = next(one for one in found.rows if one.where == "Street")
    assert row.new == NEW_ADDRESS["street"]
    return row.old, row.old_text


def test_a_preview_withholds_what_the_tile_withholds(lindwerk: Systems, joost: UUID) -> None:
    account = lindwerk.world.story["joost"].billing_ids[0]
    ((street,),) = lindwerk.billing("SELECT street FROM billing.account WHERE account_no = %s", account)
    assert street_before(joost, AGENT) == (None, "for other roles")
    assert street_before(joost, LEAD) == (street, street)


def test_a_conflict_names_it_without_saying_what_stands_there(lindwerk: Systems, joost: UUID) -> None:
    account = lindwerk.world.story["joost"].billing_ids[0]
    seen = actions.preview(
        customer_id=joost, command=ADDRESS, parameters=NEW_ADDRESS, principal=AGENT, language="en"
    ).reading_id
    lindwerk.billing(
        "UPDATE billing.account SET street = 'Secret Street', city = 'Elsewhere' WHERE account_no = %s", account
    )
    variables = {"customer_id": str(joost), "parameters": NEW_ADDRESS, "reading_id": str(seen)}
    with pytest.raises(CommandConflict) as told:
        handlers.run_command(GivenJob(headers={"command": ADDRESS}, variables=variables))
    assert "Street" in told.value.message
    assert "Secret" not in told.value.message
    assert "'Elsewhere'" in told.value.message


def test_a_difference_is_shown_to_those_who_see_the_tile(lindwerk: Systems, joost: UUID) -> None:
    variables = {"customer_id": str(joost), "parameters": NEW_ADDRESS}
    handlers.run_command(GivenJob(headers={"command": ADDRESS}, variables=variables))
    account = lindwerk.world.story["joost"].billing_ids[0]
    lindwerk.billing("UPDATE billing.account SET street = 'Secret Street' WHERE account_no = %s", account)
    assert reconciliation.check_some(reconciliation.start(principal=LEAD), limit=5)
    assert Divergence.objects.count() == 1

    def found(principal: Any) -> str:
        (row,) = differences.differences(principal=principal, is_settled=False, limit=5, language="en")
        return next(one.found for one in row.values if one.label == "Street")

    assert found(LEAD) == "Secret Street"
    assert found(OWNER) == "••••"


def test_one_view_that_shows_it_is_enough_and_the_changes_own_roles_count(joost: UUID) -> None:
    source, command = loaded.find_command(ADDRESS) or pytest.fail("the demo has lost its command")
    street, town = command.changes[0], replace(command.changes[3], path="nowhere on a tile")

    def agent(roles: frozenset[str]) -> bool:
        return not roles or "agent" in roles

    assert not is_shown_to(source, street, agent)
    assert is_shown_to(source, town, agent)
    assert not is_shown_to(source, replace(town, roles=frozenset({"lead"})), agent)
    assert not is_shown_to_all(source, replace(town, roles=frozenset({"agent"})))
    account = source.views["billing.account"]
    open_view = replace(account, fields=tuple(replace(one, roles=frozenset()) for one in account.fields))
    both = replace(source, views={**source.views, "billing.open": open_view})
    assert is_shown_to(both, street, agent)
    hidden = replace(open_view, roles=frozenset({"lead"}))
    assert not is_shown_to(replace(source, views={"billing.open": hidden}), street, agent)
