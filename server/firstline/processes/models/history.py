"""What stays of an instance: why it couldn't go on, and every fact of it."""

from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import MD5

from firstline import clock, ids


class Incident(models.Model):
    """Why an instance can't go on; stays when it is resolved."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    instance_id = models.UUIDField()
    business_id = models.UUIDField(null=True)
    # Of the instance; None and "" where there is none.
    deployment_id = models.UUIDField(null=True)
    process_id = models.CharField(max_length=200, blank=True, default="", db_default="")
    element_instance_id = models.UUIDField(null=True)
    element_id = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=40)
    message = models.TextField()
    # What incidents with the same message have in common, but for the numbers in it.
    likeness = models.GeneratedField(
        expression=MD5(
            Func(
                "message",
                Value("[0-9]+"),
                Value("#"),
                Value("g"),
                function="regexp_replace",
                output_field=models.TextField(),
            )
        ),
        output_field=models.CharField(max_length=32),
        db_persist=True,
    )
    # Where a retry goes on; "held" = the executor's own, for what it couldn't even try.
    stage = models.CharField(max_length=10)
    raised_at = models.DateTimeField(default=clock.now)
    failed_again_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    # retried or cancelled.
    resolution = models.CharField(max_length=10, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["instance_id"]),
            models.Index(fields=["business_id"], name="processes_incident_open", condition=Q(resolved_at=None)),
            models.Index(
                fields=["process_id", "element_id", "kind", "likeness", "id"],
                name="processes_incident_alike",
                condition=Q(resolved_at=None),
            ),
            models.Index(
                fields=["deployment_id", "process_id", "instance_id"],
                name="processes_incident_version",
                condition=Q(resolved_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.element_id}: {self.message}"


class HistoryStep(models.Model):
    """The facts of one step of one instance, in order. What may hold personal values lies in `values`, which can be erased by itself."""

    pk = models.CompositePrimaryKey("instance_id", "sequence")
    instance_id = models.UUIDField()
    # Of the first fact; facts count from 1 within the instance.
    sequence = models.IntegerField()
    at = models.DateTimeField()
    facts = models.JSONField()
    # By place in `facts`, from "0".
    values = models.JSONField(null=True)


class HistoryFact(models.Model):
    """One fact of one instance: a view of the steps, for reading."""

    pk = models.CompositePrimaryKey("instance_id", "sequence")
    instance_id = models.UUIDField()
    # Counts from 1 within the instance.
    sequence = models.IntegerField()
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    element_id = models.CharField(max_length=200, blank=True)
    data = models.JSONField()
    values = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "processes_fact"
