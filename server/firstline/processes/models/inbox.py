"""What comes to instances from outside, and from one to another."""

from django.db import models
from django.db.models import Q

from firstline import clock, ids
from firstline.codec import TypedJSONField


class Message(models.Model):
    """A message: correlated once, buffered until then while it lives; then only its id is remembered for a time."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # Given by the sender: the same id is the same message.
    message_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    # Where a message flow leads: a process of this deployment, and perhaps an element in it; "" = whoever waits.
    deployment_id = models.UUIDField(null=True)
    process_id = models.CharField(max_length=200, blank=True, default="", db_default="")
    target_id = models.CharField(max_length=200, blank=True, default="", db_default="")
    variables = TypedJSONField(default=dict)
    published_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    # Where it went: a subscription, or the instance that it begins.
    subscription_id = models.UUIDField(null=True)
    delivered_at = models.DateTimeField(null=True)
    # It came too early for everybody; nobody gets it any more.
    is_expired = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["name", "key", "published_at", "id"],
                name="processes_message_buffered",
                condition=Q(subscription_id=None, is_expired=False),
            ),
            models.Index(
                fields=["expires_at"],
                name="processes_message_expires",
                condition=Q(subscription_id=None, is_expired=False),
            ),
            models.Index(fields=["expires_at"], name="processes_message_forget"),
        ]


class Signal(models.Model):
    """A signal from outside that was broadcast; only its id is remembered, for a time."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # Given by the sender: the same id is the same signal.
    signal_id = models.CharField(max_length=200, unique=True)
    broadcast_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["broadcast_at"], name="processes_signal_forget")]


class InboxEntry(models.Model):
    """What one instance, or a message, wants of another instance: taken in the order of arrival, once.

    `start` is a call, `begin` an event that begins an instance, `go_on` its own next stretch when it pauses; `suspension` says that
    its caller was suspended or resumed, and to do likewise; `job_answered` is what a worker said while it was suspended. What is held waits for a person; so does what came behind it.
    """

    class Kind(models.TextChoices):
        START = "start"
        BEGIN = "begin"
        CANCEL = "cancel"
        CALL_ENDED = "call_ended"
        MESSAGE = "message"
        SIGNAL = "signal"
        ESCALATION = "escalation"
        GO_ON = "go_on"
        SUSPENSION = "suspension"
        JOB_ANSWERED = "job_answered"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # Doesn't exist yet when `kind` is start or begin.
    instance_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    payload = TypedJSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    incident_id = models.UUIDField(null=True)
    is_held = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["instance_id", "id"]),
            models.Index(fields=["instance_id", "id"], name="processes_inbox_free", condition=Q(is_held=False)),
            models.Index(fields=["id"], name="processes_inbox_paused", condition=Q(kind="go_on", is_held=False)),
        ]
