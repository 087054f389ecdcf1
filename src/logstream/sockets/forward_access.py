"""Who may send over Fluent forward: whoever knows the shared key, and with a database the client's token as well.

A sender that can't bring a key, such as Docker's driver, is let in from ALLOWED_NETWORKS alone, as with the
protocols that have no place for a key.
"""

from typing import Final

from logstream.clients import Clients
from logstream.receivers.forward import Handshake, ping_of
from logstream.sockets.connection import Verdict
from logstream.store import StoreUnavailable

DEFAULT_KEY: Final = b"logstream"
"""The shared key where no key is set and clients bring their own: senders want one."""

WRONG_KEY: Final = "shared key mismatch"
WRONG_CLIENT: Final = "username/password mismatch"


class ForwardGuard:
    """Lets in the sender of one connection."""

    def __init__(self, key: bytes | None, clients: Clients | None, hostname: str, *, trusted: bool) -> None:
        self._clients = clients
        self._trusted = trusted
        self._handshake: Handshake | None = None
        if key is not None or clients is not None:
            salt = b"" if clients is None else clients.salt
            self._handshake = Handshake(key or DEFAULT_KEY, hostname, salt)

    @property
    def greeting(self) -> bytes:
        return b"" if self._handshake is None else self._handshake.greeting

    async def admit(self, message: bytes) -> Verdict:
        handshake = self._handshake
        if handshake is None:
            return Verdict(allowed=True, taken=False)
        ping = ping_of(message)
        if ping is None:
            return Verdict(allowed=self._trusted, taken=False)
        if not handshake.knows_key(ping):
            return Verdict(allowed=False, reply=handshake.answer(ping, WRONG_KEY))
        if self._clients is None:
            return Verdict(allowed=True, reply=handshake.answer(ping))
        app_key = ping.user.decode(errors="surrogateescape")
        try:
            known = await self._clients.proves(app_key, ping.password_digest.decode(errors="replace"))
        except StoreUnavailable as error:
            return Verdict(allowed=False, reply=handshake.answer(ping, str(error)))
        if not known:
            return Verdict(allowed=False, reply=handshake.answer(ping, WRONG_CLIENT))
        return Verdict(allowed=True, reply=handshake.answer(ping), client=app_key)
