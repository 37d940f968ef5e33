"""Writes about staff, and keys for programs."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from firstline import clock, ids
from firstline.accounts import rules
from firstline.accounts.models import ApiKey, Brand, LoginAttempt, Team, User
from firstline.accounts.principals import Principal
from firstline.accounts.queries import default_brand
from firstline.audit import actions as audit
from firstline.audit.rules import Action
from firstline.errors import AccessDenied, Conflict, FirstlineError

_USE_IS_NOTED_EVERY = timedelta(minutes=1)
# Accounts need an address; no mail ever goes to these (RFC 2606).
_PROGRAMS = "programs.invalid"


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


# --- keys to the API -------------------------------------------------------------------------------------------------


class BadKey(FirstlineError):
    """A key that can't be made as wanted."""

    code = "bad-key"
    status = 422


@transaction.atomic
def make_api_key(
    *,
    principal: Principal,
    name: str,
    scopes: Iterable[str],
    roles: Iterable[str] = (),
    teams: Iterable[str] = (),
    brands: Iterable[str] = (),
) -> tuple[UUID, str]:
    """Make a key for a program; returns its id, and the key, which can't be read again later.

    A program that shall work with what staff work with acts with `roles`, in `teams`, for `brands`. Raises: BadKey.
    """
    name, wanted = name.strip(), sorted(set(scopes))
    if not 0 < len(name) <= rules.MAX_KEY_NAME or "\x00" in name:
        raise BadKey(_("Give the key a name of 1 to 200 characters: which program has it, and where."))
    if not 0 < len(wanted) <= rules.MAX_SCOPES:
        raise BadKey(_("Say what the key opens: types of jobs, or what the program works with; at most %(n)s of them.") % {"n": rules.MAX_SCOPES})  # fmt: skip
    resources = [scope for scope in wanted if rules.is_resource_scope(scope)]
    if wrong := [scope for scope in wanted if scope not in resources and not rules.is_job_scope(scope)]:
        raise BadKey(
            _("There can be no key for '%(scope)s'. Write the type as in the model, without spaces; * is any type.")
            % {"scope": wrong[0].removeprefix(rules.JOBS)}
        )
    account = _program_account(name, roles, teams, brands) if resources else None
    return _new_key(principal, name, wanted, account)


@transaction.atomic
def renew_api_key(*, principal: Principal, key_id: UUID) -> tuple[UUID, str]:
    """Make another key for the same program, for the same; the old one is in force until it is revoked. Raises: AccessDenied, Conflict."""
    key = _key_in_force(key_id)
    return _new_key(principal, key.name, key.scopes, key.account)


def _new_key(principal: Principal, name: str, scopes: list[str], account: User | None) -> tuple[UUID, str]:
    key = rules.KEY_BEGINS + secrets.token_urlsafe(32)
    made = ApiKey.objects.create(
        name=name,
        prefix=key[: rules.PREFIX_LENGTH],
        digest=rules.key_digest(key),
        scopes=scopes,
        account=account,
        made_by=principal.id,
    )
    _audit(principal, "api-key.made", made)
    return made.id, key


def _program_account(name: str, roles: Iterable[str], teams: Iterable[str], brands: Iterable[str]) -> User:
    has_roles, for_brands = sorted(set(roles)), list(Brand.objects.filter(key__in=list(brands)))
    if not has_roles or not set(has_roles) <= set(rules.PROGRAM_ROLES):
        raise BadKey(_("Say as what the program works: as agent, back office or team lead."))
    if not for_brands:
        raise BadKey(_("Say for which brands the program works; it sees nothing of the others."))
    account = User.objects.create_user(
        f"{ids.new_id()}@{_PROGRAMS}", None, name=name, roles=has_roles, is_program=True, language="en"
    )
    account.brands.set(for_brands)
    account.teams.set(Team.objects.filter(key__in=list(teams)))
    return account


@transaction.atomic
def revoke_api_key(*, principal: Principal, key_id: UUID, reason: str) -> None:
    """Close a key at once and for good; what its programs have in hand is handed out again later. Raises: AccessDenied, Conflict."""
    key = _key_in_force(key_id)
    if not reason.strip():
        raise BadKey(_("Say why the key is revoked; it is kept with your name."))
    key.revoked_at, key.revoked_by = clock.now(), principal.id
    key.save(update_fields=["revoked_at", "revoked_by"])
    if key.account is not None and not key.account.api_keys.filter(revoked_at=None).exists():
        User.objects.filter(id=key.account.id).update(is_active=False)
    _audit(principal, "api-key.revoked", key, reason.strip()[:2000])


def _key_in_force(key_id: UUID) -> ApiKey:
    keys = ApiKey.objects.select_for_update(of=("self",)).select_related("account")
    key = keys.filter(id=key_id).first()
    if key is None:
        raise AccessDenied(_("There is no such key."))
    if key.revoked_at is not None:
        raise Conflict(_("This key is revoked already."))
    return key


def note_key_use(*, key_id: UUID, now: datetime) -> None:
    """Remember that a key is in use, to the minute."""
    unused = Q(last_used_at=None) | Q(last_used_at__lt=now - _USE_IS_NOTED_EVERY)
    ApiKey.objects.filter(unused, id=key_id).update(last_used_at=now)


def _audit(principal: Principal, action: Action, key: ApiKey, reason: str = "") -> None:
    told: dict[str, Any] = {"name": key.name, "prefix": key.prefix, "scopes": key.scopes}
    if key.account is not None:
        told |= {"roles": key.account.roles, "brands": sorted(key.account.brands.values_list("key", flat=True))}
    audit.record(actor_id=principal.id, actor=principal.name, action=action, about=key.id, reason=reason, data=told)
