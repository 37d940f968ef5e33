"""Two cases that are the same thing: merged with nothing moved, and parted exactly."""

from collections import Counter
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.urls import reverse

from firstline import clock
from firstline.accounts.principals import link_principal
from firstline.audit.models import AuditEntry
from firstline.cases import actions, merging, queries
from firstline.cases.links import FOLLOW
from firstline.cases.models import Case, CaseMerge, Promise
from firstline.cases.survivors import survivor_for_customer, survivors_of, these_cases
from firstline.contacts import actions as contact_actions
from firstline.contacts import queries as contact_queries
from firstline.contacts.models import ContactReason
from firstline.customers import actions as customer_actions
from firstline.operations import actions as operations
from firstline.portal.queries import follow_page
from firstline.processes import queries as process_queries
from firstline.work import queries as work_queries
from tests.conftest import COMPLAINT

# What a merge and its undoing add: that it was, and that the process was told.
_ADDED = ("cases_casemerge", "audit_", "processes_historystep", "outbox_")


def merge(house, survivor, merged, *, reason="The same bill", by=None):
    return merging.merge_cases(
        survivor_id=survivor.id,
        merged_id=merged.id,
        reason=reason,
        principal=house.principal(by or house.agent),
        now=clock.now(),
    )


def undo(house, merge_id, *, reason="Two bills after all"):
    merging.undo_case_merge(merge_id=merge_id, reason=reason, principal=house.principal(house.agent), now=clock.now())


def row_of(case):
    return queries.case_row(case.id, language="en", now=clock.now())


def everything():
    """Count all rows of all tables by what stands in them, but for what a merge may add."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'django_%%'")
        tables = sorted(name for (name,) in cursor.fetchall() if not name.startswith(_ADDED))
        found = {}
        for table in tables:
            # Names of our own tables; how long the history of a process is grows with what it was told.
            cursor.execute(f"SELECT to_jsonb(t) - 'sequence' FROM {table} t")
            found[table] = Counter(str(row) for (row,) in cursor.fetchall())
    return {table: rows for table, rows in found.items() if rows}


@pytest.fixture
def two(house):
    return house.case(ago=timedelta(days=2)), house.case(ago=timedelta(days=1))


# --- merged ------------------------------------------------------------------------------------------------------


def test_a_merged_case_goes_on_as_the_other_and_leaves_the_lists_of_work(house, two):
    one, other = two
    lead = house.principal(house.lead)
    assert {row.id for row in queries.list_cases(principal=lead, language="en", now=clock.now(), state="open")} == {
        one.id,
        other.id,
    }
    merge(house, one, other)
    (row,) = queries.list_cases(principal=lead, language="en", now=clock.now(), state="open")
    assert (row.id, row.merged) == (one.id, (other.number,))
    assert survivors_of([one.id, other.id]) == {one.id: one.id, other.id: one.id}
    assert these_cases(one.id) == [one.id, other.id]
    told = row_of(other)
    assert (told.state, told.merged_into_id, told.steps) == ("merged", one.id, ())
    open_cases = queries.open_cases_of(customer_id=house.customer.id, principal=lead, language="en", now=clock.now())
    assert [one.id for one in open_cases] == [one.id]


def test_nobody_is_asked_to_do_the_steps_of_a_merged_case(house):
    one, other = house.back_office_case(), house.back_office_case()
    clerk = house.principal(house.clerk)

    def to_do():
        return {
            row.case_id
            for row in work_queries.work_list(principal=clerk, language="en", now=clock.now())
            if row.case_id
        }

    assert to_do() >= {one.id, other.id}
    task = house.step(other)
    merge(house, one, other)
    assert one.id in to_do()
    assert other.id not in to_do()
    with pytest.raises(actions.CaseMerged, match=one.number):
        actions.save_draft(principal=clerk, task_id=task.id, answers={"finding": "x"}, now=clock.now())


def test_what_refers_to_it_is_shown_with_the_other_and_stays_where_it_is(house, two):
    one, other = two
    mail = house.mail("Twice")
    contact_actions.continue_case(principal=house.principal(house.agent), contact_id=mail.id, case=other)
    house.promise(other, "The bill is checked", due_in=timedelta(days=1))
    actions.write_note(case_id=other.id, text="Look at May", principal=house.principal(house.agent), now=clock.now())
    merge(house, one, other)
    assert [row.id for row in contact_queries.contacts_of_case(one.id, language="en")] == [mail.id]
    assert [row.text for row in contact_queries.messages_of_case(one.id)] == ["Twice"]
    assert [row.text for row in row_of(one).promises] == ["The bill is checked"]
    assert [row.text for row in queries.notes(one.id)] == ["Look at May"]
    (reason,) = contact_queries.reasons_of(mail.id, language="en")
    assert (reason.case_id, reason.case_number, reason.case_state) == (one.id, one.number, "open")
    assert ContactReason.objects.get(contact=mail).case == other
    assert Promise.objects.get().case == other


def test_a_contact_about_both_has_one_tab(house, two):
    one, other = two
    call = house.call()
    for case in two:
        contact_actions.continue_case(principal=house.principal(house.agent), contact_id=call.id, case=case)
    client = house.client(house.agent)
    both = client.get(f"/desk/{call.id}/").content.decode()
    assert f"?case={other.id}" in both
    merge(house, one, other)
    page = client.get(f"/desk/{call.id}/").content.decode()
    assert f"?case={other.id}" not in page
    assert f"?case={one.id}" in page


def test_when_the_survivor_ends_what_was_promised_for_both_is_kept(house, two):
    one, other = two
    house.promise(other, due_in=timedelta(days=1))
    merge(house, one, other)
    actions.close_case(case_id=one.id, outcome="done", now=clock.now())
    assert Promise.objects.get().kept_at is not None
    assert Case.objects.get(id=other.id).state == "merged"


def test_both_pages_tell_of_it_and_the_audit_trail_why(house, two):
    one, other = two
    merge(house, one, other, reason="Rang twice about the same bill")
    client = house.client(house.agent)
    survivor = client.get(reverse("cases:case", args=[one.id])).content.decode()
    assert "Rang twice about the same bill" in survivor
    assert other.number in survivor
    merged = client.get(reverse("cases:case", args=[other.id])).content.decode()
    assert "goes on there" in merged
    assert reverse("cases:case", args=[one.id]) in merged
    entry = AuditEntry.objects.get(action="case.merged")
    assert (entry.about, entry.reason) == (str(one.id), "Rang twice about the same bill")


# --- refused -----------------------------------------------------------------------------------------------------


def test_only_open_cases_of_one_customer_and_brand_are_merged(house, two):
    one, other = two
    stranger = customer_actions.create_customer(brand=house.brand, family_name="Somebody")
    theirs = house.case(customer=stranger)
    done = house.case()
    actions.close_case(case_id=done.id, outcome="done", now=clock.now())
    for survivor, merged in ((one, theirs), (theirs, one), (one, done), (done, one), (one, one)):
        with pytest.raises(merging.CannotMergeCases):
            merge(house, survivor, merged)
    with pytest.raises(merging.MergeReasonMissing):
        merge(house, one, other, reason=" \x00 ")
    merge(house, one, other)
    third = house.case()
    for survivor, merged in ((third, other), (other, third)):
        with pytest.raises(merging.CannotMergeCases):
            merge(house, survivor, merged)
    assert process_queries.is_suspended(other.instance_id)
    assert not any(process_queries.is_suspended(case.instance_id) for case in (one, theirs, done, third))


def test_cases_of_customers_who_were_merged_are_one_customers(house, two):
    one, _other = two
    twin = customer_actions.create_customer(brand=house.brand, family_name="Krueger")
    theirs = house.case(customer=twin)
    customer_actions.merge_customers(
        survivor_id=house.customer.id,
        merged_id=twin.id,
        reason="One",
        principal=house.principal(house.lead),
        now=clock.now(),
    )
    merge(house, one, theirs)
    assert Case.objects.get(id=theirs.id).merged_into == one


# --- undone ------------------------------------------------------------------------------------------------------


def test_merging_and_parting_leave_every_row_as_it_was(house, two):
    one, other = two
    house.promise(other, due_in=timedelta(days=1))
    actions.save_draft(
        principal=house.principal(house.agent),
        task_id=house.step(other).id,
        answers={"complaint_text": "Half"},
        now=clock.now(),
    )
    house.run_worker()
    before = everything()
    undo(house, merge(house, one, other))
    house.run_worker()
    assert everything() == before


def test_what_came_meanwhile_belongs_after_parting_to_the_case_that_it_named(house, two):
    one, other = two
    merge_id = merge(house, one, other)
    for_one = house.mail("For the first", key="m-one", case_id=one.id)
    for_other = house.mail("For the second", key="m-other", case_id=other.id)
    assert {row.id for row in contact_queries.contacts_of_case(one.id, language="en")} == {for_one.id, for_other.id}
    undo(house, merge_id)
    assert [row.id for row in contact_queries.contacts_of_case(one.id, language="en")] == [for_one.id]
    assert [row.id for row in contact_queries.contacts_of_case(other.id, language="en")] == [for_other.id]


def test_a_parted_case_goes_on_where_it_stood(house, two):
    one, other = two
    task = house.step(other)
    undo(house, merge(house, one, other))
    assert house.step(other).id == task.id
    house.complete(other, COMPLAINT, by=house.agent)
    assert task.id not in {each.id for each in process_queries.open_tasks(business_ids=[other.id])}


def test_a_process_that_an_operator_had_stopped_before_stays_stopped(house, two):
    one, other = two
    operations.suspend_instance(
        principal=house.principal(house.admin), instance_id=other.instance_id, reason="Looking into it"
    )
    undo(house, merge(house, one, other))
    assert process_queries.is_suspended(other.instance_id)
    assert Case.objects.get(id=other.id).state == "open"


def test_what_an_operator_ended_while_it_was_merged_is_closed_when_it_is_parted(house, two):
    one, other = two
    merge_id = merge(house, one, other)
    operations.cancel_instance(
        principal=house.principal(house.admin), instance_id=other.instance_id, reason="Not needed"
    )
    assert Case.objects.get(id=other.id).state == "merged"
    undo(house, merge_id)
    assert Case.objects.get(id=other.id).state == "closed"


def test_merges_of_merges_are_undone_in_any_order(house, two):
    one, other = two
    third = house.case()
    first = merge(house, one, other)
    second = merge(house, third, one)
    assert survivors_of([other.id])[other.id] == third.id
    assert these_cases(third.id) == [third.id, one.id, other.id]
    undo(house, first)
    assert (these_cases(third.id), these_cases(other.id)) == ([third.id, one.id], [other.id])
    undo(house, second)
    assert all(these_cases(case.id) == [case.id] for case in (one, other, third))
    assert not Case.objects.exclude(merged_into=None).exists()
    with pytest.raises(merging.CannotMergeCases):
        undo(house, second)


# --- the customer ------------------------------------------------------------------------------------------------


def test_the_customers_link_shows_the_case_that_goes_on(house, two):
    one, other = two
    house.promise(one, "We call back", due_in=timedelta(days=1))
    merge_id = merge(house, one, other)
    page = house.client(house.agent).get(f"/follow/{FOLLOW.token(other.id)}/?language=en").content.decode()
    assert one.number in page
    assert f"Your request {other.number} is about the same thing" in page
    assert "We call back" in page
    undo(house, merge_id)
    page = house.client(house.agent).get(f"/follow/{FOLLOW.token(other.id)}/?language=en").content.decode()
    assert one.number not in page
    assert "We call back" not in page


def test_whoever_only_claimed_to_be_the_customer_sees_nothing_of_the_other_case(house, two):
    one, other = two
    form = house.mail("I am Sabine", key="form")
    form.channel, form.speaker_name = "webform", "Somebody"
    form.save()
    Case.objects.filter(id=other.id).update(contact_id=form.id)
    house.promise(one, "A secret promise", due_in=timedelta(days=1))
    merge(house, one, other)
    shown = follow_page(Case.objects.get(id=other.id), language="en", now=clock.now())
    assert (shown.number, shown.own_number, shown.promises, shown.is_over) == (other.number, "", (), False)


def test_when_the_customers_are_parted_nobody_follows_a_case_of_another(house, two):
    one, _other = two
    twin = customer_actions.create_customer(brand=house.brand, family_name="Krueger")
    theirs = house.case(customer=twin)
    joined = customer_actions.merge_customers(
        survivor_id=house.customer.id,
        merged_id=twin.id,
        reason="One",
        principal=house.principal(house.lead),
        now=clock.now(),
    )
    merge(house, one, theirs)
    theirs.refresh_from_db()
    assert survivor_for_customer(theirs) == one
    customer_actions.undo_merge(merge_id=joined, reason="Two", principal=house.principal(house.lead), now=clock.now())
    assert survivor_for_customer(theirs) == theirs


def test_a_link_opens_no_case_but_its_own(house, two):
    one, other = two
    merge(house, one, other)
    assert link_principal(other.id).case_id == other.id


# --- pages -------------------------------------------------------------------------------------------------------


def test_both_are_compared_merged_and_parted_on_the_screen(house, two):
    one, other = two
    client = house.client(house.agent)
    assert (
        reverse("cases:merge", args=[one.id, other.id])
        in client.get(reverse("cases:case", args=[one.id])).content.decode()
    )
    compared = client.get(reverse("cases:merge", args=[one.id, other.id])).content.decode()
    assert one.number in compared
    assert other.number in compared
    # The older one goes on, unless somebody wants the other.
    assert 'value="case" checked' in compared
    turned = client.get(reverse("cases:merge", args=[other.id, one.id])).content.decode()
    assert 'value="other" checked' in turned
    refused = client.post(reverse("cases:merge", args=[one.id, other.id]), {"survivor": "other", "reason": ""})
    assert refused.status_code == 422
    assert "Say why, in a few words" in refused.content.decode()
    assert 'value="other" checked' in refused.content.decode()
    assert not CaseMerge.objects.exists()
    done = client.post(reverse("cases:merge", args=[one.id, other.id]), {"survivor": "other", "reason": "Same"})
    assert done.url == reverse("cases:case", args=[other.id])
    made = CaseMerge.objects.get()
    assert (made.survivor, made.merged) == (other, one)
    told = client.get(done.url).content.decode()
    assert 'data-tone="good"' in told
    assert "Nothing is left to do" not in client.get(reverse("cases:case", args=[one.id])).content.decode()
    again = client.get(reverse("cases:merge", args=[one.id, other.id])).content.decode()
    assert 'name="survivor"' not in again
    assert "Only two open cases" in again
    parted = client.post(reverse("cases:undo-merge", args=[other.id, made.id]), {"reason": "Two"})
    assert parted.url == reverse("cases:case", args=[one.id])
    assert Case.objects.get(id=one.id).state == "open"


def test_who_may_not_work_on_both_may_not_merge_them(house, two):
    one, other = two
    made = merge(house, one, other)
    owner = house.client(house.owner)
    assert owner.get(reverse("cases:merge", args=[one.id, other.id])).status_code == 403
    assert owner.post(reverse("cases:undo-merge", args=[one.id, made]), {"reason": "x"}).status_code == 403
    third = house.case()
    assert house.client(house.agent).post(
        reverse("cases:undo-merge", args=[third.id, made]), {"reason": "x"}
    ).status_code in {403, 404}
    assert CaseMerge.objects.get().undone_at is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_merge_each_others_at_once_one_is_refused(house, two):
    one, other = two
    ready, came = Barrier(2), []

    def join(survivor, merged):
        try:
            ready.wait()
            merge(house, survivor, merged)
            came.append("merged")
        except merging.CannotMergeCases:
            came.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=join, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["merged", "refused"]
    assert CaseMerge.objects.count() == 1
