"""A variable changed: what it is, what it becomes, side by side before anything is written."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from firstline import clock
from firstline.decisions.forms import written
from firstline.errors import FirstlineError
from firstline.operations import access, actions, texts
from firstline.operations.queries import details, instances
from firstline.operations.rules import MAX_REASON, read_value
from firstline.operations.web.instances import title_of
from firstline.processes.actions import Refused

MAX_NAME = 200


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, instance_id: UUID) -> HttpResponse:
    """Show a variable's form; on POST its difference, and when that is confirmed, change it."""
    principal = access.access_operations(request)
    found = access.access_instance(principal, instance_id)
    sent = request.POST if request.method == "POST" else request.GET
    name = sent.get("name", "").replace("\x00", "").strip()[:MAX_NAME]
    scope_id = instances.as_uuid(sent.get("scope", "")) or found.id
    row = details.variable(found, scope_id=scope_id, name=name) if name else None
    text = sent.get("value", row.text if row else "")
    context = {
        "one": found,
        "title": title_of(found),
        "row": row,
        "name": name,
        "scope_id": scope_id,
        "is_new": row is None,
        "value": text,
        "seen": row.mark if row else "",
        "reason": sent.get("reason", ""),
        "max_reason": MAX_REASON,
    }
    if request.method == "GET":
        return render(request, "operations/variable.html", context)
    try:
        if not name:
            raise FirstlineError(_("Write the name of the variable."), status=422)  # noqa: TRY301 -- one place answers
        value = read_value(text, now=clock.now())
        if "confirmed" in sent:
            actions.change_variable(
                principal=principal,
                instance_id=found.id,
                scope_id=scope_id,
                name=name,
                value=value,
                seen=sent.get("seen", ""),
                reason=sent.get("reason", ""),
            )
            messages.success(request, _("“%(name)s” is changed.") % {"name": name}, extra_tags="good")
            return redirect("operations:instance", found.id)
    except Refused as refused:
        said = texts.refused(str(refused.fields.get("reason", "")), refused.message)
        return render(request, "operations/variable.html", {**context, "error": said}, status=refused.status)
    except FirstlineError as error:
        return render(request, "operations/variable.html", {**context, "error": error.message}, status=error.status)
    return render(request, "operations/variable.html", {**context, "after": written(value)})
