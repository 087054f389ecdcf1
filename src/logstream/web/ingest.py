"""POST /api/logs, a plain ASGI endpoint: the hot path, on which a framework's request object would cost a third.

A large body needs a loan of memory before it is read, and every request one for what its entries come to before they
are stored. Nothing waits for the second while it holds what the first does not cover.
"""

from typing import Final
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope, Send

from logstream.accept import Acceptor, ClaimKey
from logstream.entries.entry import Batch
from logstream.entries.json_text import InvalidJson
from logstream.memory import Loan, Memory, NoRoom, peer_of
from logstream.metrics import Metrics
from logstream.receivers.incoming import Origin
from logstream.receivers.making import AppRequired, Horizon, Received, TooManyDays, TooManyEntries, made
from logstream.receivers.native import Unprepared, receive
from logstream.store import Receipt, StoreUnavailable
from logstream.web.auth import Senders
from logstream.web.bodies import Bodies
from logstream.web.errors import HttpError
from logstream.web.pieces import PIECE, send_body
from logstream.web.websites import Headers, header_text

BODY_FACTOR: Final = 6
ENTRY_BYTES: Final = 1500
"""What a request comes to while it is stored: for each byte of its body, and for each entry. Measured: at worst 5.8
bytes, for one long message, and 1,440 bytes for an entry `{}`; as objects, as lines, split, and in the answer."""

MAX_KEY: Final = 255
_NDJSON: Final = (b"application/x-ndjson", b"application/ndjson", b"application/jsonl", b"application/x-jsonlines")


class Ingest:
    """The endpoint."""

    def __init__(
        self,
        acceptor: Acceptor,
        senders: Senders,
        bodies: Bodies,
        metrics: Metrics,
        memory: Memory,
        horizon: Horizon,
    ) -> None:
        self._acceptor = acceptor
        self._senders = senders
        self._metrics = metrics
        self._bodies = bodies
        self._batches = memory.batches
        self._horizon = horizon

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises HttpError, or StoreUnavailable or NoRoom when nothing could be stored."""
        try:
            await self._serve(scope, receive, send)
        except HttpError as error:
            self._metrics.rejected(str(error.body["error"]).lower())
            raise
        except (StoreUnavailable, NoRoom):
            self._metrics.rejected("service unavailable")
            raise

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        query = scope["query_string"].decode("latin-1")
        client = await self._senders.admit(headers, query)
        peer = peer_of(scope["client"][0]) if scope["client"] else ""
        storing = Loan(self._batches, peer, client)
        reading = self._bodies.loan(headers, peer, client)
        try:
            body = await self._bodies.read(headers, receive, reading)
            receipt, replayed = await self._receipt_for(body, headers, query, client, storing)
            if reading is not None:
                del body
                reading.end()
                storing.shrink(len(receipt.content))
            await _send(send, receipt, replayed)
        finally:
            if reading is not None:
                reading.end()
            storing.end()

    async def _receipt_for(
        self, body: bytes, headers: Headers, query: str, client: str | None, loan: Loan
    ) -> tuple[Receipt, bool]:
        origin = _origin(headers, query, client)
        key = headers.get(b"idempotency-key", b"").strip().decode("latin-1")
        if not key:
            return await self._store_new(body, headers, origin, None, loan), False
        if len(key) > MAX_KEY:
            raise HttpError(400, "Invalid Idempotency-Key", f"{len(key)} characters; at most {MAX_KEY} are allowed")
        claim_key = (client or "", key)  # all who hold the write key are one client
        return await self._acceptor.once(claim_key, lambda: self._store_new(body, headers, origin, claim_key, loan))

    async def _store_new(
        self, body: bytes, headers: Headers, origin: Origin, claim_key: ClaimKey | None, loan: Loan
    ) -> Receipt:
        received, cost = await self._decoded(body, headers, origin)
        if not loan.take(cost):
            del received  # while it waits for memory, it takes none
            await loan.wait(cost)
            received, _ = await self._decoded(body, headers, origin)
        try:
            created_at = await made(received, self._horizon)
        except AppRequired as error:
            raise HttpError(400, str(error)) from None
        except TooManyDays as error:
            raise HttpError(413, "Request body too large", str(error)) from None  # senders split it, and send it again
        minimal = _wants_minimal(headers)
        if received.errors:
            self._metrics.rejected("invalid entry", len(received.errors))
        if not received.entries:
            return Receipt(400, _body(0, b"", received, minimal))

        def receipt(batch: Batch) -> Receipt:
            return Receipt(201, _body(len(batch), batch.lines, received, minimal))

        return await self._acceptor.accept(received.entries, receipt, claim_key, created_at)

    async def _decoded(self, body: bytes, headers: Headers, origin: Origin) -> tuple[Received, int]:
        """What was received, and the bytes that it comes to while it is stored."""
        lines = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() in _NDJSON
        encoding = headers.get(b"content-encoding", b"").decode("latin-1")
        try:
            try:
                plain = await self._bodies.unpacked(body, encoding, prepared=False) if encoding else body
                received = receive(plain, origin, lines=lines)
            except Unprepared:
                plain = b""  # while others are prepared, it takes no memory
                plain = await self._bodies.unpacked(body, encoding, prepared=True)
                received = receive(plain, origin, lines=lines, prepared=True)
        except InvalidJson as error:
            raise HttpError(400, "Invalid JSON body", str(error)) from None
        except TooManyEntries as error:
            raise HttpError(413, "Request body too large", str(error)) from None
        return received, BODY_FACTOR * len(plain) + ENTRY_BYTES * received.count + received.overhead


def _origin(headers: Headers, query: str, client: str | None) -> Origin:
    app_key, app_id = header_text(headers, b"x-app-key"), header_text(headers, b"x-app-id")
    if "app_" in query and not (app_key and app_id):
        named = dict(parse_qsl(query))
        app_key, app_id = app_key or named.get("app_key"), app_id or named.get("app_id")
    return Origin(app_key, app_id, header_text(headers, b"user-agent"), client)


def _wants_minimal(headers: Headers) -> bool:
    """`Prefer: return=minimal`, RFC 7240."""
    prefer = headers.get(b"prefer")
    if prefer is None:
        return False
    words = prefer.lower().replace(b" ", b"").replace(b'"', b"").replace(b";", b",").split(b",")
    return b"return=minimal" in words


def _body(saved: int, lines: bytes, received: Received, minimal: bool) -> bytes:
    start, end = b'{"saved":%d,' % saved, b'"errors":%b}' % msgspec.json.encode(received.errors or None)
    if received.warnings:
        end = end[:-1] + b',"warnings":%b}' % msgspec.json.encode(received.warnings)
    if minimal:
        return start + end
    listed = memoryview(lines.replace(b"\n", b","))[:-1]  # the lines may be many: two copies of them, not four
    return b"".join((start, b'"entries":[', listed, b"],", end))


async def _send(send: Send, receipt: Receipt, replayed: bool) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(receipt.content))]
    if replayed:
        headers.append((b"idempotency-replayed", b"true"))
    await send({"type": "http.response.start", "status": receipt.code, "headers": headers})
    if len(receipt.content) > PIECE:
        await send_body(send, receipt.content)
    else:
        await send({"type": "http.response.body", "body": receipt.content})
