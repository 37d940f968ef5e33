"""By what everything is found: one row for each thing, written with it."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from firstline import clock, ids


class Entry(models.Model):
    """One thing that is found: a customer, a contact, a case, a document."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    kind = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    brand = models.CharField(max_length=50)
    # Within what is found equally well the youngest comes first.
    at = models.DateTimeField()
    # What an excerpt is cut from.
    text = models.TextField(blank=True)
    # Words as compared, stems of the text's language, ~keys of names with typing errors, #phone numbers; see rules.
    words = SearchVectorField()
    noted_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id"], name="search_entry_once")]
        indexes = [
            GinIndex(fields=["words"], name="search_words"),
            models.Index(fields=["kind", "-at", "-subject_id"], name="search_youngest"),
        ]
