"""Decision models as they were deployed, and the decisions made with them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from firstline import clock, ids
from firstline.codec import TypedJSONField


class DecisionModel(models.Model):
    """One DMN file of a release."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # The release's content hash; releases stand above, hence no foreign key.
    release_id = models.CharField(max_length=64)
    file = models.CharField(max_length=120)
    xml = models.TextField()
    decision_ids = ArrayField(models.CharField(max_length=120))
    deployed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release_id", "file"], name="one_decision_model_per_file")]

    def __str__(self) -> str:
        return f"{self.file} of {self.release_id[:12]}"


class Evaluation(models.Model):
    """One decision that was made: from what, by which rules, with which result."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    business_id = models.UUIDField(null=True)
    instance_id = models.UUIDField()
    element_id = models.CharField(max_length=120)
    release_id = models.CharField(max_length=64)
    decision_id = models.CharField(max_length=120)
    inputs = TypedJSONField(default=dict)
    value = TypedJSONField(null=True)
    trace = TypedJSONField(default=list)
    diagnostics = models.JSONField(default=list)
    evaluated_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["business_id", "evaluated_at"])]

    def __str__(self) -> str:
        return f"{self.decision_id} at {self.element_id}"
