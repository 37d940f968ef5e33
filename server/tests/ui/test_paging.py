from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstline.ui.csv import plain_cell
from firstline.ui.paging import page_of, read_key, write_key


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_key_reads_back_as_it_was_written(at, item):
    assert read_key(write_key((at, item))) == (at, item)


@given(st.text())
def test_what_nobody_here_wrote_is_the_beginning(text):
    assert read_key(text) is None or write_key(read_key(text)).rstrip("=") == text.rstrip("=")


@pytest.mark.parametrize(("count", "shown", "has_more"), [(0, 0, False), (3, 3, False), (4, 3, True)])
def test_a_page_has_a_next_one_when_a_row_more_was_found(count, shown, has_more):
    rows = [(datetime(2026, 1, 1, number, tzinfo=UTC), UUID(int=number)) for number in range(count)]
    page = page_of(rows, size=3, key=lambda row: row)
    assert len(page.rows) == shown
    assert (read_key(page.next) == rows[2]) if has_more else page.next == ""


@pytest.mark.parametrize("text", ["=1+1", "+49", "-1", "@x", "\tx", "\rx"])
def test_a_cell_is_never_taken_for_a_formula(text):
    assert plain_cell(text) == f"'{text}"
    assert plain_cell(f" {text}") == f" {text}"
