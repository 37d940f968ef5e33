"""What was read from sources, what is to be written to them, and where it doesn't stand there any more."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from firstline import clock, ids
from firstline.codec import TypedJSONField


class Reading(models.Model):
    """What somebody saw of a customer in a source, at one moment; never changed."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    customer_id = models.UUIDField()
    # Everybody who was this customer at that moment (see customers.queries.same_as).
    read_of = ArrayField(models.UUIDField(), default=list)
    source = models.CharField(max_length=60)
    # A view's key, or a command's: then it is what the preview of that command showed.
    view = models.CharField(max_length=120)
    value = TypedJSONField()
    version = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(default=clock.now)
    read_by = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer_id", "view", "-read_at"], name="reading_latest")]


class Command(models.Model):
    """One change wanted in one source, and how far it has come."""

    class Kind(models.TextChoices):
        CHANGE = "change"
        COMPENSATION = "compensation"
        REPAIR = "repair"  # of a divergence: what was confirmed once is written again
        NOTE = "note"  # of a contact or a case; no process waits for it

    class State(models.TextChoices):
        PENDING = "pending"  # nothing was sent yet
        WRITING = "writing"  # it may have been sent: look before sending again
        WRITTEN = "written"  # the source took it; not yet seen there
        CONFIRMED = "confirmed"
        WAITING = "waiting"  # the source is down or busy; tried again at next_attempt_at
        CONFLICT = "conflict"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    case_id = models.UUIDField(null=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CHANGE)
    compensates = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="compensations")
    instance_id = models.UUIDField(null=True)
    element_id = models.CharField(max_length=200)
    customer_id = models.UUIDField()
    source = models.CharField(max_length=60)
    command = models.CharField(max_length=120)
    parameters = TypedJSONField(default=dict)
    reading = models.ForeignKey(Reading, null=True, on_delete=models.PROTECT, related_name="+")
    # The job's key: the same job delivered twice, or tried again by a person, is the same command.
    key = models.CharField(max_length=200, unique=True)
    # Counts up when a person has it tried again after a conflict or a refusal.
    round = models.IntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    # The records as they were read before the first write of this round, and what they are to become.
    before = TypedJSONField(null=True)
    wanted = TypedJSONField(null=True)
    # By which the customer was found in the source: from then on the records are these, whoever is merged or parted.
    customer_keys = ArrayField(models.CharField(max_length=200), default=list)
    # Whether a write was needed at all, or it stood there already.
    is_written = models.BooleanField(default=False)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    # The process has taken it back: whoever still has its job in hand doesn't write any more.
    is_withdrawn = models.BooleanField(default=False)
    # Who decided that it isn't tried any more, and why.
    given_up_by = models.CharField(max_length=200, blank=True)
    given_up_why = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["case_id", "created_at"]),
            models.Index(fields=["customer_id", "-created_at", "-id"]),
            models.Index(fields=["instance_id", "command"]),
            models.Index(fields=["customer_id", "source"]),
            GinIndex(fields=["customer_keys"], name="command_customer_keys"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["waiting", "conflict", "refused"]),
                name="command_stuck",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["compensates"], condition=models.Q(kind="compensation"), name="sources_taken_back_once"
            )
        ]

    @property
    def target_key(self) -> str:
        """The key that the source knows this write by."""
        return f"firstline:{self.id}:{self.round}"


class Reconciliation(models.Model):
    """One comparison of what was confirmed since `since` with what stands in the sources now."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # Of one source, or of all: "".
    source = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField()
    # None: by itself, at night.
    started_by = models.UUIDField(null=True)
    started_by_name = models.CharField(max_length=200, blank=True)
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)
    total = models.IntegerField(default=0)
    checked = models.IntegerField(default=0)
    # Couldn't be compared, because the source didn't answer or its definition has gone; by source.
    unreachable = models.JSONField(default=dict)
    # The last command that was looked at.
    reached_at = models.DateTimeField(null=True)
    reached = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-started_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=models.Q(finished_at=None), name="sources_one_reconciliation_at_a_time"
            )
        ]


class Divergence(models.Model):
    """A record of a source that doesn't show what was confirmed, and what became of that."""

    class State(models.TextChoices):
        OPEN = "open"
        REPAIRING = "repairing"
        REPAIRED = "repaired"
        ACCEPTED = "accepted"  # somebody decided that it stays as it is
        GONE = "gone"  # it shows what was confirmed again, or something later was confirmed

    SETTLED = (State.REPAIRED, State.ACCEPTED, State.GONE)

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # The one whose confirmation doesn't hold any more.
    command = models.ForeignKey(Command, on_delete=models.PROTECT, related_name="divergences")
    customer_id = models.UUIDField()
    case_id = models.UUIDField(null=True)
    source = models.CharField(max_length=60)
    record = models.CharField(max_length=200)
    # By the names of the command's changes; `found` holds every one of them, and is None when the record has gone.
    expected = TypedJSONField()
    found = TypedJSONField(null=True)
    # The customer's key in the source, which the record was found by.
    found_by = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.UUIDField(null=True)
    settled_by_name = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True)
    repair = models.ForeignKey(Command, null=True, on_delete=models.PROTECT, related_name="+")
    # Why the last attempt at a repair ended without it.
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-found_at", "-id"], condition=models.Q(state="open"), name="divergence_open"),
            models.Index(fields=["command", "record"]),
            models.Index(fields=["case_id"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["command", "record"],
                condition=models.Q(state__in=["open", "repairing"]),
                name="sources_one_open_divergence",
            )
        ]


class Definition(models.Model):
    """One version of a source's definition that was written on a screen; the newest counts. Those in files aren't kept here."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    source = models.CharField(max_length=60)
    number = models.IntegerField()
    # Empty: the source was taken out of use.
    text = models.TextField(blank=True)
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.UUIDField(null=True)
    made_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "number"], name="sources_definition_version")]
