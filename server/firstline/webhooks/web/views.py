"""Which programs are told what, whether it reached them, and sending it again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from firstline.accounts.models import Brand
from firstline.errors import Conflict
from firstline.ui.paging import page_of, read_key
from firstline.webhooks import access, actions, queries, rules
from firstline.webhooks.models import Notice

PAGE_SIZE = 50
TYPES = {
    "case.opened": gettext_lazy("a case was opened"),
    "case.closed": gettext_lazy("a case was closed"),
    "promise.made": gettext_lazy("a customer was promised something"),
    "contact.opened": gettext_lazy("a customer made contact"),
    "contact.finished": gettext_lazy("a contact is over"),
    "step.created": gettext_lazy("a step waits for somebody"),
    "step.completed": gettext_lazy("a step was done"),
    "step.cancelled": gettext_lazy("a step isn't needed any more"),
    "change.confirmed": gettext_lazy("a change stands in a back-office system"),
    "change.stopped": gettext_lazy("a change can't be made"),
    "customer.stage-changed": gettext_lazy("a relationship entered another stage"),
}
STATES = {
    Notice.State.WAITING: pgettext_lazy("event", "on its way"),
    Notice.State.DELIVERED: pgettext_lazy("event", "delivered"),
    Notice.State.DEAD: pgettext_lazy("event", "not delivered"),
}
TONES = {"waiting": "accent", "delivered": "good", "dead": "bad"}


@require_http_methods(["GET", "POST"])
def listing(request: HttpRequest) -> HttpResponse:
    """List the endpoints; on POST, make one, and show its secret this once."""
    principal = access.access_webhooks(request)
    context: dict[str, object] = {"name": "", "url": "", "chosen": [], "brand": ""}
    status = 200
    if request.method == "POST":
        name, url = request.POST.get("name", ""), request.POST.get("url", "")
        chosen, brand = request.POST.getlist("types"), request.POST.get("brand", "")
        try:
            _id, made = actions.make_endpoint(principal=principal, name=name, url=url, types=chosen, brand_key=brand)
        except actions.BadEndpoint as refused:
            context = {"name": name, "url": url, "chosen": chosen, "brand": brand, "wrong": refused.message}
            status = refused.status
        else:
            context |= {"made": made, "made_name": name}
    context |= {
        "rows": queries.endpoints(),
        "types": [(key, TYPES[key]) for key in rules.TYPES],
        "brands": Brand.objects.order_by("key").values_list("key", flat=True),
    }
    return render(request, "webhooks/list.html", context, status=status)


@require_GET
def endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Show what an endpoint was told."""
    return _page(request, endpoint_id)


@require_POST
def renew(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Sign with another secret from now on, and show it this once."""
    principal = access.access_webhooks(request)
    try:
        return _page(request, endpoint_id, made=actions.renew_secret(principal=principal, endpoint_id=endpoint_id))
    except Conflict as refused:
        return _back(request, endpoint_id, refused)


@require_POST
def end(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Tell this program nothing any more."""
    principal = access.access_webhooks(request)
    try:
        actions.end_endpoint(principal=principal, endpoint_id=endpoint_id)
    except Conflict as refused:
        return _back(request, endpoint_id, refused)
    return redirect("webhooks:list")


@require_POST
def again(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Send again what couldn't be delivered: one, or all."""
    principal = access.access_webhooks(request)
    try:
        chosen = UUID(request.POST["notice"]) if request.POST.get("notice") else None
        number = actions.send_again(principal=principal, endpoint_id=endpoint_id, notice_id=chosen)
    except Conflict as refused:
        return _back(request, endpoint_id, refused)
    except ValueError:
        number = 0
    said = ngettext("%(number)d event is sent again.", "%(number)d events are sent again.", number)
    messages.info(request, said % {"number": number})
    return redirect("webhooks:endpoint", endpoint_id)


def _back(request: HttpRequest, endpoint_id: UUID, refused: Conflict) -> HttpResponse:
    messages.error(request, refused.message, extra_tags="bad")
    return redirect("webhooks:endpoint", endpoint_id)


def _page(request: HttpRequest, endpoint_id: UUID, *, made: str = "") -> HttpResponse:
    principal = access.access_webhooks(request)
    found = access.access_endpoint(principal, endpoint_id)
    state = request.GET.get("state", "")
    state = state if state in Notice.State.values else ""
    rows = queries.notices(
        endpoint_id=found.id, state=state, before=read_key(request.GET.get("after", "")), limit=PAGE_SIZE + 1
    )
    page = page_of(rows, size=PAGE_SIZE, key=lambda row: (row.at, row.id))
    context = {
        "one": found,
        "made": made,
        "types": [TYPES.get(kind, kind) for kind in found.types],
        "rows": [_row(row) for row in page.rows],
        "next": page.next,
        "state": state,
        "states": [(key.value, words) for key, words in STATES.items()],
        "title": _("What was told to %(name)s") % {"name": found.name},
    }
    return render(request, "webhooks/endpoint.html", context)


def _row(row: Notice) -> dict[str, object]:
    return {
        "one": row,
        "words": TYPES.get(row.type, row.type),
        "state": STATES[Notice.State(row.state)],
        "tone": TONES[row.state],
        # Kept as our own English words, or as a status.
        "answer": _(row.last_answer) if row.last_answer else "",
    }
