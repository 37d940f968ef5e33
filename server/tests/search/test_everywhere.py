"""The search from everywhere: the palette's list, and its page."""

import re

import pytest
from django.urls import reverse

from firstline.customers import actions as customer_actions
from tests.conftest import House

pytestmark = pytest.mark.django_db


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_everything_of_a_customer_is_found_by_kind_and_marked(house: House) -> None:
    case = house.case("complaint")
    mail = house.mail("Die Rechnung an Krüger ist falsch.", subject="Abschlag", language="de")
    found = house.client(house.agent).get(reverse("desktop:find"), {"q": "krueger"}).content.decode()
    assert "Sabine <mark>Krüger</mark>" in found
    assert reverse("customers:customer", args=[house.customer.id]) in found
    assert reverse("cases:case", args=[case.id]) in found
    assert reverse("desktop:desk", args=[mail.id]) in found
    assert "Die Rechnung an <mark>Krüger</mark> ist falsch." in found
    assert 'role="option"' in found


def test_who_may_find_what(house: House) -> None:
    house.case("complaint")
    # Process owners see cases; customers are for those who serve them.
    assert "Customers" not in words(house.client(house.owner).get(reverse("desktop:find"), {"q": "krüger"}))
    assert "Cases" in words(house.client(house.owner).get(reverse("desktop:find"), {"q": "krüger"}))
    for user, expected in ((house.agent, True), (house.stranger, False)):
        for name in ("desktop:find", "desktop:search"):
            assert ("104711" in words(house.client(user).get(reverse(name), {"q": "krüger"}))) is expected


def test_nothing_found_says_what_to_do_and_odd_addresses_are_refused_calmly(house: House) -> None:
    client, page = house.client(house.agent), reverse("desktop:search")
    assert "Every word must be found" in words(client.get(page, {"q": "xyzzy"}))
    assert "Write what you know" in words(client.get(page))
    for odd in ({"after": "9.x"}, {"kind": "nothing"}, {"kind": "customer", "after": "1.AAAA"}, {"q": "\x00'"}):
        assert client.get(page, {"q": "krüger"} | odd).status_code == 200


def test_a_long_list_goes_on_page_by_page(house: House) -> None:
    for number in range(55):
        customer_actions.create_customer(brand=house.brand, given_name=f"Nr{number}", family_name="Lind")
    client = house.client(house.agent)
    first = client.get(reverse("desktop:search"), {"q": "lind", "kind": "customer"}).content.decode()
    (more,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = client.get(more.replace("&amp;", "&")).content.decode()
    assert len(re.findall("choice-card", first)) == 50
    assert len(re.findall("choice-card", second)) == 5
    assert not set(re.findall(r"/customers/[0-9a-f-]{36}/", first)) & set(
        re.findall(r"/customers/[0-9a-f-]{36}/", second)
    )
