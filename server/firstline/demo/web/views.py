"""The demo's own pages: a phone that rings, the systems' switches, and what the customers' mailbox got."""

import smtplib
from datetime import UTC
from email.message import EmailMessage

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from firstline import clock, ids
from firstline.accounts.access import access_staff
from firstline.accounts.models import User
from firstline.accounts.principals import Principal
from firstline.demo import generate, phone, places, systems
from firstline.demo import mailbox as demo_mailbox
from firstline.demo.systems import SYSTEMS
from firstline.errors import FirstlineError

MAX_MAIL = 20_000


def _user(principal: Principal) -> User:
    assert principal.id is not None
    return User.objects.get(id=principal.id)


def home(request: HttpRequest) -> HttpResponse:
    """Show phone, switches and the latest mail."""
    principal = access_staff(request)
    callers = list(generate.make_world(count=len(generate.STORY), today=clock.now().date()).story.values())
    context = {
        "callers": callers,
        "systems": list(systems.state(folder=places.systems_folder()).values()),
        "messages_received": demo_mailbox.messages(places.mailbox_folder(), limit=5),
        "extension": _user(principal).extension,
    }
    return render(request, "demo/home.html", context)


@require_POST
def ring(request: HttpRequest) -> HttpResponse:
    """Let the phone of whoever presses the button ring, through the signed webhook like any telephone system."""
    principal = access_staff(request)
    user = _user(principal)
    if not user.extension:
        raise FirstlineError(_("You have no extension, so no phone of yours can ring. Log in as an agent."))
    call_id = f"demo-{ids.new_id()}"
    phone.send("ringing", call_id=call_id, number=request.POST.get("number", ""), extension=user.extension)
    phone.pick_up_soon(call_id=call_id, extension=user.extension)
    return HttpResponseRedirect(reverse("desktop:home"))


@require_POST
def call(request: HttpRequest, call_id: str) -> HttpResponse:
    """Do with a call what its caller or the telephone system would do."""
    principal = access_staff(request)
    kind = request.POST.get("kind", "")
    if kind not in {"answered", "held", "resumed", "ended"}:
        raise FirstlineError(_("A call can be answered, held, resumed or ended."))
    phone.send(kind, call_id=call_id, number="", extension=_user(principal).extension)
    return HttpResponseRedirect(reverse("demo:home"))


@require_POST
def switch(request: HttpRequest, system: str) -> HttpResponse:
    """Turn a system on or off, fast or slow."""
    access_staff(request)
    if system not in SYSTEMS:
        raise FirstlineError(_("There is no such system in the demo."))
    wanted = {"on": {"on": True}, "off": {"on": False}, "slow": {"slow": True}, "fast": {"slow": False}}.get(
        request.POST.get("to", "")
    )
    if wanted is None:
        raise FirstlineError(_("A system can be switched on or off, slow or fast."))
    systems.switch(system, folder=places.systems_folder(), **wanted)
    return HttpResponseRedirect(reverse("demo:home"))


@require_POST
def write_mail(request: HttpRequest) -> HttpResponse:
    """Send a mail as one of the customers would, to the port where Firstline takes mail."""
    access_staff(request)
    message = EmailMessage()
    message["From"] = " ".join(request.POST.get("from", "").split())[:200]
    message["To"] = "service@lindwerk.example"
    message["Subject"] = " ".join(request.POST.get("subject", "").split())[:200]
    message["Message-ID"] = f"<{ids.new_id()}@customers.example>"
    message["Date"] = clock.now().astimezone(UTC)
    message.set_content(request.POST.get("text", "")[:MAX_MAIL])
    host, _colon, port = settings.FIRSTLINE_SMTP_IN.rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=10) as server:
        server.send_message(message)
    return HttpResponseRedirect(reverse("demo:home"))


def mailbox(request: HttpRequest) -> HttpResponse:
    """Show what customers got."""
    access_staff(request)
    found = demo_mailbox.messages(places.mailbox_folder(), to=request.GET.get("to", ""))
    return render(request, "demo/mailbox.html", {"messages_received": found})
