"""Entries that the store does not take, in a stream of their own, from which only people take them out.

A message is the JSON line of an entry, or a part of one that is too long: headers say which entry, which part of how
many, and why the store refuses it.
"""

import logging
from typing import Final

from logstream.entries.entry import LogEntry, encode_entry
from logstream.store import StoreUnavailable
from logstream.stores.stream import jetstream
from logstream.stores.stream.connection import Connection
from logstream.stores.stream.jetstream import ApiError

log = logging.getLogger("logstream.stream")

PUBLISH_SECONDS: Final = 2.0
MOST_REASON: Final = 200
"""Characters of a reason."""


class Rejected:
    """What the store behind the stream `stream` refuses."""

    def __init__(self, connection: Connection, stream: str, replicas: int | None) -> None:
        self._connection = connection
        self._replicas = replicas
        self.name = f"{stream}_REJECTED"
        self._subject = f"{self.name}.entries"
        self._made = False

    async def keep(self, entry: LogEntry, reason: str) -> None:
        """Return once the entry is durable there. Raises StoreUnavailable: then it may be there or not."""
        line, most = encode_entry(entry), self._connection.max_payload
        parts = [line[start : start + most] for start in range(0, len(line), most)]
        printable = "".join(character if " " <= character <= "~" else " " for character in reason[:MOST_REASON])
        try:
            if not self._made:
                await self._make()
            for number, part in enumerate(parts, 1):
                headers = {
                    "Nats-Msg-Id": f"{entry.id}-{number}",
                    "Logstream-Id": entry.id,
                    "Logstream-Part": f"{number}/{len(parts)}",
                    "Logstream-Reason": printable,
                }
                await jetstream.publish(self._connection, self._subject, part, headers, PUBLISH_SECONDS)
        except ApiError as error:
            self._made = False
            raise StoreUnavailable(f"what the database refuses can't be kept in {self.name}: {error}") from None
        log.error("the database does not take entry %s; it is kept in the stream %s: %s", entry.id, self.name, reason)

    async def _make(self) -> None:
        config = {
            "name": self.name,
            "subjects": [self._subject],
            "retention": "limits",
            "storage": "file",
            "discard": "new",
            "num_replicas": self._replicas or min(3, self._connection.servers),
            "allow_direct": True,
        }
        try:
            await jetstream.create(self._connection, self.name, config)
        except ApiError as error:
            if error.number != jetstream.NAME_IN_USE:
                raise
        self._made = True
