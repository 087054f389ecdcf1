"""Finding ids that are there twice, in however many days: in a DuckDB file of its own, in bounded memory."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple

import duckdb
import msgspec

from logstream.stores.index.memory_file import MemoryFile

MEMORY: Final = "512MB"
PORTION: Final = 32_768
"""Ids that are put in at a time: 2 million a second, four times what it is with parameters."""

MOST: Final = 1000
"""Doubled ids that are told."""

_FIND: Final = """
WITH twice AS (SELECT hash(id) AS hashed FROM ids WHERE id IS NOT NULL GROUP BY hashed HAVING count(*) > 1)
SELECT id, list(file ORDER BY file, line), list(line ORDER BY file, line), count(*) OVER ()
FROM ids WHERE hash(id) IN (SELECT hashed FROM twice)
GROUP BY id HAVING count(*) > 1 ORDER BY id LIMIT ?
"""

_encode_lines = msgspec.json.Encoder().encode_lines


class Place(NamedTuple):
    file: Path
    line: int


class Doubled(NamedTuple):
    """An id, where it is, and how many there are like it."""

    id: str
    places: list[Place]
    total: int


class Doubles:
    """The ids of all lines, in a temporary folder: some 20 bytes of disk each."""

    def __enter__(self) -> "Doubles":
        self._folder = tempfile.TemporaryDirectory(prefix="logstream-verify-")
        path = Path(self._folder.name, "ids.duckdb")
        self._db = duckdb.connect(str(path), config={"memory_limit": MEMORY})
        self._db.execute("CREATE TABLE ids (id VARCHAR, file INTEGER NOT NULL, line BIGINT NOT NULL)")
        self._memory_file = MemoryFile(path)
        self._files: list[Path] = []
        self._waiting: list[str | None] = []
        self._next_line = 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()
        self._folder.cleanup()

    def begin(self, file: Path) -> int:
        """What is added next comes from the beginning of this file. Returns a mark for `forget`."""
        self._flush()
        self._files.append(file)
        self._next_line = 1
        return len(self._files)

    def add(self, ids: list[str | None]) -> None:
        """The ids of the next lines; None for a line without one."""
        self._waiting += ids
        if len(self._waiting) >= PORTION:
            self._flush()

    def forget(self, mark: int) -> None:
        """Take back what came from the files since the one that `begin` gave this mark."""
        self._flush()
        self._db.execute("DELETE FROM ids WHERE file >= ?", [mark - 1])

    def _flush(self) -> None:
        if self._waiting:
            self._db.execute(
                "INSERT INTO ids SELECT json ->> '$', ?, ? + row_number() OVER () - 1 FROM read_ndjson_objects(?)",
                [len(self._files) - 1, self._next_line, self._memory_file.fill(_encode_lines(self._waiting))],
            )
            self._next_line += len(self._waiting)
            self._waiting = []

    def found(self) -> Iterator[Doubled]:
        """The first of those that are there more than once."""
        self._flush()
        for entry_id, files, lines, total in self._db.execute(_FIND, [MOST]).fetchall():
            places = [Place(self._files[file], line) for file, line in zip(files, lines, strict=True)]
            yield Doubled(entry_id, places, total)
