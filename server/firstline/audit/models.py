"""What was done with rights and by operators: a chain, in which each entry seals the one before."""

from django.db import models

from firstline import clock, ids
from firstline.codec import TypedJSONField


class AuditEntry(models.Model):
    """One act. Its number in the chain, who, what, about which thing, why; never changed."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    number = models.BigIntegerField(unique=True)
    at = models.DateTimeField(default=clock.now)
    # A member of staff's id, None for a command line; the name as it was then.
    actor_id = models.UUIDField(null=True)
    actor = models.CharField(max_length=200)
    # Such as "api-key.revoked".
    action = models.CharField(max_length=80)
    # What it was done to, such as an id.
    about = models.CharField(max_length=200)
    reason = models.TextField(blank=True)
    # Values before and after. They may hold personal ones, so they can be erased with their salt: the chain holds `sealed` alone.
    data = TypedJSONField(null=True)
    salt = models.CharField(max_length=64, blank=True)
    sealed = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["about", "number"])]

    def __str__(self) -> str:
        return f"{self.number} {self.action} {self.about}"

    def as_chained(self) -> dict[str, str]:
        """Give what the digest is made of."""
        names = ("number", "actor_id", "actor", "action", "about", "reason", "sealed")
        return {"at": self.at.isoformat(), **{name: str(getattr(self, name)) for name in names}}
