"""Bodies of requests that write: read within a loan of memory, and unpacked in a thread.

A body that is not small needs a loan before it is read. The pace at which it must come is the protocol's (`protocol`).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from starlette.types import Message, Receive

from logstream.memory import Loan, Memory
from logstream.receivers.body import BodyTooLarge, BodyUnreadable, UnknownEncoding, decoded
from logstream.receivers.native import prepare
from logstream.web.errors import HttpError
from logstream.web.websites import Headers

SMALL: Final = 64 * 1024
"""Bytes of a body that needs no loan to be read: a connection may have as many in its buffers anyway."""

STEP: Final = 256 * 1024
"""Bytes that are borrowed at a time for a body of unknown length."""


class Bodies:
    """All bodies that are being read or unpacked."""

    def __init__(self, max_body: int, memory: Memory) -> None:
        self._max_body = max_body
        self._share = memory.bodies
        self._unpacker = ThreadPoolExecutor(1, thread_name_prefix="unpacking")

    def loan(self, headers: Headers, peer: str, client: str | None) -> Loan | None:
        """A loan for a body, of nothing as yet; None for one that says it is small."""
        length = _declared_length(headers)
        return Loan(self._share, peer, client) if length is None or length > SMALL else None

    async def read(self, headers: Headers, receive: Receive, loan: Loan | None, most: int | None = None) -> bytes:
        """The body as sent, of at most MAX_BODY_BYTES or `most`. Raises HttpError or NoRoom."""
        most = most or self._max_body
        length = None if loan is None else _declared_length(headers)
        if length is not None and length > 4 * most:
            raise self.too_large(most)  # not worth reading to the end; a little more is, so that the answer arrives
        if length is not None and loan is not None:
            await loan.wait(min(length, most))
        message = await receive()
        if message["type"] == "http.request" and not message["more_body"]:
            body: bytes = message["body"]
            if len(body) > most:
                raise self.too_large(most)
            if len(body) > SMALL and loan is not None:
                loan.must(len(body))
            return body
        return await self._read_parts(message, receive, loan, most)

    async def _read_parts(self, message: Message, receive: Receive, loan: Loan | None, most: int) -> bytes:
        parts: list[bytes] = []
        size = 0
        while True:
            if message["type"] == "http.disconnect":
                raise HttpError(400, "Invalid JSON body", "the connection ended inside the body")
            part: bytes = message["body"]
            size += len(part)
            if size <= most:
                if size > SMALL and loan is not None and size > loan.size:
                    loan.must(size + STEP)
                parts.append(part)
            elif size > 4 * most:
                raise self.too_large(most)
            if not message["more_body"]:
                break
            message = await receive()
        if size > most:
            raise self.too_large(most)
        return b"".join(parts)

    def too_large(self, most: int) -> HttpError:
        limit = "MAX_BODY_BYTES" if most == self._max_body else f"{most // self._max_body} times MAX_BODY_BYTES"
        reason = f"the body is larger than {limit}, {most} bytes; send fewer entries at once"
        return HttpError(413, "Request body too large", reason, {"Connection": "close"})

    async def unpacked(self, body: bytes, encoding: str, *, prepared: bool = False, most: int | None = None) -> bytes:
        """The body without its encoding; with `prepared`, as `native.prepare` makes it, or TooManyEntries is raised."""
        most = most or self._max_body
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._unpacker, _unpack, body, encoding, most, prepared)
        except BodyUnreadable as error:
            raise HttpError(400, "Invalid compressed body", str(error)) from None
        except UnknownEncoding as error:
            reason = f"Content-Encoding {str(error)!r} is not one of gzip, deflate, zstd"
            accepted = {"Accept-Encoding": "gzip, deflate, zstd"}
            raise HttpError(415, "Unsupported content encoding", reason, accepted) from None
        except BodyTooLarge:
            raise self.too_large(most) from None


def _declared_length(headers: Headers) -> int | None:
    """The length that a body is said to have; None where it is not said, 0 where there is none."""
    declared = headers.get(b"content-length")
    if declared is None:
        return None if b"transfer-encoding" in headers else 0
    return int(declared) if len(declared) < 20 and declared.isdigit() else None


def _unpack(body: bytes, encoding: str, most: int, prepared: bool) -> bytes:
    plain = decoded(body, encoding, most)
    return prepare(plain) if prepared else plain
