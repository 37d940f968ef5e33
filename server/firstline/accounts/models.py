"""Brands, teams and the people who work here."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models

from firstline import clock, ids


class Brand(models.Model):
    """A face of the organisation to its customers: name, languages, zone, sender."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    key = models.SlugField(unique=True)
    names = models.JSONField(default=dict)
    languages = ArrayField(models.CharField(max_length=8), default=list)
    zone = models.CharField(max_length=64, default="Europe/Berlin")
    country = models.CharField(max_length=2, default="DE")
    sender_name = models.CharField(max_length=200, blank=True)
    sender_address = models.EmailField(blank=True)
    created_at = models.DateTimeField(default=clock.now)

    def name(self, language: str) -> str:
        """Say its name in `language`, or in the first it has."""
        names: dict[str, str] = self.names
        return names.get(language) or next(iter(names.values()), self.key)


class Team(models.Model):
    """People who take the same work; the candidate group of user tasks."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    key = models.SlugField(unique=True)
    names = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)

    def name(self, language: str) -> str:
        """Say its name in `language`, or in the first it has."""
        names: dict[str, str] = self.names
        return names.get(language) or next(iter(names.values()), self.key)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person who works here, or a program that acts like one. What they may do follows from roles, teams and brands (see `principals`)."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=8, default="en")
    theme = models.CharField(max_length=8, default="auto")
    roles = ArrayField(models.CharField(max_length=20), default=list)
    teams = models.ManyToManyField(Team, related_name="members", blank=True)
    brands = models.ManyToManyField(Brand, related_name="staff", blank=True)
    # The extension on which this person's phone rings.
    extension = models.CharField(max_length=20, blank=True, db_index=True)
    # Novices see the guide's full sentences, experts its headlines.
    is_expert = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    # The account of a program: it has keys to the API and no password.
    is_program = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A program's key to the API. The key itself is shown once and never kept: it is random enough for a plain hash."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=200)
    # How it begins, so that people can tell keys apart.
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    # Such as "jobs:charge-card" or "cases:read" (see rules).
    scopes = ArrayField(models.CharField(max_length=220), default=list)
    # As whom its program acts; None = it only does jobs.
    account = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys", null=True)
    made_at = models.DateTimeField(default=clock.now)
    # None = the command line.
    made_by = models.UUIDField(null=True)
    # To the minute.
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class LoginAttempt(models.Model):
    """A failed login, counted per address of the person and of the network."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    email = models.CharField(max_length=254)
    network_address = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["email", "at"]), models.Index(fields=["network_address", "at"])]
