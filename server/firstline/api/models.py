"""What programs were answered."""

from django.db import models

from firstline import clock, ids
from firstline.accounts.models import User


class KeptAnswer(models.Model):
    """The answer to a request with an Idempotency-Key, kept so that the same request sent again is answered alike."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    account = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    # Of method, address and body.
    fingerprint = models.CharField(max_length=64)
    status = models.IntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="api_answered_once")]
        indexes = [models.Index(fields=["at"])]
