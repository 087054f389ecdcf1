"""The ids of the newest entries, and where these stand."""

from logstream.entries.entry import Batch
from logstream.stores.stream import recent
from logstream.stores.stream.message import StreamBatch, position_text
from logstream.stores.stream.recent import Recent
from tests.live.client import batch_of


def placed(batch: Batch, sequence: int, first: int = 0) -> StreamBatch:
    return StreamBatch.of(batch, sequence, first)


def number(of: int) -> str:
    return f"01{of:024d}"


def test_every_entry_of_every_batch_has_its_place() -> None:
    remembered = Recent()
    remembered.add(placed(batch_of(1, 3), 7))
    remembered.add(placed(batch_of(4, 2), 7, first=3))
    remembered.add(placed(batch_of(6, 1), 8))
    places = [remembered.position_of(number(each)) for each in range(1, 7)]
    assert places == [position_text(7, 0), position_text(7, 1), position_text(7, 2), position_text(7, 3),
                      position_text(7, 4), position_text(8, 0)]  # fmt: skip
    assert places == sorted(places, key=str)


def test_what_was_never_given_out_has_none_even_where_two_ids_together_read_like_it() -> None:
    remembered = Recent()
    remembered.add(placed(batch_of(1, 50), 1))
    joined = "".join(number(each) for each in range(1, 51))
    for start in range(1, 26):
        across = joined[start : start + 26]
        assert remembered.position_of(across) is None
    assert remembered.position_of("") is None
    assert remembered.position_of(number(51)) is None


def test_the_oldest_are_forgotten_first() -> None:
    remembered = Recent()
    most, recent.MAX_ENTRIES = recent.MAX_ENTRIES, 10  # type: ignore[misc]
    try:
        for start in range(0, 40, 4):
            remembered.add(placed(batch_of(start, 4), start + 1))
    finally:
        recent.MAX_ENTRIES = most  # type: ignore[misc]
    assert remembered.position_of(number(31)) is None
    assert remembered.position_of(number(32)) == position_text(33, 0)
