"""Persons and organisations, and by what they are known."""

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from firstline import clock, ids
from firstline.accounts.models import Brand
from firstline.customers import matching, rules
from firstline.files.models import StoredFile


class Customer(models.Model):
    """A person or an organisation that we deal with. Contracts and invoices stay in the back office.

    Address and date of birth are here only so that somebody is recognised by them; where they are kept is the back office.
    """

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
    # The same from the list that programs understand, see needs.NEEDS.
    need_keys = ArrayField(models.CharField(max_length=40), default=list, blank=True, db_default=[])
    # When they like to be called: days (Monday is 1; none: any) and times of the brand's zone.
    reach_days = ArrayField(models.SmallIntegerField(), default=list, blank=True, db_default=[])
    reach_from = models.TimeField(null=True)
    reach_until = models.TimeField(null=True)
    # Name and numbers without accents and capitals, for the search.
    search_text = models.TextField(blank=True)
    street = models.CharField(max_length=200, blank=True)
    house_number = models.CharField(max_length=20, blank=True)
    extra_line = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    town = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    born_on = models.DateField(null=True)
    # Under which this customer is found by what somebody says, see matching.blocking.
    match_keys = ArrayField(models.BigIntegerField(), default=list)
    # The survivor map: as whom this customer lives on. Nothing that refers to them moves.
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, related_name="merged", null=True)
    imported_by = models.ForeignKey(
        "CustomerImport", on_delete=models.PROTECT, related_name="customers", null=True, db_index=False
    )
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "number"], name="customer_number"),
            models.CheckConstraint(
                condition=~models.Q(merged_into=models.F("id")), name="customer_not_into_themselves"
            ),
        ]
        indexes = [
            models.Index(fields=["family_name", "given_name"]),
            models.Index(fields=["organisation_name"]),
            # Somebody on the phone waits for the answer, so nothing is left to be sorted in later.
            GinIndex(fields=["match_keys"], name="customer_match_keys", fastupdate=False),
            models.Index(
                fields=["imported_by", "id"], name="customer_imported", condition=models.Q(imported_by__isnull=False)
            ),
        ]

    @property
    def name(self) -> str:
        """The name as it stands on a screen or an envelope."""
        return rules.display_name(
            title=self.title,
            given_name=self.given_name,
            family_name=self.family_name,
            organisation_name=self.organisation_name,
        )

    @property
    def address(self) -> str:
        """The address in one line."""
        return rules.address_line(
            extra_line=self.extra_line,
            street=self.street,
            house_number=self.house_number,
            postcode=self.postcode,
            town=self.town,
            region=self.region,
        )

    def profile(self, *, phones: Iterable[str], emails: Iterable[str]) -> matching.Profile:
        """Give what this customer is compared by."""
        return matching.profile(
            given_name=self.given_name,
            family_name=self.family_name,
            organisation=self.organisation_name,
            birth_date=self.born_on.isoformat() if self.born_on else "",
            street=self.street,
            house_number=self.house_number,
            extra_line=self.extra_line,
            postcode=self.postcode,
            town=self.town,
            region=self.region,
            phones=phones,
            emails=emails,
        )


class Identifier(models.Model):
    """Something that points to a customer: an address, a number, an id in a back-office system (`source:<key>`)."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=40)
    value = models.CharField(max_length=254)  # normalised, see rules.normalise
    shown = models.CharField(max_length=254)  # as it was written
    is_verified = models.BooleanField(default=False)
    # What shows that it is theirs; never empty once somebody has verified it.
    evidence = models.CharField(max_length=200, blank=True)
    verified_at = models.DateTimeField(null=True)
    verified_by = models.CharField(max_length=200, blank=True, db_default="")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "value"], name="identifier_once")]
        indexes = [models.Index(fields=["kind", "value"])]


class ValueCount(models.Model):
    """How many customers have a value, as counted last: agreeing on a rare one says more."""

    pool = models.CharField(max_length=20)
    value = models.CharField(max_length=254)
    count = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pool", "value"], name="value_counted_once")]


class LearnedWeights(models.Model):
    """When the customers were last counted, and the weights learned from them; without any, those that are shipped."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    learned_at = models.DateTimeField(default=clock.now)
    customers = models.IntegerField()
    weights = models.JSONField(null=True)


class Duplicate(models.Model):
    """Two customers who may be one and the same: somebody looks and decides."""

    class State(models.TextChoices):
        OPEN = "open"
        MERGED = "merged"
        DIFFERENT = "different"

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    # The one known for longer first.
    left = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    probability = models.FloatField()
    # What each field said when it was found: [{field, level, bits}].
    evidence = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["left", "right"], name="duplicate_once")]
        indexes = [models.Index(fields=["brand", "state", "-probability", "id"])]


class Candidate(models.Model):
    """Two customers who share something that few have and are still to be compared: those of an import, or of everybody."""

    of = models.ForeignKey(
        "CustomerImport", on_delete=models.CASCADE, related_name="candidates", null=True, db_index=False
    )
    # Customers; without foreign keys, as millions may be written together and none lives for long.
    left_id = models.UUIDField()
    right_id = models.UUIDField()

    class Meta:
        indexes = [models.Index(fields=["of", "id"], name="candidate_next")]


class Merge(models.Model):
    """One merge, with why it was made, and its undoing. While it isn't undone, `merged.merged_into` is the survivor."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    survivor = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    merged = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    duplicate = models.ForeignKey(Duplicate, on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.TextField()
    at = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    by = models.CharField(max_length=200)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=200, blank=True)
    undo_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at=None), name="merged_into_one_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["-at", "-id"])]


class CustomerImport(models.Model):
    """A file of customers, and how far it was taken in."""

    class Phase(models.TextChoices):
        UNFOLDING = "unfolding"  # an Excel file is turned into a table
        DRAFT = "draft"  # somebody says which column is what
        CHECKING = "checking"
        CHECKED = "checked"
        IMPORTING = "importing"
        COMPARING = "comparing"  # all are in; whoever is in twice is looked for
        STOPPED = "stopped"  # some are in; it goes on where it was
        DONE = "done"
        BROKEN = "broken"  # the file can't be read, `message` says why

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    # What is read; None for one that lies where the command line has it.
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+", null=True)
    size = models.BigIntegerField(default=0, db_default=0)
    phase = models.CharField(max_length=12, choices=Phase.choices, default=Phase.IMPORTING, db_default=Phase.IMPORTING)
    # Grows whenever something else is to be done: whoever works on what was wanted before stops.
    run = models.IntegerField(default=0, db_default=0)
    message = models.TextField(blank=True, db_default="")
    headings = models.JSONField(default=list, db_default=[])
    # The first rows, as lists of texts.
    sample = models.JSONField(default=list, db_default=[])
    # A column's heading -> the field that it fills.
    mapping = models.JSONField(default=dict)
    # The byte where the next row begins; what is before is taken in or listed as a problem.
    position = models.BigIntegerField(default=0)
    rows = models.IntegerField(default=0)
    made = models.IntegerField(default=0)
    faulty = models.IntegerField(default=0)
    # Pairs of those who were made with others that share something rare: how many there are (None: nobody has looked yet), and
    # how many of them were compared.
    to_compare = models.IntegerField(null=True)
    compared = models.IntegerField(default=0, db_default=0)
    duplicates = models.IntegerField(default=0)
    begun_by_id = models.UUIDField(null=True)
    begun_by = models.CharField(max_length=200, blank=True, db_default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "sha256"], name="customer_file_once")]
        indexes = [models.Index(fields=["-started_at", "-id"])]

    @property
    def is_taken_in(self) -> bool:
        """Whether the numbers are of customers who are in; before, they are of rows that could be."""
        return self.phase in {self.Phase.IMPORTING, self.Phase.COMPARING, self.Phase.STOPPED, self.Phase.DONE}


class ImportProblem(models.Model):
    """Why a row of a file wasn't taken in."""

    of = models.ForeignKey(CustomerImport, on_delete=models.CASCADE, related_name="problems")
    row = models.IntegerField()
    column = models.CharField(max_length=200)
    message = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["of", "row"])]


class Relation(models.Model):
    """How one customer stands to another: `one` is the `kind` of `other`, see relations.KINDS."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    one = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    from_on = models.DateField(null=True)
    # The last day; None = still.
    until_on = models.DateField(null=True)
    note = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(one=models.F("other")), name="relation_not_to_themselves")
        ]


class Household(models.Model):
    """Customers who live together, with the one address that they have."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=500, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=200)


class HouseholdMember(models.Model):
    """A customer of a household, for as long as they live there."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    household = models.ForeignKey(Household, on_delete=models.PROTECT, related_name="members")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    made_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(until_on=None), name="one_household_at_a_time"
            )
        ]


class Consent(models.Model):
    """What a customer said about one purpose on one channel; nothing is overwritten, see consent.word_that_counts."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=60)
    channel = models.CharField(max_length=20)
    is_given = models.BooleanField()
    # When they said so, and when that was noted here.
    said_at = models.DateTimeField()
    noted_at = models.DateTimeField()
    # The way it came, see consent.WAYS.
    way = models.CharField(max_length=20)
    evidence = models.CharField(max_length=200)
    noted_by = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["customer", "purpose", "channel"])]
