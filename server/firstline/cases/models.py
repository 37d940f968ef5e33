"""What customers want, being dealt with."""

from django.db import models

from firstline import clock, ids
from firstline.accounts.models import Brand, User
from firstline.codec import TypedJSONField
from firstline.customers.models import Customer
from firstline.procedures.models import Release


class Case(models.Model):
    """One thing that one customer wants, from the first contact to its end."""

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"
        CANCELLED = "cancelled"
        MERGED = "merged"  # the same thing twice: it goes on as the case `merged_into`

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    number = models.CharField(max_length=20, unique=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="cases", null=True)
    reason_key = models.CharField(max_length=80)
    # The release that this case stays on; none when the reason has no procedure: a gap.
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+", null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=80, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=8, default="en")
    # The contact that opened it (the contact register stands above the cases, hence no foreign key).
    contact_id = models.UUIDField(null=True)
    channel = models.CharField(max_length=20, blank=True)
    instance_id = models.UUIDField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, related_name="+", null=True, db_index=False)

    class Meta:
        indexes = [
            models.Index(fields=["merged_into"], condition=~models.Q(merged_into=None), name="case_merged"),
            models.Index(fields=["customer", "state"]),
            models.Index(fields=["brand", "-opened_at", "-id"]),
            models.Index(fields=["contact_id"]),
        ]


class CaseMerge(models.Model):
    """One merge, with why it was made, and its undoing. While it isn't undone, `merged.merged_into` is the survivor."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    survivor = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    merged = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    # Its process stood still already, because an operator wanted it so: undoing doesn't set it going.
    was_suspended = models.BooleanField(default=False)
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    undo_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at=None), name="case_merged_into_one_at_a_time"
            )
        ]


class Promise(models.Model):
    """What somebody told the customer would happen, and by when."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="promises")
    text = models.CharField(max_length=300)
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    contact_id = models.UUIDField(null=True)
    kept_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(kept_at=None, withdrawn_at=None), name="promise_open")
        ]


class StepDraft(models.Model):
    """Where somebody stands in the guide of a step, with what was answered so far; only completing reaches the engine."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="drafts")
    task_id = models.UUIDField(unique=True)
    # The pages walked so far; the last one is where the person stands.
    trail = models.JSONField(default=list)
    answers = TypedJSONField(default=dict)
    # Source -> id of the reading that the person saw in the preview.
    readings = models.JSONField(default=dict)
    version = models.IntegerField(default=0)
    parked_until = models.DateTimeField(null=True)
    parked_because = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(default=clock.now)
    updated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)


class Note(models.Model):
    """What a colleague should know about a case; never shown to the customer."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    written_at = models.DateTimeField(default=clock.now)
