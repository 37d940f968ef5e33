"""Identities are ordered, and numbers said on the phone catch slips."""

from hypothesis import given
from hypothesis import strategies as st

from firstline import ids


def test_ids_of_one_process_are_unique_and_ascend() -> None:
    made = [ids.new_id() for _ in range(5000)]
    assert made == sorted(made)
    assert len(set(made)) == 5000
    assert {one.version for one in made} == {7}


@given(st.integers(min_value=10, max_value=10**9), st.data())
def test_a_wrong_digit_or_a_swap_is_noticed(sequence: int, data: st.DataObject) -> None:
    number = ids.short_number(sequence)
    assert ids.is_short_number(number)
    place = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(st.sampled_from([one for one in "0123456789" if one != number[place]]))
    assert not ids.is_short_number(number[:place] + digit + number[place + 1 :])
    for left in range(len(number) - 1):
        if number[left] != number[left + 1]:
            swapped = number[:left] + number[left + 1] + number[left] + number[left + 2 :]
            assert not ids.is_short_number(swapped)


def test_what_is_no_number_is_none() -> None:
    assert not any(ids.is_short_number(text) for text in ("", "7", "57a4", "٥٧٢٤", "-572"))
