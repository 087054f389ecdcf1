"""How far a stream has filled ClickHouse, as steps that are taken once: a portion is begun, then it is filled.

Two inserts with the same deduplication token leave the first, so of two nodes that begin behind the same message one
decides where the portion ends; the other reads that, and has done nothing. Whoever finds a portion begun fills it with
the same bounds, hence the same entries under the same tokens, beside the one that began it or in its place.
"""

from typing import Final

import msgspec

from logstream.stores.clickhouse import quoting
from logstream.stores.clickhouse.database import EXECUTE_SECONDS, Database, new_token
from logstream.stores.clickhouse.schema import PROGRESS
from logstream.stores.stream.filled import Overtaken, Standing


class _Step(msgspec.Struct, array_like=True):
    """The portion of the messages behind `after` up to `until` is begun, or filled. Orders of steps: `version`."""

    after: int
    until: int
    is_filled: int

    @property
    def version(self) -> int:
        return 2 * self.after + self.is_filled


_DECODER: Final = msgspec.json.Decoder(_Step)


class StreamProgress:
    """That of `stream` in `database`. Every method may raise Fault."""

    def __init__(self, database: Database, stream: str) -> None:
        self._database = database
        self._stream = stream

    async def standing(self) -> Standing:
        last = await self._last()
        if last is None:
            return Standing(0)
        return Standing(last.until) if last.is_filled else Standing(last.after, last.until)

    async def begin(self, after: int, until: int) -> None:
        """Begin with a portion. Raises Overtaken when another one was begun there, or the stream has come further."""
        step, attempt = _Step(after, until, 0), 0
        while (last := await self._last()) is None or last.version < step.version:
            if attempt and self._database.is_replicated:
                break
            # That the first token is known and its step is not is so in a database that was put back.
            await self._insert(step, f"{self._stream} from {after} #{attempt}")
            attempt += 1
        if last != step:
            raise Overtaken

    async def end(self, after: int, until: int) -> None:
        """All of a portion that was begun with is there."""
        await self._insert(_Step(after, until, 1), new_token())  # whoever says so, says the same

    async def _insert(self, step: _Step, token: str) -> None:
        row = {"stream": self._stream, "version": step.version}
        row |= {"after": step.after, "until": step.until, "is_filled": step.is_filled}
        await self._database.insert(PROGRESS, msgspec.json.encode(row), token=token)

    async def _last(self) -> _Step | None:
        said = await self._database.ask(
            f"SELECT after, until, is_filled FROM {PROGRESS} WHERE stream = {quoting.text(self._stream)} "
            "ORDER BY version DESC LIMIT 1",
            EXECUTE_SECONDS,
        )
        return next(iter(_DECODER.decode_lines(said)), None)
