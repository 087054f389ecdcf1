"""What a crash may have left in a journal folder, put right before anything is read or written.

Only what provably was never acknowledged is taken out of a file: a line that was torn at its end, and a request of the
last recorded group that is as it was to be written up to where it ends. It is moved to `recovered` first. Whatever else
looks damaged stays where it is. Where compressing or decompressing ended between making the new file and removing the
old one, the old one goes.
"""

import contextlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import zstandard

from logstream.stores.journal import naming, segment
from logstream.stores.journal.blocks import last_line_end, plain_blocks
from logstream.stores.journal.day import segment_path
from logstream.stores.journal.durable_names import DurableNames
from logstream.stores.journal.extent import Extent, Found
from logstream.stores.journal.flushed_file import FlushedFile, sync_folder
from logstream.stores.journal.idempotency import IdempotencyLedger, Request, State
from logstream.stores.journal.naming import UNFINISHED
from logstream.stores.journal.segment import Seal

Cut = Callable[[str, int], None]
"""Takes out of the plain file of this name what lies behind an offset."""


def move_out(root: Path, name: str, size: int) -> None:
    """Move what lies behind `size` in a plain file to a file of its own in `recovered`, durably; then cut it off."""
    if (root / name).stat().st_size <= size:
        return
    names = DurableNames(root)
    folder = naming.recovered_folder(root)
    names.make(folder)
    now = datetime.now(UTC)
    # Not .jsonl: whoever looks for day files by that must not find these.
    to = folder / f"{now:%Y%m%dT%H%M%S.%fZ}-{name.replace('/', '-').removesuffix('.jsonl')}.lines"
    with open(root / name, "r+b") as file, contextlib.closing(FlushedFile(to)) as kept:
        for block in plain_blocks(file, size, os.fstat(file.fileno()).st_size):
            kept.write(block)
        kept.sync()
        names.flush(folder)
        os.ftruncate(file.fileno(), size)
        os.fsync(file.fileno())


def take_back(root: Path, ledger: IdempotencyLedger, cut: Cut, note: Callable[[str], None] = lambda text: None) -> int:
    """Take back the requests of the last group that were not finished; returns how many. Before any write.

    Raises OSError or sqlite3.Error: then it is to be done before anything is written.
    """
    group = ledger.last_group()
    if group is None or group.state is State.ACKNOWLEDGED:
        return 0
    judged = _Judged(root, group.requests)
    refused = group.state is State.FAILED
    cuts: dict[str, int] = {}  # in the order in which lines lie: who lies behind a cut comes after it
    dropped: list[Request] = []
    for request in group.requests:
        lies_behind = any(extent.offset >= cuts.get(extent.name, extent.end) for extent in request.extents)
        # Without a key, whoever sent it sends it again: nothing of an unfinished group was acknowledged.
        stays = request.claim is not None or not judged.is_unfinished
        if judged.is_whole(request) and stays and not lies_behind and not refused:
            continue
        if (judged.is_unfinished or refused) and judged.is_proven(request):
            for extent in request.extents:
                if judged.found[extent] is not Found.NOTHING:
                    cuts[extent.name] = min(extent.offset, cuts.get(extent.name, extent.offset))
            dropped.append(request)
            continue
        if request.claim is not None and (lies_behind or not all(extent.is_begun(root) for extent in request.extents)):
            dropped.append(request)
        if any(judged.found[extent] is Found.CHANGED for extent in request.extents):
            note(_changed(root, request))
    for name, size in cuts.items():
        cut(name, size)
    judged.flush(cuts)
    ledger.drop([request.claim for request in dropped if request.claim is not None])
    return len(dropped)


class _Judged:
    """What was found of a group of requests."""

    def __init__(self, root: Path, requests: list[Request]) -> None:
        self._root = root
        extents = [extent for request in requests for extent in request.extents]
        last: dict[str, int] = {}
        for extent in extents:
            last[extent.name] = max(extent.end, last.get(extent.name, 0))
        self.found = {extent: extent.find(root, last[extent.name]) for extent in extents}
        self._proven_from: dict[str, int] = {}
        for extent in extents:
            if self.found[extent] is Found.CHANGED:
                self._proven_from[extent.name] = max(extent.end, self._proven_from.get(extent.name, 0))
        for name, end in last.items():
            path = root / name
            if path.exists() and path.stat().st_size > end:  # it was finished, and others came after it
                self._proven_from[name] = end
        self.is_unfinished = any(
            self.found[extent] in (Found.UNFINISHED, Found.NOTHING) and self._is_proven(extent) for extent in extents
        )

    def _is_proven(self, extent: Extent) -> bool:
        """Whether it, and all behind it in its file, is what this group was to write."""
        return extent.offset >= self._proven_from.get(extent.name, 0)

    def is_proven(self, request: Request) -> bool:
        return all(self._is_proven(extent) for extent in request.extents)

    def is_whole(self, request: Request) -> bool:
        return all(self.found[extent] is Found.WHOLE for extent in request.extents)

    def flush(self, cuts: dict[str, int]) -> None:
        """What stays is relied on from here on, so it must be on the disk."""
        names = DurableNames(self._root)
        for name in {extent.name for extent in self.found} - cuts.keys():
            path = self._root / name
            if path.exists():
                _flush(path)
                names.flush(path.parent)


def _changed(root: Path, request: Request) -> str:
    places = ", ".join(f"{root / extent.name} from byte {extent.offset} on" for extent in request.extents)
    return f"{places}: what is there is not what was written last, and was left as it is"


def mend(root: Path, name: str, cut: Cut) -> str | None:
    """Put the files of one day right; returns what was mended."""
    plain, compressed = root / name, segment_path(root, name)
    if not plain.exists():
        return None
    if compressed.exists():
        seal = segment.read_seal(compressed)
        is_in_segment = (
            seal is not None and segment.begins_with_taken(plain, seal) and segment.reads_as(compressed, seal)
        )
        if seal is not None and is_in_segment and plain.stat().st_size == seal.taken:
            with contextlib.suppress(OSError):  # the journal knows it for what it is, and tries again
                plain.unlink()
                sync_folder(plain.parent)
            return None
        if holds_all(plain, compressed, seal):
            _flush(plain)
            compressed.unlink()
            sync_folder(plain.parent)
        elif seal is not None and is_in_segment:
            _leave_late_lines(plain, seal.taken)
        elif seal is not None and segment.was_taken_in(plain, seal):
            return f"{compressed} is damaged, and {plain}, which holds the last lines of it, was left unchanged"
    return _mend_tail(root, name, cut)


def remove_unfinished(root: Path) -> None:
    """Remove what was being written to replace a file of a day."""
    for path in naming.unfinished_in(root):
        with contextlib.suppress(OSError):  # it is overwritten when its turn comes
            path.unlink()


def _flush(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def holds_all(plain: Path, compressed: Path, seal: Seal | None) -> bool:
    """Whether the plain file begins with all that is compressed, as decompressing leaves it for a moment."""
    length = plain.stat().st_size
    if seal is not None:
        return length >= seal.size and segment.begins_with(plain, seal.size, seal.digest)
    size, digest = 0, segment.new_digest()
    try:
        for block in segment.decompressed(compressed):
            size += len(block)
            digest.update(block)
    except zstandard.ZstdError:
        return False
    return 0 < size <= length and segment.begins_with(plain, size, digest.digest())


def _leave_late_lines(plain: Path, taken: int) -> None:
    """Leave in a plain file what came after it was taken into the segment and could not be removed."""
    unfinished = plain.with_name(plain.name + UNFINISHED)
    with open(plain, "rb") as file, contextlib.closing(FlushedFile(unfinished)) as late:
        for block in plain_blocks(file, taken, os.fstat(file.fileno()).st_size):
            late.write(block)
        late.sync()
    os.replace(unfinished, plain)
    sync_folder(plain.parent)


def _mend_tail(root: Path, name: str, cut: Cut) -> str | None:
    """Take out a line torn by a crash; end a last line that lacks nothing but its LF, as in files made elsewhere."""
    path = root / name
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        whole = last_line_end(file.fileno(), size)
        if whole == size:
            return None
        tail = os.pread(file.fileno(), size - whole, whole)
    if not holds_object(tail):
        cut(name, whole)
        return f"{path}: cut {size - whole} bytes of a torn last line, kept in {naming.recovered_folder(root)}"
    with open(path, "r+b") as file:
        os.pwrite(file.fileno(), b"\n", size)
        os.fsync(file.fileno())
    return None


def holds_object(line: bytes) -> bool:
    """Whether the bytes are a JSON object, or one with something behind it: a line that was whole, and lost its LF."""
    if not line.lstrip().startswith(b"{") or b"\0" in line:
        return False
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    else:
        return True
    try:
        json.JSONDecoder().raw_decode(line.decode(errors="replace").lstrip())
    except (ValueError, RecursionError):
        return False
    return True
