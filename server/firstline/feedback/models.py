"""What customers say about how they were served."""

from django.db import models

from firstline import clock, ids
from firstline.accounts.models import Brand
from firstline.cases.models import Case
from firstline.contacts.models import Contact
from firstline.customers.models import Customer
from firstline.feedback import rules


class Satisfaction(models.Model):
    """A customer is asked how it was, or has said so: one asking, one answer."""

    class State(models.TextChoices):
        PLANNED = "planned"
        ASKED = "asked"  # by a message; its link can be answered until `until`
        IN_PERSON = "in_person"  # somebody asks when they speak next
        ANSWERED = "answered"
        NOT_ASKED = "not_asked"  # `why` says why not

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    # None = in general.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", null=True)
    # In which a colleague noted it.
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", null=True)
    reason_key = models.CharField(max_length=80, blank=True)
    scale = models.CharField(max_length=10)  # rules.SCALES
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    why = models.CharField(max_length=300, blank=True)
    # On which they were asked, or answered a colleague.
    channel = models.CharField(max_length=20, blank=True)
    # For what they are contacted, of the brand's purposes; and so many days nobody asks them again.
    purpose = models.CharField(max_length=60, blank=True)
    every_days = models.IntegerField(default=0)
    score = models.SmallIntegerField(null=True)
    words = models.TextField(blank=True)
    # Who noted it; "" = the customer themselves.
    noted_by = models.CharField(max_length=200, blank=True)
    planned_at = models.DateTimeField(default=clock.now)
    asked_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    # In its short link, which fits into a text message; only who got one has it.
    code = models.CharField(max_length=rules.CODE_LENGTH, unique=True, null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], name="satisfaction_once_per_case"),
            models.CheckConstraint(
                condition=~models.Q(state="answered") | models.Q(score__isnull=False, answered_at__isnull=False),
                name="satisfaction_answered_with_a_score",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-planned_at"]),
            models.Index(
                fields=["brand", "answered_at"], condition=models.Q(state="answered"), name="satisfaction_given"
            ),
        ]
