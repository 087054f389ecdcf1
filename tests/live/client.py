"""A viewer made of a bare socket: it reads only when told to, sends what it likes, and sees every byte."""

import asyncio
import socket
from typing import Any, Self

import msgspec

from logstream.entries.entry import Batch, LogEntry

NO_HISTORY: Any = None
"""For viewers that don't ask for what they missed."""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
LOG_START = b'{"type":"log","data":'


def batch_of(start: int, count: int, size: int = 300) -> Batch:
    """`count` entries of somewhat more than `size` bytes, numbered from `start`."""
    return Batch(
        [
            LogEntry(
                id=f"01{number:024d}",
                trace_id="4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
                batch_id=None,
                app_key="billing-api",
                app_id="node-1",
                user_agent=None,
                level="info",
                category="payment ✓",
                message="m" * size,
                context=msgspec.Raw(b'{"b":1.0,"a":[12345678901234567890]}'),
                timestamp="2026-01-15T14:22:00.000Z",
                created_at="2026-01-15T14:22:00.001Z",
            )
            for number in range(start, start + count)
        ]
    )


def split_frames(data: bytes) -> list[tuple[int, bytes]]:
    """First byte and payload of each whole frame from a server, and the rest as (-1, rest) if there is one."""
    found = []
    at = 0
    while len(data) - at >= 2:
        length, start = data[at + 1], at + 2
        if length > 125:
            size = 2 if length == 126 else 8
            length, start = int.from_bytes(data[start : start + size]), start + size
        if start + length > len(data):
            break
        found.append((data[at], data[start : start + length]))
        at = start + length
    if at < len(data):
        found.append((-1, data[at:]))
    return found


def masked(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """A frame from a client, masked with zeros."""
    length = len(payload)
    if length < 126:
        size = bytes((0x80 | length,))
    elif length < 65536:
        size = b"\xfe" + length.to_bytes(2)
    else:
        size = b"\xff" + length.to_bytes(8)
    return bytes((0x80 * final | opcode,)) + size + bytes(4) + payload


class RawViewer:
    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._data = b""
        self._frames: list[tuple[int, bytes]] = []

    @classmethod
    async def connect(cls, port: int, request: bytes = b"", receive_buffer: int | None = None) -> Self:
        """Connect; with `request` send just that, else shake hands."""
        connection = socket.socket()
        connection.setblocking(False)
        if receive_buffer is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port))
        viewer = cls(connection)
        await viewer.send(request or handshake())
        if not request:
            await viewer.head()
        return viewer

    async def head(self) -> bytes:
        """The head of the HTTP answer."""
        while b"\r\n\r\n" not in self._data:
            await self._receive()
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        return head

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.socket, data)

    async def frame(self) -> tuple[int, bytes]:
        """The next frame, as opcode and payload. Raises EOFError."""
        while not self._frames:
            found = split_frames(self._data)
            self._data = b""
            if found and found[-1][0] == -1:
                self._data = found.pop()[1]
            self._frames = found
            if not found:
                await self._receive()
        first, payload = self._frames.pop(0)
        assert first & 0xF0 == 0x80, "one final frame a message, no extension bits"
        return first & 0x0F, payload

    async def message(self) -> Any:
        opcode, payload = await self.frame()
        assert opcode == TEXT, (opcode, payload)
        return msgspec.json.decode(payload)

    async def entry(self) -> bytes:
        """The JSON of the next entry, as it came."""
        opcode, payload = await self.frame()
        assert opcode == TEXT
        assert payload.startswith(LOG_START), payload[:100]
        return payload[len(LOG_START) : -1]

    async def rest(self) -> bytes:
        """All that comes until the server ends the connection, what has come included."""
        while True:
            try:
                await self._receive()
            except (EOFError, ConnectionResetError):
                return self._data

    async def _receive(self) -> None:
        data = await asyncio.get_running_loop().sock_recv(self.socket, 1024 * 1024)
        if not data:
            raise EOFError
        self._data += data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


def handshake(target: str = "/ws", headers: str = "", connection: str = "Upgrade") -> bytes:
    return (
        f"GET {target} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: {connection}\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{headers}\r\n"
    ).encode()


async def until(condition: Any) -> None:
    """Wait for a condition, at most ten seconds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 -- what is waited for has no event
            await asyncio.sleep(0.005)
