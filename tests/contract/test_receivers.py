"""The wire formats on a real server: keys in every slot, answers, who entries are from, streams and clients that go."""

import base64
import gzip
import json
import re
import resource
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard

from tests.harness import Server, eventually, running
from tests.receivers.records import export_request, log_record, push_request, snappy

all_stores = True
cluster_too = True

CLIENT = "shop"
EVENT = b'{"message":"order 42 placed","level":"warning","n":1.10}'
CLEF = b'{"@t":"2026-01-15T14:23:20.123Z","@m":"order 42 placed","@l":"Warning"}'
OTLP = export_request(log_record("order 42 placed", 13, "WARN"), resource={"service.name": "shop"})
LOKI = json.dumps({"streams": [{"stream": {"level": "warn"}, "values": [["1768487000123456789", "order 42 placed"]]}]})
GELF = b'{"short_message":"order 42 placed","level":4}'
BULK = b'{"create":{"_index":"logs"}}\n' + EVENT + b"\n"
JOURNAL = b"MESSAGE=order 42 placed\nPRIORITY=4\n\n"
LOGPLEX = b"<40>1 2026-01-15T14:23:20+00:00 host app web.1 - WARN: order 42 placed"

REQUESTS: list[tuple[str, bytes, int]] = [
    ("/v1/logs", OTLP, 200),
    ("/loki/api/v1/push", LOKI.encode(), 204),
    ("/loki/api/v1/push", snappy(push_request('{level="warn"}', (1768487000123456789, "order 42 placed", {}))), 204),
    ("/_bulk", BULK, 200),
    ("/app-logs/_bulk", BULK, 200),
    ("/services/collector/event/1.0", b'{"event":{"message":"order 42 placed","severity":"warn"}}', 200),
    ("/api/events/raw", CLEF, 201),
    ("/ingest/clef", CLEF, 201),
    ("/gelf", GELF, 202),
    ("/api/v2/logs", b'[{"message":"order 42 placed","status":"warn"}]', 202),
    ("/upload", JOURNAL, 200),
    ("/logplex", b"%d %b" % (len(LOGPLEX), LOGPLEX), 204),
    ("/", b"[" + EVENT + b"]", 202),
    ("/in/shop/web-1", EVENT, 200),
]


def newest(server: Server, **filters: Any) -> dict[str, Any]:
    """The entry received last."""
    return max(server.all_entries(**filters), key=lambda entry: str(entry["id"]))


def key(server: Server) -> dict[str, str]:
    """Headers that let in: of a client, where there are clients."""
    return server.as_client(CLIENT)


@pytest.mark.parametrize(("path", "body", "status"), REQUESTS)
def test_every_format_is_received_with_its_own_success(
    shared_server: Server, path: str, body: bytes, status: int
) -> None:
    before = shared_server.search(limit=1)["total"]
    answer = shared_server.request("POST", path, content=body, headers=key(shared_server))
    assert answer.status_code == status, answer.text
    assert shared_server.search(limit=1)["total"] == before + 1
    entry = newest(shared_server)
    assert (entry["message"].removeprefix("WARN: "), entry["level"]) == ("order 42 placed", "warning")


@pytest.mark.parametrize(("path", "body", "status"), [REQUESTS[0], REQUESTS[3], REQUESTS[8]])
@pytest.mark.parametrize("packing", ["gzip", "zstd", "deflate", "gzip,deflate", ""])
def test_bodies_are_unpacked_by_their_first_bytes(
    shared_server: Server, path: str, body: bytes, status: int, packing: str
) -> None:
    before = shared_server.search(limit=1)["total"]
    packed = {"gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}.get(packing, zlib.compress)(body)
    headers = {**key(shared_server), **({"content-encoding": packing} if packing else {})}
    answer = shared_server.request("POST", path, content=packed, headers=headers)
    assert answer.status_code == status, answer.text
    assert shared_server.search(limit=1)["total"] == before + 1


def test_a_prefix_names_the_app_and_headers_and_query_go_before_it(shared_server: Server) -> None:
    for path, headers, named in (
        ("/in/key/env/v1/logs", {}, ("key", "env")),
        ("/in/key/env/gelf", {}, ("key", "env")),
        ("/in/key/env/v1/logs?app_id=query", {}, ("key", "query")),
        ("/in/key/env/v1/logs?app_id=query", {"x-app-id": "header", "x-app-key": "own"}, ("own", "header")),
    ):
        body = GELF if "gelf" in path else OTLP
        given = {**key(shared_server), **headers}
        assert shared_server.request("POST", path, content=body, headers=given).status_code < 300
        entry = newest(shared_server)
        assert (entry["app_key"], entry["app_id"]) == ((CLIENT if shared_server.has_clients else named[0]), named[1])


def test_other_prefixes_and_doubled_slashes_are_passed_over(shared_server: Server) -> None:
    for path in ("/otlp/v1/logs", "//v1//logs", "/a/b/v1/logs/"):
        answer = shared_server.request("POST", path, content=OTLP, headers=key(shared_server))
        assert answer.status_code == 200, path


def test_debug_shows_what_would_be_stored_and_stores_nothing(shared_server: Server) -> None:
    before = shared_server.search(limit=1)["total"]
    path = "/in/shop/web-1?debug=1&level_field=how&add_fields=team=pay"
    answer = shared_server.request("POST", path, content=b'{"msg":"a","how":"err"}', headers=key(shared_server))
    (entry,) = answer.json()["entries"]
    assert (entry["message"], entry["level"], entry["context"]) == ("a", "error", {"team": "pay"})
    assert answer.json()["stored"] is False
    assert shared_server.search(limit=1)["total"] == before


def test_a_record_that_can_never_be_stored_gets_success_and_is_counted(shared_server: Server) -> None:
    before = rejected(shared_server)
    body = LOKI[:-4] + ",5]}]}"
    answer = shared_server.request("POST", "/loki/api/v1/push", content=body.encode(), headers=key(shared_server))
    assert answer.status_code == 204
    answer = shared_server.request("POST", "/loki/api/v1/push", content=b"{", headers=key(shared_server))
    assert answer.status_code == 204
    assert rejected(shared_server) == before + 2


def rejected(server: Server) -> float:
    told = server.get("/metrics").text
    found = re.search(r'^logstream_rejected_total\{reason="invalid entry"\} (\S+)$', told, re.MULTILINE)
    return float(found[1]) if found is not None else 0.0


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/logs", 400), ("/services/collector", 200), ("/gelf", 202), ("/", 400)]
)
def test_a_body_that_is_nothing_is_no_error_of_ours(shared_server: Server, path: str, status: int) -> None:
    answer = shared_server.request("POST", path, content=b"\xc1\xff\xff", headers=key(shared_server))
    assert answer.status_code == status
    assert "Traceback" not in shared_server.log


def test_a_frame_of_heroku_that_is_sent_again_is_stored_once(shared_server: Server) -> None:
    before = shared_server.search(limit=1)["total"]
    headers = {**key(shared_server), "logplex-frame-id": "frame-1"}
    for _ in range(2):
        body = b"%d %b" % (len(LOGPLEX), LOGPLEX)
        assert shared_server.request("POST", "/logplex", content=body, headers=headers).status_code == 204
    assert shared_server.search(limit=1)["total"] == before + 1


def test_what_shippers_ask_before_they_send_is_answered(shared_server: Server) -> None:
    beats = {"user-agent": "Elastic-filebeat/8.17.0 (linux)"}
    root = shared_server.request("GET", "/", headers=beats)
    assert root.json()["version"]["number"] == "8.17.0"
    assert root.headers["x-elastic-product"] == "Elasticsearch"
    assert shared_server.request("HEAD", "/", headers=beats).status_code == 200
    assert shared_server.get("/_license").json()["license"]["status"] == "active"
    for path in (
        "/_cluster/health",
        "/_xpack",
        "/_nodes/http",
        "/_ilm/policy/a",
        "/_index_template/a",
        "/logs/_refresh",
    ):
        answer = shared_server.get(path)
        assert (answer.status_code, answer.headers["x-elastic-product"]) == (200, "Elasticsearch"), path
    assert shared_server.get("/ready").status_code == 200
    assert shared_server.get("/services/collector/health/1.0").status_code == 200
    assert shared_server.request("OPTIONS", "/services/collector/event/1.0").status_code == 200
    assert shared_server.get("/api/v1/validate").status_code == 200


def test_the_page_stays_the_page(shared_server: Server) -> None:
    answer = shared_server.get("/", headers={"accept": "text/html", "user-agent": "Mozilla/5.0"})
    assert answer.headers["content-type"].startswith("text/html")


def test_a_sender_that_goes_without_reading_loses_nothing(shared_server: Server) -> None:
    before = shared_server.search(limit=1)["total"]
    lines = "".join(f"{name}: {value}\r\n" for name, value in key(shared_server).items())
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", shared_server.http_port)) as connection:
            head = f"POST /gelf HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(GELF)}\r\n{lines}\r\n"
            connection.sendall(head.encode() + GELF)
    eventually(lambda: shared_server.search(limit=1)["total"] == before + 50, "all of them")
    assert "Traceback" not in shared_server.log


def test_an_upload_of_the_journal_is_stored_while_it_goes_on(shared_server: Server) -> None:
    before = shared_server.search(limit=1)["total"]
    lines = "".join(f"{name}: {value}\r\n" for name, value in key(shared_server).items())
    with socket.create_connection(("127.0.0.1", shared_server.http_port)) as connection:
        head = "POST /upload HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
        connection.sendall(f"{head}{lines}\r\n".encode())
        assert b"100 Continue" in connection.recv(1000)
        connection.sendall(chunk(JOURNAL + b"MESSAGE=ha"))
        eventually(lambda: shared_server.search(limit=1)["total"] == before + 1, "the first entry")
        connection.sendall(chunk(b"lf\n\n"))
        eventually(lambda: shared_server.search(limit=1)["total"] == before + 2, "the second entry")
        connection.sendall(b"0\r\n\r\n")
        assert b" 200 " in connection.recv(1000).partition(b"\r\n")[0] + b" "


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


# -- keys

SECRET = "write:kéy"
SLOTS: list[dict[str, Any]] = [
    {"headers": {"authorization": b"Bearer " + SECRET.encode()}},
    {"headers": {"authorization": b"Splunk " + SECRET.encode()}},
    {"headers": {"authorization": b"ApiKey " + base64.b64encode(f"id:{SECRET}".encode())}},
    {"headers": {"authorization": b"Basic " + base64.b64encode(f"user:{SECRET}".encode())}},
    {"headers": {"x-seq-apikey": SECRET.encode()}},
    {"headers": {"dd-api-key": SECRET.encode()}},
    {"params": {"token": SECRET}},
    {"params": {"apiKey": SECRET}},
]


@pytest.fixture(scope="module")
def keyed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("keyed"), API_SECRET=SECRET) as started:
        yield started


@pytest.mark.file_storage
@pytest.mark.parametrize("slot", SLOTS)
def test_the_write_key_is_taken_from_every_slot(keyed_server: Server, slot: dict[str, Any]) -> None:
    assert keyed_server.request("POST", "/gelf", content=GELF, **slot).status_code == 202


@pytest.mark.file_storage
def test_the_address_may_hold_the_key(keyed_server: Server) -> None:
    with running(keyed_server.folder / "other", API_SECRET="plain") as server:
        assert server.request("POST", "/v1/input/plain", content=b"[]").status_code == 202
        assert server.request("POST", "/v1/input/wrong", content=b"[]").status_code == 401
        assert server.request("POST", "/key/plain/upload", content=JOURNAL).status_code == 200
        assert server.request("POST", "/key/plain/in/shop/web-1/gelf", content=GELF).status_code == 202
        assert (newest(server)["app_key"], newest(server)["app_id"]) == ("shop", "web-1")
        assert server.request("POST", "/key/wrong/upload", content=JOURNAL).status_code == 401


@pytest.mark.file_storage
@pytest.mark.parametrize(("path", "body", "status"), REQUESTS)
def test_a_wrong_key_and_none_are_refused_in_the_form_of_the_sender(
    keyed_server: Server, path: str, body: bytes, status: int
) -> None:
    before = keyed_server.search(limit=1)["total"]
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic !"}):
        answer = keyed_server.request("POST", path, content=body, headers=headers)
        assert answer.status_code == (403 if "collector" in path and headers else 401)
    assert keyed_server.search(limit=1)["total"] == before


@pytest.mark.file_storage
def test_websites_are_refused_where_no_key_is_set(shared_server: Server) -> None:
    foreign = {"origin": "https://evil.example"}
    for path, body, _ in REQUESTS:
        answer = shared_server.request("POST", path, content=body, headers=foreign)
        assert answer.status_code == 403, path
        assert "access-control-allow-origin" not in answer.headers


def test_a_client_brings_key_and_token_in_any_slot(shared_server: Server) -> None:
    if not shared_server.has_clients:
        return
    token = shared_server.as_client(CLIENT)["x-api-token"]
    both = f"{CLIENT}:{token}"
    for slot in (
        {"headers": {"authorization": f"Bearer {both}"}},
        {"headers": {"authorization": b"Basic " + base64.b64encode(both.encode())}},
        {"headers": {"authorization": b"ApiKey " + base64.b64encode(both.encode())}},
        {"headers": {"x-seq-apikey": both}},
        {"headers": {"dd-api-key": both}},
        {"params": {"token": both}},
        {"headers": {"authorization": f"Splunk {token}", "x-app-key": CLIENT}},
    ):
        answer = shared_server.request("POST", "/gelf", content=GELF, **slot)
        assert answer.status_code == 202, answer.text
        assert newest(shared_server)["app_key"] == CLIENT
    wrong = {"authorization": f"Bearer {CLIENT}:wrong"}
    assert shared_server.request("POST", "/gelf", content=GELF, headers=wrong).status_code == 401
    assert shared_server.request("POST", "/gelf", content=GELF).status_code == 401


# -- bounds


@pytest.mark.file_storage
def test_a_body_that_is_too_large_is_413_and_a_batch_of_a_shipper_is_not(tmp_path: Path) -> None:
    with running(tmp_path / "small", MAX_BODY_BYTES="20000") as server:
        line = b'{"msg":"%b"}\n' % (b"x" * 900)
        assert server.request("POST", "/in", content=line * 70).status_code == 200
        packed = gzip.compress(line * 200)
        for content, headers in ((line * 200, {}), (packed, {"content-encoding": "gzip"})):
            assert server.request("POST", "/in", content=content, headers=headers).status_code == 413


@pytest.mark.file_storage
def test_a_store_that_cannot_write_is_503_with_retry_after(tmp_path: Path) -> None:
    with running(tmp_path / "full") as server:
        assert server.request("POST", "/in", content=EVENT).status_code == 200
        restore = stop_writing(server)
        try:
            for path, body, _ in REQUESTS:
                answer = server.request("POST", path, content=body)
                assert answer.status_code == 503, (path, answer.text)
                assert int(answer.headers["retry-after"]) > 0
        finally:
            restore()
        eventually(lambda: server.request("POST", "/in", content=EVENT).status_code == 200, "the store to write")


def stop_writing(server: Server) -> Any:
    assert server.process is not None
    pid = server.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    return lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
