"""What the indexer takes of the stream at one time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from logstream.stores.stream.consumer import Delivered
from logstream.stores.stream.filled import Portion, PortionSize, Standing
from logstream.stores.stream.indexer import Indexer
from logstream.stores.stream.message import Head, encode, pack
from tests.live.client import batch_of


class Store:
    portion_size = PortionSize(entries=3, bytes=1_000_000)


def delivered(sequence: int) -> Delivered:
    batch = batch_of(sequence, 1)
    head = Head(f"{sequence}", "n", len(batch), batch.last_id, len(batch.lines))
    return Delivered(sequence, encode(head, pack([batch], None)), is_part=False)


def part(sequence: int) -> Delivered:
    return Delivered(sequence, b"", is_part=True)


def portions(standing: Standing, *arrived: list[Delivered]) -> list[Portion]:
    async def arrivals() -> AsyncIterator[list[Delivered]]:
        for each in arrived:
            yield each

    async def taken() -> list[Portion]:
        unused: Any = None
        store: Any = Store()
        indexer = Indexer(unused, unused, store, unused, unused, unused, unused)
        return [portion async for portion in indexer._portions(arrivals(), standing)]

    return asyncio.run(taken())


def bounds(made: list[Portion]) -> list[tuple[int, int, int, bool]]:
    return [(portion.after, portion.until, len(portion.entries), portion.is_begun) for portion in made]


def test_portions_are_what_has_arrived_up_to_what_one_may_have() -> None:
    made = portions(Standing(4), [delivered(n) for n in range(5, 12)], [delivered(12)])
    assert bounds(made) == [(4, 7, 3, False), (7, 10, 3, False), (10, 11, 1, False), (11, 12, 1, False)]
    assert [position[:-1] for position in made[2].positions] == [f"S{11 << 20:016X}"[:-1]]


def test_what_was_begun_with_comes_first_with_its_own_bounds_however_it_arrives() -> None:
    one_by_one = [[delivered(n)] for n in range(5, 11)]
    assert bounds(portions(Standing(4, 9), *one_by_one)) == [(4, 9, 5, True), (9, 10, 1, False)]
    at_once = [delivered(n) for n in range(5, 11)]
    assert bounds(portions(Standing(4, 9), at_once)) == [(4, 9, 5, True), (9, 10, 1, False)]


def test_what_was_begun_with_ends_where_it_did_though_its_last_message_is_no_entry_or_gone() -> None:
    assert bounds(portions(Standing(4, 6), [delivered(5), part(6)], [delivered(7)])) == [
        (4, 6, 1, True),
        (6, 7, 1, False),
    ]
    assert bounds(portions(Standing(4, 6), [delivered(5)], [delivered(8)])) == [(4, 6, 1, True), (6, 8, 1, False)]
