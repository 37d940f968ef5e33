"""Messages and those who wait for them: brought together one at a time per name and key.

Whoever opens or closes a subscription, or publishes a message, holds the advisory lock of its name and key until the
transaction ends. So a message that comes before its catcher is seen by the catcher, and the other way round. Whoever publishes
also shares the lock of the name, which a deployment of start events has for itself: they see each other, too.

A message goes to one: to who has waited for it longest, else it begins an instance.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from bpmn import facts
from firstline import codec, ids
from firstline.outbox.actions import wake_workers
from firstline.processes.adapters import starts
from firstline.processes.adapters.rows import Row, Rows
from firstline.processes.models import Conversation, InboxEntry, Instance, Message, Subscription
from firstline.statements import FEW, execute

# --- locks ---


def lock(pairs: Iterable[tuple[str, str]]) -> None:
    """Hold the locks of these names and keys, in one order for all."""
    wanted = [f"message {name} {key}" for name, key in sorted(set(pairs))]
    if wanted:
        execute(_LOCK, [wanted])


def lock_to_publish(pairs: Iterable[tuple[str, str]]) -> None:
    """Hold what publishing messages of these names and keys needs."""
    pairs = set(pairs)
    names = [f"starts {name}" for name in sorted({name for name, _ in pairs})]
    execute(_LOCK_SHARED, [names])
    lock(pairs)


# One row after another, so in the order of the array.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(one, 0)) FROM unnest(%s::text[]) AS one"
_LOCK_STARTS = "SELECT pg_advisory_xact_lock(hashtextextended(one, 1)) FROM unnest(%s::text[]) AS one"
_LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtextextended(one, 1)) FROM unnest(%s::text[]) AS one"


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


# --- publishing ---

_COLUMNS = (
    *("id", "message_id", "name", "key", "deployment_id", "process_id", "target_id"),
    *("published_at", "expires_at", "is_expired"),
)
_KEEP = f"""
INSERT INTO processes_message ({", ".join(_COLUMNS)}, variables) VALUES ({"%s, " * len(_COLUMNS)}%s::jsonb)
ON CONFLICT (message_id) DO NOTHING RETURNING id
"""  # noqa: S608 -- names


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
    message = Message(
        message_id=message_id,
        name=name,
        key=key,
        deployment_id=deployment_id if process_id else None,
        process_id=process_id,
        target_id=target_id,
        variables=variables,
        published_at=now,
        expires_at=expires_at,
    )
    if _is_new(message):
        offer(message, now=now)


def _is_new(message: Message) -> bool:
    """Keep a message unless one with its id is there: then whoever sends that one at the same time is waited for."""
    values = [*(getattr(message, name) for name in _COLUMNS), codec.dumps(message.variables)]
    return execute(_KEEP, values).fetchone() is not None


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


def take_buffered(opened: Iterable[tuple[Instance, facts.MessageSubscribed]], *, now: datetime) -> None:
    """Give new subscriptions what came before them, oldest first. Needs the locks."""
    new = list(opened)
    if not new:
        return
    wanted = [{"name": fact.name, "key": fact.key} for _, fact in new]
    buffered = set(execute(_BUFFERED, [json.dumps(wanted), now]).fetchall())
    for instance, fact in new:
        if (fact.name, fact.key) in buffered:
            _take_buffered(instance, UUID(fact.id), now=now)


# Of these names and keys, those that have something to be taken; of most nothing came before.
_BUFFERED = f"""
SELECT DISTINCT wanted.name, wanted.key
FROM (SELECT * FROM json_to_recordset(%s::json) AS wanted (name text, key text) {FEW}) wanted,
    LATERAL (SELECT 1 FROM processes_message
        WHERE name = wanted.name AND key = wanted.key AND subscription_id IS NULL AND NOT is_expired AND expires_at > %s LIMIT 1) found
"""  # noqa: S608 -- names


def _take_buffered(instance: Instance, subscription_id: UUID, *, now: datetime) -> None:
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
    execute(_LOCK_STARTS, [[f"starts {name}" for name in names]])
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
    rows = Rows()
    message.subscription_id = subscription.id
    rows.update(Message, str(message.id), subscription_id=subscription.id)
    if not subscription.stays_open:
        subscription.is_taken = True
        rows.update(Subscription, str(subscription.id), is_taken=True)
    payload = {"subscription_id": str(subscription.id), "message": str(message.id)}
    columns: Row = {"id": ids.new_text(), "instance_id": subscription.instance_id, "created_at": now}
    columns |= {"kind": InboxEntry.Kind.MESSAGE, "payload": codec.encode(payload)}
    rows.insert(InboxEntry, columns["id"], columns)
    rows.write()
    wake_workers("steps")


def _note(message: Message, where: UUID | None) -> None:
    message.subscription_id = where
    Message.objects.filter(id=message.id).update(subscription_id=where)
