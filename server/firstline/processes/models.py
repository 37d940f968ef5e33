"""Rows of the engine. Ids of element instances, tasks, jobs and so on are those of the facts.

The rows of a running instance are what `bpmn` calls its state: they go when the instance ends. What stays is the instance
itself, its tasks, its incidents, and the history, from which the state at any moment can be rebuilt.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import MD5

from firstline import clock, ids
from firstline.codec import TypedJSONField


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


class Instance(models.Model):
    """One run of a process; its row is locked while a step is made."""

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

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="variables")
    scope_id = models.UUIDField()
    name = models.CharField(max_length=200)
    value = TypedJSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope_id", "name"], name="one_variable_per_scope_and_name")]


class Join(models.Model):
    """Tokens waiting at a gateway: flow id -> how many."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="joins")
    scope_id = models.UUIDField()
    element_id = models.CharField(max_length=200)
    waiting = models.JSONField(default=dict)
    # Of a complex gateway until it is reset: the flows whose tokens it took.
    taken = models.JSONField(default=list, db_default=Value([], models.JSONField()))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope_id", "element_id"], name="one_join_per_scope_and_gateway")
        ]


class Compensable(models.Model):
    """An activity that has ended and can be compensated: number `order` of its scope."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    instance = models.ForeignKey(Instance, on_delete=models.CASCADE, related_name="compensables")
    scope_id = models.UUIDField()
    order = models.IntegerField()
    element_id = models.CharField(max_length=200)
    element_instance_id = models.UUIDField()
    round = models.IntegerField(default=0)
    inside = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope_id", "order"], name="one_compensable_per_scope_and_order")
        ]


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
            models.Index(fields=["instance"], name="processes_task_open", condition=Q(state="open")),
            models.Index(fields=["assignee"], name="processes_task_assignee", condition=Q(state="open")),
            GinIndex(fields=["candidate_groups"], name="processes_task_groups"),
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


class Message(models.Model):
    """A message: correlated once, buffered until then while it lives; then only its id is remembered for a time."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # Given by the sender: the same id is the same message.
    message_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    # Where a message flow leads: a process of this deployment, and perhaps an element in it; "" = whoever waits.
    deployment_id = models.UUIDField(null=True)
    process_id = models.CharField(max_length=200, blank=True, default="", db_default="")
    target_id = models.CharField(max_length=200, blank=True, default="", db_default="")
    variables = TypedJSONField(default=dict)
    published_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    # Where it went: a subscription, or the instance that it begins.
    subscription_id = models.UUIDField(null=True)
    delivered_at = models.DateTimeField(null=True)
    # It came too early for everybody; nobody gets it any more.
    is_expired = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["name", "key", "published_at", "id"],
                name="processes_message_buffered",
                condition=Q(subscription_id=None, is_expired=False),
            ),
            models.Index(
                fields=["expires_at"],
                name="processes_message_expires",
                condition=Q(subscription_id=None, is_expired=False),
            ),
            models.Index(fields=["expires_at"], name="processes_message_forget"),
        ]


class InboxEntry(models.Model):
    """What one instance, or a message, wants of another instance: taken in the order of arrival, once.

    `start` is a call, `begin` an event that begins an instance, `go_on` its own next stretch when it pauses. What is held waits
    for a person; so does what came behind it.
    """

    class Kind(models.TextChoices):
        START = "start"
        BEGIN = "begin"
        CANCEL = "cancel"
        CALL_ENDED = "call_ended"
        MESSAGE = "message"
        SIGNAL = "signal"
        ESCALATION = "escalation"
        GO_ON = "go_on"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # Doesn't exist yet when `kind` is start or begin.
    instance_id = models.UUIDField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    payload = TypedJSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    incident_id = models.UUIDField(null=True)
    is_held = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["instance_id", "id"]),
            models.Index(fields=["instance_id", "id"], name="processes_inbox_free", condition=Q(is_held=False)),
            models.Index(fields=["id"], name="processes_inbox_paused", condition=Q(kind="go_on", is_held=False)),
        ]


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
