"""Bodies of requests that write: read with a bound on each and on all, and unpacked in a thread."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from starlette.types import Message, Receive

from logstream.receivers.body import BodyTooLarge, BodyUnreadable, UnknownEncoding, decoded
from logstream.web.errors import HttpError
from logstream.web.websites import Headers

BODY_SECONDS: Final = 60
"""How long a body may take to arrive: a sender that trickles must not hold its memory for ever."""

BODIES_BYTES: Final = 256 * 1024 * 1024
"""Bytes of bodies held at one time by all requests; past that, senders are asked to come again."""


class Bodies:
    """All bodies that are being read or stored."""

    def __init__(self, max_body: int) -> None:
        self._max_body = max_body
        self._held = 0
        self.unpacker = ThreadPoolExecutor(1, thread_name_prefix="unpacking")

    def release(self, body: bytes) -> None:
        """A body that `read` gave is done with."""
        self._held -= len(body)

    async def read(self, headers: Headers, receive: Receive, most: int | None = None) -> bytes:
        """The body as sent, of at most MAX_BODY_BYTES or `most`, which stays counted until `release`."""
        most = most or self._max_body
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and len(declared) < 20 and int(declared) > 4 * most:
            raise self.too_large(most)  # not worth reading to the end; a little more is, so that the answer arrives
        if self._held > BODIES_BYTES:
            raise HttpError(503, "Service unavailable", "too many bodies at one time", {"Retry-After": "1"})
        message = await receive()
        if message["type"] == "http.request" and not message["more_body"]:
            body: bytes = message["body"]
            self._held += len(body)
        else:
            body = await self._read_parts(message, receive, most)
        if len(body) > most:
            self._held -= len(body)
            raise self.too_large(most)
        return body

    async def _read_parts(self, message: Message, receive: Receive, most: int) -> bytes:
        parts: list[bytes] = []
        size = held = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                while True:
                    if message["type"] == "http.disconnect":
                        raise HttpError(400, "Invalid JSON body", "the connection ended inside the body")
                    part: bytes = message["body"]
                    size += len(part)
                    if size <= most:
                        parts.append(part)
                        held += len(part)
                        self._held += len(part)
                    elif size > 4 * most:
                        raise self.too_large(most)
                    if not message["more_body"]:
                        break
                    message = await receive()
            if size > most:
                raise self.too_large(most)
            return b"".join(parts)
        except TimeoutError:
            self._held -= held
            reason = f"the body took longer than {BODY_SECONDS} s"
            raise HttpError(408, "Request timeout", reason, {"Connection": "close"}) from None
        except BaseException:
            self._held -= held
            raise

    def too_large(self, most: int) -> HttpError:
        limit = "MAX_BODY_BYTES" if most == self._max_body else f"{most // self._max_body} times MAX_BODY_BYTES"
        reason = f"the body is larger than {limit}, {most} bytes; send fewer entries at once"
        return HttpError(413, "Request body too large", reason, {"Connection": "close"})

    async def unpacked(self, body: bytes, encoding: str, most: int | None = None) -> bytes:
        """The body without its Content-Encoding. Raises HttpError."""
        most = most or self._max_body
        try:
            return await asyncio.get_running_loop().run_in_executor(self.unpacker, decoded, body, encoding, most)
        except BodyUnreadable as error:
            raise HttpError(400, "Invalid compressed body", str(error)) from None
        except UnknownEncoding as error:
            reason = f"Content-Encoding {str(error)!r} is not one of gzip, deflate, zstd"
            accepted = {"Accept-Encoding": "gzip, deflate, zstd"}
            raise HttpError(415, "Unsupported content encoding", reason, accepted) from None
        except BodyTooLarge:
            raise self.too_large(most) from None
