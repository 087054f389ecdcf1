"""Who fills the store: the node that holds a key which vanishes unless it is renewed.

A stream in memory of its own, whose messages live for `LEASE_SECONDS`, as NATS's key-value stores are made. It decides
who tries, not who may: the store's progress is compared with every write, so that two at once can do no harm.
"""

import asyncio
import logging
import time
from typing import Final

from logstream.stores.stream import jetstream
from logstream.stores.stream.connection import Connection, Unanswered
from logstream.stores.stream.jetstream import ApiError

log = logging.getLogger("logstream.stream")

LEASE_SECONDS: Final = 3
RENEW_SECONDS: Final = 0.75


class Lease:
    """The right of `node` to fill the store behind the stream `stream`."""

    def __init__(self, connection: Connection, stream: str, node: str) -> None:
        self._connection = connection
        self._name = f"{stream}_LEASES"
        self._subject = f"{self._name}.indexer"
        self._node = node
        self._revision = 0
        self._renewed_at = 0.0
        self._made = False

    @property
    def held(self) -> bool:
        return self._revision > 0 and time.monotonic() - self._renewed_at < LEASE_SECONDS

    async def take(self) -> bool:
        """Take the lease or renew it, whichever is called for; whether it is held now."""
        asked_at = time.monotonic()
        try:
            if not self._made:
                await self._make()
            headers = {"Nats-Expected-Last-Subject-Sequence": str(self._revision)}
            ack = await jetstream.publish(self._connection, self._subject, self._node.encode(), headers, RENEW_SECONDS)
        except Unanswered:
            return self.held
        except ApiError as error:
            if error.number not in jetstream.WRONG_LAST_SEQUENCE:
                log.warning("who fills the store can't be decided: %s", error)
                self._made = False
            if self._revision and error.number in jetstream.WRONG_LAST_SEQUENCE and await self._is_ours():
                return self.held
            self._revision = 0
            return False
        self._revision, self._renewed_at = ack.seq, asked_at
        return True

    async def _is_ours(self) -> bool:
        """Whether a renewal was stored whose acknowledgement was lost."""
        try:
            found = await jetstream.get(self._connection, self._name, last_by_subj=self._subject)
        except (Unanswered, ApiError):
            return False
        if found is None or found.payload != self._node.encode():
            return False
        self._revision = found.sequence
        return True

    async def give_back(self) -> None:
        """Let another node take it at once."""
        if self.held:
            self._revision = 0
            try:
                await jetstream.purge(self._connection, self._name, filter=self._subject)
            except (Unanswered, ApiError):
                log.debug("the lease was not given back")

    async def _make(self) -> None:
        config = {
            "name": self._name,
            "subjects": [f"{self._name}.*"],
            "storage": "memory",
            "retention": "limits",
            "discard": "old",
            "max_msgs_per_subject": 1,
            "max_age": LEASE_SECONDS * jetstream.NANOSECONDS,
            "num_replicas": min(3, self._connection.servers),
            "allow_direct": True,
        }
        try:
            await jetstream.create(self._connection, self._name, config)
        except ApiError as error:
            if error.number != jetstream.NAME_IN_USE:
                raise
        self._made = True

    async def wait(self) -> None:
        """Until it is time to renew."""
        await asyncio.sleep(RENEW_SECONDS)
