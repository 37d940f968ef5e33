"""By what cases are found."""

from collections.abc import Iterable, Iterator

from firstline.cases.models import Case
from firstline.procedures import queries as procedure_queries
from firstline.search import actions as search
from firstline.search.ports import Found

KIND = "case"


def note(case: Case) -> None:
    """Write down by what a case is found."""
    search.note(*found_of([case]))


def found_of(cases: Iterable[Case]) -> list[Found]:
    """Say by what cases are found: number, reason in every language, customer, what was written about them."""
    names = procedure_queries.reason_texts()
    return [
        Found(
            kind=KIND,
            subject_id=one.id,
            brand=one.brand.key,
            at=one.opened_at,
            names=" ".join((*names.get(one.reason_key, ()), one.customer.name if one.customer else "")),
            text="\n".join(filter(None, (one.subject, *(note.text for note in one.notes.all())))),
            language=one.language,
            numbers=(one.number, *((one.customer.number,) if one.customer else ())),
        )
        for one in cases
    ]


def feed(*, size: int) -> Iterator[list[Found]]:
    """Give all cases."""
    everything = Case.objects.select_related("brand", "customer").prefetch_related("notes").order_by("id")
    batch = list(everything[:size])
    while batch:
        yield found_of(batch)
        batch = list(everything.filter(id__gt=batch[-1].id)[:size])
