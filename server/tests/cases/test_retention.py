"""A case outlives its process."""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from firstline import clock
from firstline.cases.models import Case
from firstline.processes import actions as process_actions
from firstline.processes import housekeeping
from firstline.processes.models import Instance


def test_the_page_of_a_case_is_still_there_when_its_process_has_aged_out(house: Any, settings: Any) -> None:
    case = house.case("complaint")
    process_actions.cancel_instance(instance_id=case.instance_id, reason="withdrawn")
    assert Case.objects.get(id=case.id).state == Case.State.CLOSED
    settings.FIRSTLINE_RETENTION_DAYS = 30
    assert housekeeping.delete_instances(now=clock.now() + timedelta(days=31)) == 1
    assert not Instance.objects.filter(id=case.instance_id).exists()
    page = house.client(house.agent).get(reverse("cases:case", args=[case.id]))
    assert page.status_code == 200
    assert case.number in page.content.decode()
