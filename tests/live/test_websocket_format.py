"""The bytes of frames."""

import msgspec
import pytest

from logstream.entries.entry import Batch
from logstream.live import chunks, websocket_format
from logstream.live.websocket_format import WEBSOCKET_FORMAT
from tests.live.client import LOG_START, batch_of, split_frames


def chunks_of(batches: list[Batch]) -> list[chunks.Chunk]:
    lines = [line for batch in batches for line in batch.split_lines()]
    return chunks.chunks(WEBSOCKET_FORMAT, lines, [entry for batch in batches for entry in batch.entries])


@pytest.mark.parametrize(
    ("length", "header"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65535, b"\x81\x7e\xff\xff"),
        (65536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_a_header_has_the_shortest_length_there_is(length: int, header: bytes) -> None:
    assert websocket_format.header(websocket_format.FINAL_TEXT, length) == header


@pytest.mark.parametrize("size", [0, 90, 300, 9_000, 65_100, 65_300, 70_000])
def test_a_log_frame_wraps_the_bytes_of_the_line(size: int) -> None:
    batch = batch_of(0, 3, size)
    [chunk] = chunks_of([batch])
    assert split_frames(chunk.data) == [(0x81, LOG_START + line + b"}") for line in batch.split_lines()]


def test_batches_are_joined_in_order() -> None:
    first, second = batch_of(0, 2), batch_of(2, 3)
    [chunk] = chunks_of([first, second])
    lines = first.split_lines() + second.split_lines()
    assert [payload[len(LOG_START) : -1] for _, payload in split_frames(chunk.data)] == lines
    assert chunk.entry_count == 5


def test_a_chunk_knows_its_last_entry() -> None:
    batch = batch_of(7, 2)
    [chunk] = chunks_of([batch])
    assert chunk.last_id == batch.entries[-1].id
    assert chunk.data.endswith(chunk.last)
    assert split_frames(chunk.last) == [(0x81, LOG_START + batch.split_lines()[-1] + b"}")]


def test_chunks_are_bounded_and_lose_nothing() -> None:
    batch = batch_of(0, 10_000, 500)
    made = chunks_of([batch])
    assert len(made) > 1
    assert all(len(chunk.data) <= chunks.CHUNK_BYTES * 1.1 for chunk in made)
    assert sum(chunk.entry_count for chunk in made) == 10_000
    whole = b"".join(chunk.data for chunk in made)
    assert [payload[len(LOG_START) : -1] for _, payload in split_frames(whole)] == batch.split_lines()


def test_an_entry_longer_than_a_chunk_is_a_chunk_of_its_own() -> None:
    long = batch_of(1, 1, chunks.CHUNK_BYTES + 1)
    made = chunks_of([batch_of(0, 1), long, batch_of(2, 1)])
    assert [chunk.entry_count for chunk in made] == [1, 1, 1]
    assert split_frames(made[1].data) == [(0x81, LOG_START + long.split_lines()[0] + b"}")]


def test_nothing_makes_no_chunks() -> None:
    assert chunks_of([batch_of(0, 0)]) == []


@pytest.mark.parametrize(
    ("frame", "content"),
    [
        (websocket_format.connected(3), {"type": "connected", "connections": 3}),
        (websocket_format.stats(2), {"type": "stats", "data": {"connections": 2}}),
        (websocket_format.PONG_MESSAGE, {"type": "pong"}),
        (websocket_format.subscribed({}), {"type": "subscribed", "filter": {}}),
        (websocket_format.error("no"), {"type": "error", "message": "no"}),
        (WEBSOCKET_FORMAT.gap(5, None, "01B"), {"type": "gap", "dropped": 5, "after": None, "before": "01B"}),
        (WEBSOCKET_FORMAT.gap(5, "01A", "01B"), {"type": "gap", "dropped": 5, "after": "01A", "before": "01B"}),
    ],
)
def test_a_message_is_a_text_frame_with_its_json(frame: bytes, content: object) -> None:
    [(first, payload)] = split_frames(frame)
    assert first == 0x81
    assert msgspec.json.decode(payload) == content


def test_control_frames() -> None:
    assert WEBSOCKET_FORMAT.close(4401) == b"\x88\x02\x11\x31"
    assert WEBSOCKET_FORMAT.close(None) == b"\x88\x00"
    assert WEBSOCKET_FORMAT.ping == b"\x89\x00"
    assert websocket_format.pong(b"abc") == b"\x8a\x03abc"
