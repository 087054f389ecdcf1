"""A server with the original's endpoints only: search without `q`, and no counts, export or event stream.

It stands before a real server and passes on what the original understands; everything else is 404, as there.
"""

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.harness import Server

UNDERSTOOD = {
    *("app_key", "app_id", "trace_id", "batch_id", "level", "user_agent", "category", "search"),
    *("date_from", "date_to", "limit", "offset", "token"),
}


@contextlib.contextmanager
def plain_server(behind: Server) -> Iterator[str]:
    """Its address, while it runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            status, content = 404, b'{"error":"Not found"}'
            if parts.path in ("/api/logs", "/api/health"):
                given = [(name, value) for name, value in parse_qsl(parts.query) if name in UNDERSTOOD]
                answer = behind.get(f"{parts.path}?{urlencode(given)}")
                status, content = answer.status_code, answer.content
            self._answer(status, content)

        def do_OPTIONS(self) -> None:
            self._answer(204, b"")

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "Authorization, Content-Type")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
