"""Bodies of requests that write: read with a bound on each and on all, and unpacked in a thread.

A large body needs a loan of memory before it is read, and every request one for what its entries come to before they
are stored. Nothing waits for the second while it holds what the first does not cover.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Final

from starlette.types import Message, Receive, Scope

from logstream.memory import Loan, Memory, peer_of
from logstream.receivers.body import BodyTooLarge, BodyUnreadable, UnknownEncoding, decoded
from logstream.web.errors import HttpError
from logstream.web.websites import Headers

SMALL: Final = 64 * 1024
"""Bytes of a body that needs no loan to be read: a connection may have as many in its buffers anyway."""

STEP: Final = 256 * 1024
"""Bytes that are borrowed at a time for a body of unknown length."""

BODY_FACTOR: Final = 6
ENTRY_BYTES: Final = 1500


def cost_of(body: bytes, entries: int) -> int:
    """Bytes that a request comes to while it is stored: for each byte of its body, and for each entry.

    Measured: at worst 5.8 bytes, for one long message, and 1,440 bytes for an entry `{}`; as objects, as lines, split,
    and in the answer.
    """
    return BODY_FACTOR * len(body) + ENTRY_BYTES * entries


class Borrowed:
    """What one request borrows: for its body while that is needed, and for what its entries come to."""

    def __init__(self, reading: Loan | None, storing: Loan, length: int | None) -> None:
        self.reading = reading
        self.storing = storing
        self.length = length
        """Of the body, as declared; None where it is not said, 0 where there is none."""

    def __enter__(self) -> "Borrowed":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.body_is_done()
        self.storing.end()

    def body_is_done(self) -> None:
        """The body is not needed any more."""
        if self.reading is not None:
            self.reading.end()


class Bodies:
    """All bodies of requests that write, within the shares of `memory` for them."""

    def __init__(self, max_body: int, memory: Memory) -> None:
        self.max_body = max_body
        self._bodies = memory.bodies
        self._batches = memory.batches
        self._unpacker = ThreadPoolExecutor(1, thread_name_prefix="unpacking")

    def borrow(self, scope: Scope, headers: Headers, client: str | None) -> Borrowed:
        """The loans of a request, which hold nothing yet; to be ended by leaving them."""
        peer = peer_of(scope["client"][0]) if scope["client"] else ""
        length = _declared_length(headers)
        reading = Loan(self._bodies, peer, client) if length is None or length > SMALL else None
        return Borrowed(reading, Loan(self._batches, peer, client), length)

    async def read(self, borrowed: Borrowed, receive: Receive, most: int | None = None) -> bytes:
        """The body as sent, of at most MAX_BODY_BYTES or `most`. Raises HttpError or NoRoom."""
        most = most or self.max_body
        length, loan = borrowed.length, borrowed.reading
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
        limit = "MAX_BODY_BYTES" if most == self.max_body else f"{most // self.max_body} times MAX_BODY_BYTES"
        reason = f"the body is larger than {limit}, {most} bytes; send fewer entries at once"
        return HttpError(413, "Request body too large", reason, {"Connection": "close"})

    async def unpacked(
        self, body: bytes, encoding: str, most: int | None = None, check: Callable[[bytes], None] | None = None
    ) -> bytes:
        """The body without its Content-Encoding, checked by `check` in the same thread. Raises HttpError."""
        most = most or self.max_body
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._unpacker, _unpack, body, encoding, most, check
            )
        except BodyUnreadable as error:
            raise HttpError(400, "Invalid compressed body", str(error)) from None
        except UnknownEncoding as error:
            reason = f"Content-Encoding {str(error)!r} is not one of gzip, deflate, zstd"
            accepted = {"Accept-Encoding": "gzip, deflate, zstd"}
            raise HttpError(415, "Unsupported content encoding", reason, accepted) from None
        except BodyTooLarge:
            raise self.too_large(most) from None


def _unpack(body: bytes, encoding: str, most: int, check: Callable[[bytes], None] | None) -> bytes:
    plain = decoded(body, encoding, most)
    if check is not None:
        check(plain)
    return plain


def _declared_length(headers: Headers) -> int | None:
    declared = headers.get(b"content-length")
    if declared is None:
        return None if b"transfer-encoding" in headers else 0
    return int(declared) if len(declared) < 20 and declared.isdigit() else None
