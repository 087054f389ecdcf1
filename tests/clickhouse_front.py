"""ClickHouse's real engine behind HTTP, as its server has it: `python clickhouse_front.py FOLDER PORT USER PASSWORD`.

The engine is chdb, which one process at a time may have for a folder. This is what the product's client needs of the
server's HTTP interface: statements in the body or, with data, in the address; settings as parameters; a user with a
password; and errors with ClickHouse's own numbers.
"""

import hmac
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import zstandard
from chdb import session

NOT_SETTINGS = {"query", "database", "default_format", "query_id", "wait_end_of_query", "buffer_size"}
"""Parameters that are the interface's own."""

AUTHENTICATION_FAILED, UNKNOWN_DATABASE = 516, 81

FORMAT = re.compile(r"\bFORMAT\s+(\w+)\s*$", re.IGNORECASE)


class Engine(threading.local):
    """A connection to the engine for each thread, and so for each connection to us, with its settings."""

    def __init__(self, folder: str) -> None:
        self._session: Any = session.Session(folder)  # type: ignore[no-untyped-call]
        self._set: dict[str, str] = {}
        self._database = "default"

    def run(self, statement: str, data: bytes, database: str, settings: dict[str, str]) -> bytes:
        self._arrange(database, settings)
        found = FORMAT.search(statement)
        form, bare = ("TabSeparated", statement) if found is None else (found[1], statement[: found.start()])
        if data:  # not by `send_insert`, which keeps to itself what fails
            self._session.query(f"{bare}FORMAT {form} {data.decode()}")
            return b""
        return bytes(self._session.query(bare, form).bytes() or b"")

    def _arrange(self, database: str, settings: dict[str, str]) -> None:
        if database != self._database:
            self._session.query(f"USE `{database}`")
            self._database = database
        for name in self._set.keys() - settings.keys():
            self._session.query(f"SET {name} = DEFAULT")
        for name, value in settings.items():
            if self._set.get(name) != value:
                text = value.replace("\\", "\\\\").replace("'", "\\'")
                self._session.query(f"SET {name} = '{text}'")
        self._set = settings


class Handler(BaseHTTPRequestHandler):
    """Its class attributes are set once, before it serves."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65_536
    disable_nagle_algorithm = True
    engine: Engine
    user: str
    password: str

    def log_message(self, *arguments: Any) -> None:
        """Nothing: only what fails is of interest."""

    def do_GET(self) -> None:
        self._answer(200, b"Ok.\n")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "zstd":
            body = zstandard.ZstdDecompressor().decompressobj().decompress(body)
        given = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        is_user = self.headers.get("X-ClickHouse-User", "default") == self.user
        if not (is_user and hmac.compare_digest(self.headers.get("X-ClickHouse-Key", ""), self.password)):
            self._fail(403, AUTHENTICATION_FAILED, f"{self.user}: Authentication failed")
            return
        statement = given.get("query", "")
        if not statement:
            statement, body = body.decode(), b""
        settings = {name: value for name, value in given.items() if name not in NOT_SETTINGS}
        try:
            answer = self.engine.run(statement, body, given.get("database", "default"), settings)
        except Exception as error:
            text = str(error)
            code = re.search(r"Code: (\d+)", text)
            self._fail(500, int(code[1]) if code else 1, text)
        else:
            self._answer(200, answer)

    def _fail(self, status: int, code: int, text: str) -> None:
        said = text if text.startswith("Code: ") else f"Code: {code}. DB::Exception: {text}"
        self._answer(status, said.encode(), ("X-ClickHouse-Exception-Code", str(code)))

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Front(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    folder, port, Handler.user, Handler.password = sys.argv[1:]
    Handler.engine = Engine(folder)
    Front(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    main()
