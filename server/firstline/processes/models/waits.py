"""What else an instance waits for: moments, messages, signals, conditions, other instances."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from firstline import clock
from firstline.processes.models.instances import Instance


class Timer(models.Model):
    """A moment at which something happens to an instance."""

    id = models.UUIDField(primary_key=True, editable=False)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="timers")
    element_instance_id = models.UUIDField()
    element_id = models.CharField(max_length=200)
    due_at = models.DateTimeField()
    interval = models.CharField(max_length=120, blank=True)
    repetitions_left = models.IntegerField(null=True)
    # Why it couldn't happen, and that nobody tries until a person says so.
    incident_id = models.UUIDField(null=True)
    is_held = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="processes_timer_due", condition=Q(is_held=False))]


class Subscription(models.Model):
    """A message that an element instance waits for."""

    id = models.UUIDField(primary_key=True, editable=False)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="subscriptions")
    element_instance_id = models.UUIDField()
    element_id = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    # Takes any number of messages; another takes one, and is taken from the moment that one is on its way.
    stays_open = models.BooleanField(default=False)
    is_taken = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["name", "key"], name="processes_subscription_free", condition=Q(is_taken=False))
        ]


class Listener(models.Model):
    """A signal or condition that an element instance waits for, or the steps that an ad-hoc subprocess offers."""

    class Kind(models.TextChoices):
        SIGNAL = "signal"
        CONDITION = "condition"
        OFFER = "offer"

    id = models.UUIDField(primary_key=True, editable=False)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="listeners")
    element_instance_id = models.UUIDField()
    element_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # The signal's.
    name = models.CharField(max_length=200, blank=True)
    # The condition's: what it reads, each as "scope name", and whether it held when last looked at.
    watches = ArrayField(models.CharField(max_length=240), default=list)
    part = models.IntegerField(default=0)
    holds = models.BooleanField(default=False)
    # The steps that are offered.
    step_ids = ArrayField(models.CharField(max_length=200), default=list)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["name"], name="processes_listener_signal", condition=Q(kind="signal")),
            GinIndex(fields=["watches"], name="processes_listener_watches"),
        ]


class Call(models.Model):
    """Another instance whose result an element instance waits for."""

    id = models.UUIDField(primary_key=True, editable=False)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="calls")
    element_instance_id = models.UUIDField()
    element_id = models.CharField(max_length=200)
    called_id = models.UUIDField()
