"""TLS on the ports of TCP: whoever begins with a handshake is spoken to in TLS, others in plain text, on one port."""

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Final

HANDSHAKE_SECONDS: Final = 10
_HANDSHAKE: Final = 0x16
"""The type of a record that begins a handshake, RFC 8446 section 5.1. No protocol here begins with this byte."""


class Certificate:
    """A certificate and its key, read again when the file has changed, as after a renewal."""

    def __init__(self, certificate: Path, key: Path | None) -> None:
        """Raises OSError or ssl.SSLError when they can't be used."""
        self._files = certificate, key
        self._changed = self._time_of_files()
        self._context = self._load()

    def context(self) -> ssl.SSLContext:
        """The newest that can be used."""
        try:
            changed = self._time_of_files()
            if changed != self._changed:
                self._context = self._load()
                self._changed = changed
        except (OSError, ssl.SSLError):
            pass  # in the middle of a renewal: the old one is good until the files are whole
        return self._context

    def _time_of_files(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._files if path is not None)

    def _load(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self._files)
        return context


async def begins_with_handshake(connection: socket.socket, seconds: float) -> bool:
    """Whether the first byte is that of a TLS handshake; it stays in the socket. False after so long without one.

    Raises ConnectionError when the peer has gone.
    """
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        async with asyncio.timeout(seconds):
            await readable.wait()
    except TimeoutError:
        return False
    finally:
        loop.remove_reader(connection)
    first = connection.recv(1, socket.MSG_PEEK)
    return bool(first) and first[0] == _HANDSHAKE
