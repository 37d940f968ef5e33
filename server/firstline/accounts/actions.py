"""Writes about staff."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from firstline.accounts import rules
from firstline.accounts.models import LoginAttempt, User


def is_login_locked(*, email: str, network_address: str, now: datetime) -> bool:
    """Tell whether too many logins failed of late, for this person or from this network."""
    recent = LoginAttempt.objects.filter(at__gt=now - rules.WINDOW)
    return rules.is_locked(
        failures_of_person=recent.filter(email=email.lower()).count(),
        failures_of_network=recent.filter(network_address=network_address).count(),
    )


@transaction.atomic
def note_failed_login(*, email: str, network_address: str, now: datetime) -> None:
    """Count a failed login, and forget those that no longer matter."""
    LoginAttempt.objects.filter(at__lt=now - rules.WINDOW).delete()
    LoginAttempt.objects.create(email=email.lower()[:254], network_address=network_address[:64], at=now)


@transaction.atomic
def save_preferences(*, user_id: UUID, language: str, theme: str, is_expert: bool) -> None:
    """Keep how a person wants the screens."""
    User.objects.filter(id=user_id).update(language=language, theme=theme, is_expert=is_expert)
