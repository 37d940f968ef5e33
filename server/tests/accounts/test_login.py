"""Who comes in, and who doesn't."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from firstline.accounts import actions, rules
from firstline.accounts.models import LoginAttempt, User
from firstline.accounts.queries import default_brand

PASSWORD = "long enough to be one"


@pytest.fixture
def ada(db: None) -> User:
    default_brand()
    return actions.add_user(email="ada@example.com", name="Ada", password=PASSWORD, roles=["owner"])


def log_in(client: Client, email: str, password: str) -> object:
    return client.post("/login/", {"username": email, "password": password})


def test_the_right_password_lets_in(client: Client, ada: User) -> None:
    answer = log_in(client, "ada@example.com", PASSWORD)
    assert answer.status_code == 302
    assert client.get("/procedures/").status_code == 200


@pytest.mark.parametrize(
    ("email", "password"), [("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("", "")]
)
def test_a_wrong_login_says_so_without_saying_which_part(client: Client, ada: User, email: str, password: str) -> None:
    answer = log_in(client, email, password)
    assert answer.status_code == 200
    assert client.get("/procedures/").status_code == 302
    if email:
        assert b"match" in answer.content


def test_after_ten_failures_even_the_right_password_waits(client: Client, ada: User) -> None:
    for _ in range(10):
        log_in(client, "ada@example.com", "wrong")
    answer = log_in(client, "ADA@example.com", PASSWORD)
    assert b"ten minutes" in answer.content
    assert client.get("/procedures/").status_code == 302
    LoginAttempt.objects.all().delete()
    assert log_in(client, "ada@example.com", PASSWORD).status_code == 302


def test_nobody_locks_a_colleague_out_from_elsewhere(client: Client, ada: User) -> None:
    elsewhere = Client(REMOTE_ADDR="2001:db8:1:2::7")
    for _ in range(12):
        log_in(elsewhere, "ada@example.com", "wrong")
    assert b"ten minutes" in log_in(Client(REMOTE_ADDR="2001:db8:1:2::8"), "ada@example.com", PASSWORD).content
    assert log_in(client, "ada@example.com", PASSWORD).status_code == 302


def test_every_page_but_the_public_ones_asks_for_a_login(client: Client, db: None) -> None:
    for path in ("/", "/desk/", "/work/", "/contacts/", "/cases/", "/procedures/", "/numbers/", "/push/events"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/login/"), path
    assert client.get("/health/").json() == {"status": "ok"}


def test_preferences_are_kept_and_change_the_language(client: Client, ada: User) -> None:
    client.force_login(ada)
    client.post("/preferences/", {"language": "de", "theme": "dark", "next": "https://evil.example/"})
    ada.refresh_from_db()
    assert (ada.language, ada.theme) == ("de", "dark")
    assert 'lang="de"' in client.get("/procedures/").content.decode()
    refused = client.post("/preferences/", {"language": "xx", "theme": "dark"})
    assert refused.status_code == 400


def test_a_place_for_another_role_is_refused_in_words(client: Client, ada: User) -> None:
    client.force_login(ada)
    assert client.get("/numbers/").status_code == 200
    agent = actions.add_user(email="bob@example.com", name="Bob", password=PASSWORD, roles=["agent"])
    client.force_login(agent)
    answer = client.get("/numbers/")
    assert answer.status_code == 403
    assert b"other roles" in answer.content


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


def test_a_brand_is_made_and_changed_by_what_is_given_of_it(db: None) -> None:
    actions.set_brand(key="lindwerk", names={"de": "Lindwerk"}, languages=["de"], sender_address="a@lindwerk.example")
    brand = actions.set_brand(key="lindwerk", zone="Europe/Amsterdam", country="NL")
    assert (brand.name("de"), brand.sender_address, brand.zone) == (
        "Lindwerk", "a@lindwerk.example", "Europe/Amsterdam",
    )  # fmt: skip
    for wrong in ({"zone": "Mars/Olympus"}, {"sender_address": "nowhere"}, {"key": "not a key"}):
        with pytest.raises(ValidationError):
            actions.set_brand(**{"key": "lindwerk", **wrong})
    assert actions.set_team(key="billing", names={"en": "Billing"}).name("nl") == "Billing"
