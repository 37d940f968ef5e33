"""Messages and those who wait for them: brought together one at a time per name and key.

Whoever opens or closes a subscription, or publishes a message, holds the advisory lock of its name and key until the
transaction ends. So a message that comes before its catcher is seen by the catcher, and the other way round.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from bpmn import facts
from firstline.outbox.actions import wake_workers
from firstline.processes.models import InboxEntry, Message, Subscription


def lock(pairs: Iterable[tuple[str, str]]) -> None:
    """Hold the locks of these names and keys, in one order for all."""
    for name, key in sorted(set(pairs)):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"message {name} {key}"])


def lock_of_step(told: Iterable[facts.Fact]) -> None:
    """Hold the locks of every subscription that a step opens or closes, and of every message that it throws."""
    opened = [(fact.name, fact.key) for fact in told if isinstance(fact, facts.MessageSubscribed | facts.MessageThrown)]
    closing = [fact.id for fact in told if isinstance(fact, facts.MessageReceived)]
    closing += [fact.id for fact in told if isinstance(fact, facts.WaitCancelled) and fact.kind == "message"]
    if closing:
        opened += Subscription.objects.filter(id__in=closing).values_list("name", "key")
    lock(opened)


def publish(
    *, message_id: str, name: str, key: str, variables: Mapping[str, Any], expires_at: datetime, now: datetime
) -> None:
    """Give a message to who waits for it, or keep it; the same id a second time changes nothing. Needs the lock."""
    message, made = Message.objects.get_or_create(
        message_id=message_id,
        defaults={
            "name": name,
            "key": key,
            "variables": variables,
            "published_at": now,
            "expires_at": expires_at,
        },
    )
    if made:
        offer(message, now=now)


def offer(message: Message, *, now: datetime) -> None:
    """Give a message to who has waited for it longest; it stays in the buffer when nobody has. Needs the lock."""
    waiting = Subscription.objects.filter(name=message.name, key=message.key, is_taken=False)
    subscription = waiting.order_by("created_at", "id").first()
    if subscription is not None:
        _send(message, subscription, now=now)


def take_buffered(subscription_id: UUID, *, now: datetime) -> None:
    """Give a new subscription what came before it, oldest first. Needs the lock."""
    subscription = Subscription.objects.filter(id=subscription_id, is_taken=False).first()
    if subscription is None:
        return
    waiting = Message.objects.filter(
        name=subscription.name, key=subscription.key, subscription_id=None, expires_at__gt=now
    ).order_by("published_at", "id")
    for message in waiting if subscription.stays_open else waiting[:1]:
        _send(message, subscription, now=now)


def take_back(message: Message, *, now: datetime) -> None:
    """Offer a message again that its receiver could no longer take."""
    lock([(message.name, message.key)])
    message.subscription_id = None
    message.save(update_fields=["subscription_id"])
    if message.expires_at > now:
        offer(message, now=now)


def _send(message: Message, subscription: Subscription, *, now: datetime) -> None:
    message.subscription_id = subscription.id
    message.save(update_fields=["subscription_id"])
    if not subscription.stays_open:
        subscription.is_taken = True
        subscription.save(update_fields=["is_taken"])
    InboxEntry.objects.create(
        instance_id=subscription.instance_id,
        kind=InboxEntry.Kind.MESSAGE,
        payload={"subscription_id": str(subscription.id), "message": str(message.id)},
        created_at=now,
    )
    wake_workers()
