"""Who speaks for somebody else: what they may, what must be proven, and who hears of it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from firstline import clock
from firstline.audit.models import AuditEntry
from firstline.contacts import actions as contact_actions
from firstline.contacts.models import Contact
from firstline.customers import actions as customer_actions
from firstline.desktop import actions as desk_actions
from firstline.errors import AccessDenied, Forbidden
from firstline.identity import actions, queries
from firstline.identity.access import NotShown, access_authority, access_writes, standing_of
from firstline.identity.actions import NewAuthority, WrongAuthority
from firstline.identity.models import Authority

WRITE = {"billing.change_address": {}}


@pytest.fixture
def note(bare_house, mother):
    """Note what the mother says about her authority."""

    def note(**more):
        said = NewAuthority(**{"kind": "guardian", **more})
        return actions.note_authority(
            speaker=mother, customer=bare_house.customer, said=said,
            principal=bare_house.principal(bare_house.agent), now=clock.now(),
        )  # fmt: skip

    return note


def prove(house, authority_id, evidence="court decision 12 XVII 34/26"):
    actions.prove_authority(
        authority_id=authority_id, evidence=evidence, principal=house.principal(house.clerk), now=clock.now()
    )


def speak(door, authority_id):
    house = door.house
    desk_actions.speak_with(
        principal=house.principal(house.agent),
        contact=Contact.objects.get(id=door.contact.id),
        authority_id=authority_id,
    )


def refusal(door, reason="change-of-address", commands=WRITE):
    house = door.house
    standing = standing_of(contact_id=door.contact.id, customer_id=house.customer.id)
    try:
        access_writes(standing, brand=house.brand, reason=reason, commands=commands, now=clock.now())
    except NotShown as refused:
        return refused.fields["authority"] or refused.fields["level"]
    return None


def test_a_claim_lets_nobody_change_what_needs_proof_and_a_proof_does_with_the_speaker_verified(door, bare_house, note):
    speak(door, note())
    actions.note_shown(door.asking(), way="document", fields={"kind": "passport", "last": "1234"})
    assert refusal(door) == "claimed"
    assert refusal(door, reason="complaint", commands={"x.y": {}}) is None  # needs no level, so no proof
    prove(bare_house, Authority.objects.get().id)
    assert refusal(door) is None
    contact = Contact.objects.get(id=door.contact.id)
    assert (contact.speaker.name, contact.customer.name) == ("Erna Krüger", "Sabine Krüger")


def test_it_is_the_speaker_who_is_verified_and_not_the_customer(door, bare_house, note):
    authority_id = note()
    prove(bare_house, authority_id)
    actions.note_shown(door.asking(), way="document", fields={"kind": "passport", "last": "1234"})
    assert refusal(door) is None  # Sabine herself
    speak(door, authority_id)
    assert refusal(door) == "basic"
    assert Contact.objects.get(id=door.contact.id).verified_at is None


def test_what_was_shown_for_one_customer_says_nothing_about_another(door, bare_house):
    actions.note_shown(door.asking(), way="document", fields={"kind": "passport", "last": "1234"})
    stranger = customer_actions.create_customer(brand=bare_house.brand, family_name="Other")
    standing = standing_of(contact_id=door.contact.id, customer_id=stranger.id)
    assert standing.level(clock.now()) == "none"
    contact_actions.choose_customer(
        principal=bare_house.principal(bare_house.agent), contact_id=door.contact.id, customer=stranger
    )
    assert refusal(door) is not None


def test_a_revoked_authority_ends_at_once_in_contacts_that_run(door, bare_house, note):
    authority_id = note()
    prove(bare_house, authority_id)
    speak(door, authority_id)
    actions.note_shown(door.asking(), way="document", fields={"kind": "passport", "last": "1234"})
    assert refusal(door) is None
    actions.revoke_authority(
        authority_id=authority_id,
        reason="letter of 3 May",
        principal=bare_house.principal(bare_house.agent),
        now=clock.now(),
    )
    assert refusal(door) == "revoked"
    with pytest.raises(WrongAuthority, match="was revoked"):
        prove(bare_house, authority_id)
    assert note() != authority_id
    told = list(
        AuditEntry.objects.filter(action__startswith="authority.").order_by("number").values_list("action", flat=True)
    )
    assert told == ["authority.noted", "authority.proven", "authority.revoked", "authority.noted"]


def test_merges_dont_matter_for_speaker_or_customer(door, bare_house, note, mother):
    authority_id = note()
    prove(bare_house, authority_id)
    speak(door, authority_id)
    actions.note_shown(door.asking(), way="document", fields={"kind": "passport", "last": "1234"})
    lead = bare_house.principal(bare_house.lead)
    for gone in (mother, bare_house.customer):
        into = customer_actions.create_customer(brand=bare_house.brand, family_name="Survivor")
        merge = {"survivor_id": into.id, "merged_id": gone.id, "reason": "same", "principal": lead, "now": clock.now()}
        customer_actions.merge_customers(**merge)
    assert refusal(door) is None
    survivor = queries.authorities_of(bare_house.customer.id, today=clock.now().date())[0]
    assert (survivor.speaker, survivor.customer) == ("Survivor", "Survivor")


def test_the_same_claim_again_is_the_same_authority(note):
    assert note() == note()
    assert note(scope="read") != note()


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "king"},
        {"scope": "most"},
        {"scope": "reasons"},
        {"from_on": clock.now().date(), "until_on": clock.now().date() - timedelta(1)},
        {"max_amount": Decimal(-1)},
        {"max_amount": Decimal(10) ** 12},
    ],
)
def test_what_makes_no_sense_is_refused(note, said):
    with pytest.raises(WrongAuthority):
        note(**said)


def test_nobody_speaks_for_themselves_or_across_brands(bare_house, note, mother):
    def between(speaker, customer):
        return actions.note_authority(
            speaker=speaker, customer=customer, said=NewAuthority(kind="parent"),
            principal=bare_house.principal(bare_house.agent), now=clock.now(),
        )  # fmt: skip

    customer_actions.merge_customers(
        survivor_id=bare_house.customer.id, merged_id=mother.id, reason="same",
        principal=bare_house.principal(bare_house.lead), now=clock.now(),
    )  # fmt: skip
    for speaker, customer in (
        (mother, bare_house.customer),
        (customer_actions.create_customer(brand=bare_house.other, family_name="Y"), bare_house.customer),
    ):
        with pytest.raises(WrongAuthority):
            between(speaker, customer)


def test_who_may_prove_may_end_and_may_not_even_see(bare_house, note):
    authority_id = note()
    may = bare_house.principal
    assert access_authority(may(bare_house.clerk), authority_id, roles=("backoffice", "lead"))
    with pytest.raises(Forbidden):
        access_authority(may(bare_house.agent), authority_id, roles=("backoffice", "lead"))
    with pytest.raises(AccessDenied):
        access_authority(may(bare_house.stranger), authority_id, roles=("agent",))


def test_answers_go_to_whoever_speaks_with_proof_and_else_to_the_customer(door, bare_house, note, mother):
    authority_id = note()
    speak(door, authority_id)

    def addressee():
        return queries.addressee_of(
            door.contact.id, customer_id=bare_house.customer.id, brand=bare_house.brand, now=clock.now()
        )

    assert addressee() == bare_house.customer.id
    prove(bare_house, authority_id)
    assert addressee() == mother.id
    actions.revoke_authority(
        authority_id=authority_id, reason="x", principal=bare_house.principal(bare_house.agent), now=clock.now()
    )
    assert addressee() == bare_house.customer.id


def test_a_new_person_speaks_in_one_step(door, bare_house):
    desk_actions.claim_authority(
        principal=bare_house.principal(bare_house.agent), contact=Contact.objects.get(id=door.contact.id), is_other_speaking=True,
        other=None, given_name="Karl", family_name="Berg", said=NewAuthority(kind="lawyer", scope="read"), now=clock.now(),
    )  # fmt: skip
    contact = Contact.objects.get(id=door.contact.id)
    assert (contact.speaker.name, contact.customer, contact.authority) == ("Karl Berg", bare_house.customer, "claimed")
    desk_actions.speak_for_themselves(principal=bare_house.principal(bare_house.agent), contact=contact)
    contact = Contact.objects.get(id=door.contact.id)
    assert (contact.customer.name, contact.authority) == ("Karl Berg", "self")
