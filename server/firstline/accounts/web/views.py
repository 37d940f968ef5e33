"""Login, and how a person wants the screens."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from firstline import clock
from firstline.accounts import actions
from firstline.accounts.access import access_staff
from firstline.errors import FirstlineError


class LoginForm(AuthenticationForm):
    """Django's form, which also counts failures; it never says which of the two was wrong."""

    error_messages = {"invalid_login": "", "inactive": ""}

    def clean(self) -> dict[str, Any]:
        email = str(self.cleaned_data.get("username", ""))
        network_address = self.request.META.get("REMOTE_ADDR", "") if self.request else ""
        if actions.is_login_locked(email=email, network_address=network_address, now=clock.now()):
            raise forms.ValidationError(
                _("Too many logins failed. Wait ten minutes, or ask your administrator."), code="locked"
            )
        try:
            return super().clean()
        except forms.ValidationError:
            actions.note_failed_login(email=email, network_address=network_address, now=clock.now())
            raise

    def get_invalid_login_error(self) -> forms.ValidationError:
        return forms.ValidationError(
            _("E-mail address and password don't match. Check both; capitals count in the password."), code="invalid"
        )


class Login(LoginView):
    template_name = "ui/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True


@require_POST
def save_preferences(request: HttpRequest) -> HttpResponse:
    """Keep language, theme and help level, and go back to where the person was."""
    principal = access_staff(request)
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "auto")
    if language not in dict(settings.LANGUAGES) or theme not in ("auto", "light", "dark"):
        raise FirstlineError(_("Choose one of the languages and themes offered."))
    assert principal.id is not None
    actions.save_preferences(
        user_id=principal.id, language=language, theme=theme, is_expert=request.POST.get("is_expert") == "on"
    )
    back = request.POST.get("next", "/")
    return HttpResponseRedirect(
        back if url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}) else "/"
    )
