"""The audit trail: who did what with rights and running processes, and whether anybody meddled with it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from firstline.audit import queries as audit
from firstline.operations import access, texts

PAGE_SIZE = 50
MAX_QUESTION = 200


@require_GET
def trail(request: HttpRequest) -> HttpResponse:
    """List what was done, newest first; `q` is a name or the id of a thing, `before` the number where the last page ended."""
    access.access_trail(request)
    text = request.GET.get("q", "")[:MAX_QUESTION].strip()
    before = request.GET.get("before", "")
    found = audit.entries(
        text=text,
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
        limit=PAGE_SIZE + 1,
    )
    context = {
        "rows": [{"one": one, "action": texts.act(one.action)} for one in found[:PAGE_SIZE]],
        "next": found[PAGE_SIZE - 1].number if len(found) > PAGE_SIZE else "",
        "q": text,
    }
    return render(request, "operations/trail.html", context)


@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """Walk the whole chain, and say whether it holds."""
    access.access_trail(request)
    broken = audit.first_broken()
    if broken is None:
        messages.success(request, _("Every entry is as it was written, and none is missing."), extra_tags="good")
    else:
        said = _(
            "Entry %(number)s isn't as it was written, or one before it is missing. Keep the database as it is now, compare it with a backup, and find out who had access to it."
        )
        messages.error(request, said % {"number": broken}, extra_tags="bad")
    return redirect("operations:trail")
