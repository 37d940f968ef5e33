"""The public forms: a list by reason, a form per reason, and the page that says that it arrived."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from firstline import clock
from firstline.accounts import queries as account_queries
from firstline.accounts import rules as account_rules
from firstline.accounts.models import Brand
from firstline.cases.access import access_case
from firstline.cases.links import FOLLOW, access_link
from firstline.channels import queries as channel_queries
from firstline.channels.webform import actions, filled, rules
from firstline.channels.webform.filled import Filled
from firstline.errors import AccessDenied, FirstlineError
from firstline.procedures import forms
from firstline.procedures import queries as procedure_queries
from firstline.procedures.forms import Field, Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a field, and where it stands on the page."""

    html_id: str
    label: str
    message: str


@login_not_required
@require_safe
def forms_list(request: HttpRequest) -> HttpResponse:
    """List the matters for which there is a form, under the headings of the reasons."""
    brand, language = _brand(request), _language(request)
    with translation.override(language):
        tree = procedure_queries.reason_tree(language, brand=brand.key, now=clock.now())
        groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
        for row in tree:
            if row.is_leaf and row.has_web_form:
                groups.setdefault(row.path, []).append(
                    {"name": row.name, "url": f"{reverse('webform:form', args=[row.key])}?{_keep(request, language)}"}
                )
        context = {**_frame(request, brand), "groups": [(" · ".join(path), found) for path, found in groups.items()]}
        return _in(language, render(request, "channels/webform/list.html", context))


# What is too large is refused before anything of it is parsed, hence before the CSRF check, which parses it.
@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: HttpRequest, reason_key: str) -> HttpResponse:
    """Show a form, and take it in."""
    brand, language = _brand(request), _language(request)
    with translation.override(language):
        if _content_length(request) > rules.MAX_REQUEST_BYTES:
            context = {
                **_frame(request, brand),
                "url": request.get_full_path(),
                "size": rules.MAX_REQUEST_BYTES // 2**20,
            }
            return _in(language, render(request, "channels/webform/too_large.html", context, status=413))
        return _in(language, _checked_form(request, reason_key, brand, language))


@csrf_protect
def _checked_form(request: HttpRequest, reason_key: str, brand: Brand, language: str) -> HttpResponse:
    now = clock.now()
    asked = _web_form(reason_key, brand)
    name = procedure_queries.reason_names(language)[reason_key]
    if request.method != "POST":
        return _show(request, brand, asked, name=name, key=filled.new_key(reason_key), language=language)
    found = filled.read(request, asked, reason_key=reason_key, today=now.astimezone(ZoneInfo(brand.zone)).date())
    if found.errors:
        return _show(
            request,
            brand,
            asked,
            name=name,
            key=found.key or filled.new_key(reason_key),
            language=language,
            found=found,
            status=422,
        )
    try:
        case_id = actions.submit_form(
            brand=brand,
            reason_key=reason_key,
            form_key=found.key,
            sender=found.sender,
            subject=name,
            text=_in_words(asked, found, language),
            answers=found.answers,
            documents=found.documents,
            language=language,
            network=account_rules.network_of(request.META.get("REMOTE_ADDR", "")),
            now=now,
        )
    except actions.TooManyForms as error:
        return _show(
            request,
            brand,
            asked,
            name=name,
            key=found.key,
            language=language,
            found=found,
            refusal=error.message,
            status=error.status,
        )
    return HttpResponseRedirect(f"{reverse('webform:thanks', args=[FOLLOW.token(case_id)])}?{_keep(request, language)}")


@login_not_required
@never_cache
@require_safe
def thanks(request: HttpRequest, token: str) -> HttpResponse:
    """Say that a form arrived, with the number of its case and the link to follow it."""
    principal = access_link(token)
    assert principal.case_id is not None
    case = access_case(principal, principal.case_id)
    language = _language(request)
    with translation.override(language):
        name = procedure_queries.reason_names(language).get(case.reason_key, case.reason_key)
        link = f"{FOLLOW.url(case.id)}?language={language}"
        context = {
            **_frame(request, case.brand),
            "number": case.number,
            "name": name,
            "link": link,
            "others": f"{reverse('webform:list')}?{_keep(request, language)}",
        }
        answer = _in(language, render(request, "channels/webform/thanks.html", context))
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _show(
    request: HttpRequest,
    brand: Brand,
    asked: Form,
    *,
    name: str,
    key: str,
    language: str,
    found: Filled | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    errors = found.errors if found else {}
    fields = forms.fields(asked, language=language, values=found.data if found else None, errors=errors)
    own = _own_fields(found)
    context = {
        **_frame(request, brand),
        "name": name,
        "fields": fields,
        "own": own,
        "files_error": errors.get(filled.FILES, ""),
        "trap_error": errors.get(filled.TRAP, ""),
        "trap": found.data.get(filled.TRAP, "") if found else "",
        "key": key,
        "problems": _problems(fields, own, errors),
        "notes": [text for text in (refusal, errors.get(filled.KEY, "")) if text],
        "had_files": bool(request.FILES) if found else False,
        "max_files": rules.MAX_FILES,
        "max_megabytes": rules.MAX_FILE_BYTES // 2**20,
        "address": f"?{_keep(request, language)}",
        "others": f"{reverse('webform:list')}?{_keep(request, language)}",
    }
    return render(request, "channels/webform/form.html", context, status=status)


def _own_fields(found: Filled | None) -> tuple[Field, ...]:
    """List what every form asks beside the procedure's questions."""
    sender, errors = (found.sender, found.errors) if found else (None, {})

    def field(key: str, kind: str, label: str, value: str, **more: Any) -> Field:
        return Field(
            key=key,
            kind=kind,
            html_id=key.replace("_", "-"),
            label=label,
            value=value,
            error=errors.get(key, ""),
            **more,
        )

    return (
        field(filled.NAME, "text", _("Your name"), sender.name if sender else "", required=True, max_length=rules.MAX_NAME),
        field(filled.EMAIL, "email", _("Your e-mail address"), sender.email if sender else "", required=True, max_length=rules.MAX_ADDRESS),
        field(
            filled.NUMBER, "text", _("Your customer number"), sender.customer_number if sender else "", max_length=rules.MAX_NUMBER,
            description=_("It stands on every invoice. Without it we need a little longer."),
        ),
    )  # fmt: skip


def _problems(fields: tuple[Field, ...], own: tuple[Field, ...], errors: dict[str, str]) -> list[Problem]:
    """List what is wrong, in the order of the page."""
    found = [*_problems_of(fields), *_problems_of(own)]
    if filled.FILES in errors:
        found.insert(
            len(_problems_of(fields)), Problem(html_id="files", label=_("Files"), message=errors[filled.FILES])
        )
    if filled.TRAP in errors:
        found.append(Problem(html_id="website", label=_("Leave this empty"), message=errors[filled.TRAP]))
    return found


def _problems_of(fields: tuple[Field, ...]) -> list[Problem]:
    return [
        Problem(
            # A group has no place of its own to go to: its first option stands for it.
            html_id=one.options[0].html_id if one.kind == "radio" and one.options else one.html_id,
            label=one.label,
            message=one.error,
        )
        for one in fields
        if one.error
    ]


def _in_words(asked: Form, found: Filled, language: str) -> str:
    """Write the answers as a person reads them; what the customer wrote stays as it is."""
    answered = forms.answers_in_words(asked, found.answers, language=language)
    return "\n\n".join(f"{question}:\n{answer}" for question, answer in answered)


def _web_form(reason_key: str, brand: Brand) -> Form:
    try:
        found = procedure_queries.web_form(reason_key=reason_key, brand=brand.key, at=clock.now())
    except FirstlineError:
        found = None
    if found is None:
        raise AccessDenied(
            _("There is no form at this address. Choose the right one from the list of forms."), code="no-form"
        )
    return found


def _brand(request: HttpRequest) -> Brand:
    """Give the brand that the address names, or else the oldest."""
    key = request.GET.get("brand", "")
    return (channel_queries.brand_for(key=key) if "\x00" not in key else None) or account_queries.default_brand()


def _language(request: HttpRequest) -> str:
    known = {code for code, _name in settings.LANGUAGES}
    asked = request.GET.get("language", "")
    chosen = asked if asked in known else (translation.get_language() or "").split("-")[0]
    return chosen if chosen in known else settings.LANGUAGE_CODE


def _keep(request: HttpRequest, language: str) -> str:
    """Write the part of an address that keeps language and brand."""
    kept = QueryDict(mutable=True)
    kept["language"] = language
    if request.GET.get("brand"):
        kept["brand"] = request.GET["brand"]
    return kept.urlencode()


def _frame(request: HttpRequest, brand: Brand) -> dict[str, Any]:
    languages = [(code, name, f"?{_keep(request, code)}") for code, name in settings.LANGUAGES]
    return {"brand": brand.name((translation.get_language() or "en").split("-")[0]), "languages": languages}


def _content_length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


def _in(language: str, answer: HttpResponse) -> HttpResponse:
    answer["Content-Language"] = language
    return answer
