"""What the telephone system told."""

from django.db import models

from firstline import clock, ids


class PhoneEvent(models.Model):
    """One signed event; kept, so that it counts once and that late ones find their place."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    brand_key = models.CharField(max_length=50, blank=True)
    event_id = models.CharField(max_length=100, unique=True)
    call_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=10)
    at = models.DateTimeField()
    number = models.CharField(max_length=40, blank=True)
    extension = models.CharField(max_length=20, blank=True)
    received_at = models.DateTimeField(default=clock.now)
    # None while it waits for the `ringing` that comes late.
    applied_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["call_id", "at"])]
