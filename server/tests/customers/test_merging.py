"""Merge and undo: together they change nothing, whatever came in between."""

from collections import defaultdict

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from firstline import clock
from firstline.audit.models import AuditEntry
from firstline.cases import queries as case_queries
from firstline.contacts import queries as contact_queries
from firstline.contacts.models import Contact
from firstline.customers import actions, queries
from firstline.customers.actions import CannotMerge, NewIdentifier, ReasonMissing
from firstline.customers.models import Customer, Duplicate, Merge
from tests.conftest import House

pytestmark = pytest.mark.django_db


def another(house: House, name: str = "Krueger", **more: object) -> Customer:
    return actions.create_customer(brand=house.brand, family_name=name, given_name="Sabine", **more)  # type: ignore[arg-type]  # fields as the test names them


def merge(house: House, survivor: Customer, merged: Customer, reason: str = "the same person"):
    return actions.merge_customers(
        survivor_id=survivor.id,
        merged_id=merged.id,
        reason=reason,
        principal=house.principal(house.lead),
        now=clock.now(),
    )


def undo(house: House, merge_id, reason: str = "two persons"):
    actions.undo_merge(merge_id=merge_id, reason=reason, principal=house.principal(house.lead), now=clock.now())


def test_after_a_merge_everything_is_found_under_either(house: House) -> None:
    other = another(
        house, identifiers=[NewIdentifier(kind="email", value="other@example.test")], needs="never before 10"
    )
    house.case(customer=other)
    mail = house.mail(email="other@example.test")
    merge(house, house.customer, other)
    principal = house.principal(house.agent)
    for id_ in (house.customer.id, other.id):
        card = queries.customer_card(id_)
        assert (card.id, card.number, card.needs) == (house.customer.id, "104711", "never before 10")
        assert set(queries.identifiers_of(id_)["email"]) == {"sabine@example.test", "other@example.test"}
        assert (
            len(case_queries.open_cases_of(customer_id=id_, principal=principal, language="en", now=clock.now())) == 1
        )
        assert [
            one.id for one in contact_queries.list_contacts(principal=principal, language="en", customer_id=id_)
        ] == [mail.id]


def test_nothing_that_refers_to_a_customer_moves(house: House) -> None:
    other = another(house)
    case = house.case(customer=other)
    merge(house, house.customer, other)
    case.refresh_from_db()
    assert case.customer_id == other.id


def test_the_search_shows_who_was_merged_once(house: House) -> None:
    other = another(house)
    principal = house.principal(house.agent)
    assert len(queries.search_customers(principal=principal, text="sabine")) == 2
    merge(house, house.customer, other)
    assert [one.id for one in queries.search_customers(principal=principal, text="krueger")] == [house.customer.id]
    assert len(queries.search_customers(principal=principal, text="sabine")) == 1


def test_one_who_was_two_is_recognised_without_a_choice(house: House) -> None:
    other = another(house, identifiers=[NewIdentifier(kind="phone", value="+491701112233")])
    assert len(queries.recognise(brand=house.brand, phone="+491701112233")) == 2
    merge_id = merge(house, house.customer, other)
    (found,) = queries.recognise(brand=house.brand, phone="+491701112233")
    assert found.customer_id == house.customer.id
    undo(house, merge_id)
    assert len(queries.recognise(brand=house.brand, phone="+491701112233")) == 2


def test_what_comes_in_after_a_merge_parts_with_it(house: House) -> None:
    other = another(house, identifiers=[NewIdentifier(kind="email", value="other@example.test")])
    merge_id = merge(house, house.customer, other)
    for_other, for_first = (
        house.mail(key="1", email="other@example.test"),
        house.mail(key="2", email="sabine@example.test"),
    )
    undo(house, merge_id)
    assert Contact.objects.get(id=for_other.id).customer_id == other.id
    assert Contact.objects.get(id=for_first.id).customer_id == house.customer.id


def test_merges_of_merges_are_undone_in_any_order(house: House) -> None:
    second, third = another(house, "Second"), another(house, "Third")
    inner = merge(house, second, third)
    outer = merge(house, house.customer, second)
    assert queries.same_as(third.id) == (house.customer.id, second.id, third.id)
    undo(house, inner)
    assert queries.same_as(third.id) == (third.id,)
    assert queries.same_as(second.id) == (house.customer.id, second.id)
    undo(house, outer)
    assert all(queries.same_as(one.id) == (one.id,) for one in (house.customer, second, third))


def test_what_cannot_be_merged_is_refused_in_words(house: House) -> None:
    other, third = another(house), another(house, "Third")
    stranger = actions.create_customer(brand=house.other, family_name="Elsewhere")
    with pytest.raises(CannotMerge, match="two different"):
        merge(house, other, other)
    with pytest.raises(CannotMerge, match="two brands"):
        merge(house, other, stranger)
    with pytest.raises(ReasonMissing):
        merge(house, house.customer, other, reason=" \x00 ")
    merge_id = merge(house, house.customer, other)
    for survivor, merged in ((house.customer, other), (other, third), (other, house.customer)):
        with pytest.raises(CannotMerge, match="in the meantime"):
            merge(house, survivor, merged)
    with pytest.raises(ReasonMissing):
        undo(house, merge_id, reason="")
    undo(house, merge_id)
    with pytest.raises(CannotMerge, match="already"):
        undo(house, merge_id)


def test_the_database_itself_refuses_to_merge_somebody_twice_or_with_themselves(house: House) -> None:
    other = another(house)
    merge(house, house.customer, other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Merge.objects.create(survivor=house.customer, merged=other, reason="again", at=clock.now(), by="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(id=house.customer.id).update(merged_into=house.customer)


def test_merge_and_undo_are_in_the_trail_with_reasons(house: House) -> None:
    other = another(house)
    undo(house, merge(house, house.customer, other))
    noted = (
        AuditEntry.objects.filter(action__startswith="customer.")
        .order_by("number")
        .values_list("action", "reason", "about")
    )
    assert list(noted) == [
        ("customer.merged", "the same person", str(house.customer.id)),
        ("customer.merge-undone", "two persons", str(house.customer.id)),
    ]


def test_the_list_is_found_once_settled_by_a_merge_and_never_merges_by_itself(house: House) -> None:
    other = another(
        house,
        "Krüger",
        identifiers=[
            NewIdentifier(kind="email", value="sabine@example.test", is_verified=False),
            NewIdentifier(kind="phone", value="+491701112233"),
        ],
    )
    assert actions.find_duplicates() == 0  # whoever is new was compared at once
    Duplicate.objects.all().delete()
    assert actions.find_duplicates() == 1
    duplicate = Duplicate.objects.get()
    assert {duplicate.left_id, duplicate.right_id} == {house.customer.id, other.id}
    assert duplicate.probability > 0.5
    assert {"family_name", "emails", "phones"} <= {one["field"] for one in duplicate.evidence}
    assert not Customer.objects.exclude(merged_into=None).exists()
    merge_id = merge(house, house.customer, other)
    assert Duplicate.objects.get().state == "merged"
    undo(house, merge_id)
    assert Duplicate.objects.get().state == "different"


def test_who_was_kept_apart_is_not_asked_about_again(house: House) -> None:
    another(
        house,
        "Krüger",
        identifiers=[
            NewIdentifier(kind="email", value="sabine@example.test"),
            NewIdentifier(kind="phone", value="+491701112233"),
        ],
    )
    actions.find_duplicates()
    duplicate = Duplicate.objects.get()
    actions.keep_apart(duplicate_id=duplicate.id, principal=house.principal(house.lead), now=clock.now())
    assert actions.find_duplicates() == 0
    with pytest.raises(CannotMerge):
        actions.keep_apart(duplicate_id=duplicate.id, principal=house.principal(house.lead), now=clock.now())


def machine_for(house: House) -> type[RuleBasedStateMachine]:
    """Customers come, are merged, parted, write, and get new addresses; beside them the same world without any merge."""

    class Town(RuleBasedStateMachine):
        customers = Bundle("customers")
        merges = Bundle("merges")

        def __init__(self) -> None:
            super().__init__()
            self.around = transaction.atomic()
            self.around.__enter__()
            self.owners: dict[str, set] = defaultdict(set)  # address -> who has it
            self.parts: dict = {}  # active merge -> (survivor, merged)
            self.rows: dict = {}  # customer -> their row as it was
            self.mails: list = []  # (contact, address, who would have been recognised without merges)

        def teardown(self) -> None:
            for merge_id in list(self.parts):
                self.part(merge_id)
            for id_, row in self.rows.items():
                assert Customer.objects.filter(id=id_).values().get() == row
                assert queries.same_as(id_) == (id_,)
                assert set(queries.identifiers_of(id_).get("email", [])) == {
                    a for a, who in self.owners.items() if id_ in who
                }
            for contact_id, expected in self.mails:
                if expected is not None:
                    assert Contact.objects.get(id=contact_id).customer_id == expected
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)

        @initialize(target=customers)
        def first(self):
            return self.come(0)

        @rule(target=customers, address=st.integers(0, 5))
        def come(self, address: int):
            mail = f"a{address}@town.test"
            one = another(house, f"Number {len(self.rows)}", identifiers=[NewIdentifier(kind="email", value=mail)])
            self.owners[mail].add(one.id)
            self.rows[one.id] = Customer.objects.filter(id=one.id).values().get()
            return one.id

        @rule(who=customers, address=st.integers(0, 9))
        def new_address(self, who, address: int) -> None:
            mail = f"a{address}@town.test"
            actions.add_identifier(customer_id=who, identifier=NewIdentifier(kind="email", value=mail))
            self.owners[mail].add(who)
            changed = Customer.objects.filter(id=who).values().get()
            self.rows[who] |= {name: changed[name] for name in ("search_text", "match_keys")}

        @rule(address=st.integers(0, 9))
        def write(self, address: int) -> None:
            mail = f"a{address}@town.test"
            contact = house.mail(key=f"{id(self)}-{len(self.mails)}", email=mail)
            owners = self.owners.get(mail, set())
            self.mails.append((contact.id, next(iter(owners)) if len(owners) == 1 else None))

        @rule(target=merges, one=customers, other=customers)
        def join(self, one, other):
            tops = queries.survivors_of([one, other])
            if tops[one] == tops[other]:
                return None
            made = merge(house, Customer.objects.get(id=tops[one]), Customer.objects.get(id=tops[other]))
            self.parts[made] = (tops[one], tops[other])
            return made

        @rule(made=merges)
        def part(self, made) -> None:
            if made in self.parts:
                undo(house, made)
                del self.parts[made]

        @invariant()
        def everybody_is_who_they_should_be(self) -> None:
            groups = {id_: {id_} for id_ in self.rows}
            for one, other in self.parts.values():
                together = groups[one] | groups[other]
                for id_ in together:
                    groups[id_] = together
            for id_, group in groups.items():
                assert set(queries.same_as(id_)) == group
                assert set(queries.identifiers_of(id_).get("email", [])) == {
                    a for a, who in self.owners.items() if who & group
                }
                assert queries.customer_card(id_).id in group

    return Town


def test_merging_and_parting_change_nothing_in_the_end(house: House) -> None:
    how = settings(
        max_examples=15,
        stateful_step_count=15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(machine_for(house), settings=how)
