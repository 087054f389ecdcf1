"""JetStream's API as requests and answers in JSON: just what a stream of entries needs of it.

By https://docs.nats.io/reference/reference-protocols/nats_api_reference; error numbers are those of nats-server's
`errors.json`.
"""

import base64
from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from logstream.stores.stream.connection import Connection, Unanswered

NOT_FOUND: Final = 10059
"""There is no such stream."""

NAME_IN_USE: Final = 10058
"""There is a stream of this name with another configuration."""

NO_MESSAGE: Final = 10037
WRONG_LAST_SEQUENCE: Final = frozenset((10071, 10164))
IN_PROCESS: Final = 10158
"""A message of the same id is being stored."""

HEARD_SECONDS: Final = 3.0
"""Whom a leader has heard so lately follows it still; see ClusterInfo.is_led."""

FULL: Final = frozenset((10077, 10047, 10023, 10028, 10053))
"""The stream, the account or the disk has no room left."""

NO_PEERS: Final = 10005
NANOSECONDS: Final = 1_000_000_000

Result = TypeVar("Result")


class ApiError(Exception):
    """JetStream's answer is an error, of this number."""

    def __init__(self, number: int, description: str) -> None:
        super().__init__(f"{description} ({number})")
        self.number = number


class _Fault(msgspec.Struct, frozen=True):
    code: int = 0
    err_code: int = 0
    description: str = ""


class _Answer(msgspec.Struct, frozen=True):
    error: _Fault | None = None


class Ack(msgspec.Struct, frozen=True):
    """A message is stored, as `seq`; `duplicate`: under its id it was before."""

    seq: int
    duplicate: bool = False


class StreamState(msgspec.Struct, frozen=True):
    messages: int
    bytes: int
    first_seq: int
    last_seq: int
    first_ts: str = ""


class Peer(msgspec.Struct, frozen=True):
    """`active`: nanoseconds since the leader heard from it; 0 if it never did."""

    name: str = ""
    current: bool = False
    offline: bool = False
    active: int = 0
    lag: int = 0


class ClusterInfo(msgspec.Struct, frozen=True):
    leader: str = ""
    replicas: tuple[Peer, ...] = ()

    @property
    def is_led(self) -> bool:
        """Whether no other server can lead by now: most have been heard more lately than they wait for an election.

        One that is cut off, or was stopped for a while, goes on to answer as the leader that it was. Source: a server
        waits at least 4 s for its leader (nats-server, raft.go, minElectionTimeout), which is heard every second.
        """
        heard = sum(0 < peer.active < HEARD_SECONDS * 1e9 for peer in self.replicas)
        return 2 * (heard + 1) > len(self.replicas) + 1


class StreamInfo(msgspec.Struct, frozen=True):
    config: dict[str, Any]
    state: StreamState
    cluster: ClusterInfo = ClusterInfo()


class _Message(msgspec.Struct, frozen=True):
    seq: int
    time: str
    subject: str
    data: str = ""


class _Found(msgspec.Struct, frozen=True):
    message: _Message


class Stored(msgspec.Struct, frozen=True):
    """A message of a stream; `time` is RFC 3339, UTC."""

    sequence: int
    subject: str
    time: str
    payload: bytes


async def publish(
    connection: Connection, subject: str, payload: bytes, headers: Mapping[str, str], seconds: float
) -> Ack:
    """Raises ApiError, or Unanswered: then it may be stored, or will be."""
    answer = (await connection.request(subject, payload, headers=headers, seconds=seconds)).data
    return _read(answer, Ack)


async def info(connection: Connection, stream: str, seconds: float = 5.0) -> StreamInfo:
    """By the stream's leader."""
    return await _call(connection, f"STREAM.INFO.{stream}", None, StreamInfo, seconds)


async def create(connection: Connection, stream: str, config: Mapping[str, Any]) -> StreamInfo:
    return await _call(connection, f"STREAM.CREATE.{stream}", config, StreamInfo)


async def update(connection: Connection, stream: str, config: Mapping[str, Any]) -> StreamInfo:
    return await _call(connection, f"STREAM.UPDATE.{stream}", config, StreamInfo)


async def purge(connection: Connection, stream: str, **what: Any) -> None:
    """`seq`: everything before it; `filter`: everything on the subject."""
    await _call(connection, f"STREAM.PURGE.{stream}", what, _Answer)


async def get(connection: Connection, stream: str, **which: Any) -> Stored | None:
    """A message as the leader has it: `seq`, `last_by_subj`, or `seq` and `next_by_subj`; None if there is none."""
    try:
        found = (await _call(connection, f"STREAM.MSG.GET.{stream}", which, _Found)).message
    except ApiError as error:
        if error.number == NO_MESSAGE:
            return None
        raise
    return Stored(found.seq, found.subject, found.time, base64.b64decode(found.data))


async def create_consumer(connection: Connection, stream: str, name: str, config: Mapping[str, Any]) -> None:
    request = {"stream_name": stream, "config": {"name": name, **config}, "action": "create"}
    await _call(connection, f"CONSUMER.CREATE.{stream}.{name}", request, _Answer)


async def delete_consumer(connection: Connection, stream: str, name: str) -> None:
    await _call(connection, f"CONSUMER.DELETE.{stream}.{name}", None, _Answer)


async def _call(
    connection: Connection, subject: str, request: Mapping[str, Any] | None, kind: type[Result], seconds: float = 5.0
) -> Result:
    payload = b"" if request is None else msgspec.json.encode(request)
    return _read((await connection.request(f"$JS.API.{subject}", payload, seconds=seconds)).data, kind)


def _read(answer: bytes, kind: type[Result]) -> Result:
    try:
        error = msgspec.json.decode(answer, type=_Answer).error
        if error is not None:
            raise ApiError(error.err_code, error.description)
        return msgspec.json.decode(answer, type=kind)
    except msgspec.DecodeError:
        raise Unanswered("NATS gives an answer that can't be read") from None
