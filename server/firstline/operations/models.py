"""Incidents that are retried together, and what came of each."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from firstline import clock, ids


class Batch(models.Model):
    """Many incidents of a kind, tried again by somebody for one reason."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    process_id = models.CharField(max_length=200, blank=True)
    element_id = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=40)
    # Of one of them; the others are alike.
    message = models.TextField(blank=True)
    reason = models.TextField()
    started_by = models.UUIDField()
    started_by_name = models.CharField(max_length=200)
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} at {self.element_id} of {self.process_id}"


class BatchItem(models.Model):
    """One incident of a batch."""

    class State(models.TextChoices):
        WAITING = "waiting"
        # Tried; what came of it isn't known yet.
        UNDER_WAY = "under_way"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        # Resolved otherwise before its turn came, or its instance went on without it.
        GONE = "gone"

    UNSETTLED: ClassVar = (State.WAITING, State.UNDER_WAY)

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items", db_index=False)
    incident_id = models.UUIDField()
    instance_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    # Why it failed.
    message = models.TextField(blank=True)
    tried_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["batch", "state", "id"]),
            models.Index(
                fields=["batch", "id"],
                name="operations_item_unsettled",
                condition=Q(state__in=["waiting", "under_way"]),
            ),
        ]
