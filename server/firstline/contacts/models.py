"""The register of contacts: every moment of communication, on every channel, in and out."""

from django.db import models

from firstline import clock, ids
from firstline.accounts.models import Brand, User
from firstline.cases.models import Case
from firstline.customers.models import Customer
from firstline.files.models import StoredFile


class Conversation(models.Model):
    """The thread of messages, across channels."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)


class Contact(models.Model):
    """One moment of communication with a person."""

    class State(models.TextChoices):
        RINGING = "ringing"
        OPEN = "open"
        ENDED = "ended"  # the caller hung up, after-work goes on
        FINISHED = "finished"
        MISSED = "missed"

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"

    class Authority(models.TextChoices):
        SELF = "self"
        NONE = "none"
        CLAIMED = "claimed"
        PROVEN = "proven"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    number = models.CharField(max_length=20, unique=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    # What the channel knows it by: nothing that arrives twice is registered twice.
    external_key = models.CharField(max_length=300)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="contacts")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    subject = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=8, blank=True)
    # Bounces, out-of-office notes: captured, never answered.
    is_automatic = models.BooleanField(default=False)

    # Who spoke, as the channel tells it, and whom we take it for.
    speaker_name = models.CharField(max_length=200, blank=True)
    speaker_address = models.CharField(max_length=254, blank=True)  # e-mail address or E.164 number
    speaker = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="spoken_contacts", null=True)
    # For whom they speak, when it isn't for themselves.
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts", null=True)
    authority = models.CharField(max_length=8, choices=Authority.choices, default=Authority.SELF)
    # Who it might be, with the evidence, as recognised on arrival.
    candidates = models.JSONField(default=list)
    verified_at = models.DateTimeField(null=True)
    verified_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    # The five times of every contact, and what a call has besides.
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    captured_at = models.DateTimeField()
    first_seen_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    held_seconds = models.IntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="contacts", null=True)
    team_key = models.CharField(max_length=50, blank=True)
    summary = models.TextField(blank=True)
    search_text = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "external_key"], name="contact_once")]
        indexes = [
            models.Index(fields=["brand", "-received_at", "-id"]),
            models.Index(fields=["customer", "-received_at"]),
            models.Index(fields=["agent", "state"]),
            models.Index(
                fields=["received_at"],
                condition=models.Q(state__in=["ringing", "open", "ended"]),
                name="contact_unfinished",
            ),
        ]


class Message(models.Model):
    """One text of a conversation with its raw original."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="messages")
    direction = models.CharField(max_length=3, choices=Contact.Direction.choices)
    author = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    quoted = models.TextField(blank=True)
    raw_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", null=True)
    # The e-mail's Message-ID, without brackets; how answers find their thread.
    message_id = models.CharField(max_length=300, blank=True, db_index=True)
    # What was wrong with it, in words.
    problems = models.JSONField(default=list)
    at = models.DateTimeField()


class Attachment(models.Model):
    """A file that came or went with a message."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)


class ContactReason(models.Model):
    """Why the customer made contact, and the case that came of it or was meant."""

    class Relation(models.TextChoices):
        OPENS = "opens"
        CONTINUES = "continues"
        ASKS = "asks"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="reasons")
    reason_key = models.CharField(max_length=80)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contact_reasons")
    relation = models.CharField(max_length=10, choices=Relation.choices)
    # The words that led to it, when it was suggested.
    words = models.JSONField(default=list)
    chosen_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    chosen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "case"], name="contact_case_once")]
        indexes = [models.Index(fields=["reason_key", "chosen_at"])]


class Engagement(models.Model):
    """One interval in which one person worked on one contact or one task: the source of handling time."""

    class Kind(models.TextChoices):
        HANDLING = "handling"
        AFTER_WORK = "after_work"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="engagements", null=True)
    task_id = models.UUIDField(null=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="engagements")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "contact"], condition=models.Q(ended_at=None), name="engagement_open_once"
            ),
        ]
        indexes = [models.Index(fields=["contact"]), models.Index(fields=["started_at"])]

    @classmethod
    def kind_in(cls, state: str) -> Kind:
        """Say what whoever works on a contact in this state does."""
        return cls.Kind.AFTER_WORK if state == Contact.State.ENDED else cls.Kind.HANDLING
