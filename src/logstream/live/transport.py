"""What a connection needs of a transport: the part of asyncio's that it uses, so that others can stand in for it."""

import fcntl
import socket
import sys
import termios
from typing import Any, Protocol


class Transport(Protocol):
    """asyncio.Transport fulfils it for sockets, sse.EventStream for an HTTP response."""

    def write(self, data: bytes, /) -> None:
        """Send, or buffer; never waits. The owner is told when the buffer is over `high`, and when down to `low`."""

    def write_eof(self) -> None:
        """End our side behind what is buffered."""

    def abort(self) -> None:
        """End the connection now; what is buffered is lost."""

    def is_closing(self) -> bool: ...

    def get_write_buffer_size(self) -> int: ...

    def set_write_buffer_limits(self, high: int, low: int) -> None: ...

    def get_extra_info(self, name: str, /) -> Any:
        """The socket as "socket", None where there is none."""


def untaken_bytes(transport: Transport) -> int:
    """Bytes that were written and that the peer's system has not taken."""
    return transport.get_write_buffer_size() + _unacknowledged(transport.get_extra_info("socket"))


def _unacknowledged(connection: socket.socket | None) -> int:
    if connection is None:
        return 0
    try:
        return int.from_bytes(fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except OSError:  # a system that can't tell, or a connection that has just ended
        return 0
