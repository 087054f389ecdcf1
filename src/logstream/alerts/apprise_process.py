"""A process of its own in which apprise looks at an address, or delivers to it: asked on standard input.

Beside the server, since a hundred services bring memory and code that a server without them needs not; and since here,
whatever a service does, every connection can be looked at as it is made: to public addresses alone, unless allowed. It
knows nothing of the server's environment.
"""

import os
import sys
from socket import AF_INET, AF_INET6, SOCK_STREAM, gaierror, getaddrinfo, socket
from typing import Any, Final

import msgspec

from logstream.alerts.addresses import ALLOW, Forbidden, check

_STARTING: Final = frozenset(("os.exec", "os.posix_spawn", "os.system", "subprocess.Popen"))
_READABLE: Final = tuple(os.path.realpath(folder) + os.sep for folder in sys.path if folder)
"""Where code is, with what comes with it, such as certificates."""

_CONNECTING: Final = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))


class Request(msgspec.Struct, frozen=True):
    """What to do with an address: look at it, or, with a title, deliver."""

    url: str
    allow_private: bool
    title: str | None = None
    text: str = ""
    severity: str = "info"


class Answer(msgspec.Struct, frozen=True):
    """`shown`: the address without its secrets. `error`: what is wrong, or went wrong."""

    shown: str = ""
    error: str | None = None


class _Guard:
    """Refuses what an address may not lead to, as an audit hook (PEP 578), and remembers what it refused."""

    def __init__(self, *, allow_private: bool) -> None:
        self.refused: str | None = None
        self.is_loaded = False
        """Whether apprise is: from then on no file is opened but code."""
        self._allow_private = allow_private

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        try:
            if event in _STARTING:
                raise Forbidden("no program may be started")
            if event == "open" and self.is_loaded:
                self._check_file(arguments[0])
            if event in _CONNECTING and len(arguments) > 1 and not self._allow_private:
                self._check(arguments[0], arguments[1])
        except Forbidden as error:
            self.refused = str(error)
            raise PermissionError(str(error)) from None

    def _check_file(self, path: Any) -> None:
        if isinstance(path, str | bytes) and not os.path.realpath(os.fsdecode(path)).startswith(_READABLE):
            raise Forbidden("no file of this machine may be read")

    def _check(self, given: socket, address: Any) -> None:
        if address is None:
            return
        if given.family not in (AF_INET, AF_INET6):
            raise Forbidden(f"only the network may be used; {ALLOW}")
        try:
            check(address[0])
        except ValueError:
            raise Forbidden("a connection by name, which may lead anywhere") from None


def look_at(request: Request) -> Answer:
    """What it is, and whether it may be used."""
    import apprise

    service = apprise.Apprise.instantiate(request.url)
    if service is None:
        return Answer(error="not an address that apprise knows, such as mailto://… or slack://…")
    templates = list(map(str, service.templates))
    if "{schema}://" in templates:
        return Answer(error="a service of this machine itself is no target")
    if not request.allow_private and any("{host}" in template for template in templates):
        for host in {getattr(service, name, None) for name in ("host", "smtp_host")}:
            if isinstance(host, str) and host:
                _check_host(host)
    shown = str(service.url(privacy=True)).partition("?")[0]  # type: ignore[no-untyped-call]
    return Answer(shown)


def _check_host(host: str) -> None:
    try:
        found = getaddrinfo(host.strip("[]"), 0, type=SOCK_STREAM)
    except (gaierror, UnicodeError):
        return  # looked at when it is connected to
    for each in found:
        check(str(each[4][0]), host)


def deliver(request: Request, guard: _Guard) -> Answer:
    import logging

    import apprise

    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logging.getLogger("apprise").addHandler(Listener(logging.WARNING))
    service = apprise.Apprise.instantiate(request.url)  # of the text, Apprise.add would make several at commas
    if service is None:
        return Answer(error=guard.refused or "apprise no longer knows this address")
    sender = apprise.Apprise()
    sender.add(service)
    done = sender.notify(
        title=request.title or "",
        body=request.text,
        notify_type=request.severity,
        body_format=apprise.NotifyFormat.TEXT,
    )
    if done:
        return Answer()
    return Answer(error=guard.refused or (said[0] if said else "the service did not take it"))


def main() -> None:
    os.environ.clear()
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    guard = _Guard(allow_private=request.allow_private)
    sys.addaudithook(guard)
    import apprise  # noqa: F401

    guard.is_loaded = True
    try:
        answer = look_at(request) if request.title is None else deliver(request, guard)
    except Forbidden as error:
        answer = Answer(error=str(error))
    sys.stdout.buffer.write(msgspec.json.encode(answer))


if __name__ == "__main__":
    main()
