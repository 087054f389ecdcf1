"""How the page and its files are served."""

import asyncio
import gzip
import re
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request

from logstream.web import ui
from tests.harness import Server, running


def files(server: Server) -> list[str]:
    return re.findall(r'(?:src|href)="(/assets/[^"]+)"', server.get("/").text)


def test_the_page_may_load_from_its_server_only_and_stand_in_its_own_frames_only(shared_server: Server) -> None:
    for path in ("/", *files(shared_server)):
        headers = shared_server.get(path).headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["worker-src"] == "'self'"
        assert policy["connect-src"] == "'self' http: https: ws: wss:"
        assert policy["frame-ancestors"] == policy["frame-src"] == "'self'"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
    assert "<script>" not in shared_server.get("/").text
    assert "style=" not in shared_server.get("/").text


def test_the_page_is_asked_for_anew_and_its_files_never(shared_server: Server) -> None:
    page = shared_server.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    again = shared_server.get("/", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    loaded = [name for name in files(shared_server) if "icon" not in name]
    assert {Path(name).suffix for name in loaded} == {".js", ".css"}
    kinds = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
    for name in loaded:
        answer = shared_server.get(name)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == kinds[Path(name).suffix]


def test_what_a_team_shares_has_an_address_where_the_page_stands(shared_server: Server) -> None:
    for path in ("/v/checkout-errors", "/d/checkout"):
        assert shared_server.get(path).content == shared_server.get("/").content
    assert shared_server.get("/v/checkout/errors").status_code == 404


def test_files_are_compressed_for_those_who_take_it(shared_server: Server) -> None:
    name = next(name for name in files(shared_server) if name.endswith(".js"))
    plain = shared_server.get(name, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for refusing in ("gzip;q=0, br", "gzip; q=0.0"):
        refused = shared_server.get(name, headers={"Accept-Encoding": refusing})
        assert "content-encoding" not in refused.headers
    with httpx.stream("GET", shared_server.url + name, headers={"Accept-Encoding": "br, gzip;q=0.5"}) as packed:
        raw = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 2
    assert packed.headers["etag"] != plain.headers["etag"]


def test_head_works_and_what_is_no_file_of_the_build_is_not_found(shared_server: Server) -> None:
    name = files(shared_server)[0]
    for path in ("/", name):
        head = httpx.head(shared_server.url + path)
        assert head.status_code == 200
        assert int(head.headers["content-length"]) > 100
        assert head.content == b""
    for path in ("/assets/x.js", "/assets/%2e%2e%2findex.html", "/assets/..%2findex.html", "/assets/", "/assets/a%00b"):
        assert shared_server.get(path).status_code == 404, path


def test_the_page_needs_no_key(tmp_path: Path) -> None:
    with running(tmp_path, UI_SECRET="key", API_SECRET="key") as server:
        assert server.get("/").status_code == 200
        assert all(server.get(name).status_code == 200 for name in files(server))


def test_the_javascript_of_the_first_page_is_small(shared_server: Server) -> None:
    built = ui.BUILT / "assets"
    first = {built / Path(name).name for name in files(shared_server) if name.endswith(".js")}
    worker = next(built.glob("worker-*.js"))
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in {*first, worker}) < 200_000


def test_an_installation_without_the_page_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ui, "BUILT", tmp_path)
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": []})
    answer = asyncio.run(ui.UiRoutes("/logs").page(request))
    assert answer.status_code == 200
    assert b"make install" in bytes(answer.body)
    assert b'href="/logs/docs"' in bytes(answer.body)
