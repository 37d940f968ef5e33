"""Files of customers on screen: the list, which column is what, how far it is, what was left out."""

import csv
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from firstline.accounts.models import Brand
from firstline.accounts.principals import Principal
from firstline.customers import access, actions, consent, queries
from firstline.customers.models import CustomerImport
from firstline.customers.reader import FIELDS, CannotImport, Problem
from firstline.customers.web import words
from firstline.errors import FirstlineError
from firstline.files.rules import safe_name
from firstline.ui.language import page_language
from firstline.ui.paging import page_of, read_key
from firstline.ui.templatetags.ui import in_language

PAGE_SIZE = 50
PROBLEMS_SHOWN = 50
Phase = CustomerImport.Phase
RUNNING = frozenset({Phase.UNFOLDING, Phase.CHECKING, Phase.IMPORTING, Phase.COMPARING})
MAPPED = frozenset({Phase.DRAFT, Phase.CHECKED, Phase.BROKEN})


@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """List the files that were taken in, the newest first, and take another one."""
    principal = access.access_importing(request)
    if request.method == "GET":
        return _list(request, principal)
    sent = request.FILES.get("file")
    brand = Brand.objects.filter(key=request.POST.get("brand", ""), key__in=principal.brands).first()
    try:
        if sent is None or brand is None:
            raise CannotImport(_("Choose a file, and the brand whose customers they will be."))
        made = actions.upload(data=sent.read(), name=sent.name or "", brand=brand, principal=principal)
    except FirstlineError as error:
        return _list(request, principal, problem=error.message, status=error.status)
    return HttpResponseRedirect(reverse("customers:import", args=[made]))


@require_GET
def show(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show an import: which column is what, how far it is, what can't be taken in and why."""
    return _page(request, access.access_import(access.access_importing(request), import_id))


@require_GET
def state(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show how far an import is, to the page that asks again and again; in the end the page is shown anew."""
    found = access.access_import(access.access_importing(request), import_id)
    if found.phase not in RUNNING:
        return HttpResponse(headers={"HX-Redirect": reverse("customers:import", args=[found.id])})
    return render(request, "customers/parts/import.html", _state(found))


@require_POST
def check(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Keep what was chosen for the columns, and try the file."""
    found = access.access_import(access.access_importing(request), import_id)
    chosen = {
        heading: field
        for place, heading in enumerate(found.headings)
        if (field := request.POST.get(f"column-{place}", ""))
    }
    try:
        _refuse_twice(list(chosen.values()), brand=found.brand.key)
        actions.choose_mapping(import_id=found.id, mapping=chosen)
        actions.start_check(import_id=found.id)
    except CannotImport as error:
        found.mapping = chosen
        return _page(request, found, problem=error.message, status=error.status)
    return _back(found)


@require_POST
def start(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Take in what can be taken in, or go on."""
    principal = access.access_importing(request)
    found = access.access_import(principal, import_id)
    actions.start_import(import_id=found.id, principal=principal)
    return _back(found)


@require_POST
def stop(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Stop what is under way."""
    principal = access.access_importing(request)
    found = access.access_import(principal, import_id)
    actions.stop_import(import_id=found.id, principal=principal)
    messages.success(request, _("Stopped. What was taken in stays."))
    return _back(found)


@require_GET
def problems(request: HttpRequest, import_id: UUID) -> StreamingHttpResponse:
    """Give what is wrong with which row as a table."""
    found = access.access_import(access.access_importing(request), import_id)
    lines = _lines(actions.problems_of(found), page_language(), brand=found.brand.key)
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = safe_name(f"{found.name.rpartition('.')[0]}-problems.csv").replace('"', "")
    answer["Content-Disposition"] = f'attachment; filename="{name.encode("ascii", "replace").decode()}"'
    return answer


def _refuse_twice(fields: list[str], *, brand: str) -> None:
    """Say in the words of the page what would be refused in those of the file."""
    names = _names(brand)
    twice = sorted({str(names.get(one, one)) for one in fields if fields.count(one) > 1})
    if twice:
        raise CannotImport(_("Two columns can't both be %(names)s.") % {"names": ", ".join(twice)})


class _Line:
    """What `csv` writes to: it gives each line back."""

    def write(self, line: str) -> str:
        return line


def _names(brand: str) -> dict[str, Any]:
    """Say what the fields are called on the page, those of a brand's consents too."""
    return {**words.FIELDS, **dict(_consent_fields(brand))}


def _lines(found: list[Problem], language: str, *, brand: str) -> Iterator[str]:
    writer = csv.writer(_Line())
    with override(language):
        names = _names(brand)
        yield "\ufeff" + writer.writerow([_("Row"), _("Field"), _("What is wrong")])
        for one in found:
            yield writer.writerow([one.row, str(names.get(one.column, one.column)), _(one.message)])


def _back(found: CustomerImport) -> HttpResponse:
    return HttpResponseRedirect(reverse("customers:import", args=[found.id]))


def _list(request: HttpRequest, principal: Principal, *, problem: str = "", status: int = 200) -> HttpResponse:
    found = queries.imports(principal, before=read_key(request.GET.get("after", "")), limit=PAGE_SIZE + 1)
    page = page_of(found, size=PAGE_SIZE, key=lambda row: (row.started_at, row.id))
    brands = Brand.objects.filter(key__in=principal.brands).order_by("key")
    context = {
        "rows": [{"row": row, "phase": words.PHASES[row.phase], "tone": words.TONES[row.phase]} for row in page.rows],
        "next": page.next,
        "brands": [{"key": one.key, "name": one.name(page_language())} for one in brands],
        "max_mb": actions.MAX_UPLOAD // 2**20,
        "problem": problem,
    }
    return render(request, "customers/imports.html", context, status=status)


def _page(request: HttpRequest, found: CustomerImport, *, problem: str = "", status: int = 200) -> HttpResponse:
    columns = [
        {
            "heading": heading,
            "place": place,
            "field": found.mapping.get(heading, ""),
            "sample": [row[place] for row in found.sample if place < len(row) and row[place]],
        }
        for place, heading in enumerate(found.headings)
    ]
    context = {
        "columns": columns,
        "fields": [*((field, words.FIELDS[field]) for field in FIELDS), *_consent_fields(found.brand.key)],
        # An Excel file that can't be read has none.
        "may_map": found.phase in MAPPED and bool(found.headings),
        "problem": problem,
    }
    return render(request, "customers/import.html", context | _state(found), status=status)


def _consent_fields(brand: str) -> list[tuple[str, str]]:
    """List what a column may say about being contacted: each purpose of the brand on each of its channels."""
    return [
        (
            consent.field_for(one.key, channel),
            _("Consent: %(purpose)s, %(channel)s")
            % {"purpose": in_language(one.label), "channel": consent.CHANNELS[channel]},
        )
        for one in queries.purposes_of(brand)
        for channel in one.channels
    ]


def _state(found: CustomerImport) -> dict[str, Any]:
    names = _names(found.brand.key)
    return {
        "known": found,
        "phase": words.PHASES[found.phase],
        "tone": words.TONES[found.phase],
        "is_running": found.phase in RUNNING,
        # The workers write it in English.
        "message": _(found.message) if found.message else "",
        "percent": int(100 * actions.share_done(found)),
        "problems": [
            {"row": one.row, "field": names.get(one.column, one.column), "message": _(one.message)}
            for one in queries.first_problems(found, limit=PROBLEMS_SHOWN)
        ],
    }
