"""Two who may be one: the list, side by side, the merge, and its undoing."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline import clock
from firstline.customers import access, actions
from firstline.customers.models import Duplicate
from firstline.customers.queries import merging
from firstline.customers.web import words
from firstline.ui.paging import page_of, read_key

PAGE_SIZE = 50


@require_GET
def duplicates(request: HttpRequest) -> HttpResponse:
    """List who may be in twice."""
    principal = access.access_merging(request)
    rows = merging.open_duplicates(principal)
    return render(
        request, "customers/duplicates.html", {"rows": [{"row": one, "percent": one.probability * 100} for one in rows]}
    )


@require_GET
def duplicate(request: HttpRequest, duplicate_id: UUID) -> HttpResponse:
    """Show both beside each other, why they may be one, and what would be after a merge."""
    principal = access.access_merging(request)
    found = access.access_duplicate(principal, duplicate_id)
    return render(
        request, "customers/duplicate.html", _comparison(found, is_turned=request.GET.get("survivor") == "right")
    )


@require_POST
def merge(request: HttpRequest, duplicate_id: UUID) -> HttpResponse:
    """Let one live on as the other."""
    principal = access.access_merging(request)
    found = access.access_duplicate(principal, duplicate_id)
    is_turned = request.POST.get("survivor") == "right"
    survivor, merged = (found.right_id, found.left_id) if is_turned else (found.left_id, found.right_id)
    actions.merge_customers(
        survivor_id=survivor,
        merged_id=merged,
        reason=request.POST.get("reason", ""),
        duplicate_id=found.id,
        principal=principal,
        now=clock.now(),
    )
    messages.success(request, _("They are one customer now. It can be undone here at any time."))
    return HttpResponseRedirect(reverse("customers:merges"))


@require_POST
def keep_apart(request: HttpRequest, duplicate_id: UUID) -> HttpResponse:
    """Say that they are two."""
    principal = access.access_merging(request)
    found = access.access_duplicate(principal, duplicate_id)
    actions.keep_apart(duplicate_id=found.id, principal=principal, now=clock.now())
    messages.success(request, _("They stay two customers and aren't listed again."))
    return HttpResponseRedirect(reverse("customers:duplicates"))


@require_GET
def merges(request: HttpRequest) -> HttpResponse:
    """List the merges, each with its undoing."""
    principal = access.access_merging(request)
    found = merging.merges(principal, before=read_key(request.GET.get("after", "")), limit=PAGE_SIZE + 1)
    page = page_of(found, size=PAGE_SIZE, key=lambda row: (row.at, row.id))
    return render(request, "customers/merges.html", {"rows": page.rows, "next": page.next})


@require_POST
def undo(request: HttpRequest, merge_id: UUID) -> HttpResponse:
    """Part two customers again."""
    principal = access.access_merging(request)
    found = access.access_merge(principal, merge_id)
    actions.undo_merge(merge_id=found.id, reason=request.POST.get("reason", ""), principal=principal, now=clock.now())
    messages.success(request, _("They are two customers again, each with what was theirs and what came since."))
    return HttpResponseRedirect(reverse("customers:merges"))


def _comparison(found: Duplicate, *, is_turned: bool) -> dict[str, Any]:
    left, right = merging.side(found.left), merging.side(found.right)
    survivor, merged = (right, left) if is_turned else (left, right)
    after = merging.combined(survivor, merged)
    tables = sorted({*left.references, *right.references})
    return {
        "duplicate": found,
        "percent": found.probability * 100,
        "is_open": found.state == Duplicate.State.OPEN,
        "is_turned": is_turned,
        "sides": [left, right],
        "left": left,
        "right": right,
        "survivor": survivor,
        "rows": [
            {
                "label": words.FIELDS[name],
                "left": _shown(name, left.values[name]),
                "right": _shown(name, right.values[name]),
                "after": _shown(name, after[name]),
            }
            for name in after
        ],
        "references": [
            {
                "label": words.TABLES.get(name, name),
                "left": left.references.get(name, 0),
                "right": right.references.get(name, 0),
            }
            for name in tables
        ],
        "reasons": words.reasons(found.evidence),
    }


def _shown(name: str, value: Any) -> Any:
    return words.KINDS.get(value, value) if name == "kind" else value
