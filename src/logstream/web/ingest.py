"""POST /api/logs, a plain ASGI endpoint: the hot path, on which a framework's request object would cost a third."""

import asyncio
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope, Send

from logstream.accept import Acceptor, ClaimKey
from logstream.entries.entry import Batch
from logstream.entries.json_text import InvalidJson
from logstream.entries.timestamps import format_timestamp, utc_now
from logstream.metrics import Metrics
from logstream.receivers.native import AppRequired, Origin, Received, TooManyEntries, receive
from logstream.store import Receipt, StoreUnavailable
from logstream.web.auth import Senders
from logstream.web.bodies import Bodies
from logstream.web.errors import HttpError
from logstream.web.websites import Headers, header_text

MAX_KEY: Final = 255
_NDJSON: Final = (b"application/x-ndjson", b"application/ndjson", b"application/jsonl", b"application/x-jsonlines")


class Ingest:
    """The endpoint."""

    def __init__(self, acceptor: Acceptor, senders: Senders, bodies: Bodies, metrics: Metrics) -> None:
        self._acceptor = acceptor
        self._senders = senders
        self._bodies = bodies
        self._metrics = metrics

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
        body = await self._bodies.read(headers, receive)
        try:
            receipt, replayed = await self._receipt_for(body, headers, query, client)
        finally:
            self._bodies.release(body)
        await _send(send, receipt, replayed)

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
            body = await self._bodies.unpacked(body, encoding.decode("latin-1"))
        received = self._decode(body, headers, origin)
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

    def _decode(self, body: bytes, headers: Headers, origin: Origin) -> Received:
        try:
            lines = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() in _NDJSON
            return receive(body, origin, lines=lines)
        except InvalidJson as error:
            raise HttpError(400, "Invalid JSON body", str(error)) from None
        except TooManyEntries as error:
            raise HttpError(413, "Request body too large", str(error)) from None


def _origin(headers: Headers, query: str, client: str | None) -> Origin:
    app_key, app_id = header_text(headers, b"x-app-key"), header_text(headers, b"x-app-id")
    if "app_" in query and not (app_key and app_id):
        named = dict(parse_qsl(query))
        app_key, app_id = app_key or named.get("app_key"), app_id or named.get("app_id")
    return Origin(app_key, app_id, header_text(headers, b"user-agent"), client)


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
