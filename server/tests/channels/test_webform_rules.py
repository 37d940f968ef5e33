"""Networks and limits of web forms."""

import pytest

from firstline.channels.webform import rules


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_an_address_belongs_to_its_network(address: str, network: str) -> None:
    assert rules.network_of(address) == network


def test_the_twenty_first_form_of_a_network_is_held_back() -> None:
    assert not rules.is_held_back(sent=19)
    assert rules.is_held_back(sent=20)


def test_files_are_bounded_in_number_and_size() -> None:
    assert not rules.is_too_large(sizes=[rules.MAX_FILE_BYTES] * rules.MAX_FILES)
    assert rules.is_too_large(sizes=[rules.MAX_FILE_BYTES + 1])
    assert rules.is_too_large(sizes=[1] * (rules.MAX_FILES + 1))
