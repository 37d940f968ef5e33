"""What systems know in a customer's timeline: what was read last at once, the rest when one waits; fields for other roles."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from firstline.customers.ports import TimelinePart, TimelineWanted
from firstline.sources import queries, timeline
from firstline.sources.adapters import loaded
from firstline.sources.connectors.table import PARSERS
from firstline.sources.rules.definitions import DefinitionProblems, parse_sources

from .conftest import AGENT, Systems
from .test_definitions import GOOD


def invoices(customer_id: UUID, *, may_wait: bool) -> TimelinePart:
    kinds = {one.key: one for one in timeline.kinds(principal=AGENT, language="en")}
    wanted = TimelineWanted(
        customer_id=customer_id, customer_ids=(customer_id,), principal=AGENT, language="en", before=None, limit=50,
        may_wait=may_wait,
    )  # fmt: skip
    return kinds["billing.invoices"].read(wanted)


def test_what_a_system_knows_is_there_when_one_waits_and_afterwards_at_once(
    lindwerk: Systems, customer_of: Callable[..., UUID]
) -> None:
    petra = customer_of(lindwerk.world.story["petra"])
    first = invoices(petra, may_wait=False)
    assert (list(first.entries), first.is_pending, first.sentence) == ([], True, "")
    waited = invoices(petra, may_wait=True)
    assert not waited.is_pending
    newest = waited.entries[0]
    assert newest.text.startswith("Invoices: ")
    assert newest.amount
    assert newest.is_day
    assert [one.at for one in waited.entries] == sorted((one.at for one in waited.entries), reverse=True)
    assert invoices(petra, may_wait=False).entries == waited.entries


def test_a_system_that_is_down_is_a_sentence_with_what_was_known(
    lindwerk: Systems, customer_of: Callable[..., UUID]
) -> None:
    petra = customer_of(lindwerk.world.story["petra"])
    known = invoices(petra, may_wait=True).entries
    lindwerk.switch("billing", on=False)
    queries.tile(customer_id=petra, view="billing.invoices", principal=AGENT, language="en", fresh=True)
    part = invoices(petra, may_wait=False)
    assert list(part.entries) == list(known)


def test_a_field_for_other_roles_is_withheld_whoever_the_caller_is(
    lindwerk: Systems, customer_of: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    petra = customer_of(lindwerk.world.story["petra"])
    source, view = loaded.find_view("billing.account") or pytest.fail("the demo has lost its account")
    for_leads = replace(
        view,
        fields=tuple(replace(one, roles=frozenset({"lead"})) if one.name == "iban" else one for one in view.fields),
    )
    monkeypatch.setattr("firstline.sources.access.loaded.find_view", lambda _key: (source, for_leads))
    (iban,) = (
        cell
        for cell in queries.tile(
            customer_id=petra, view="billing.account", principal=AGENT, language="en", is_verified=True
        ).cells
        if cell.name == "iban"
    )
    assert (iban.value, iban.text, iban.is_withheld) == (None, "for other roles", True)
    lead = replace(AGENT, roles=frozenset({"lead"}))
    cells = queries.tile(
        customer_id=petra, view="billing.account", principal=lead, language="en", is_verified=True
    ).cells
    assert next(one for one in cells if one.name == "iban").text.startswith("DE")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("timeline: {at: when, title: number}", "no field 'when'"),
        ("timeline: {at: number, title: number}", "must be of type date or moment"),
        ("timeline: {title: number}", "'at' is missing"),
    ],
)
def test_mistakes_in_a_timeline_are_told(line: str, said: str) -> None:
    text = GOOD.replace("    deadline: 300 ms\n", f"    deadline: 300 ms\n    {line}\n")
    with pytest.raises(DefinitionProblems) as caught:
        parse_sources({"shop.yaml": text}, PARSERS)
    assert any(said in one.message for one in caught.value.problems), caught.value.problems


def test_a_role_that_is_none_is_told() -> None:
    text = GOOD.replace("type: money, sensitive: true", "type: money, roles: [boss]")
    with pytest.raises(DefinitionProblems) as caught:
        parse_sources({"shop.yaml": text}, PARSERS)
    assert [one.code for one in caught.value.problems] == ["no-role"]
