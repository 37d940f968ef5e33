"""What the desk itself remembers: unsent words, and who looked behind a mask."""

from django.db import models

from firstline import clock, ids
from firstline.accounts.models import User
from firstline.contacts.models import Contact
from firstline.customers.models import Customer


class DeskDraft(models.Model):
    """Words that were typed for a contact and not sent yet: kept on every change, for whoever goes on."""

    class Kind(models.TextChoices):
        ANSWER = "answer"
        SUMMARY = "summary"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True)
    updated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "kind"], name="desk_draft_once")]


class Reveal(models.Model):
    """Somebody looked at what is masked until a caller is verified: who, at whom, at what, and in which contact."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    view_key = models.CharField(max_length=100)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"]), models.Index(fields=["user", "-at"])]


class OpenedTile(models.Model):
    """An answer of a system that somebody wanted to see besides those of the procedure: it stays for the rest of the contact."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    view_key = models.CharField(max_length=121)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact", "view_key"], name="opened_tile_once")]
