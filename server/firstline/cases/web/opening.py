"""What is known already when a case is opened by a program: the answers to its reason's web form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from firstline.accounts.models import Brand
from firstline.cases.actions import BadAnswers
from firstline.errors import FirstlineError
from firstline.procedures import forms
from firstline.procedures import queries as procedure_queries


class NoQuestions(FirstlineError):
    """Answers to a reason that asks nothing."""

    code = "no-questions"
    status = 422


def answers_for(*, reason_key: str, brand: Brand, answers: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Check the answers that come with a reason as its web form does; without any, its first task asks.

    Raises: UnknownReason, NoQuestions, BadAnswers.
    """
    if reason_key not in {one.key for one in procedure_queries.reason_choices("en", brand=brand.key, now=now)}:
        message = f"There is no reason '{reason_key}' to open a case for. List the reasons, and choose one of them."
        raise procedure_queries.UnknownReason(message)
    if not answers:
        return {}
    form = procedure_queries.web_form(reason_key=reason_key, brand=brand.key, at=now)
    if form is None:
        raise NoQuestions("This reason asks nothing. Open the case without answers, then do its first task.")
    if unknown := sorted(set(answers) - set(form.keys)):
        raise BadAnswers(dict.fromkeys(unknown, "The form doesn't ask this."))
    values, errors = forms.validate(form, answers, today=now.astimezone(ZoneInfo(brand.zone)).date())
    if errors:
        raise BadAnswers(errors)
    return values
