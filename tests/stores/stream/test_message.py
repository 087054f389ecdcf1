"""What is written into the stream, and read from it again."""

import os

import msgspec
import pytest

from logstream.entries.entry import Batch
from logstream.entries.ids import LAST_ID
from logstream.store import Receipt
from logstream.stores.stream.message import (
    Foreign,
    Head,
    NewerVersion,
    StreamBatch,
    claim_of,
    decode,
    encode,
    end_of,
    pack,
    position_text,
    sequence_of,
    unpack,
)
from tests.live.client import batch_of


def test_a_message_gives_back_lines_claim_and_receipt_byte_for_byte() -> None:
    batches = [batch_of(1, 3), batch_of(4, 2)]
    receipt = Receipt(201, b'{"saved":5,"entries":[' + batches[0].lines.replace(b"\n", b",")[:-1] + b"]}")
    lines = sum(len(batch.lines) for batch in batches)
    head = Head("m", "node", 5, batches[-1].last_id, lines, client="c", key="k", code=201)
    found, body = decode(encode(head, pack(batches, receipt)))
    assert found == head
    unpacked, content = unpack(found, body)
    assert unpacked == batches[0].lines + batches[1].lines
    claim = claim_of(found, content)
    assert claim is not None
    assert (claim.client, claim.key, claim.receipt) == ("c", "k", receipt)
    assert StreamBatch(9, 0, unpacked, 5, found.last_id).entries == batches[0].entries + batches[1].entries


def test_a_receipt_that_repeats_what_is_large_costs_little() -> None:
    entries = batch_of(1, 40).entries
    noisy = Batch([msgspec.structs.replace(entry, message=os.urandom(30_000).hex()) for entry in entries])
    without = len(pack([noisy], None))
    receipt = Receipt(201, b'{"saved":40,"entries":[' + noisy.lines.replace(b"\n", b",")[:-1] + b"]}")
    assert len(pack([noisy], receipt)) < without * 1.02


@pytest.mark.parametrize(
    ("payload", "what"),
    [(b"", Foreign), (b"something else", Foreign), (b"LSM\x01", Foreign), (b"LSM\x02\x00\x00\x00\x00", NewerVersion)],
)
def test_what_is_no_message_of_this_version_is_refused(payload: bytes, what: type[Exception]) -> None:
    with pytest.raises(what):
        decode(payload)


def test_places_sort_by_message_and_by_place_in_it_and_after_all_ids() -> None:
    places = [LAST_ID, position_text(0, 0), position_text(0, 1), end_of(0), position_text(1, 0), end_of(2**40)]
    assert places == sorted(places)
    assert [sequence_of(place) for place in places] == [None, 0, 0, 0, 1, 2**40]
