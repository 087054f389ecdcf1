"""Answers in pieces: a connection is handed only so much as its client takes.

One that reads slowly or not at all then holds what was made for it once, and not in buffers again.
"""

from typing import Final

from starlette.types import Send

PIECE: Final = 64 * 1024
"""Bytes that are handed to a connection at a time."""


async def send_body(send: Send, body: bytes | memoryview) -> None:
    """Send the whole body of an answer whose start was sent. Returns when its last piece was handed over."""
    if len(body) > PIECE:
        view = memoryview(body)
        last = (len(body) - 1) // PIECE * PIECE
        for start in range(0, last, PIECE):
            await send({"type": "http.response.body", "body": bytes(view[start : start + PIECE]), "more_body": True})
        body = view[last:]
    await send({"type": "http.response.body", "body": bytes(body)})
