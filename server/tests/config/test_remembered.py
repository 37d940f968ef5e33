"""What is remembered while one page is gathered, and no longer."""

import pytest

from firstline.remembered import once_a_page, one_page


@pytest.fixture
def asked():
    return []


@pytest.fixture
def read(asked):
    @once_a_page
    def read(*what, **how):
        asked.append((what, how))
        return object()

    return read


def test_a_page_reads_once(read, asked):
    with one_page():
        assert read(1, of="a") is read(1, of="a")
    assert asked == [((1,), {"of": "a"})]


def test_something_else_is_read_besides(read, asked):
    with one_page():
        assert len({read(1), read(2), read(1, of="a"), read(1, of="b")}) == len(asked) == 4


def test_two_reads_are_not_taken_for_each_other(read):
    other = once_a_page(lambda what: f"other {what}")
    with one_page():
        assert read(1) != other(1) == "other 1"


def test_the_next_page_and_whoever_gathers_none_read_anew(read, asked):
    with one_page():
        read(1)
    with one_page():
        read(1)
    read(1)
    read(1)
    assert len(asked) == 4


def test_nothing_found_is_remembered_and_a_mistake_is_not(asked):
    @once_a_page
    def read(what):
        asked.append(what)
        if what == "bad" and asked.count(what) == 1:
            raise ValueError(what)

    with one_page():
        assert read("good") is read("good") is None
        with pytest.raises(ValueError, match="bad"):
            read("bad")
        read("bad")
    assert asked == ["good", "bad", "bad"]
