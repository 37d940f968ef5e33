"""Mail as it came, stored before anybody tries to understand it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from firstline import clock, ids
from firstline.contacts.models import Contact
from firstline.files.models import StoredFile


class RawMessage(models.Model):
    """One message that arrived: the original, how it came, and what became of it."""

    class Source(models.TextChoices):
        LMTP = "lmtp"
        SMTP = "smtp"
        IMAP = "imap"
        IMPORT = "import"

    class State(models.TextChoices):
        RECEIVED = "received"
        HANDLED = "handled"
        QUARANTINED = "quarantined"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # Which brand's mailbox it came from, where that is known; otherwise its recipients tell.
    brand_key = models.CharField(max_length=50, blank=True)
    source = models.CharField(max_length=10, choices=Source.choices)
    # What the source knows it by: a message that is handed over twice is received once.
    key = models.CharField(max_length=400, unique=True)
    # None when it wasn't fetched: too large, or refused by its server.
    raw_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", null=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    size = models.BigIntegerField()
    # None: the source doesn't tell. Empty: nobody, as bounces have it.
    envelope_from = models.CharField(max_length=320, null=True)
    envelope_to = ArrayField(models.CharField(max_length=320), default=list)
    received_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    # Why it waits for a person, as a sentence.
    problem = models.TextField(blank=True)
    tries = models.IntegerField(default=0)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-received_at"], condition=models.Q(state="quarantined"), name="mail_quarantine"),
        ]


class Mailbox(models.Model):
    """How far an IMAP mailbox was read, and how it is."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    brand_key = models.CharField(max_length=50, blank=True)
    name = models.CharField(max_length=300, unique=True)
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    connected_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)
