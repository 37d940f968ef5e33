"""Who speaks for whom, what was shown in which contact, and every try."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from firstline import clock, ids
from firstline.customers.models import Customer
from firstline.identity.rules.authority import Mandate, Scope
from firstline.identity.rules.levels import Level


class Authority(models.Model):
    """Somebody may speak for a customer, or says so: how far, since when, and what proves it."""

    class State(models.TextChoices):
        CLAIMED = "claimed"
        PROVEN = "proven"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    speaker = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)  # rules.authority.KINDS
    scope = models.CharField(max_length=10, default="all")  # rules.authority.SCOPES
    reasons = ArrayField(models.CharField(max_length=80), default=list)
    max_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.CLAIMED)
    # What proves it, such as "court decision 12 XVII 34/26"; never empty once it is proven.
    evidence = models.CharField(max_length=300, blank=True)
    proven_at = models.DateTimeField(null=True)
    proven_by = models.CharField(max_length=200, blank=True)
    noted_at = models.DateTimeField(default=clock.now)
    noted_by = models.CharField(max_length=200, blank=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, blank=True)
    revoked_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(speaker=models.F("customer")), name="authority_for_another"),
            models.CheckConstraint(
                condition=models.Q(state="claimed") | ~models.Q(evidence=""), name="authority_proven_by_something"
            ),
        ]
        indexes = [models.Index(fields=["customer"]), models.Index(fields=["speaker"])]

    @property
    def mandate(self) -> Mandate:
        """How far it goes, for the rules."""
        scope: dict[str, Scope] = {"all": "all", "reasons": "reasons"}
        return Mandate(
            is_proven=self.state == self.State.PROVEN,
            scope=scope.get(self.scope, "read"),
            reasons=frozenset(self.reasons),
            max_amount=self.max_amount,
            from_on=self.from_on,
            until_on=self.until_on,
            is_revoked=self.revoked_at is not None,
        )


class Party(models.Model):
    """Who speaks in a contact, and for whom. (The register of contacts stands above, hence no foreign key.)"""

    contact_id = models.UUIDField(primary_key=True, editable=False)
    speaker = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", null=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", null=True)
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+", null=True)


class Proof(models.Model):
    """In one contact somebody showed who they are, in one way; it counts there alone, and for a time."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    contact_id = models.UUIDField(db_index=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=12)
    level = models.CharField(max_length=8)
    # What there is to say about it, such as the kind of a document; never what was answered.
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    until = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"])]


class Attempt(models.Model):
    """One try to answer a question or to name a code: which, and right or wrong. What was said is kept nowhere."""

    class Way(models.TextChoices):
        QUESTION = "questions"
        CODE = "code"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    contact_id = models.UUIDField(db_index=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=12, choices=Way.choices)
    # The question's key, or the id of the code's sending.
    what = models.CharField(max_length=80)
    is_right = models.BooleanField()
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"])]


class CodeSending(models.Model):
    """A code that was sent; the code itself is computed from the id (rules.codes), and stored nowhere."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    contact_id = models.UUIDField(db_index=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)  # email, or phone for a text message
    address = models.CharField(max_length=254)
    language = models.CharField(max_length=8)
    at = models.DateTimeField()
    until = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    by_id = models.UUIDField(null=True)
    by = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"]), models.Index(fields=["by_id", "-at"])]


class Lift(models.Model):
    """A lead ended a lock before its time, and said why."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["customer", "-at"])]


LEVEL_OF: dict[str, Level] = {"basic": "basic", "strong": "strong"}
