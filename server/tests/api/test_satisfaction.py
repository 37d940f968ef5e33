"""What customers say about how they were served, for programs."""

from typing import Any

import pytest

from firstline import clock
from firstline.feedback.models import Satisfaction

from .conftest import Ground, Make

pytestmark = pytest.mark.django_db


def test_programs_read_it_by_the_scope_that_opens_customers(ground: Ground, program: Make) -> None:
    def said(score: int, **more: Any) -> Satisfaction:
        return Satisfaction.objects.create(
            brand=ground.brand, customer=ground.customer, scale="nps", state="answered", score=score, answered_at=clock.now(),
            **more,
        )  # fmt: skip

    first, second = said(9, reason_key="complaint", words="Quick."), said(3)
    reads = program("customers:read")
    page = reads.get("satisfaction", customer=str(ground.customer.id), limit=1).json()
    assert [(one["id"], one["score"], one["words"]) for one in page["items"]] == [(str(first.id), 9, "Quick.")]
    page = reads.get("satisfaction", customer=str(ground.customer.id), limit=1, cursor=page["next"]).json()
    assert ([one["id"] for one in page["items"]], page["next"]) == ([str(second.id)], None)
    assert len(reads.get("satisfaction", reason="complaint", state="answered").json()["items"]) == 1
    assert reads.get("satisfaction", state="asked").json()["items"] == []
    assert program("cases:write").get("satisfaction").status_code == 403
    assert program("customers:read", brands=["other"]).get("satisfaction").json()["items"] == []
