"""A server whose team shares views, dashboards and alerts, and the browsers of its people."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.harness import Server, running

READ = '{"uiSecret":"read key"}'
"""What the browser of somebody has stored who may read."""
ADMIN = '{"uiSecret":"read key","adminSecret":"admin key"}'


@contextmanager
def team_server(folder: Path) -> Iterator[Server]:
    with running(folder, UI_SECRET="read key", ADMIN_SECRET="admin key", ALERT_ALLOW_PRIVATE="1") as server:
        yield server


def ask(server: Server, method: str, path: str, **options: Any) -> httpx.Response:
    """A request with the admin key that must succeed."""
    answer = server.request(method, path, headers={"Authorization": "Bearer admin key"}, **options)
    assert answer.status_code < 300, answer.text
    return answer


def cleared(server: Server) -> Server:
    """Without any of these."""
    for kind in ("views", "dashboards", "alerts"):
        for one in ask(server, "GET", f"/api/{kind}").json()[kind]:
            ask(server, "DELETE", f"/api/{kind}/{one['name']}")
    return server
