"""Loading what the journal has grown by: lines into the table, straight from the files.

Lines and how far their days have been read go in together, in one transaction: every line is indexed exactly once,
whatever happens. Lines in our own form are read by DuckDB, others, in a chunk that it refuses, by line_reader.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import duckdb
import msgspec

from logstream.entries.entry import BEFORE_CONTEXT, BEHIND_CONTEXT, LogEntry, encode_entry
from logstream.stores.index.blooms import Blooms, Load
from logstream.stores.index.large_texts import HEAD, has_large, head, heads, is_large
from logstream.stores.index.memory_file import MemoryFile
from logstream.stores.index.progress import Damage, Progress, Reached
from logstream.stores.index.transaction import transaction
from logstream.stores.journal.blocks import whole_lines
from logstream.stores.journal.day import Day
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.line_reader import DamagedLine, read_line
from logstream.stores.journal.segment import UnreadableDay

log = logging.getLogger("logstream.index")

CHUNK_BYTES: Final = 8 * 1024 * 1024
"""Journal bytes loaded in one transaction, at most: some 16,000 entries, enough for DuckDB's full speed."""

CHUNK_PART: Final = 1 / 64
"""Of the index's memory: DuckDB holds some fifteen times a chunk while it loads it."""

LOAD_ENTRIES: Final = 2048
"""Entries that have one number of a load: as many as DuckDB reads at once."""

USUAL_LINE: Final = 1024 * 1024
"""Bytes of a line that is read the fast way."""

_TEXTS: Final = {name: "VARCHAR" for name in LogEntry.__struct_fields__ if name != "context"}
_FIELDS: Final = msgspec.json.encode(_TEXTS).decode()
_FIELDS_WITH_HEADS: Final = msgspec.json.encode({**_TEXTS, "line_start": "BIGINT"}).decode()

# The context is cut out of the line as it is: DuckDB's own JSON text would turn 1.10 into 1.1 and \u00e9 into é, and
# what search answers would differ from what was sent. It costs 1 us an entry, a third of loading it. What the cut takes
# for granted, our order of keys, is checked by the context being valid JSON.
_LOAD: Final = f"""
INSERT INTO entries
SELECT ?, id, if(is_uuid, trace_id::UUID, NULL), if(is_uuid, NULL, coalesce(trace_id, error('no trace_id'))), batch_id,
    app_key, app_id, user_agent, level, category, message,
    if(json_valid(raw_context), nullif(raw_context, 'null'), error('no context')),
    if(suffix(timestamp, 'Z'), timestamp::TIMESTAMP, error('not in UTC')),
    if(suffix(created_at, 'Z'), created_at::TIMESTAMP, error('not in UTC')), {{line_start}},
    ? + (row_number() OVER () - 1) // {LOAD_ENTRIES}
FROM (
    SELECT *, coalesce(try_cast(trace_id AS UUID)::VARCHAR = trace_id, false) AS is_uuid,
        substring(json, begin, length(json) + 1 - begin - {BEHIND_CONTEXT} - strlen(timestamp) - strlen(created_at))
            AS raw_context
    FROM (
        SELECT json, position('{BEFORE_CONTEXT}' IN json) + {len(BEFORE_CONTEXT)} AS begin, unnest(from_json(json, ?))
        FROM read_ndjson_objects(?, maximum_object_size = {{most}})
    )
)
"""

_ODD: Final = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.ConstraintException)
"""What loading raises for a line that is not in our own canonical form."""


class DayLines(NamedTuple):
    """Whole lines of a day: from `start` to `end`."""

    day: Day
    start: int
    end: int
    text: bytes
    is_placed: bool = True
    """Whether the lines lie there in the journal, and large ones can be read there."""
    has_heads: bool = False
    """Whether there are heads among them in place of large lines."""

    def with_heads(self) -> "DayLines":
        """The same, as the index holds large ones. Raises DamagedLine."""
        if not self.is_placed or not has_large(self.text):
            return self
        return self.with_text(heads(self.text, self.day.name, self.start))

    def with_text(self, text: bytes) -> "DayLines":
        """The same with these lines, among which there may be heads."""
        return self._replace(text=text, has_heads=HEAD in text)


class Loader:
    """Loads from `journal` into `db`, and notes it in `progress`; `expect_large` is called before heads are loaded.

    `memory`: bytes that the index has. In the index thread.
    """

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        progress: Progress,
        journal: Journal,
        memory_file: MemoryFile,
        expect_large: Callable[[], None],
        blooms: Blooms,
        memory: int,
    ) -> None:
        self._chunk = min(CHUNK_BYTES, int(memory * CHUNK_PART))
        self._blooms = blooms
        self._expect_large = expect_large
        self._db = db
        self._progress = progress
        self._journal = journal
        self._memory_file = memory_file

    def load_all(self, on_loaded: Callable[[int], None]) -> None:
        """Load all that the journal holds at this moment; `on_loaded` gets the bytes of each transaction."""
        chunk: list[DayLines] = []
        size = 0
        for lines in self._unread():
            chunk.append(lines)
            size += lines.end - lines.start
            if size >= self._chunk // 2:
                self._load(chunk)
                on_loaded(size)
                chunk, size = [], 0
        if chunk:
            self._load(chunk)
            on_loaded(size)

    def _unread(self) -> Iterator[DayLines]:
        for day in self._journal.days():
            start = self._progress.reached(day.name)
            if start >= day.size:
                continue
            try:
                for text in whole_lines(day.blocks(start, day.size, self._chunk)):
                    yield DayLines(day, start, start + len(text), text)
                    start += len(text)
            except FileNotFoundError:
                continue  # removed by somebody; the journal will say so when it writes there again
            except UnreadableDay as error:
                yield from self._salvage(day, start, error)

    def _salvage(self, day: Day, start: int, error: UnreadableDay) -> Iterator[DayLines]:
        """What unpacks behind the damage in a segment, as if it lay where the gap begins."""
        end = start
        if day.segment is not None:
            for text in day.segment.salvaged(start):
                yield DayLines(day, end, end + len(text), text, is_placed=False)
                end += len(text)
        damage = "%s is damaged at byte %d: %s; %d of %d bytes behind it can be searched"
        log.error(damage, day.segment_path, start, error, end - start, day.base - start)
        yield DayLines(day, end, day.base, b"")

    def _load(self, chunk: list[DayLines]) -> None:
        """Load a chunk; when there are odd lines in it, the slow way."""
        try:
            self._insert([lines.with_heads() for lines in chunk], USUAL_LINE)
            return
        except (*_ODD, DamagedLine):
            pass
        damage: list[Damage] = []
        chunk = [lines.with_text(_canonical(lines, damage)) for lines in chunk]
        try:
            self._insert(chunk, damage=damage)
        except _ODD as error:  # no line should come here: leave it out rather than stop at it for ever
            for lines in chunk:
                log.error("%s: bytes %d to %d can't be indexed: %s", lines.day.name, lines.start, lines.end, error)
            self._insert([lines._replace(text=b"") for lines in chunk], damage=damage)

    def _insert(self, chunk: list[DayLines], longest: int | None = None, damage: Sequence[Damage] = ()) -> None:
        """Insert lines of up to `longest` bytes, or of any: the reader takes four times the memory."""
        reached: dict[str, Reached] = {}
        loads: list[Load] = []
        with transaction(self._db):
            for day, _, end, text, _, has_heads in chunk:
                number = reached[day.name].number if day.name in reached else self._progress.number(day.name)
                if text:
                    if has_heads:
                        self._expect_large()
                    line_start, fields = ("line_start", _FIELDS_WITH_HEADS) if has_heads else ("NULL", _FIELDS)
                    statement = _LOAD.format(most=longest or len(text) + 1024, line_start=line_start)
                    first = self._progress.last_load + len(loads) + 1
                    self._db.execute(statement, [number, first, fields, self._memory_file.fill(text)])
                    loads += _loads(first, text.count(b"\n") + (text[-1:] != b"\n"))
                reached[day.name] = Reached(number, end)
            self._progress.store(reached, damage)
        self._progress.note(reached, damage, len(loads))
        self._blooms.loaded(loads)


def _loads(first: int, entries: int) -> list[Load]:
    """What has been loaded at once, from this number on."""
    return [
        Load(first + number, min(LOAD_ENTRIES, entries - start))
        for number, start in enumerate(range(0, entries, LOAD_ENTRIES))
    ]


def _canonical(lines: DayLines, damage: list[Damage]) -> bytes:
    """The lines in our own form, or as heads; a damaged line is reported, added to `damage` and left out."""
    canonical: list[bytes] = []
    offset = lines.start
    for line in lines.text.splitlines(keepends=True):
        if line.strip():
            try:
                entry = read_line(line, lines.day.name, offset)
                as_head = lines.is_placed and is_large(line)
                canonical.append(head(entry, offset) if as_head else encode_entry(entry) + b"\n")
            except DamagedLine as error:
                number = _line_number(lines.day, offset)
                damage.append(Damage(lines.day.name, number))
                log.error("%s, line %d is damaged and left out of the search index: %s", lines.day.path, number, error)
        offset += len(line)
    return b"".join(canonical)


def _line_number(day: Day, offset: int) -> int:
    number = 1
    with contextlib.suppress(UnreadableDay):  # of those that unpack
        for block in day.blocks(0, offset):
            number += block.count(b"\n")
    return number
