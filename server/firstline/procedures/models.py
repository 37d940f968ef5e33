"""Reasons, the releases of procedures, and which of them is in use when."""

from django.db import models

from firstline import clock, ids


class Reason(models.Model):
    """Why customers make contact: a node of the taxonomy. A leaf without a procedure is a gap."""

    class Kind(models.TextChoices):
        QUESTION = "question"
        REQUEST = "request"
        CHANGE = "change"
        COMPLAINT = "complaint"
        PROBLEM = "problem"
        COMPLIMENT = "compliment"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # "" = of every brand.
    brand = models.SlugField(blank=True)
    key = models.SlugField(max_length=80)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, related_name="children", null=True)
    names = models.JSONField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    procedure_key = models.SlugField(max_length=60, blank=True)
    keywords = models.JSONField(default=dict)
    # What is noted of it in back-office systems: [{"command", "when", "parameters": FEEL by name}].
    notes = models.JSONField(default=list)
    # How customers are asked how it was: {"scale", "after_hours", "every_days", "purpose"}; {} = they aren't.
    ask = models.JSONField(default=dict, db_default={})
    # The order in which reasons are listed, over the whole tree.
    position = models.IntegerField()
    # Reasons are never deleted: contacts speak of them.
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "key"], name="one_reason_per_brand_and_key")]
        indexes = [models.Index(fields=["position"])]

    def __str__(self) -> str:
        return self.key


class Release(models.Model):
    """A procedure as it was deployed: immutable, named by the hash of its content."""

    id = models.CharField(primary_key=True, max_length=64, editable=False)
    procedure_key = models.SlugField(max_length=60)
    # The first release of a procedure is 1.
    sequence = models.IntegerField()
    version = models.CharField(max_length=40)
    notes = models.TextField(blank=True)
    names = models.JSONField()
    process_id = models.CharField(max_length=120)
    # path -> text: the whole folder, so that running cases never need the disk.
    files = models.JSONField()
    deployed_at = models.DateTimeField(default=clock.now)
    deployed_by = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["procedure_key", "sequence"], name="one_release_per_sequence")]

    def __str__(self) -> str:
        return f"{self.procedure_key} {self.sequence}"


class Activation(models.Model):
    """From when on a release is used for new cases, for which brand, and for which share of them."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    # "" = every brand.
    brand = models.SlugField(blank=True)
    procedure_key = models.SlugField(max_length=60)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="activations")
    from_at = models.DateTimeField()
    # Per cent of the new cases; the others go by the activation before.
    share = models.IntegerField(default=100)
    activated_at = models.DateTimeField(default=clock.now)
    activated_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(share__gte=1, share__lte=100), name="share_in_per_cent")
        ]
        indexes = [models.Index(fields=["procedure_key", "from_at"])]

    def __str__(self) -> str:
        return f"{self.procedure_key} from {self.from_at:%Y-%m-%d %H:%M}"
