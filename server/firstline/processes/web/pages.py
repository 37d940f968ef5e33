"""Which jobs wait for workers outside, and who does them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firstline import clock
from firstline.accounts.principals import ADMIN
from firstline.processes import access, queries


@require_GET
def workers(request: HttpRequest) -> HttpResponse:
    """List the types of jobs that are for workers outside, those that nobody has asked for on top."""
    principal = access.access_workers(request)
    context = {
        "rows": queries.job_types(now=clock.now()),
        "most": queries.MOST_COUNTED,
        "may_make_keys": principal.is_(ADMIN),
    }
    return render(request, "processes/workers.html", context)
