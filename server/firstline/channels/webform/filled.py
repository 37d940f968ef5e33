"""A form as somebody filled it in: who they are, their answers, their files; checked all at once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import regex
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from firstline.channels.webform import rules
from firstline.channels.webform.actions import UploadedDocument
from firstline.contacts.ports import Sender
from firstline.procedures import forms
from firstline.procedures.forms import Form

# What we ask beside the procedure's own questions; prefixed, so that no question of a procedure has the same name.
NAME, EMAIL, NUMBER, FILES, TRAP, KEY = "sender_name", "sender_email", "sender_number", "files", "website", "form_key"
# How long somebody may take to fill a form in before it must be opened again.
LONGEST_SECONDS = 24 * 60 * 60
_EMAIL = regex.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"()]+\.[^@\s,;<>\"().]{2,}")
_keys = signing.TimestampSigner(salt="firstline.webform")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came in; `errors` maps the name of a field to a sentence, and there is none when it can be taken in."""

    key: str
    sender: Sender
    data: dict[str, str]
    answers: dict[str, Any]
    documents: tuple[UploadedDocument, ...]
    errors: dict[str, str] = field(default_factory=dict)


def new_key(reason_key: str) -> str:
    """Issue the key of a form that is shown now: signed, so that only forms that we showed come back."""
    return _keys.sign(f"{uuid.uuid4().hex}.{reason_key}")


def read(request: HttpRequest, form: Form, *, reason_key: str, today: date) -> Filled:
    """Read what was sent, and check all of it."""
    data = {name: str(value).replace("\x00", "") for name, value in request.POST.items()}
    key, errors = _key(data.get(KEY, ""), reason_key)
    sender = Sender(
        name=" ".join(data.get(NAME, "").split()),
        email=data.get(EMAIL, "").strip(),
        customer_number=data.get(NUMBER, "").strip(),
    )
    errors |= _sender_errors(sender)
    answers, wrong = forms.validate(form, {key: value for key, value in data.items() if key in form.keys}, today=today)
    files = request.FILES.getlist(FILES)
    errors |= wrong | _file_errors(files)
    if data.get(TRAP, "").strip():
        errors[TRAP] = _("This field must stay empty: only machines fill it in. Empty it, then send again.")
    documents = () if errors else tuple(_document(one) for one in files)
    return Filled(key=key, sender=sender, data=data, answers=answers, documents=documents, errors=errors)


def _key(signed: str, reason_key: str) -> tuple[str, dict[str, str]]:
    again = {KEY: _("This form was open for very long. Your answers are still here: check them, then send again.")}
    try:
        key = _keys.unsign(signed, max_age=LONGEST_SECONDS)
    except signing.BadSignature:
        return "", again
    return (key, {}) if key.endswith(f".{reason_key}") else ("", again)


def _sender_errors(sender: Sender) -> dict[str, str]:
    errors = {}
    if not sender.name:
        errors[NAME] = _("Enter your name.")
    elif len(sender.name) > rules.MAX_NAME:
        errors[NAME] = _("Enter at most %(count)s characters.") % {"count": rules.MAX_NAME}
    if not sender.email:
        errors[EMAIL] = _("Enter your e-mail address, so that we can answer.")
    elif len(sender.email) > rules.MAX_ADDRESS or not _EMAIL.fullmatch(sender.email):
        errors[EMAIL] = _("Enter an e-mail address, such as name@example.org.")
    if len(sender.customer_number) > rules.MAX_NUMBER:
        errors[NUMBER] = _("Enter at most %(count)s characters.") % {"count": rules.MAX_NUMBER}
    return errors


def _file_errors(files: list[UploadedFile[bytes]]) -> dict[str, str]:
    if not rules.is_too_large(sizes=[one.size or 0 for one in files]):
        return {}
    named = {"files": rules.MAX_FILES, "size": rules.MAX_FILE_BYTES // 2**20}
    return {FILES: _("Choose at most %(files)s files of at most %(size)s MB each.") % named}


def _document(file: UploadedFile[bytes]) -> UploadedDocument:
    return UploadedDocument(name=file.name or "", claimed_type=file.content_type or "", data=file.read())
