"""Messages and signals from anywhere."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from firstline import clock
from firstline.crashpoints import crash_point
from firstline.errors import FirstlineError
from firstline.processes import rules
from firstline.processes.adapters import correlation, effects
from firstline.processes.models import Signal

# Of ids, names and keys that come from outside.
MAX_TEXT = 200


class BadMessage(FirstlineError):
    """A message that nobody could wait for."""

    code = "bad-message"


class BadSignal(FirstlineError):
    """A signal that nobody could listen for."""

    code = "bad-signal"


@transaction.atomic
def publish_message(
    *,
    message_id: str,
    name: str,
    key: str,
    variables: Mapping[str, Any],
    time_to_live: timedelta = timedelta(),
) -> None:
    """Give a message to the instance that waits for its name and key; else let it begin one; else keep it while it lives.

    A key of "" is for those who wait for the name alone.
    The same `message_id` a second time changes nothing. Raises: BadMessage.
    """
    if not all(0 < len(text) <= MAX_TEXT for text in (message_id, name)) or len(key) > MAX_TEXT:
        raise BadMessage(
            _("A message needs an id and a name of 1 to %(n)s characters, and a key no longer.") % {"n": MAX_TEXT}
        )
    now = clock.now()
    correlation.lock_to_publish([(name, key)])
    correlation.publish(
        message_id=message_id,
        name=name,
        key=key,
        variables=rules.as_variables(variables),
        expires_at=now + time_to_live,
        now=now,
    )
    crash_point("processes.message.before_commit")


@transaction.atomic
def broadcast_signal(*, signal_id: str, name: str, variables: Mapping[str, Any]) -> None:
    """Let every instance hear a signal that listens now, and begin an instance of every process that begins with it.

    The same `signal_id` a second time changes nothing, also for those who have begun to listen since. Raises: BadSignal.
    """
    if not all(0 < len(text) <= MAX_TEXT for text in (signal_id, name)):
        raise BadSignal(_("A signal needs an id and a name of 1 to %(n)s characters.") % {"n": MAX_TEXT})
    now = clock.now()
    _signal, is_new = Signal.objects.get_or_create(signal_id=signal_id, defaults={"broadcast_at": now})
    if is_new:
        effects.broadcast(name=name, variables=rules.as_variables(variables), but_for=None, now=now)
    crash_point("processes.signal.before_commit")
