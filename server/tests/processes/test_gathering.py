"""One thread works for all who wait; nobody is left behind, and nobody's wish is done twice."""

import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from firstline.processes.adapters import gathering as gathering_module
from firstline.processes.adapters.gathering import Gathering

PATIENCE_SECONDS = 30


def in_threads(*calls: Callable[[], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=call, daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    return threads


def ended(threads: list[threading.Thread]) -> bool:
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return not any(thread.is_alive() for thread in threads)


def waiting(gathering: Gathering[int], number: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while len(gathering) < number:
        assert time.monotonic() < until
        time.sleep(0.001)


def test_who_comes_alone_is_served_at_once():
    served: list[list[int]] = []
    gathering = Gathering(served.append, most=5)
    gathering.serve([1])
    gathering.serve([2, 3])
    assert served == [[1], [2, 3]]


def test_who_wants_nothing_waits_for_nobody():
    gathering: Gathering[int] = Gathering(list[int], most=5)
    with gathering.held():
        assert ended(in_threads(lambda: gathering.serve([])))


def test_those_who_come_while_one_works_are_served_together_and_in_their_order():
    served: list[list[int]] = []
    gathering = Gathering(served.append, most=5)
    threads = []
    with gathering.held():
        for number in range(4):
            threads += in_threads(lambda number=number: gathering.serve([number]))
            waiting(gathering, number + 1)
    assert ended(threads)
    assert served == [[0, 1, 2, 3]]


def test_more_than_is_done_at_once_takes_several():
    served: list[list[int]] = []
    gathering = Gathering(served.append, most=2)
    with gathering.held():
        threads = in_threads(lambda: gathering.serve([1, 2, 3]))
        waiting(gathering, 3)
        threads += in_threads(lambda: gathering.serve([4, 5]))
        waiting(gathering, 5)
    assert ended(threads)
    assert served == [[1, 2], [3, 4], [5]]


@pytest.fixture
def much_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for others as good as for ever."""
    monkeypatch.setattr(gathering_module, "_PATIENCE", 1e9)
    monkeypatch.setattr(gathering_module, "_LONGEST_PATIENCE_SECONDS", 10.0 * PATIENCE_SECONDS)


@pytest.mark.usefixtures("much_patience")
def test_whoever_comes_behind_several_waits_for_as_many_and_no_longer():
    served: list[list[int]] = []
    gathering = Gathering(served.append, most=5)
    threads = []
    with gathering.held():
        threads = in_threads(*(lambda number=number: gathering.serve([number]) for number in range(3)))
        waiting(gathering, 3)
    assert ended(threads)
    first = in_threads(lambda: gathering.serve([3]))
    waiting(gathering, 1)
    second = in_threads(lambda: gathering.serve([4]))
    waiting(gathering, 2)
    assert len(served) == 1
    assert ended(first + second + in_threads(lambda: gathering.serve([5])))
    assert [len(batch) for batch in served] == [3, 3]


@pytest.mark.usefixtures("much_patience")
def test_whoever_comes_behind_one_waits_for_nobody():
    served: list[list[int]] = []
    gathering = Gathering(served.append, most=5)
    assert ended(in_threads(lambda: (gathering.serve([1]), gathering.serve([2]))))
    assert served == [[1], [2]]


def test_when_work_fails_who_works_hears_it_and_the_others_go_on():
    served: list[list[int]] = []
    failed: list[str] = []

    def work(batch: list[int]) -> None:
        served.append(batch)
        if len(served) == 1:
            raise RuntimeError("a bug")

    gathering = Gathering(work, most=2)

    def serve(number: int) -> None:
        try:
            gathering.serve([number])
        except RuntimeError as bug:
            failed.append(f"{number}: {bug}")

    threads = []
    with gathering.held():
        for number in range(4):
            threads += in_threads(lambda number=number: serve(number))
            waiting(gathering, number + 1)
    assert ended(threads)
    assert (served, failed) == ([[0, 1], [2, 3]], ["0: a bug"])
    gathering.serve([9])
    assert served[-1] == [9]


class Ended(Exception):
    """What a signal raises."""


@pytest.fixture
def alarm() -> Iterator[None]:
    """End what the main thread waits for, soon."""

    def end(*_: object) -> None:
        raise Ended

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("alarm")
def test_what_is_wanted_by_a_thread_that_is_ended_is_not_begun():
    served: list[list[int]] = []
    gathering = Gathering(served.append, most=5)
    with gathering.held():
        with pytest.raises(Ended):
            gathering.serve([1])
        threads = in_threads(lambda: gathering.serve([2]))
        waiting(gathering, 1)
    assert ended(threads)
    assert served == [[2]]


@pytest.mark.usefixtures("alarm")
def test_a_thread_that_is_ended_while_it_works_leaves_the_others_to_another():
    served: list[list[int]] = []

    def work(batch: list[int]) -> None:
        while batch == [1]:
            time.sleep(0.001)
        served.append(batch)

    gathering = Gathering(work, most=5)
    threads = in_threads(lambda: (waiting_for_work(gathering), gathering.serve([2])))
    with pytest.raises(Ended):
        gathering.serve([1])
    assert ended(threads)
    assert served == [[2]]


def waiting_for_work(gathering: Gathering[int]) -> None:
    while not gathering._is_anybody_at_work:
        time.sleep(0.001)


def test_whatever_the_order_each_wish_is_done_once():
    done: list[int] = []

    def work(batch: list[int]) -> None:
        time.sleep(0.0005 * (len(done) % 3))
        done.extend(batch)

    gathering = Gathering(work, most=3)

    def call(first: int) -> None:
        for number in range(first, first + 50):
            gathering.serve([number])
            assert number in done

    assert ended(in_threads(*(lambda first=first: call(first) for first in range(0, 800, 50))))
    assert sorted(done) == list(range(800))
