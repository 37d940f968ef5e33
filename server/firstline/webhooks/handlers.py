"""What happens becomes events for programs outside; the outbox delivers them, those about one subject one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from firstline import clock
from firstline.cases.events import CaseClosed, CaseOpened, PromiseMade
from firstline.cases.models import Case
from firstline.contacts.events import ContactFinished, ContactOpened
from firstline.contacts.models import Contact
from firstline.crashpoints import crash_point
from firstline.outbox.ports import Delivery, TryAgain
from firstline.processes.events import TaskCancelled, TaskCompleted, TaskCreated
from firstline.relationship.events import StageChanged
from firstline.sources.events import CommandConfirmed, CommandStopped
from firstline.webhooks import rules, sending
from firstline.webhooks.actions import is_wanted, note, secret_of
from firstline.webhooks.models import Notice

# So many in one go, then others of the worker's tasks get their turn.
_AT_ONCE = 20


# --- what happens ----------------------------------------------------------------------------------------------------


def on_case_opened(event: CaseOpened) -> None:
    """A case was opened."""
    _of_case("case.opened", event.case_id, contact_id=event.contact_id)


def on_case_closed(event: CaseClosed) -> None:
    """A case was closed."""
    _of_case("case.closed", event.case_id)


def on_promise(event: PromiseMade) -> None:
    """A customer was promised something."""
    _of_case("promise.made", event.case_id, promise_id=event.promise_id, due_at=event.due_at)


def on_task_created(event: TaskCreated) -> None:
    """A step waits for somebody."""
    teams = list(event.candidate_groups)
    _of_case(
        "step.created",
        event.business_id,
        task_id=event.task_id,
        step=event.element_id,
        teams=teams,
        due_at=event.due_at,
    )


def on_task_completed(event: TaskCompleted) -> None:
    """A step was done."""
    _of_case("step.completed", event.business_id, task_id=event.task_id, step=event.element_id)


def on_task_cancelled(event: TaskCancelled) -> None:
    """A step isn't needed any more."""
    _of_case("step.cancelled", event.business_id, task_id=event.task_id, step=event.element_id)


def on_command_confirmed(event: CommandConfirmed) -> None:
    """A change stands in a back-office system."""
    _of_case("change.confirmed", event.case_id, change_id=event.command_id, system=event.source, change=event.command)


def on_command_stopped(event: CommandStopped) -> None:
    """A change can't be made."""
    told = {"change_id": event.command_id, "system": event.source, "change": event.command, "reason": event.reason}
    _of_case("change.stopped", event.case_id, **told)


def on_stage_changed(event: StageChanged) -> None:
    """A relationship entered another stage."""
    kind = "customer.stage-changed"
    if not is_wanted(kind):
        return
    data = {
        "customer_id": event.customer_id,
        "brand": event.brand,
        "stage": event.stage,
        "before": event.before,
        "is_by_hand": "yes" if event.is_by_hand else "no",
        "reason": event.reason,
    }
    note(kind=kind, subject=f"customer/{event.customer_id}", brand_key=event.brand, data=_plain(data))


def on_contact_opened(event: ContactOpened) -> None:
    """A customer made contact."""
    _of_contact("contact.opened", event.contact_id)


def on_contact_finished(event: ContactFinished) -> None:
    """A contact is over."""
    _of_contact("contact.finished", event.contact_id, cases=[str(one) for one in event.case_ids])


def _of_case(kind: str, case_id: UUID | None, **more: object) -> None:
    """Note what happened to a case: ids and keys, nothing personal; what is not about a case is told to nobody."""
    if case_id is None or not is_wanted(kind):
        return
    case = Case.objects.select_related("brand").filter(id=case_id).first()
    if case is None:
        return
    data = {
        "case_id": case.id,
        "number": case.number,
        "reason": case.reason_key,
        "state": case.state,
        "outcome": case.outcome,
        "customer_id": case.customer_id,
        "brand": case.brand.key,
        **more,
    }
    note(kind=kind, subject=f"case/{case.id}", brand_key=case.brand.key, data=_plain(data))


def _of_contact(kind: str, contact_id: UUID, **more: object) -> None:
    if not is_wanted(kind):
        return
    contact = Contact.objects.select_related("brand").get(id=contact_id)
    data = {
        "contact_id": contact.id,
        "channel": contact.channel,
        "customer_id": contact.customer_id,
        "brand": contact.brand.key,
        **more,
    }
    note(kind=kind, subject=f"contact/{contact.id}", brand_key=contact.brand.key, data=_plain(data))


def _plain(data: dict[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, list | None) else _text(value) for name, value in data.items()}


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


# --- telling ---------------------------------------------------------------------------------------------------------


def deliver(delivery: Delivery) -> None:
    """Send a notice, after those about the same subject that wait before it."""
    notice = Notice.objects.get(id=UUID(delivery.payload["notice_id"]))
    if notice.state != Notice.State.WAITING:
        return
    with _alone(notice) as is_ours:
        if not is_ours:
            raise TryAgain("Another event about the same is on its way.", timedelta(seconds=1))
        for _turn in range(_AT_ONCE):
            head = _head(notice)
            if head is None or head.number > notice.number:
                return
            if head.next_attempt_at > clock.now() or not _send(head):
                raise TryAgain(
                    head.last_answer or "An earlier event about the same waits.",
                    max(timedelta(seconds=1), head.next_attempt_at - clock.now()),
                )
    raise TryAgain("There are more before it.", timedelta())


def _head(notice: Notice) -> Notice | None:
    """Find the oldest that waits for the same endpoint about the same subject."""
    waiting = Notice.objects.filter(endpoint_id=notice.endpoint_id, subject=notice.subject, state=Notice.State.WAITING)
    return waiting.select_related("endpoint").order_by("number").first()


def _send(notice: Notice) -> bool:
    """Try once, and note what came of it; False when it is to be tried again later."""
    now, body = clock.now(), rules.body_of(notice.event)
    headers = rules.signed_headers(secret_of(notice.endpoint), event_id=str(notice.id), at=now, body=body)
    try:
        status = sending.send(
            notice.endpoint.url, headers={**headers, "Content-Type": "application/cloudevents+json"}, body=body
        )
    except sending.NotSent as error:
        status, notice.last_answer = 0, str(error)
    else:
        notice.last_answer = f"HTTP {status}"
    crash_point("webhooks.sent")
    return _note(notice, status)


def _note(notice: Notice, status: int) -> bool:
    now = clock.now()
    notice.attempts += 1
    notice.first_attempt_at = notice.first_attempt_at or now
    after = rules.next_attempt(first_at=notice.first_attempt_at, attempts=notice.attempts, now=now)
    if rules.is_taken(status):
        notice.state = Notice.State.DELIVERED
    elif rules.is_for_good(status) or after is None:
        notice.state = Notice.State.DEAD
    else:
        notice.next_attempt_at = after
    is_over = notice.state != Notice.State.WAITING
    notice.ended_at = now if is_over else None
    # Meanwhile its endpoint may have been ended, and the notice with it.
    Notice.objects.filter(id=notice.id, state=Notice.State.WAITING).update(
        attempts=notice.attempts,
        first_attempt_at=notice.first_attempt_at,
        next_attempt_at=notice.next_attempt_at,
        last_answer=notice.last_answer[:300],
        state=notice.state,
        ended_at=notice.ended_at,
    )
    return is_over


@contextmanager
def _alone(notice: Notice) -> Iterator[bool]:
    """Hold the lock on what goes to an endpoint about a subject; False when another worker has it. It ends with the process."""
    lane = f"webhook:{notice.endpoint_id}:{notice.subject}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [lane])
        row: tuple[bool] = cursor.fetchone()
    try:
        yield row[0]
    finally:
        if row[0]:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [lane])
