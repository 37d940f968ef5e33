"""Hints: to those whom they are addressed to, through bounded queues, and nothing left behind."""

import asyncio

import pytest
from django.db import transaction

from firstline.accounts.principals import Principal
from firstline.push import actions
from firstline.push.hub import QUEUE_SIZE, Hub, hub
from firstline.push.web import views


def message(audience: str, number: int) -> str:
    return f'{{"audience": "{audience}", "kind": "case", "id": "{number}"}}'


def test_a_person_hears_what_is_said_to_them_their_teams_and_their_brands_and_nothing_else() -> None:
    ada = Principal(kind="staff", name="Ada", teams=frozenset({"billing"}), brands=frozenset({"lindwerk"}))
    assert views._audiences(ada) == {"user:None", "team:billing", "brand:lindwerk"}

    async def heard() -> list[str]:
        here = Hub()
        here._listening = asyncio.get_running_loop().create_task(asyncio.sleep(60))
        mine = here.subscribe({"team:billing"})
        here.subscribe({"team:field"})
        for number, audience in enumerate(("team:field", "team:billing", "brand:lindwerk", "user:x")):
            here._hand_out(message(audience, number))
        return [mine.queue.get_nowait() for _ in range(mine.queue.qsize())]

    assert asyncio.run(heard()) == ['{"kind": "case", "id": "1"}']


def test_a_screen_that_is_too_slow_is_told_to_look_again_and_costs_no_memory() -> None:
    async def flooded() -> tuple[int, bool]:
        here = Hub()
        here._listening = asyncio.get_running_loop().create_task(asyncio.sleep(60))
        mine = here.subscribe({"team:billing"})
        for number in range(QUEUE_SIZE + 1):
            here._hand_out(message("team:billing", number))
        return mine.queue.qsize(), mine.has_lost.is_set()

    assert asyncio.run(flooded()) == (QUEUE_SIZE, True)


def test_a_stream_that_nobody_reads_leaves_nothing_behind() -> None:
    async def opened() -> None:
        await views._stream({"user:1"}).aclose()

    asyncio.run(opened())
    assert not hub._by_audience


@pytest.mark.django_db(transaction=True)
def test_a_hint_arrives_when_its_transaction_commits_and_again_after_the_database_was_away() -> None:
    def say(number: int) -> None:
        with transaction.atomic():
            actions.hint(audience="user:1", kind="case", id=str(number))

    async def heard() -> list[bytes]:
        stream, found = views._stream({"user:1"}), []
        found.append(await anext(stream))
        for _attempt in range(50):
            await asyncio.to_thread(say, 1)
            await asyncio.sleep(0.1)
            if any(one.queue.qsize() for one in hub._by_audience["user:1"]):
                break
        found.append(await anext(stream))
        await stream.aclose()
        return found

    first, second = asyncio.run(heard())
    assert b"connected" in first
    assert second == b'event: hint\ndata: {"kind": "case", "id": "1"}\n\n'
