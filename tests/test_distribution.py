"""What `make dist` builds is all that a machine without Node and without the sources needs."""

import re
import subprocess
from pathlib import Path

from tests.harness import Server, running


def test_the_wheel_serves_its_page_and_takes_and_finds_entries(programs: Path, tmp_path: Path) -> None:
    class Installed(Server):
        command = (str(programs / "logstream"), "serve")

    only = {"PATH": str(programs), "PYTHONPATH": ""}
    where = [str(programs / "python"), "-c", "import logstream; print(logstream.__file__)"]
    package = subprocess.run(where, env=only, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert package.startswith(str(programs.parent))

    with running(tmp_path, Installed, **only) as server:
        page = server.get("/").text
        files = re.findall(r'(?:src|href)="(/[^"]+)"', page)
        assert {Path(name).suffix for name in files} >= {".js", ".css"}
        for path in ("/docs", "/openapi.yaml", *files):
            assert server.get(path).status_code == 200, path
        assert server.post({"app_key": "shop", "app_id": "a", "level": "info", "message": "m"}).status_code == 201
        assert server.search(app_key="shop")["total"] == 1
