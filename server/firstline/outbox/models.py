"""Effects that a transaction wants, to be carried out after it."""

from django.db import models

from firstline import clock, ids
from firstline.codec import TypedJSONField


class OutboxEntry(models.Model):
    """One wanted effect; `key` is what the other side knows it by, so that it happens once there."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        GIVEN_UP = "given_up"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200, unique=True)
    payload = TypedJSONField(default=dict)
    # What it belongs to (a case, a contact), for screens.
    about = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    # While a worker has it: nobody else takes it before this moment.
    leased_until = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="outbox_due"),
            models.Index(
                fields=["leased_until"],
                condition=models.Q(state="waiting", leased_until__isnull=False),
                name="outbox_leased",
            ),
            models.Index(fields=["about"]),
        ]
