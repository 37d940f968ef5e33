"""Messages and those who wait for them: brought together one at a time per name and key.

Whoever opens or closes a subscription, or publishes a message, holds the advisory lock of its name and key until the
transaction ends. So a message that comes before its catcher is seen by the catcher, and the other way round. Whoever publishes
also shares the lock of the name, which a deployment of start events has for itself: they see each other, too.

A message goes to one: to who has waited for it longest, else it begins an instance.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from bpmn import facts
from firstline.outbox.actions import wake_workers
from firstline.processes.adapters import starts
from firstline.processes.models import Conversation, InboxEntry, Instance, Message, Subscription

# --- locks ---


def lock(pairs: Iterable[tuple[str, str]]) -> None:
    """Hold the locks of these names and keys, in one order for all."""
    for name, key in sorted(set(pairs)):
        _execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", f"message {name} {key}")


def lock_to_publish(pairs: Iterable[tuple[str, str]]) -> None:
    """Hold what publishing messages of these names and keys needs."""
    pairs = set(pairs)
    for name in sorted({name for name, _ in pairs}):
        _execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 1))", f"starts {name}")
    lock(pairs)


_OF_MESSAGES = frozenset(
    {facts.MessageThrown, facts.MessageSubscribed, facts.MessageReceived, facts.WaitCancelled, facts.InstanceEnded}
)


def lock_of_steps(made: Iterable[tuple[Instance, Iterable[facts.Fact]]]) -> None:
    """Hold the locks of every subscription that steps open or close, and of every message that they throw or let go."""
    thrown: list[tuple[str, str]] = []
    pairs: list[tuple[str, str]] = []
    closing: list[str] = []
    for instance, told in made:
        for fact in told:
            if type(fact) not in _OF_MESSAGES:
                continue
            if isinstance(fact, facts.MessageThrown):
                thrown.append((fact.name, fact.key))
            elif isinstance(fact, facts.MessageSubscribed):
                pairs.append((fact.name, fact.key))
            elif isinstance(fact, facts.InstanceEnded) and instance.message_key:
                pairs.append((instance.message_name, instance.message_key))
            elif isinstance(fact, facts.MessageReceived) or (
                isinstance(fact, facts.WaitCancelled) and fact.kind == "message"
            ):
                closing.append(fact.id)
    if closing:
        pairs += Subscription.objects.filter(id__in=closing).values_list("name", "key")
    if thrown:
        lock_to_publish([*thrown, *pairs])
    elif pairs:
        lock(pairs)


def _execute(statement: str, what: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [what])


# --- publishing ---


def publish(
    *,
    message_id: str,
    name: str,
    key: str,
    variables: Mapping[str, Any],
    expires_at: datetime,
    now: datetime,
    deployment_id: UUID | None = None,
    process_id: str = "",
    target_id: str = "",
) -> None:
    """Give a message to one who waits for it, let it begin an instance, or keep it; the same id a second time changes nothing.

    `process_id` and `target_id` are where a message flow of `deployment_id` leads. Needs the lock.
    """
    message, made = Message.objects.get_or_create(
        message_id=message_id,
        defaults={
            "name": name,
            "key": key,
            "deployment_id": deployment_id if process_id else None,
            "process_id": process_id,
            "target_id": target_id,
            "variables": variables,
            "published_at": now,
            "expires_at": expires_at,
        },
    )
    if made:
        offer(message, now=now)


def offer(message: Message, *, now: datetime) -> None:
    """Give a message to who has waited for it longest, else let it begin an instance; else it stays in the buffer. Needs the lock."""
    waiting = Subscription.objects.filter(name=message.name, key=message.key, is_taken=False)
    if message.process_id:
        waiting = waiting.filter(instance__process_id=message.process_id)
    subscription = waiting.order_by("created_at", "id").first()
    if subscription is not None:
        _send(message, subscription, now=now)
        return
    instance_id = starts.begin_by_message(message, now=now)
    if instance_id is not None:
        _note(message, instance_id)


def take_buffered(instance: Instance, subscription_id: UUID, *, now: datetime) -> None:
    """Give a new subscription what came before it, oldest first. Needs the lock."""
    subscription = Subscription.objects.filter(id=subscription_id, is_taken=False).first()
    if subscription is None:
        return
    waiting = _buffered(now).filter(
        name=subscription.name, key=subscription.key, process_id__in=["", instance.process_id]
    )
    for message in waiting.select_for_update() if subscription.stays_open else waiting.select_for_update()[:1]:
        _send(message, subscription, now=now)


def take_buffered_by_starts(names: Iterable[str], *, now: datetime) -> None:
    """Let what came before the start events that wait for it begin instances, oldest first."""
    names = sorted(names)
    for name in names:
        _execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", f"starts {name}")
    waiting = _buffered(now).filter(name__in=names, process_id="")
    lock(waiting.values_list("name", "key"))
    for message in waiting.select_for_update():
        offer(message, now=now)


def take_back(message: Message, *, now: datetime) -> None:
    """Offer a message again that its receiver could no longer take."""
    lock_to_publish([(message.name, message.key)])
    _note(message, None)
    if message.expires_at > now:
        offer(message, now=now)


def end_conversation(instance: Instance, *, now: datetime) -> None:
    """Let the next message of the name and key that began an instance begin another, as it has ended. Needs the lock."""
    Conversation.objects.filter(instance_id=instance.id).delete()
    waiting = _buffered(now).filter(name=instance.message_name, key=instance.message_key)
    for message in waiting.select_for_update():
        offer(message, now=now)
        if message.subscription_id is not None:
            return


def _buffered(now: datetime) -> QuerySet[Message]:
    """Find what may still be taken. Lock it before: what expires meanwhile is emptied."""
    buffered = Message.objects.filter(subscription_id=None, is_expired=False, expires_at__gt=now)
    return buffered.order_by("published_at", "id")


def _send(message: Message, subscription: Subscription, *, now: datetime) -> None:
    _note(message, subscription.id)
    if not subscription.stays_open:
        subscription.is_taken = True
        subscription.save(update_fields=["is_taken"])
    InboxEntry.objects.create(
        instance_id=subscription.instance_id,
        kind=InboxEntry.Kind.MESSAGE,
        payload={"subscription_id": str(subscription.id), "message": str(message.id)},
        created_at=now,
    )
    wake_workers("steps")


def _note(message: Message, where: UUID | None) -> None:
    message.subscription_id = where
    message.save(update_fields=["subscription_id"])
