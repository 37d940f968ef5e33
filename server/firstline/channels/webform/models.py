"""Forms sent from one place in the network, counted so that a machine can't flood the desk."""

from django.db import models

from firstline import clock, ids


class FormSent(models.Model):
    """One form that was taken in; kept only as long as it counts."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    network = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["network", "at"])]
