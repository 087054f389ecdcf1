"""The one endpoint of all wire formats: reads, lets in, decodes, stores and answers as the sender's protocol wants it.

A record that can never be stored is counted and gets the answer of success: senders drop a batch, or send it for ever,
for an error. That we can't store now is 503 with Retry-After, and nothing else is.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl

import msgspec
import zstandard
from starlette.types import Receive, Scope, Send

from logstream.accept import Acceptor, ClaimKey
from logstream.entries.entry import LogEntry, encode_entry
from logstream.entries.json_text import explain
from logstream.entries.timestamps import utc_now
from logstream.formats.clock import Clock
from logstream.memory import Loan, Memory, NoRoom, peer_of
from logstream.metrics import Metrics
from logstream.receivers import elasticsearch
from logstream.receivers.body import ZSTD_MAX_WINDOW, packing_of
from logstream.receivers.fitting import Names, received
from logstream.receivers.making import Horizon, TooManyDays, TooManyEntries, made
from logstream.receivers.options import Options, options_of
from logstream.receivers.request import Answer, Failure, Records, Request, Undecodable
from logstream.receivers.snappy import SnappyError, unpack
from logstream.receivers.table import FORMATS, PROBES, Streaming, WireFormat
from logstream.store import Receipt, StoreUnavailable
from logstream.web.auth import Senders
from logstream.web.bodies import Bodies
from logstream.web.credentials import presented
from logstream.web.errors import HttpError, http_error
from logstream.web.websites import Headers, header_text

TIMES_LARGER: Final = 4
"""A shipper's batches are larger than a program's: so many times MAX_BODY_BYTES are taken, 16 MiB by default, as sent
and as unpacked. Vector's default is 10 MB, which it would drop rather than make smaller."""

LARGE: Final = 64 * 1024
"""Bytes of a body that is decoded in a thread: some 5 ms."""

RECORD_FACTOR: Final = 12
"""What a request comes to while it is stored, for each byte of its unpacked body: records and entries as objects."""

MAX_KEY: Final = 255
_DEDUPLICATED: Final = (b"idempotency-key", b"logplex-frame-id")
"""Headers that are the same when a batch is sent again."""


class Match(msgspec.Struct, frozen=True):
    """Where a request goes: a format, the path below its prefix, and what the path says."""

    format: WireFormat
    path: str
    named: tuple[str | None, str | None]
    parameters: Mapping[str, str]


class Receivers:
    """The endpoint."""

    def __init__(
        self,
        acceptor: Acceptor,
        senders: Senders,
        bodies: Bodies,
        max_body: int,
        metrics: Metrics,
        memory: Memory,
        horizon: Horizon,
    ) -> None:
        self._acceptor = acceptor
        self._senders = senders
        self._bodies = bodies
        self._most = TIMES_LARGER * max_body
        self._metrics = metrics
        self._batches = memory.batches
        self._horizon = horizon
        self._decoder = ThreadPoolExecutor(1, thread_name_prefix="decoding")

    async def __call__(self, match: Match, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of a wire format. Raises HttpError 403 for a website."""
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        headers: Headers = dict(scope["headers"])
        request = Request(match.path, b"", Clock(utc_now()), query, headers, scope["method"])
        try:
            peer = peer_of(scope["client"][0]) if scope["client"] else ""
            answer = await self._answer(match, request, receive, peer)
        except HttpError as error:
            self._metrics.rejected(str(error.body["error"]).lower())
            if error.status == 403:
                raise
            answer = _failed(match.format, request, error)
        except (StoreUnavailable, NoRoom) as error:
            self._metrics.rejected("service unavailable")
            answer = _failed(match.format, request, http_error(error))
        await send_answer(send, answer)

    async def _answer(self, match: Match, request: Request, receive: Receive, peer: str) -> Answer:
        query, headers = request.query, request.headers
        names = Names(
            header_text(headers, b"x-app-key") or query.get("app_key") or match.named[0],
            header_text(headers, b"x-app-id") or query.get("app_id") or match.named[1],
        )
        given = presented(headers, query, match.parameters.get("key"))
        client = await self._senders.admit_given(headers, given, names.app_key)
        names = Names(names.app_key, names.app_id, client)
        if match.format.stream is not None and b"content-length" not in headers:
            return await self._take_stream(match, request, names, match.format.stream(request.clock), receive)
        reading, storing = self._bodies.loan(headers, peer, client), Loan(self._batches, peer, client)
        try:
            body = await self._bodies.read(headers, receive, reading, self._most)
            request = msgspec.structs.replace(request, body=await self._unpacked(match.format, body, headers))
            await storing.wait(RECORD_FACTOR * len(request.body))
            return await self._take(match, request, names)
        finally:
            if reading is not None:
                reading.end()
            storing.end()

    async def _take_stream(
        self, match: Match, request: Request, names: Names, stream: Streaming, receive: Receive
    ) -> Answer:
        """Store the records of a body that may never end as they arrive, and answer when it does."""
        options = options_of(request.query, request.headers)
        unpacker = zstandard.ZstdDecompressor(max_window_size=ZSTD_MAX_WINDOW).decompressobj(read_across_frames=True)
        packed: bool | None = None
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise HttpError(400, "Invalid body", "the connection ended inside the body")
            data: bytes = message["body"]
            more = message["more_body"]
            if packed is None and data:
                packed = data[:4] == b"\x28\xb5\x2f\xfd"
            if packed:
                try:
                    data = unpacker.decompress(data)
                except zstandard.ZstdError as error:
                    raise HttpError(400, "Invalid compressed body", str(error)) from None
            request.clock.set(utc_now())
            records = stream.feed(data)
            if not more:
                stream.end(records)
            if options.change:
                for fields in records.fields:
                    options.apply(fields, request.clock)
            if records.refused:
                self._metrics.rejected("invalid entry", records.refused)
            if records.fields and not options.debug:
                await self._store(records, names, None)
        return match.format.accepted(request, Records())

    async def _unpacked(self, format: WireFormat, body: bytes, headers: Headers) -> bytes:
        declared = headers.get(b"content-encoding", b"").decode("latin-1")
        if format.packed and not declared.strip():
            return body
        packing = packing_of(body, declared)
        if not packing or (packing == "snappy" and format.packed):
            return body
        if packing != "snappy":
            return await self._bodies.unpacked(body, packing, most=self._most)
        try:
            return unpack(body, self._most)
        except SnappyError as error:
            raise HttpError(400, "Invalid compressed body", str(error)) from None

    async def _take(self, match: Match, request: Request, names: Names) -> Answer:
        options = options_of(request.query, request.headers)
        key = next((request.headers[name] for name in _DEDUPLICATED if name in request.headers), b"")
        records = await self._decoded(match.format, request, options)
        if records.refused:
            self._metrics.rejected("invalid entry", records.refused)
        if options.debug:
            return await self._shown(records, names)
        if not records.fields:
            return match.format.accepted(request, records)
        if key and len(key) <= MAX_KEY:
            claim_key = (names.client or "", f"{match.format.name}:{key.decode('latin-1')}"[:MAX_KEY])
            await self._acceptor.once(claim_key, lambda: self._store(records, names, claim_key))
        else:
            await self._store(records, names, None)
        return match.format.accepted(request, records)

    async def _decoded(self, format: WireFormat, request: Request, options: Options) -> Records:
        try:
            if len(request.body) > LARGE:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._decoder, _decode, format, request, options)
            return _decode(format, request, options)
        except (Undecodable, RecursionError) as error:
            reason = explain(error)
            if not format.forgiving:
                raise HttpError(400, "Invalid body", reason) from None
            records = Records()
            records.refuse(reason)
            return records

    async def _made(self, records: Records, names: Names) -> tuple[list[LogEntry], str]:
        """The entries, and when they were received, unless that took a while."""
        if not records.fields:
            return [], ""
        try:
            making = received(records.fields, names)
            created_at = await made(making, self._horizon)
        except (TooManyEntries, TooManyDays) as error:
            raise HttpError(413, "Request body too large", str(error)) from None
        if making.errors:
            self._metrics.rejected("invalid entry", len(making.errors))
        return making.entries, created_at

    async def _store(self, records: Records, names: Names, claim_key: ClaimKey | None) -> Receipt:
        entries, created_at = await self._made(records, names)
        return await self._acceptor.accept(entries, lambda batch: Receipt(200, b""), claim_key, created_at)

    async def _shown(self, records: Records, names: Names) -> Answer:
        """What would be stored; the id and created_at are still empty."""
        entries, _ = await self._made(records, names)
        lines = b",".join(encode_entry(entry) for entry in entries)
        refusals = msgspec.json.encode(records.refusals)
        body = b'{"stored":false,"entries":[%b],"refused":%d,"errors":%b}' % (lines, records.refused, refusals)
        return Answer(200, body, "application/json")


def _decode(format: WireFormat, request: Request, options: Options) -> Records:
    records = format.decode(request)
    if options.change:
        for fields in records.fields:
            options.apply(fields, request.clock)
    return records


def _failed(format: WireFormat, request: Request, error: HttpError) -> Answer:
    reason = str(error.body.get("reason") or error.body["error"])
    answer = format.failed(request, Failure(error.status, reason, str(error.body["error"])))
    return msgspec.structs.replace(answer, headers={**answer.headers, **error.headers})


async def send_answer(send: Send, answer: Answer) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    if answer.media_type is not None:
        headers.append((b"content-type", answer.media_type.encode()))
    if answer.status != 204:
        headers.append((b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


# -- paths

_KEY: Final = r"(?:/key/(?P<key>[^/]+))?"
"""For senders that have no other place for a key than the address."""

_IN: Final = r"/in/(?P<app_key>[^/]+)/(?P<app_id>[^/]+)"


def _pattern(path: str, alone: bool) -> re.Pattern[str]:
    below = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
    key = "" if "<key>" in below else _KEY
    if "<app_key>" in below:
        return re.compile(rf"{key}(?P<path>{below})/?")
    prefix = "" if alone else r"(?:/[^/]+)*?"
    return re.compile(rf"{key}(?:{_IN})?{prefix}(?P<path>{below})/?")


_PATTERNS: Final[Sequence[tuple[re.Pattern[str], WireFormat]]] = [
    (_pattern(path, row.alone), row) for row in FORMATS for path in row.paths
]
_PROBES: Final = [(re.compile(rf"(?:/[^/]+)*?{pattern}/?"), methods, probe) for methods, pattern, probe in PROBES]


@lru_cache(4096)
def match_of(method: str, path: str) -> Match | None:
    """Where a request goes; None when it is none of a wire format."""
    if "//" in path:
        path = re.sub(r"/{2,}", "/", path)
    for pattern, row in _PATTERNS:
        if method in row.methods and (found := pattern.fullmatch(path)) is not None:
            named = found.groupdict()
            app = named.pop("app_key", None), named.pop("app_id", None)
            below = named.pop("path")
            return Match(row, below, app, {name: value for name, value in named.items() if value is not None})
    return None


def probe_answer(scope: Scope) -> Answer | None:
    """The answer to what senders ask before or between batches; None when it is no such question."""
    path, method = scope["path"], scope["method"]
    if "//" in path:
        path = re.sub(r"/{2,}", "/", path)
    if path == "/" and method in ("GET", "HEAD"):
        request = Request(path, b"", Clock(utc_now()), {}, dict(scope["headers"]), method)
        return elasticsearch.root(request) if elasticsearch.is_shipper(request) else None
    for pattern, methods, probe in _PROBES:
        if method in methods and pattern.fullmatch(path) is not None:
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            return probe(Request(path, b"", Clock(utc_now()), query, dict(scope["headers"]), method))
    return None
