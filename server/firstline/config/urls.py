"""Where each capability's pages begin."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path

from firstline.accounts.web import views as account_views
from firstline.config import api, views

_PAGES = {
    "push/": "firstline.push.web.urls",
    "customers/": "firstline.customers.web.urls",
    "relationship/": "firstline.relationship.web.urls",
    "satisfaction/": "firstline.feedback.web.urls",
    "desk/": "firstline.desktop.web.urls",
    "work/": "firstline.work.web.urls",
    "contacts/": "firstline.contacts.web.urls",
    "cases/": "firstline.cases.web.urls",
    "procedures/": "firstline.procedures.web.urls",
    "migrations/": "firstline.migration.web.urls",
    "decisions/": "firstline.decisions.web.urls",
    "workers/": "firstline.processes.web.urls",
    "keys/": "firstline.accounts.web.urls",
    "sources/": "firstline.sources.web.urls",
    "operations/": "firstline.operations.web.urls",
    "webhooks/": "firstline.webhooks.web.urls",
    "numbers/": "firstline.insights.web.urls",
    "channels/email/": "firstline.channels.email.urls",
    "channels/phone/": "firstline.channels.phone.urls",
    "forms/": "firstline.channels.webform.urls",
    "follow/": "firstline.portal.web.urls",
    "rate/": "firstline.portal.web.rate_urls",
    "r/": "firstline.portal.web.rate_short_urls",
    "confirm/": "firstline.portal.web.confirm_urls",
    "identity/": "firstline.identity.web.urls",
}
if settings.FIRSTLINE_DEMO:
    _PAGES["demo/"] = "firstline.demo.web.urls"


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.start, name="start"),
    path("health/", views.health, name="health"),
    path("login/", account_views.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("preferences/", account_views.save_preferences, name="preferences"),
    path(api.PREFIX.removeprefix("/"), include((api.urlpatterns(), "api"))),
    *(path(prefix, include(module)) for prefix, module in _PAGES.items() if _exists(module)),
]
handler404 = "firstline.config.views.not_found"
handler403 = "firstline.config.views.forbidden"
handler400 = "firstline.config.views.bad_request"
handler500 = "firstline.config.views.server_error"
