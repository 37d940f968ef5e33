"""One search from everywhere: what is found, by kind, with what was looked for marked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from firstline import clock
from firstline.accounts.principals import EVERY_ROLE, Principal
from firstline.cases import queries as case_queries
from firstline.cases.searching import KIND as CASE
from firstline.contacts import queries as contact_queries
from firstline.contacts.access import WORKING_ROLES
from firstline.contacts.searching import DOCUMENT
from firstline.contacts.searching import KIND as CONTACT
from firstline.customers import queries as customer_queries
from firstline.customers.access import READERS
from firstline.customers.searching import KIND as CUSTOMER
from firstline.desktop.templatetags.desktop import channel_name, day
from firstline.search import queries
from firstline.search.queries import Asked, Hit, Key
from firstline.search.rules import Piece
from firstline.ui.paging import read_key, write_key

LEAST = 2  # letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is shown of something: a title, what else helps to tell it from others, and where it leads."""

    title: str
    detail: str
    url: str
    icon: str = ""


Describe = Callable[[list[UUID], Principal, str], dict[UUID, Line]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of thing that is found, and who may find it; of whose brands they are the index knows."""

    key: str
    label: Any
    icon: str
    roles: tuple[str, ...]
    describe: Describe


def _customers(ids: list[UUID], _principal: Principal, _language: str) -> dict[UUID, Line]:
    return {
        asked: Line(
            title=card.name,
            detail=" · ".join(filter(None, (card.number, card.address, card.email, card.phone))),
            url=reverse("customers:customer", args=[card.id]),
        )
        for asked, card in customer_queries.cards_by_id(ids).items()
    }


def _cases(ids: list[UUID], _principal: Principal, language: str) -> dict[UUID, Line]:
    rows = case_queries.case_rows(ids, language=language, now=clock.now())
    return {
        one.id: Line(
            title=one.reason,
            detail=" · ".join(filter(None, (one.number, one.customer, day(one.opened_at)))),
            url=reverse("cases:case", args=[one.id]),
        )
        for one in rows
    }


def _contacts(ids: list[UUID], principal: Principal, language: str) -> dict[UUID, Line]:
    page = "desktop:desk" if principal.is_any(WORKING_ROLES) else "contacts:contact"
    return {
        one.id: Line(
            title=one.subject or ", ".join(one.reasons) or channel_name(one.channel),
            detail=" · ".join(filter(None, (one.number, one.customer or one.speaker, day(one.received_at)))),
            url=reverse(page, args=[one.id]),
            icon=one.channel,
        )
        for one in contact_queries.contact_rows(ids, language=language)
    }


def _documents(ids: list[UUID], _principal: Principal, _language: str) -> dict[UUID, Line]:
    return {
        one.id: Line(
            title=one.name,
            detail=" · ".join(filter(None, (one.contact_number, one.who, day(one.received_at)))),
            url=reverse("contacts:contact", args=[one.contact_id]),
        )
        for one in contact_queries.documents(ids)
    }


KINDS = (
    Kind(key=CUSTOMER, label=gettext_lazy("Customers"), icon="person", roles=READERS, describe=_customers),
    Kind(key=CASE, label=gettext_lazy("Cases"), icon="cases", roles=EVERY_ROLE, describe=_cases),
    Kind(key=CONTACT, label=gettext_lazy("Contacts"), icon="contacts", roles=EVERY_ROLE, describe=_contacts),
    Kind(key=DOCUMENT, label=gettext_lazy("Documents"), icon="form", roles=EVERY_ROLE, describe=_documents),
)
# How well it fits, in words; what fits exactly needs none.
FITS = {1: "", 2: gettext_lazy("spelled alike")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A thing that was found, ready to be shown."""

    url: str
    icon: str
    title: tuple[Piece, ...]
    detail: tuple[Piece, ...]
    excerpt: tuple[Piece, ...]
    fits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What was found of one kind; `next` leads to the page after this one, where there is more."""

    key: str
    label: str
    icon: str
    rows: tuple[Found, ...]
    next: str


def kinds_for(principal: Principal) -> list[Kind]:
    """List what this member of staff may find."""
    return [one for one in KINDS if principal.kind == "staff" and principal.is_any(one.roles)]


def found_everywhere(
    *, principal: Principal, text: str, language: str, limit: int, kind: str = "", after: str = ""
) -> list[Group]:
    """Find what fits, `limit` of each kind, or of one kind from where the page before ended; best first."""
    if len(text.strip()) < LEAST:
        return []
    kinds = [one for one in kinds_for(principal) if kind in {"", one.key}]
    question = queries.asked(text)
    hits = queries.find(
        question,
        kinds=[one.key for one in kinds],
        brands=principal.brands,
        limit=limit + 1,
        after=read_place(after) if kind else None,
    )
    groups = (_group(one, hits[one.key], question, principal, language, limit, text) for one in kinds if hits[one.key])
    return [one for one in groups if one.rows]


def _group(
    kind: Kind, hits: list[Hit], question: Asked, principal: Principal, language: str, limit: int, text: str
) -> Group:
    shown = hits[:limit]
    lines = kind.describe([one.subject_id for one in shown], principal, language)
    rows: dict[str, Found] = {}
    for hit in shown:
        # What has gone since is found no longer; who was merged leads where their survivor leads.
        if (line := lines.get(hit.subject_id)) is not None:
            rows.setdefault(line.url, _found(hit, line, kind, question))
    more = {"q": text.strip(), "kind": kind.key, "after": write_place(shown[-1].key)}
    return Group(
        key=kind.key,
        label=str(kind.label),
        icon=kind.icon,
        rows=tuple(rows.values()),
        next=f"{reverse('desktop:search')}?{urlencode(more)}" if len(hits) > limit else "",
    )


def _found(hit: Hit, line: Line, kind: Kind, question: Asked) -> Found:
    excerpt = hit.excerpt if hit.excerpt not in f"{line.title} {line.detail}" else ""
    return Found(
        url=line.url,
        icon=line.icon or kind.icon,
        title=question.marked(line.title),
        detail=question.marked(line.detail),
        excerpt=question.marked(excerpt),
        fits=str(FITS.get(hit.level, "")),
    )


def write_place(key: Key) -> str:
    """Write where a page ended, for an address."""
    return f"{key[0]}.{write_key(key[1:])}"


def read_place(text: str) -> Key | None:
    """Read where the page before ended; None is the beginning, also for what nobody here wrote."""
    level, _dot, rest = text.partition(".")
    key: tuple[datetime, UUID] | None = read_key(rest)
    return (int(level), *key) if key is not None and level in {"0", "1", "2"} else None


def words_for(groups: list[Group]) -> str:
    """Say how much was found, for those who don't see it."""
    count = sum(len(one.rows) for one in groups)
    return _("%(count)d found") % {"count": count} if count else _("Nothing was found.")
