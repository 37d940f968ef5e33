"""Decision models as they were deployed, and the decisions made with them."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from firstline import clock, ids
from firstline.codec import TypedJSONField


class ModelVersion(models.Model):
    """A decision model as it was deployed; it never changes."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # The id of its <definitions>; files of one key are versions of one model, from 1 on.
    key = models.CharField(max_length=200)
    number = models.IntegerField()
    name = models.CharField(max_length=200)
    namespace = models.CharField(max_length=500, blank=True)
    # SHA-256 of the XML.
    digest = models.CharField(max_length=64)
    xml = models.TextField()
    decision_ids = ArrayField(models.CharField(max_length=120))
    # Decision id -> the tag of this version, where it has one.
    version_tags = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    # Beside the ids.
    decision_names = ArrayField(models.CharField(max_length=200), default=list)
    # Names and ids in small letters.
    search_text = models.TextField(blank=True)
    # The versions of other models that this one imports, as they were when it was deployed.
    imports = ArrayField(models.UUIDField(), default=list)
    deployed_at = models.DateTimeField(default=clock.now)
    # None: from the command line.
    deployed_by = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "number"], name="one_model_version_per_number")]
        indexes = [
            models.Index(fields=["key", "digest"]),
            models.Index(fields=["namespace"]),
            models.Index(fields=["-deployed_at", "-id"]),
            GinIndex(fields=["decision_ids"], name="model_version_decisions"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class DecisionModel(models.Model):
    """One DMN file of a release: which version of a model it uses."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # The release's content hash; releases stand above, hence no foreign key.
    release_id = models.CharField(max_length=64)
    file = models.CharField(max_length=120)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="uses", null=True)
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
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="evaluations", null=True)
    decision_id = models.CharField(max_length=120)
    inputs = TypedJSONField(default=dict)
    value = TypedJSONField(null=True)
    trace = TypedJSONField(default=list)
    # "table#rule" of each rule that matched, to find evaluations and to count.
    matched = ArrayField(models.CharField(max_length=500), default=list)
    diagnostics = models.JSONField(default=list)
    evaluated_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["business_id", "evaluated_at"]),
            models.Index(fields=["-evaluated_at", "-id"]),
            models.Index(fields=["version", "-evaluated_at", "-id"]),
            models.Index(fields=["decision_id", "-evaluated_at", "-id"]),
            GinIndex(fields=["matched"], name="evaluation_matched"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} at {self.element_id}"
