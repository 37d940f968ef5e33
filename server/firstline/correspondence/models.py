"""What goes out to customers."""

from django.db import models

from firstline import clock, ids
from firstline.accounts.models import Brand
from firstline.cases.models import Case
from firstline.codec import TypedJSONField
from firstline.contacts.models import Contact
from firstline.customers.models import Customer
from firstline.files.models import StoredFile


class OutgoingMessage(models.Model):
    """One message to one customer, made of one or several intents."""

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"
        NO_ADDRESS = "no_address"
        UNWANTED = "unwanted"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", null=True)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", null=True)
    channel = models.CharField(max_length=20, default="email")
    address = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    # Our own Message-ID, fixed before the first attempt, so that a second attempt is the same message.
    message_id = models.CharField(max_length=300, unique=True)
    raw_file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", null=True)
    is_automatic = models.BooleanField(default=True)
    # For what the customer is contacted, of the brand's purposes; "" = the service that they asked for.
    purpose = models.CharField(max_length=60, blank=True, db_default="")
    written_by = models.UUIDField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["address", "created_at"])]


class MessageIntent(models.Model):
    """What a procedure wants the customer to be told; intents of one contact go out together."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", null=True)
    # The job that wanted it: the same job coming again wants nothing new.
    key = models.CharField(max_length=200, unique=True)
    template = models.CharField(max_length=80)
    purpose = models.CharField(max_length=60, blank=True, db_default="")
    variables = TypedJSONField(default=dict)
    message = models.ForeignKey(OutgoingMessage, on_delete=models.PROTECT, related_name="intents", null=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["contact"], condition=models.Q(message=None), name="intent_waiting")]
