"""Facts about one customer: our own numbers, what the systems say, what procedures were answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from firstline.accounts.principals import Principal
from firstline.cases.models import Case
from firstline.customers import queries as customer_queries
from firstline.errors import FirstlineError
from firstline.processes import queries as process_queries
from firstline.relationship.definition import Definition, Fact
from firstline.relationship.queries import contracts, own
from firstline.relationship.rules import CONTRACTS, CONTRACTS_LABEL, OWN_FACTS, Contract, Known, plain
from firstline.sources import queries as source_queries
from firstline.sources.access import access_views
from firstline.sources.rules.definitions import DefinitionProblems
from firstline.sources.rules.tiles import Tile, in_language

# Asks several views about a customer, in their order.
Ask = Callable[[list[str]], list[Tile]]
Found = tuple[tuple[Tile, tuple[Contract, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of one customer at a moment: the facts by name, and the contracts with where they come from."""

    facts: Mapping[str, Known]
    contracts: Found
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answers:
    """What the systems said: a tile by view, or why there is none."""

    tiles: dict[str, Tile] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def facts_now(
    *, customer_id: UUID, definition: Definition, principal: Principal, language: str, now: datetime
) -> Standing:
    """Gather the facts, asking the systems all at once, each with its own deadline."""

    def ask(views: list[str]) -> list[Tile]:
        return source_queries.view(customer_id=customer_id, views=views, principal=principal, language=language)

    return _standing(customer_id, definition, _answers(customer_id, definition, principal, ask), language, now)


def last_facts(
    *, customer_id: UUID, definition: Definition, principal: Principal, language: str, now: datetime
) -> Standing:
    """Gather the facts with what the systems said last; nobody is asked, so that nobody waits."""

    def remember(views: list[str]) -> list[Tile]:
        found = source_queries.remembered(customer_id=customer_id, views=views, principal=principal, language=language)
        return [tile for tile, _is_recent in found]

    return _standing(customer_id, definition, _answers(customer_id, definition, principal, remember), language, now)


def _answers(customer_id: UUID, definition: Definition, principal: Principal, ask: Ask) -> _Answers:
    answers, may_ask = _Answers(), []
    for key in definition.views:
        try:
            access_views(principal, customer_id, [key])
        except FirstlineError as refused:
            answers.missing[key] = refused.message
        except DefinitionProblems:
            # A contact is finished all the same; whoever mends the definitions is told elsewhere.
            answers.missing[key] = _("The definitions of the systems have mistakes.")
        else:
            may_ask.append(key)
    for tile in ask(may_ask) if may_ask else ():
        answers.tiles[tile.view] = tile
        if tile.read_at is None:
            unasked = _("%(source)s wasn't asked about them so far.") % {"source": tile.source_label}
            # A tile that was never read says that nothing is there, unless the asking went wrong.
            answers.missing[tile.view] = tile.sentence if tile.state in ("late", "failed") else unasked
    return answers


def _standing(customer_id: UUID, definition: Definition, answers: _Answers, language: str, now: datetime) -> Standing:
    facts = {
        name: Known(name=name, label=str(OWN_FACTS[name][0]), unit=OWN_FACTS[name][1], value=value)
        for name, value in own.own_facts(customer_id, complaints=definition.complaints, now=now).items()
    }
    found = tuple(
        (tile, tuple(contracts.contracts_in(tile, one, products=definition.products, language=language)))
        for one in definition.contracts
        if (tile := answers.tiles.get(one.view)) is not None
    )
    facts[CONTRACTS] = _contract_fact(definition, answers, found)
    for fact in definition.facts:
        label = in_language(fact.label, language)
        known = _of_view(fact, label, answers, now) if fact.view else _of_answer(fact, label, customer_id)
        facts[fact.name] = known
    return Standing(facts=facts, contracts=found, at=now)


def _of_view(fact: Fact, label: str, answers: _Answers, now: datetime) -> Known:
    missing, tile = answers.missing.get(fact.view, ""), answers.tiles.get(fact.view)
    if missing or tile is None or fact.value is None:
        return Known(name=fact.name, label=label, unit=fact.unit, missing=missing or _("It isn't known."))
    rows = [{cell.name: plain(cell.value) for cell in row} for row in tile.rows]
    return Known(
        name=fact.name,
        label=label,
        unit=fact.unit,
        value=fact.value.evaluate({"rows": rows}, now=now).value,
        source=tile.source_label,
        read_at=tile.read_at,
        is_last_known=tile.is_last_known,
    )


def _of_answer(fact: Fact, label: str, customer_id: UUID) -> Known:
    """Look into the last case that was closed for one of the reasons; there may have been none."""
    closed = Case.objects.filter(
        customer_id__in=customer_queries.same_as(customer_id),
        reason_key__in=fact.reasons,
        state=Case.State.CLOSED,
        instance_id__isnull=False,
    )
    last = closed.order_by("-closed_at").first()
    if last is None or last.instance_id is None:
        return Known(name=fact.name, label=label, unit=fact.unit)
    return Known(
        name=fact.name,
        label=label,
        unit=fact.unit,
        value=process_queries.variables_of_instance(last.instance_id).get(fact.answer),
        source=last.number,
        read_at=last.closed_at,
    )


def _contract_fact(definition: Definition, answers: _Answers, found: Found) -> Known:
    label = str(CONTRACTS_LABEL)
    missing = [answers.missing[one.view] for one in definition.contracts if one.view in answers.missing]
    if missing or not definition.contracts:
        why = missing[0] if missing else _("No contracts are defined for this brand.")
        return Known(name=CONTRACTS, label=label, unit="text", missing=why)
    return Known(
        name=CONTRACTS,
        label=label,
        unit="text",
        value=[one.as_context() for _tile, these in found for one in these],
        source=", ".join(dict.fromkeys(tile.source_label for tile, _these in found)),
        read_at=min((tile.read_at for tile, _these in found if tile.read_at), default=None),
        is_last_known=any(tile.is_last_known for tile, _these in found),
    )
