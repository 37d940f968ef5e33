"""What is deployed, and what begins instances of it by itself."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q, Value

from firstline import clock, ids


class Deployment(models.Model):
    """A model as it was deployed with a release; never changed."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # The release's content hash; releases stand above, hence no foreign key.
    release_id = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    xml = models.TextField()
    process_ids = ArrayField(models.CharField(max_length=200))
    # Process id -> the tag of its version, where it has one.
    version_tags = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    deployed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release_id", "digest"], name="one_deployment_per_file")]
        indexes = [GinIndex(fields=["process_ids"])]

    def __str__(self) -> str:
        return f"{', '.join(self.process_ids)} of {self.release_id[:12]}"


class StartWait(models.Model):
    """What begins instances of a process by itself; only the newest deployment of a process has any."""

    class Kind(models.TextChoices):
        MESSAGE = "message"
        SIGNAL = "signal"
        TIMER = "timer"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, related_name="start_waits")
    process_id = models.CharField(max_length=200)
    element_id = models.CharField(max_length=200)
    # Which of the element's definitions, from 0.
    part = models.IntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # The message's or signal's.
    name = models.CharField(max_length=200, blank=True)
    # Messages of one key begin one instance at a time.
    has_key = models.BooleanField(default=False)
    # The timer's: as its author wrote it, and when it is due next (None = never again).
    written = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True)
    interval = models.CharField(max_length=120, blank=True)
    repetitions_left = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["process_id", "element_id", "part"], name="one_start_wait_per_way")
        ]
        indexes = [
            models.Index(fields=["name"], name="processes_start_name", condition=~Q(kind="timer")),
            models.Index(fields=["due_at"], name="processes_start_due", condition=Q(due_at__isnull=False)),
        ]


class Conversation(models.Model):
    """A running instance that a message with a key began: until it ends, no other of its process begins with the same."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    process_id = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    # May not exist yet.
    instance_id = models.UUIDField(unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["process_id", "name", "key"], name="one_instance_per_conversation")
        ]
