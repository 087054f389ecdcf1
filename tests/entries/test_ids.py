"""Ids are ULIDs that sort in the order in which they were given out."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logstream.entries.ids import ALPHABET, IdSource, decode, encode, new_trace_id


@given(st.lists(st.integers(min_value=1, max_value=5000), min_size=1, max_size=20))
def test_ids_are_unique_and_sort_as_given_out(counts: list[int]) -> None:
    source = IdSource()
    ids = [one for count in counts for one in source.take(count)]
    assert ids == sorted(set(ids))
    assert all(len(one) == 26 and set(one) <= set(ALPHABET) for one in ids)


def test_an_id_starts_with_the_milliseconds_of_its_making() -> None:
    before = time.time_ns() // 1_000_000
    made = decode(IdSource().take(1)[0]) >> 80
    assert before <= made <= time.time_ns() // 1_000_000


def test_ids_go_on_after_the_last_of_an_earlier_run_even_if_the_clock_was_ahead() -> None:
    source = IdSource()
    ahead = encode((time.time_ns() // 1_000_000 + 60_000) << 80)
    source.seed(ahead)
    assert source.take(1)[0] > ahead


@pytest.mark.parametrize("last", ["", "odd", "ZZZZZZZZZZZZZZZZZZZZZZZZZZ", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"])
def test_ids_that_are_no_ulids_of_these_days_are_not_gone_on_from(last: str) -> None:
    source = IdSource()
    source.seed(last)
    assert abs((decode(source.take(1)[0]) >> 80) - time.time_ns() // 1_000_000) < 10_000


@given(st.integers(min_value=0, max_value=(1 << 128) - 1))
def test_decoding_undoes_encoding(number: int) -> None:
    assert decode(encode(number)) == number


def test_trace_ids_are_random_uuids() -> None:
    import uuid

    made = [uuid.UUID(new_trace_id()) for _ in range(1000)]
    assert {(one.version, one.variant) for one in made} == {(4, uuid.RFC_4122)}
    assert len(set(made)) == 1000


def test_ids_stay_behind_a_bound_that_was_told_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    source = IdSource()
    told = source.last_id
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now - 3600 * 10**9)
    assert source.take(1)[0] > told
    assert source.last_id > told
