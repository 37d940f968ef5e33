"""Words that several of these reads say."""

from datetime import datetime

from django.utils import timezone


def time_of_day(moment: datetime) -> str:
    """Write a moment of today as people read it off a clock."""
    return timezone.localtime(moment).strftime("%H:%M")
