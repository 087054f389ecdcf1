"""A server whose answers a test scripts, for what the real one does not do at will."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Request(NamedTuple):
    path: str
    headers: dict[str, str]


class Answer:
    """One request's answer, written step by step; the connection ends with the function that writes it."""

    def __init__(self, handler: BaseHTTPRequestHandler) -> None:
        self._handler = handler

    def begin(self, status: int = 200, **headers: str) -> None:
        self._handler.send_response(status)
        for name, value in {"Content_Type": "text/event-stream", **headers}.items():
            self._handler.send_header(name.replace("_", "-"), value)
        self._handler.end_headers()

    def write(self, data: bytes) -> None:
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def wait_for_end(self) -> None:
        """Until the client goes away."""
        self._handler.connection.settimeout(30)
        while self._handler.connection.recv(1000):
            pass


Script = Callable[[Answer], None]


class ScriptedServer:
    """Gives each request the next script, the last one for ever. Use with `with`."""

    def __init__(self, *scripts: Script) -> None:
        self.requests: list[Request] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append(Request(self.path, {name.lower(): text for name, text in self.headers.items()}))
                scripts[min(len(outer.requests), len(scripts)) - 1](Answer(self))

            def log_message(self, format: str, *arguments: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "ScriptedServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
