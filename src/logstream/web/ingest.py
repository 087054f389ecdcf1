"""POST /api/logs, a plain ASGI endpoint: the hot path, on which a framework's request object would cost a third."""

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
from logstream.metrics import Metrics
from logstream.receivers.body import BodyTooLarge, BodyUnreadable, UnknownEncoding, decoded
from logstream.receivers.native import AppRequired, Origin, Received, TooManyDays, TooManyEntries, receive
from logstream.store import Receipt, StoreUnavailable
from logstream.web.auth import Senders
from logstream.web.errors import HttpError
from logstream.web.websites import Headers

BODY_SECONDS: Final = 60
"""How long a body may take to arrive: a sender that trickles must not hold its memory for ever."""

BODIES_BYTES: Final = 256 * 1024 * 1024
"""Bytes of bodies held at one time by all requests; past that, senders are asked to come again."""

MAX_KEY: Final = 255
_NDJSON: Final = (b"application/x-ndjson", b"application/ndjson", b"application/jsonl", b"application/x-jsonlines")


class Ingest:
    """The endpoint."""

    def __init__(self, acceptor: Acceptor, senders: Senders, max_body: int, metrics: Metrics) -> None:
        self._acceptor = acceptor
        self._senders = senders
        self._max_body = max_body
        self._metrics = metrics
        self._held = 0
        self._unpacker = ThreadPoolExecutor(1, thread_name_prefix="unpacking")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises HttpError, or StoreUnavailable when nothing could be stored."""
        try:
            await self._serve(scope, receive, send)
        except HttpError as error:
            self._metrics.rejected(str(error.body["error"]).lower())
            raise
        except StoreUnavailable:
            self._metrics.rejected("service unavailable")
            raise

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        query = scope["query_string"].decode("latin-1")
        client = await self._senders.admit(headers, query)
        body = await self._read_body(headers, receive)
        try:
            receipt, replayed = await self._receipt_for(body, headers, query, client)
        finally:
            self._held -= len(body)
        await _send(send, receipt, replayed)

    async def _read_body(self, headers: Headers, receive: Receive) -> bytes:
        """The body as sent; its length stays counted in `_held` until the caller takes it off."""
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and len(declared) < 20 and int(declared) > 4 * self._max_body:
            raise self._too_large()  # not worth reading to the end; a little more is, so that the answer arrives
        if self._held > BODIES_BYTES:
            raise HttpError(503, "Service unavailable", "too many bodies at one time", {"Retry-After": "1"})
        message = await receive()
        if message["type"] == "http.request" and not message["more_body"]:
            body: bytes = message["body"]
            self._held += len(body)
        else:
            body = await self._read_parts(message, receive)
        if len(body) > self._max_body:
            self._held -= len(body)
            raise self._too_large()
        return body

    async def _read_parts(self, message: Message, receive: Receive) -> bytes:
        parts: list[bytes] = []
        size = held = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    if message["type"] == "http.disconnect":
                        raise HttpError(400, "Invalid JSON body", "the connection ended inside the body")
                    part: bytes = message["body"]
                    size += len(part)
                    if size <= self._max_body:
                        parts.append(part)
                        held += len(part)
                        self._held += len(part)
                    elif size > 4 * self._max_body:
                        raise self._too_large()
                    if not message["more_body"]:
                        break
                    message = await receive()
            if size > self._max_body:
                raise self._too_large()
            return b"".join(parts)
        except TimeoutError:
            self._held -= held
            reason = f"the body took longer than {BODY_SECONDS} s"
            raise HttpError(408, "Request timeout", reason, {"Connection": "close"}) from None
        except BaseException:
            self._held -= held
            raise

    def _too_large(self) -> HttpError:
        reason = f"the body is larger than MAX_BODY_BYTES, {self._max_body} bytes; send fewer entries at once"
        return HttpError(413, "Request body too large", reason, {"Connection": "close"})

    async def _receipt_for(self, body: bytes, headers: Headers, query: str, client: str | None) -> tuple[Receipt, bool]:
        origin = _origin(headers, query, client)
        key = headers.get(b"idempotency-key", b"").strip().decode("latin-1")
        if not key:
            return await self._store_new(body, headers, origin, None), False
        if len(key) > MAX_KEY:
            raise HttpError(400, "Invalid Idempotency-Key", f"{len(key)} characters; at most {MAX_KEY} are allowed")
        claim_key = (client or "", key)  # all who hold the write key are one client
        return await self._acceptor.once(claim_key, lambda: self._store_new(body, headers, origin, claim_key))

    async def _store_new(self, body: bytes, headers: Headers, origin: Origin, claim_key: ClaimKey | None) -> Receipt:
        if (encoding := headers.get(b"content-encoding")) is not None:
            body = await self._unpacked(body, encoding.decode("latin-1"))
        received = self._decode(body, headers, origin)
        created_at = format_timestamp(utc_now())
        try:
            for _ in received.make(created_at):
                await asyncio.sleep(0)
                created_at = ""
        except AppRequired as error:
            raise HttpError(400, str(error)) from None
        except TooManyDays as error:
            raise HttpError(413, "Request body too large", str(error)) from None  # senders split it, and send it again
        minimal = _wants_minimal(headers)
        if received.errors:
            self._metrics.rejected("invalid entry", len(received.errors))
        if not received.entries:
            return Receipt(400, _body(0, b"", received.errors, minimal))

        def receipt(batch: Batch) -> Receipt:
            return Receipt(201, _body(len(batch), batch.lines, received.errors, minimal))

        return await self._acceptor.accept(received.entries, receipt, claim_key, created_at)

    async def _unpacked(self, body: bytes, encoding: str) -> bytes:
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._unpacker, decoded, body, encoding, self._max_body
            )
        except BodyUnreadable as error:
            raise HttpError(400, "Invalid compressed body", str(error)) from None
        except UnknownEncoding as error:
            reason = f"Content-Encoding {str(error)!r} is not one of gzip, deflate, zstd"
            accepted = {"Accept-Encoding": "gzip, deflate, zstd"}
            raise HttpError(415, "Unsupported content encoding", reason, accepted) from None
        except BodyTooLarge:
            raise self._too_large() from None

    def _decode(self, body: bytes, headers: Headers, origin: Origin) -> Received:
        try:
            lines = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() in _NDJSON
            return receive(body, origin, lines=lines)
        except InvalidJson as error:
            raise HttpError(400, "Invalid JSON body", str(error)) from None
        except TooManyEntries as error:
            raise HttpError(413, "Request body too large", str(error)) from None


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
    listed = b"" if minimal else b'"entries":[%b],' % lines[:-1].replace(b"\n", b",")
    return b'{"saved":%d,%b"errors":%b}' % (saved, listed, msgspec.json.encode(errors or None))


async def _send(send: Send, receipt: Receipt, replayed: bool) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(receipt.content))]
    if replayed:
        headers.append((b"idempotency-replayed", b"true"))
    await send({"type": "http.response.start", "status": receipt.code, "headers": headers})
    await send({"type": "http.response.body", "body": receipt.content})
