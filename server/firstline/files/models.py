"""What arrived or was made as a file."""

from django.db import models

from firstline import clock, ids


class StoredFile(models.Model):
    """A file's name and nature; its bytes lie in the store under their hash, once, however often they came."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField()
    name = models.CharField(max_length=255)
    # What the sender says it is; `media_type` is what it turned out to be.
    claimed_type = models.CharField(max_length=127, blank=True)
    media_type = models.CharField(max_length=127)
    created_at = models.DateTimeField(default=clock.now)
