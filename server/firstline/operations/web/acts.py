"""What operators do to an instance or a token: a page that says what will happen and asks why, then the deed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from firstline.accounts.principals import Principal
from firstline.operations import access, actions, texts
from firstline.operations.queries import instances
from firstline.operations.rules import MAX_REASON, NoReason
from firstline.operations.web.instances import title_of
from firstline.processes.actions import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that can be done."""

    title: str | Promise
    # What will happen.
    help: str | Promise
    done: str | Promise
    do: Callable[..., None]
    # Of which of the form's fields the action wants: token, target, flow.
    wants: tuple[str, ...] = ()
    is_grave: bool = False


ACTS = {
    "suspend": Act(
        title=_("Suspend the instance"),
        help=_(
            "Nothing happens to it until it is resumed, nor to the processes that it has called: people's steps can't be completed, jobs aren't begun. What comes meanwhile waits, and comes then in its order."
        ),
        done=_("The instance is suspended."),
        do=actions.suspend_instance,
    ),
    "resume": Act(
        title=_("Resume the instance"),
        help=_(
            "It goes on where it stands, and so do the processes that it has called, but for those that were suspended by themselves; what came meanwhile comes now."
        ),
        done=_("The instance goes on."),
        do=actions.resume_instance,
    ),
    "cancel": Act(
        title=_("Cancel the instance"),
        help=_(
            "It ends now, with everything in it and every process that it called. Nothing is undone, and its case is closed."
        ),
        done=_("The instance is cancelled."),
        do=actions.cancel_instance,
        is_grave=True,
    ),
    "move": Act(
        title=_("Move the token"),
        help=_(
            "What is under way where it stands is cancelled, and the element that you choose begins. Nothing is undone, no values are changed."
        ),
        done=_("The token is moved."),
        do=actions.move_token,
        wants=("token", "target"),
    ),
    "cancel-token": Act(
        title=_("Cancel the token"),
        help=_("What is under way where it stands is cancelled for good; other tokens go on."),
        done=_("The token is cancelled."),
        do=actions.cancel_token,
        wants=("token",),
        is_grave=True,
    ),
    "discard": Act(
        title=_("Take the waiting token away"),
        help=_("The gateway no longer counts it; other tokens go on."),
        done=_("The token is taken away."),
        do=actions.discard_token,
        wants=("token", "flow"),
        is_grave=True,
    ),
    "step-back": Act(
        title=_("Step back"),
        help=_(
            "The last step before it that the model can undo is undone, by its compensation; then that step begins anew."
        ),
        done=_("What was done is being undone."),
        do=actions.step_back,
        wants=("token",),
    ),
}


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, instance_id: UUID, act: str) -> HttpResponse:
    """Ask why, then do it; what is refused is said on the same page."""
    principal = access.access_operations(request)
    found = access.access_instance(principal, instance_id)
    if act not in ACTS:
        raise Http404
    chosen = ACTS[act]
    sent = request.POST if request.method == "POST" else request.GET
    tokens = [one for one in instances.tokens_of(found) if "token" in chosen.wants and str(one.id) == sent.get("token")]
    flow = sent.get("flow", "")
    token = next((one for one in tokens if one.flow_id == flow), None)
    error, status = "", 200
    if request.method == "POST":
        try:
            _do(chosen, principal, found.id, sent)
        except NoReason as missing:
            error, status = missing.message, missing.status
        except Refused as refused:
            error, status = texts.refused(str(refused.fields.get("reason", "")), refused.message), refused.status
        else:
            messages.success(request, str(chosen.done), extra_tags="good")
            return redirect("operations:instance", found.id)
    context = {
        "one": found,
        "title": title_of(found),
        "act": chosen,
        "token": token,
        "sent": sent,
        "targets": instances.targets_of(found) if "target" in chosen.wants else (),
        "error": error,
        "max_reason": MAX_REASON,
    }
    return render(request, "operations/act.html", context, status=status)


def _do(chosen: Act, principal: Principal, instance_id: UUID, sent: Any) -> None:
    given: dict[str, object] = {"reason": sent.get("reason", "")}
    token_id = instances.as_uuid(sent.get("token", "")) or instance_id
    if "flow" in chosen.wants:
        given |= {"scope_id": token_id, "flow_id": sent.get("flow", "")[:200]}
    elif "token" in chosen.wants:
        given["token_id"] = token_id
    if "target" in chosen.wants:
        given["target_id"] = sent.get("target", "")[:200]
    chosen.do(principal=principal, instance_id=instance_id, **given)
