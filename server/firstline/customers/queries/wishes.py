"""How customers want to be dealt with, and what they allow; of those who were merged all together."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from firstline.customers import consent, needs
from firstline.customers.adapters.brand_files import Defined, defined
from firstline.customers.models import Consent, Customer
from firstline.customers.queries.customers import records_of
from firstline.customers.queries.survivors import same_as

PURPOSES = "purposes.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Whether a customer may be contacted for one purpose on one channel, and the word that says so."""

    channel: str
    channel_label: Any
    is_allowed: bool
    word: consent.Word | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeRow:
    """One purpose with all its channels."""

    key: str
    label: str
    basis: consent.Basis
    channels: tuple[Allowed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """Something that a customer said, as the history lists it."""

    purpose: str
    channel: Any
    way: Any
    word: consent.Word


def purposes_defined(brand: str) -> Defined[tuple[consent.Purpose, ...]]:
    """Give the purposes that a brand's file defines, or its mistakes."""
    return defined(brand, PURPOSES, consent.read_purposes)


def purposes_of(brand: str) -> tuple[consent.Purpose, ...]:
    """List for what a brand contacts its customers; none while its file has mistakes, so that nothing goes out on them."""
    return purposes_defined(brand).value or ()


def consents_of(customer_id: UUID, *, brand: str, language: str) -> list[PurposeRow]:
    """Say for what, and on which channels, a customer may be contacted, by the brand's list."""
    words = _words(customer_id)
    return [
        PurposeRow(
            key=purpose.key,
            label=_in(purpose.label, language),
            basis=purpose.basis,
            channels=tuple(_allowed(purpose, channel, words) for channel in purpose.channels),
        )
        for purpose in purposes_of(brand)
    ]


def consent_history(customer_id: UUID, *, brand: str, language: str) -> list[ConsentRow]:
    """List all that a customer ever said about being contacted, the last on top."""
    names = {one.key: _in(one.label, language) for one in purposes_of(brand)}
    found = Consent.objects.filter(customer_id__in=same_as(customer_id)).order_by("-noted_at", "-id")[:200]
    return [
        ConsentRow(
            purpose=names.get(one.purpose, one.purpose),
            channel=consent.CHANNELS.get(one.channel, one.channel),
            way=consent.WAYS.get(one.way, one.way),
            word=_word(one),
        )
        for one in found
    ]


def why_not(customer_id: UUID, *, brand: str, purpose: str, channel: str) -> str:
    """Say why a customer must not be contacted for a purpose on a channel; "" when they may be.

    `purpose` "" is the service that they asked for: to that nobody needs to agree, but needs hold there, too.
    """
    if needs.is_ruled_out(channel, need_keys_of(customer_id)):
        return _("The customer must never be contacted on this channel. Choose another one.")
    return _why_not_for(customer_id, brand, purpose, channel) if purpose else ""


def _why_not_for(customer_id: UUID, brand: str, purpose: str, channel: str) -> str:
    known = {one.key: one for one in purposes_of(brand)}.get(purpose)
    if known is None:
        return _("This brand contacts nobody for “%(purpose)s”. Add it to its list of purposes.") % {"purpose": purpose}
    found = _allowed(known, channel, _words(customer_id))
    if found.is_allowed:
        return ""
    if found.word is None:
        return _("The customer hasn't agreed to this.")
    return _("The customer said no on %(day)s.") % {"day": found.word.said_at.date().isoformat()}


def need_keys_of(customer_id: UUID) -> list[str]:
    """List the needs that a customer, and those who were merged into them, have."""
    found = Customer.objects.filter(id__in=same_as(customer_id)).values_list("need_keys", flat=True)
    return sorted({key for keys in found for key in keys})


def in_words(customer_id: UUID, *, brand: str, language: str) -> list[str]:
    """Say in a few words each what whoever speaks with a customer must keep to: needs, times, channel, and their noes."""
    customers = records_of(customer_id)
    first = customers[0]
    found = needs.labels(key for one in customers for key in one.need_keys)
    times = needs.reach(first.reach_days, first.reach_from, first.reach_until)
    found += [_("call %(times)s") % {"times": times}] if times else []
    if first.preferred_channel in consent.CHANNELS:
        found.append(_("prefers: %(channel)s") % {"channel": consent.CHANNELS[first.preferred_channel]})
    return found + _noes(consents_of(customer_id, brand=brand, language=language))


def _noes(rows: Iterable[PurposeRow]) -> list[str]:
    """Say what they said no to; no to everything in one word."""
    said = [(row, [each for each in row.channels if each.word is not None and not each.word.is_given]) for row in rows]
    refused = [(row, noes) for row, noes in said if noes]
    if said and all(len(noes) == len(row.channels) for row, noes in said):
        return [_("no advertising")]
    return [
        _("no %(purpose)s") % {"purpose": row.label}
        if len(noes) == len(row.channels)
        else _("no %(purpose)s: %(channels)s")
        % {"purpose": row.label, "channels": ", ".join(str(each.channel_label) for each in noes)}
        for row, noes in refused
    ]


Words = dict[tuple[str, str], consent.Word | None]


def _words(customer_id: UUID) -> Words:
    """Give the word that counts, by purpose and channel."""
    said: dict[tuple[str, str], dict[UUID, list[consent.Word]]] = defaultdict(lambda: defaultdict(list))
    for one in Consent.objects.filter(customer_id__in=same_as(customer_id)):
        said[one.purpose, one.channel][one.customer_id].append(_word(one))
    return {
        key: consent.of_several(consent.word_that_counts(words) for words in by_customer.values())
        for key, by_customer in said.items()
    }


def _allowed(purpose: consent.Purpose, channel: str, words: Words) -> Allowed:
    word = words.get((purpose.key, channel))
    return Allowed(
        channel=channel,
        channel_label=consent.CHANNELS[channel],
        is_allowed=consent.is_allowed(purpose, channel, word),
        word=word,
    )


def _word(one: Consent) -> consent.Word:
    return consent.Word(
        is_given=one.is_given,
        said_at=one.said_at,
        noted_at=one.noted_at,
        way=one.way,
        evidence=one.evidence,
        noted_by=one.noted_by,
    )


def _in(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or texts["en"]
