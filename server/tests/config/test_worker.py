"""The worker's loops, one by one."""

import threading
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError

from firstline.config import worker


@pytest.mark.django_db
def test_the_house_is_kept_at_once_while_there_is_more_and_again_after_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, said = threading.Event(), iter([True, OperationalError("away"), False])
    waited: list[float] = []

    def keep_house(*, now: datetime) -> bool:
        answer = next(said)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wait(seconds: float) -> Any:
        waited.append(seconds)
        return len(waited) > 3

    monkeypatch.setattr(worker.housekeeping, "keep_house", keep_house)
    monkeypatch.setattr(worker.connection, "close", lambda: None)
    monkeypatch.setattr(stop, "wait", wait)
    worker._keep_house(stop)
    assert waited == [0, 0, worker.HOUSEKEEPING_SECONDS, worker.HOUSEKEEPING_SECONDS]
