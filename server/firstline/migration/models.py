"""Migrations of running instances: what is mapped, how far it is, and the result for each instance."""

from django.db import models

from firstline import clock, ids


class Phase(models.TextChoices):
    """How far a migration is."""

    DRAFT = "draft"
    CHECKING = "checking"
    CHECKED = "checked"
    MOVING = "moving"
    MOVED = "moved"
    REVERTING = "reverting"
    REVERTED = "reverted"


class State(models.TextChoices):
    """What became of one instance."""

    MOVABLE = "movable"
    BLOCKED = "blocked"
    MOVED = "moved"
    # It ended or moved meanwhile, can't move any more, or something unexpected came between.
    FAILED = "failed"
    REVERTED = "reverted"
    # It has gone on, so it stays on the new version.
    KEPT = "kept"


class Migration(models.Model):
    """All running instances of one release on their way to another."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # Deployments of the engine, and the releases that they belong to.
    source_id = models.UUIDField()
    target_id = models.UUIDField()
    from_release_id = models.CharField(max_length=64)
    release_id = models.CharField(max_length=64)
    # What somebody has chosen: element of the old model -> of the new one, "" = no place.
    mapped = models.JSONField(default=dict)
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.DRAFT)
    # Counts the times that work was begun; what belongs to an earlier time does nothing any more.
    run = models.IntegerField(default=0)
    # The last instance that was looked at in a dry run, and its process.
    cursor = models.UUIDField(null=True)
    cursor_process = models.CharField(max_length=200, blank=True, default="", db_default="")
    # Of the instances that were found: how many are in which state.
    movable = models.IntegerField(default=0)
    blocked = models.IntegerField(default=0)
    moved = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    reverted = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    reason = models.TextField(blank=True)
    made_by = models.UUIDField(null=True)
    made_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["-made_at", "-id"])]

    def __str__(self) -> str:
        return f"{self.from_release_id[:12]} to {self.release_id[:12]}"


class Finding(models.Model):
    """What was found for several instances: why they can't move, or what changes for them."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    migration = models.ForeignKey(Migration, on_delete=models.CASCADE, related_name="findings")
    # See `bpmn.migration`.
    code = models.CharField(max_length=40)
    element_id = models.CharField(max_length=200, blank=True)
    # In the words of the first instance for which it was found.
    message = models.TextField()
    blocks = models.BooleanField()
    instances = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["migration", "code", "element_id"], name="one_finding_per_code_and_element")
        ]

    def __str__(self) -> str:
        return self.message


class Move(models.Model):
    """One instance in a migration, with those that it called."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    migration = models.ForeignKey(Migration, on_delete=models.CASCADE, related_name="moves")
    instance_id = models.UUIDField()
    business_id = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=State.choices)
    # The first that blocks.
    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="moves", null=True)
    message = models.TextField(blank=True)
    # How often somebody had it in hand.
    tries = models.IntegerField(default=0)
    # [[instance, number of its newest fact after the move], ...]
    sequences = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["migration", "instance_id"], name="one_move_per_instance_and_migration")
        ]
        indexes = [
            # For the worker, which comes back last to what it found in hand; and for the lists.
            models.Index(fields=["migration", "state", "tries", "instance_id"], name="migration_move_state"),
            models.Index(fields=["migration", "state", "instance_id"], name="migration_move_list"),
            models.Index(fields=["finding", "instance_id"], name="migration_move_finding"),
        ]

    def __str__(self) -> str:
        return f"{self.instance_id} {self.state}"
