"""Real targets for alerts: an HTTP server that remembers what it was sent, and an SMTP server."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.harness import eventually, free_ports


class HttpTarget:
    """Answers each POST with `status`, and keeps it. It can be stopped, and started again on the same port."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.status = 200
        self.location: str | None = None
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        """Path, headers and body of each."""
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def shown(self) -> str:
        """The address as it is shown."""
        return f"http://127.0.0.1:{self.port}/****"

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.requests]

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        """The bodies, once there are so many."""
        eventually(lambda: len(self.requests) >= count, f"{count} requests, there are {self.bodies}")
        return self.bodies

    def start(self) -> "HttpTarget":
        target = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                target.requests.append((self.path, dict(self.headers), body))
                self.send_response(target.status)
                if target.location is not None:
                    self.send_header("Location", target.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@contextmanager
def http_target() -> Iterator[HttpTarget]:
    target = HttpTarget().start()
    try:
        yield target
    finally:
        target.stop()


class Mailbox:
    """What an SMTP server got."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list[Envelope] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append(envelope)
        return "250 OK"


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    (port,) = free_ports(1)
    box = Mailbox(port)
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
