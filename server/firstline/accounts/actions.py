"""Writes about staff."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import transaction

from firstline.accounts import rules
from firstline.accounts.models import Brand, LoginAttempt, Team, User
from firstline.accounts.queries import default_brand


def is_login_locked(*, email: str, network_address: str, now: datetime) -> bool:
    """Tell whether too many logins failed of late from this network, for this person or for anybody."""
    network = rules.network_of(network_address)
    recent = LoginAttempt.objects.filter(at__gt=now - rules.WINDOW, network_address=network)
    return rules.is_locked(
        failures_of_person=recent.filter(email=email.lower()).count(), failures_of_network=recent.count()
    )


@transaction.atomic
def note_failed_login(*, email: str, network_address: str, now: datetime) -> None:
    """Count a failed login, and forget those that no longer matter."""
    LoginAttempt.objects.filter(at__lt=now - rules.WINDOW).delete()
    LoginAttempt.objects.create(email=email.lower()[:254], network_address=rules.network_of(network_address), at=now)


@transaction.atomic
def save_preferences(*, user_id: UUID, language: str, theme: str, is_expert: bool) -> None:
    """Keep how a person wants the screens."""
    User.objects.filter(id=user_id).update(language=language, theme=theme, is_expert=is_expert)


@transaction.atomic
def add_user(
    *, email: str, name: str, password: str, roles: Iterable[str], teams: Iterable[str] = (), brands: Iterable[str] = ()
) -> User:
    """Make a member of staff, for all brands unless `brands` names some; a weak password is refused.

    Raises: ValidationError with every reason.
    """
    validate_email(email)
    validate_password(password)
    if User.objects.filter(email=email.lower()).exists():
        raise ValidationError(f"{email} exists already.")
    default_brand()
    in_teams, for_brands = _all_named(Team, teams), _all_named(Brand, brands)
    user = User.objects.create_user(email, password, name=name, roles=list(roles))
    user.teams.set(in_teams)
    user.brands.set(for_brands or Brand.objects.all())
    return user


@transaction.atomic
def set_brand(*, key: str, **wanted: Any) -> Brand:
    """Make a brand, or change what is given of it: names, languages, zone, country, sender_name, sender_address.

    Raises: ValidationError with every reason.
    """
    brand = Brand.objects.select_for_update().filter(key=key).first() or Brand(key=key)
    for name, value in wanted.items():
        setattr(brand, name, value)
    brand.full_clean(exclude=["names", "languages"], validate_unique=False, validate_constraints=False)
    if brand.zone not in available_timezones():
        raise ValidationError(f"There is no time zone '{brand.zone}'; write it as in Europe/Berlin.")
    brand.save()
    return brand


@transaction.atomic
def set_team(*, key: str, names: Mapping[str, str]) -> Team:
    """Make a team, or name it anew; procedures and members of staff refer to its key.

    Raises: ValidationError.
    """
    validate_slug(key)
    return Team.objects.update_or_create(key=key, defaults={"names": dict(names)})[0]


def _all_named(kind: type[Team] | type[Brand], keys: Iterable[str]) -> list[Any]:
    wanted = set(keys)
    found: list[Any] = list(kind.objects.filter(key__in=wanted))
    missing = sorted(wanted - {one.key for one in found})
    if missing:
        raise ValidationError([f"There is no {kind.__name__.lower()} '{key}'." for key in missing])
    return found
