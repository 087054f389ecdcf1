"""A stand-in for the endpoints for clients and retention, until the server has them; it passes everything else on.

TODO: remove with `administration` of test_administration.py once the real server answers these.
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from tests.harness import Server

ADMIN_KEY = "admin key"
TIME = "2026-01-15T14:22:00.000Z"


class Administration:
    def __init__(self) -> None:
        self.clients: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, dict[str, Any]] = {}
        self.runs: list[dict[str, Any]] = []
        self.tokens = 0

    def answer(self, method: str, path: list[str], query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        match method, path:
            case "GET", ["clients"]:
                return 200, {"clients": sorted(self.clients.values(), key=lambda client: str(client["name"]))}
            case "POST", ["clients"]:
                if body["app_key"] in self.clients:
                    return 409, {"error": f"Client '{body['app_key']}' already exists."}
                self.clients[body["app_key"]] = {**body, "active": True, "created_at": TIME, "updated_at": TIME}
                return 201, self._with_token(body["app_key"])
            case "POST", ["clients", key, "rotate"]:
                return 200, self._with_token(key)
            case "PUT", ["clients", key]:
                self.clients[key] |= body
                return 200, self.clients[key]
            case "DELETE", ["clients", key]:
                del self.clients[key]
                return 200, {"deleted": key, "logs_deleted": 12}
            case "GET", ["retention", "policies"]:
                return 200, {"policies": list(self.policies.values())}
            case "GET", ["retention", "log"]:
                return 200, {"runs": self.runs[::-1]}
            case "POST", ["retention", *_, "run"]:
                return 200, self._run(path[2] if len(path) == 4 else None, query.get("dry_run") == ["1"])
            case "POST" | "PUT", ["retention", "policies", *_]:
                self.policies[body["name"]] = body
                return 200, body
            case "DELETE", ["retention", "policies", name]:
                del self.policies[name]
                return 204, None
        return 404, {"error": "Not found"}

    def _with_token(self, key: str) -> dict[str, Any]:
        self.tokens += 1
        return {**self.clients[key], "api_token": f"token-{self.tokens}-" + "x" * 30, "_note": "Shown once."}

    def _run(self, name: str | None, dry: bool) -> dict[str, Any]:
        done = [
            {"policy": one, "pruned": 7, "dry_run": dry, "duration_ms": 3, "summary": f"7 entries of {one}"}
            for one in ([name] if name else self.policies)
        ]
        run = {"ran_at": TIME, "policies": done, "total_pruned": 7 * len(done)}
        if not dry:
            self.runs.append(run)
        return run


@contextlib.contextmanager
def administration(behind: Server) -> Iterator[str]:
    """Its address, while it runs before a real server."""
    state = Administration()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            parts = urlsplit(self.path)
            path = [unquote(part) for part in parts.path.split("/")[2:]]
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if parts.path.startswith(("/api/clients", "/api/retention")):
                if self.headers.get("Authorization") != f"Bearer {ADMIN_KEY}":
                    self._send(401, b'{"error":"Unauthorized"}', {})
                    return
                status, content = state.answer(self.command, path, parse_qs(parts.query), json.loads(body or b"null"))
                self._send(status, b"" if content is None else json.dumps(content).encode(), {})
                return
            answer = httpx.get(behind.url + self.path, headers={"Accept-Encoding": "identity"})
            content = answer.content
            if parts.path == "/api/info":
                info = answer.json()
                info["features"] |= {"client_management": True, "retention": True}
                content = json.dumps(info).encode()
            kept = ("content-type", "content-security-policy", "etag", "cache-control")
            self._send(
                answer.status_code, content, {name: answer.headers[name] for name in kept if name in answer.headers}
            )

        do_GET = do_POST = do_PUT = do_DELETE = _do

        def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
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
