"""Persons and organisations, and by what they are known."""

from django.db import models

from firstline import clock, ids
from firstline.accounts.models import Brand
from firstline.customers import rules


class Customer(models.Model):
    """A person or an organisation that we deal with. Addresses, contracts and invoices stay in the back office."""

    class Kind(models.TextChoices):
        PERSON = "person"
        ORGANISATION = "organisation"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PERSON)
    salutation = models.CharField(max_length=8, blank=True)  # mr, ms, or none
    title = models.CharField(max_length=40, blank=True)
    given_name = models.CharField(max_length=100, blank=True)
    family_name = models.CharField(max_length=100, blank=True)
    organisation_name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, default="en")
    preferred_channel = models.CharField(max_length=20, blank=True)
    # What whoever serves this customer must know, such as "never phone before 10".
    needs = models.TextField(blank=True)
    # Name and numbers without accents and capitals, for the search.
    search_text = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "number"], name="customer_number")]
        indexes = [models.Index(fields=["family_name", "given_name"]), models.Index(fields=["organisation_name"])]

    @property
    def name(self) -> str:
        """The name as it stands on a screen or an envelope."""
        return rules.display_name(
            title=self.title,
            given_name=self.given_name,
            family_name=self.family_name,
            organisation_name=self.organisation_name,
        )


class Identifier(models.Model):
    """Something that points to a customer: an address, a number, an id in a back-office system (`source:<key>`)."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=40)
    value = models.CharField(max_length=254)  # normalised, see rules.normalise
    shown = models.CharField(max_length=254)  # as it was written
    is_verified = models.BooleanField(default=False)
    evidence = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "value"], name="identifier_once")]
        indexes = [models.Index(fields=["kind", "value"])]
