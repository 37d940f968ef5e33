"""The history of the stages that relationships went through."""

from django.db import models

from firstline import ids
from firstline.codec import TypedJSONField
from firstline.customers.models import Customer


class StageChange(models.Model):
    """A customer entered a stage, by the rule or by hand; the last one holds."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=60)
    at = models.DateTimeField()
    # By hand it stays until somebody leaves it to the rule again.
    is_by_hand = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=200, blank=True)
    # The facts that the rule looked at: name -> value.
    facts = TypedJSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"])]


class StageSweep(models.Model):
    """One look at the stages of all who have one: some change by time alone."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    looked_at = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    # The last customer who was looked at; no foreign key, as it is a place in their order.
    reached = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-started_at"])]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(finished_at=None), name="relationship_one_sweep_at_a_time"
            )
        ]
