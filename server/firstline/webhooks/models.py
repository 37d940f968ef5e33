"""Who is told what, and what was told."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from firstline import clock, ids
from firstline.accounts.models import Brand


class Endpoint(models.Model):
    """An address of a program that wants to be told of events of some types."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=200)
    url = models.CharField(max_length=1000)
    types = ArrayField(models.CharField(max_length=80))
    # None: of all brands.
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", null=True)
    # Counts up when its secret is renewed; the secret itself is made of it and of the installation's key, and kept nowhere.
    secret_number = models.IntegerField(default=1)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)


class Notice(models.Model):
    """One event for one endpoint; its id is the event's id for the receiver, the same at every attempt."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        DEAD = "dead"  # tried for days in vain, refused for good, or the endpoint has ended

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="notices")
    type = models.CharField(max_length=80)
    # What it is about, such as a case: notices about the same go out in the order of their numbers.
    subject = models.CharField(max_length=60)
    # Of a sequence, so that nobody waits for anybody: what comes of something else has the higher number.
    number = models.BigIntegerField(unique=True)
    # The CloudEvent as it is sent.
    event = models.JSONField()
    at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.IntegerField(default=0)
    # The attempts since it was last wanted; a replay begins anew.
    first_attempt_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(default=clock.now)
    last_answer = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["endpoint", "-at", "-id"]),
            models.Index(
                fields=["endpoint", "subject", "number"], condition=models.Q(state="waiting"), name="webhooks_waiting"
            ),
        ]
