"""Instances, and what `bpmn` calls their state: tokens, variables, joins, what can be compensated."""

from django.db import models
from django.db.models import Q, Value

from firstline import clock, ids
from firstline.codec import TypedJSONField
from firstline.processes.models.deployments import Deployment


class Instance(models.Model):
    """One run of a process; its row is locked while a step is made."""

    class SuspendedBy(models.TextChoices):
        """Who holds it, while it is suspended."""

        OPERATOR = ""
        # The one that called it is suspended, and it with that one.
        CALLER = "caller"
        BOTH = "both"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # The lists of a version are read by the index below, which begins with it.
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, related_name="instances", db_index=False)
    process_id = models.CharField(max_length=200)
    # The case it belongs to; called instances have their caller's.
    business_id = models.UUIDField(null=True)
    # The call that waits for this one's result.
    call_id = models.UUIDField(null=True)
    caller_id = models.UUIDField(null=True)
    # Of the message that began it, if its conversation ends with the instance.
    message_name = models.CharField(max_length=200, blank=True, default="", db_default="")
    message_key = models.CharField(max_length=200, blank=True, default="", db_default="")
    # "" = running; completed, terminated, cancelled, error.
    outcome = models.CharField(max_length=20, blank=True)
    # Set while nothing happens to it but what operators do.
    suspended_at = models.DateTimeField(null=True)
    suspended_by = models.CharField(max_length=10, choices=SuspendedBy.choices, blank=True, default="", db_default="")
    # What is left to do while it pauses in the middle of a long step, as JSON; "" = it doesn't.
    pending = models.TextField(blank=True, default="", db_default="")
    # Of the newest fact.
    sequence = models.IntegerField(default=0)
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["business_id"]),
            models.Index(fields=["ended_at"], name="processes_instance_ended", condition=Q(ended_at__isnull=False)),
            models.Index(fields=["deployment", "process_id", "outcome", "id"], name="processes_instance_version"),
            models.Index(
                fields=["deployment", "process_id", "id"],
                name="processes_instance_suspended",
                condition=Q(suspended_at__isnull=False),
            ),
            models.Index(fields=["caller_id"], name="processes_instance_called", condition=Q(caller_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.process_id} {self.id}"


class ElementInstance(models.Model):
    """Where a token is; the process itself too, with the instance's id and no scope."""

    id = models.UUIDField(primary_key=True, editable=False)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="elements")
    element_id = models.CharField(max_length=200)
    scope_id = models.UUIDField(null=True)
    tokens = models.IntegerField(default=0)
    # [[kind, id], ...] of what it waits for.
    waits = models.JSONField(default=list)
    incident_id = models.UUIDField(null=True)
    # What few have: rounds of a loop, the mode of a scope, what can be compensated, an errand.
    details = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    entered_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["scope_id"])]


class Variable(models.Model):
    """One value in one scope."""

    pk = models.CompositePrimaryKey("scope_id", "name")
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="variables")
    scope_id = models.UUIDField()
    name = models.CharField(max_length=200)
    value = TypedJSONField(null=True)


class Join(models.Model):
    """Tokens waiting at a gateway: flow id -> how many."""

    pk = models.CompositePrimaryKey("scope_id", "element_id")
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="joins")
    scope_id = models.UUIDField()
    element_id = models.CharField(max_length=200)
    waiting = models.JSONField(default=dict)
    # Of a complex gateway until it is reset: the flows whose tokens it took.
    taken = models.JSONField(default=list, db_default=Value([], models.JSONField()))


class Compensable(models.Model):
    """An activity that has ended and can be compensated: number `order` of its scope."""

    pk = models.CompositePrimaryKey("scope_id", "order")
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="compensables")
    scope_id = models.UUIDField()
    order = models.IntegerField()
    element_id = models.CharField(max_length=200)
    element_instance_id = models.UUIDField()
    round = models.IntegerField(default=0)
    inside = models.IntegerField(default=0)
