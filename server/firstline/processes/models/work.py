"""What an instance waits for that somebody does: people's tasks, jobs, and who has them in hand."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from firstline import clock, ids
from firstline.processes.models.instances import Instance


class Task(models.Model):
    """A step for a person; stays when it is done."""

    class State(models.TextChoices):
        OPEN = "open"
        COMPLETED = "completed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, editable=False)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="tasks")
    element_instance_id = models.UUIDField()
    element_id = models.CharField(max_length=200)
    business_id = models.UUIDField(null=True)
    name = models.CharField(max_length=300)
    form_id = models.CharField(max_length=200, blank=True)
    # A person's id as text, or what the model says; "" = nobody yet.
    assignee = models.CharField(max_length=200, blank=True)
    candidate_groups = ArrayField(models.CharField(max_length=200), default=list)
    candidate_users = ArrayField(models.CharField(max_length=200), default=list)
    # Not for whoever did one of these elements of the case, or began it (rules.CASE_BEGAN).
    separate_from = ArrayField(models.CharField(max_length=200), default=list, db_default=[])
    due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True)
    completed_by = models.UUIDField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["business_id", "state"]),
            models.Index(fields=["assignee"], name="processes_task_assignee", condition=Q(state="open")),
            GinIndex(fields=["candidate_groups"], name="processes_task_for_groups", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return self.name


class Job(models.Model):
    """A step for a machine that isn't done yet; the outbox carries it out, or a worker outside asks for it."""

    class State(models.TextChoices):
        OPEN = "open"
        # Waits for a person, who resolves its incident.
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, editable=False)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="jobs")
    element_instance_id = models.UUIDField()
    element_id = models.CharField(max_length=200)
    type = models.CharField(max_length=200)
    headers = models.JSONField(default=dict)
    retries = models.IntegerField()
    # How often it was sent out again after an incident.
    round = models.IntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    # Nobody in the house does jobs of this type: it waits for a worker outside, which gets it with a lease.
    is_external = models.BooleanField(default=False, db_default=False)
    # The newest one; it holds until `next_attempt_at`, when the job may be handed out again.
    lease_id = models.UUIDField(null=True)
    # How often it was handed out.
    leases = models.IntegerField(default=0, db_default=0)
    attempts = models.IntegerField(default=0)
    # Attempts of this round that ended in an unexpected error.
    failures = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(
                fields=["type", "state", "next_attempt_at"],
                name="processes_job_outside",
                condition=Q(is_external=True),
            )
        ]


class Lease(models.Model):
    """A job in the hands of a worker outside, and what became of it. Its id is what the worker answers with: a later lease has another.

    It stays for a while after the job, so that the same answer given twice is taken once, and a late one gets to know.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    job_id = models.UUIDField()
    instance_id = models.UUIDField()
    element_id = models.CharField(max_length=200)
    type = models.CharField(max_length=200)
    # Counts from 1 for each job.
    number = models.IntegerField()
    # As it calls itself, and the key to the API that it showed.
    worker = models.CharField(max_length=200)
    key_id = models.UUIDField(null=True)
    begun_at = models.DateTimeField(default=clock.now)
    # "" = not answered; completed, failed or error.
    answered_as = models.CharField(max_length=10, blank=True)
    # Of what was said, to know it again; and what was told then.
    digest = models.CharField(max_length=64, blank=True)
    answer = models.JSONField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["job_id"]), models.Index(fields=["begun_at"])]

    def __str__(self) -> str:
        return f"{self.type} {self.job_id} by {self.worker}"


class WorkerSeen(models.Model):
    """A worker outside that asked for jobs of a type, and when it last did (to half a minute)."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    type = models.CharField(max_length=200)
    worker = models.CharField(max_length=200)
    key_id = models.UUIDField(null=True)
    first_asked_at = models.DateTimeField(default=clock.now)
    last_asked_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["type", "worker"], name="one_row_per_type_and_worker")]

    def __str__(self) -> str:
        return f"{self.worker}: {self.type}"
