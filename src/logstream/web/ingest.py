"""POST /api/logs, a plain ASGI endpoint: the hot path, on which a framework's request object would cost a third.

A large body needs a loan of memory before it is read, and every request one for what its entries come to before they
are stored. Nothing waits for the second while it holds what the first does not cover.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Message, Receive, Scope, Send

from logstream.accept import Acceptor, ClaimKey
from logstream.entries.entry import Batch
from logstream.entries.json_text import InvalidJson
from logstream.entries.timestamps import format_timestamp, utc_now
from logstream.memory import Loan, Memory, NoRoom, peer_of
from logstream.metrics import Metrics
from logstream.receivers.body import BodyTooLarge, BodyUnreadable, UnknownEncoding, decoded
from logstream.receivers.native import (
    AppRequired,
    Origin,
    Received,
    TooManyEntries,
    Uncounted,
    check_count,
    receive,
)
from logstream.store import Receipt, StoreUnavailable
from logstream.web.auth import Senders
from logstream.web.errors import HttpError
from logstream.web.pieces import PIECE, send_body
from logstream.web.websites import Headers

SMALL: Final = 64 * 1024
"""Bytes of a body that needs no loan to be read: a connection may have as many in its buffers anyway."""

STEP: Final = 256 * 1024
"""Bytes that are borrowed at a time for a body of unknown length."""

BODY_FACTOR: Final = 6
ENTRY_BYTES: Final = 1500
"""What a request comes to while it is stored: for each byte of its body, and for each entry. Measured: at worst 5.8
bytes, for one long message, and 1,440 bytes for an entry `{}`; as objects, as lines, split, and in the answer."""

MAX_KEY: Final = 255
_NDJSON: Final = (b"application/x-ndjson", b"application/ndjson", b"application/jsonl", b"application/x-jsonlines")


class Ingest:
    """The endpoint."""

    def __init__(self, acceptor: Acceptor, senders: Senders, max_body: int, metrics: Metrics, memory: Memory) -> None:
        self._acceptor = acceptor
        self._senders = senders
        self._max_body = max_body
        self._metrics = metrics
        self._bodies = memory.bodies
        self._batches = memory.batches
        self._unpacker = ThreadPoolExecutor(1, thread_name_prefix="unpacking")

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
        reading = None
        try:
            length = _declared_length(headers)
            if length is None or length > SMALL:
                reading = Loan(self._bodies, peer, client)
            body = await self._read_body(length, receive, reading)
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

    async def _read_body(self, length: int | None, receive: Receive, loan: Loan | None) -> bytes:
        """The body as sent; without a loan, one that has a small length. Raises NoRoom."""
        if length is not None and length > 4 * self._max_body:
            raise self._too_large()  # not worth reading to the end; a little more is, so that the answer arrives
        if length is not None and loan is not None:
            await loan.wait(min(length, self._max_body))
        message = await receive()
        if message["type"] == "http.request" and not message["more_body"]:
            body: bytes = message["body"]
            if len(body) > self._max_body:
                raise self._too_large()
            if len(body) > SMALL and loan is not None:
                loan.must(len(body))
            return body
        return await self._read_parts(message, receive, loan)

    async def _read_parts(self, message: Message, receive: Receive, loan: Loan | None) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            if message["type"] == "http.disconnect":
                raise HttpError(400, "Invalid JSON body", "the connection ended inside the body")
            part: bytes = message["body"]
            size += len(part)
            if size <= self._max_body:
                if size > SMALL and loan is not None and size > loan.size:
                    loan.must(size + STEP)
                parts.append(part)
            elif size > 4 * self._max_body:
                raise self._too_large()
            if not message["more_body"]:
                break
            message = await receive()
        if size > self._max_body:
            raise self._too_large()
        return b"".join(parts)

    def _too_large(self) -> HttpError:
        reason = f"the body is larger than MAX_BODY_BYTES, {self._max_body} bytes; send fewer entries at once"
        return HttpError(413, "Request body too large", reason, {"Connection": "close"})

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
        created_at = format_timestamp(utc_now())
        try:
            for _ in received.make(created_at):
                await asyncio.sleep(0)
                created_at = ""
        except AppRequired as error:
            raise HttpError(400, str(error)) from None
        minimal = _wants_minimal(headers)
        if received.errors:
            self._metrics.rejected("invalid entry", len(received.errors))
        if not received.entries:
            return Receipt(400, _body(0, b"", received.errors, minimal))

        def receipt(batch: Batch) -> Receipt:
            return Receipt(201, _body(len(batch), batch.lines, received.errors, minimal))

        return await self._acceptor.accept(received.entries, receipt, claim_key, created_at)

    async def _decoded(self, body: bytes, headers: Headers, origin: Origin) -> tuple[Received, int]:
        """What was received, and the bytes that it comes to while it is stored."""
        lines = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() in _NDJSON
        encoding = headers.get(b"content-encoding", b"").decode("latin-1")
        try:
            try:
                plain = await self._unpacked(body, encoding, counted=False) if encoding else body
                received = receive(plain, origin, lines=lines)
            except Uncounted:
                plain = b""  # while others are counted, it takes no memory
                plain = await self._unpacked(body, encoding, counted=True)
                received = receive(plain, origin, lines=lines, counted=True)
        except InvalidJson as error:
            raise HttpError(400, "Invalid JSON body", str(error)) from None
        except TooManyEntries as error:
            raise HttpError(413, "Request body too large", str(error)) from None
        return received, BODY_FACTOR * len(plain) + ENTRY_BYTES * received.count

    async def _unpacked(self, body: bytes, encoding: str, *, counted: bool) -> bytes:
        """The body without its encoding; with `counted`, of no more than MAX_ENTRIES, or TooManyEntries is raised."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._unpacker, _unpack, body, encoding, self._max_body, counted)
        except BodyUnreadable as error:
            raise HttpError(400, "Invalid compressed body", str(error)) from None
        except UnknownEncoding as error:
            reason = f"Content-Encoding {str(error)!r} is not one of gzip, deflate, zstd"
            accepted = {"Accept-Encoding": "gzip, deflate, zstd"}
            raise HttpError(415, "Unsupported content encoding", reason, accepted) from None
        except BodyTooLarge:
            raise self._too_large() from None


def _declared_length(headers: Headers) -> int | None:
    """The length that a body is said to have; None where it is not said, 0 where there is none."""
    declared = headers.get(b"content-length")
    if declared is None:
        return None if b"transfer-encoding" in headers else 0
    return int(declared) if len(declared) < 20 and declared.isdigit() else None


def _unpack(body: bytes, encoding: str, most: int, counted: bool) -> bytes:
    plain = decoded(body, encoding, most)
    if counted:
        check_count(plain)
    return plain


def _origin(headers: Headers, query: str, client: str | None) -> Origin:
    app_key, app_id = _header(headers, b"x-app-key"), _header(headers, b"x-app-id")
    if "app_" in query and not (app_key and app_id):
        named = dict(parse_qsl(query))
        app_key, app_id = app_key or named.get("app_key"), app_id or named.get("app_id")
    return Origin(app_key, app_id, _header(headers, b"user-agent"), client)


def _header(headers: Headers, name: bytes) -> str | None:
    value = headers.get(name)
    if not value:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _wants_minimal(headers: Headers) -> bool:
    """`Prefer: return=minimal`, RFC 7240."""
    prefer = headers.get(b"prefer", b"").lower().replace(b" ", b"").replace(b'"', b"")
    return b"return=minimal" in prefer.replace(b";", b",").split(b",")


def _body(saved: int, lines: bytes, errors: list[str], minimal: bool) -> bytes:
    start, end = b'{"saved":%d,' % saved, b'"errors":%b}' % msgspec.json.encode(errors or None)
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
