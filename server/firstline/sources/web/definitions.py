"""The systems and their definitions: how each answers, what is asked of it, trying it, and writing a definition."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.accounts.queries import default_brand
from firstline.audit import actions as audit
from firstline.customers.rules import CUSTOMER_NUMBER, EMAIL, PHONE, normalise
from firstline.definitions import Problem
from firstline.errors import Conflict
from firstline.sources import access, catalogue, defining
from firstline.sources.catalogue import SourcePage, Tried
from firstline.sources.connectors.table import CONNECTORS
from firstline.sources.defining import CannotDefine, DefinedElsewhere
from firstline.sources.rules.definitions import Source
from firstline.ui.language import page_language

KINDS = (EMAIL, PHONE, CUSTOMER_NUMBER)
MAX_VALUE = 200
# What a new definition begins with; every line of it is explained in docs/sources.md.
SKELETON = """\
key: shop
label: {en: Shop, de: Laden, nl: Winkel}
connector: sql
connection:
  url: {file: shop.url}
customer:
  - kind: email
    spelling: lower
    find: {sql: "SELECT id FROM customer WHERE lower(email) = :value"}
    field: id
views:
  orders:
    label: {en: Orders, de: Bestellungen, nl: Bestellingen}
    tile: table
    read: {sql: "SELECT number, total FROM orders WHERE customer_id = :customer"}
    fields:
      - {name: number, label: {en: Order, de: Bestellung, nl: Bestelling}}
      - {name: total, label: {en: Total, de: Summe, nl: Totaal}, type: money}
"""


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List all systems, and how each looks from this process."""
    access.access_sources(request)
    context = {
        "rows": catalogue.source_rows(page_language()),
        "withdrawn": catalogue.withdrawn(),
        "now": clock.now(),
        "may_write": _may_write(),
    }
    return render(request, "sources/systems.html", context)


@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """Begin a definition."""
    access.access_sources(request)
    return _editor(request, None, text=SKELETON)


@require_GET
def page(request: HttpRequest, key: str) -> HttpResponse:
    """Show one system; `version` shows an earlier text of its definition, to be saved again."""
    access.access_sources(request)
    found = _found(key)
    wanted = request.GET.get("version", "")
    text = next((one.text for one in found.versions if str(one.number) == wanted), found.text)
    return _editor(request, found, text=text)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Store a new version, or say everything that is wrong with it."""
    principal = access.access_sources(request)
    text, key = request.POST.get("text", ""), request.POST.get("source", "")
    found = _found(key) if key else None
    try:
        made = defining.save(principal=principal, text=text, source=key, based_on=_number(request, "based_on"))
    except CannotDefine as wrong:
        return _editor(request, found, text=text, problems=wrong.problems, status=422)
    except (DefinedElsewhere, Conflict) as refused:
        messages.error(request, refused.message, extra_tags="bad")
        return _editor(request, found, text=text, status=409)
    messages.success(
        request, _("Version %(number)s is in use in a few seconds.") % {"number": made.number}, extra_tags="good"
    )
    return redirect("sources:system", key=made.source)


@require_POST
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    """Take a system out of use."""
    principal = access.access_sources(request)
    try:
        defining.withdraw(principal=principal, source=_found(key).key, based_on=_number(request, "based_on"))
    except (DefinedElsewhere, Conflict) as refused:
        messages.error(request, refused.message, extra_tags="bad")
        return redirect("sources:system", key=key)
    messages.success(request, _("It is out of use. Its versions stay; save one again to use it."), extra_tags="good")
    return redirect("sources:systems")


@require_POST
def try_view(request: HttpRequest) -> HttpResponse:
    """Ask a view of what stands in the editor, saved or not, for one customer; the trail keeps who did."""
    principal = access.access_sources(request)
    key, text = request.POST.get("source", ""), request.POST.get("text", "")
    found = _found(key) if key else None
    is_draft = found is None or found.source is None or text.replace("\r\n", "\n").strip() != found.text.strip()
    try:
        source = defining.check(text) if is_draft else found.source  # type: ignore[union-attr]  # is_draft says so
    except CannotDefine as wrong:
        return _editor(request, found, text=text, problems=wrong.problems, status=422)
    assert source is not None
    name = request.POST.get("view", "") or next(iter(source.views), "")
    view = source.views.get(name)
    if view is None:
        messages.error(request, _("There is no view '%(key)s' in this definition.") % {"key": name}, extra_tags="bad")
        return _editor(request, found, text=text, status=422)
    audit.record(
        actor_id=principal.id,
        actor=principal.name,
        action="source.tried",
        about=view.key,
        data={"kind": _kind(request, source), "draft": is_draft},
    )
    tried = catalogue.try_view(
        source=source,
        view=view,
        kind=_kind(request, source),
        value=_value(request, source),
        language=page_language(),
        is_draft=is_draft,
    )
    # How it answers is known better now.
    return _editor(request, _found(key) if key else None, text=text, tried=tried)


def _editor(
    request: HttpRequest,
    found: SourcePage | None,
    *,
    text: str,
    problems: Sequence[Problem] | None = None,
    tried: Tried | None = None,
    status: int = 200,
) -> HttpResponse:
    lines = text.replace("\r\n", "\n").split("\n")
    context: dict[str, Any] = {
        "found": found,
        "text": text,
        "problems": [
            (one, lines[one.line - 1].strip() if 0 < one.line <= len(lines) else "")
            for one in (found.problems if problems is None and found and text == found.text else problems or ())
        ],
        "is_kept": problems is None,
        "tried": tried,
        "sent": {name: request.POST.get(name, "")[:MAX_VALUE] for name in ("view", "kind", "value")},
        "kinds": _kinds(found),
        "connectors": ", ".join(CONNECTORS),
        "may_write": _may_write() and not (found and found.file),
        "screens_are_off": not _may_write(),
        "longest": defining.MAX_TEXT,
        "longest_value": MAX_VALUE,
        "now": clock.now(),
    }
    return render(request, "sources/system.html", context, status=status)


def _found(key: str) -> SourcePage:
    found = catalogue.source_page(key, page_language())
    if found is None:
        raise Http404
    return found


def _may_write() -> bool:
    return settings.FIRSTLINE_SOURCES_LOOK_SECONDS is not None


def _kinds(found: SourcePage | None) -> list[str]:
    """List what a customer may be known by, beginning with what the definition looks for."""
    ways = [way.kind for way in found.source.customer] if found and found.source else []
    return list(dict.fromkeys([*ways, *KINDS, *([f"source:{found.key}"] if found else [])]))


def _kind(request: HttpRequest, source: Source) -> str:
    kind = request.POST.get("kind", "")
    return kind if kind in KINDS else f"source:{source.key}"


def _value(request: HttpRequest, source: Source) -> str:
    """Spell what was typed in as customers' identifiers are kept: a view is asked with nothing else."""
    typed = request.POST.get("value", "")[:MAX_VALUE]
    return normalise(_kind(request, source), typed, country=default_brand().country)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 9 else 0
