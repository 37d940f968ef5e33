"""Limits of web forms."""

from firstline.channels.webform import rules


def test_the_twenty_first_form_of_a_network_is_held_back() -> None:
    assert not rules.is_held_back(sent=19)
    assert rules.is_held_back(sent=20)


def test_files_are_bounded_in_number_and_size() -> None:
    assert not rules.is_too_large(sizes=[rules.MAX_FILE_BYTES] * rules.MAX_FILES)
    assert rules.is_too_large(sizes=[rules.MAX_FILE_BYTES + 1])
    assert rules.is_too_large(sizes=[1] * (rules.MAX_FILES + 1))
