"""What was acknowledged stays, whatever lies on the disk when the server starts; and nobody else may read it."""

import resource
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.database import MariaDb
from tests.harness import Server, eventually, running

DAY = "2026/05/01.jsonl"


def body(name: str, count: int, day: str = "2026-05-01") -> dict[str, object]:
    logs = [{"message": f"{name} {n} secret", "timestamp": f"{day}T00:00:00Z"} for n in range(count)]
    return {"app_key": "kept", "app_id": "test", "logs": logs}


def redact(path: Path) -> None:
    subprocess.run(["sed", "-i", "s/keyed 777 secret/keyed 777 [gone]/", str(path)], check=True)


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"keyed 777 ") + 3] = 0
    path.write_bytes(content)


@pytest.mark.parametrize("change", [damage, redact])
@pytest.mark.parametrize("end", [Server.kill, Server.stop], ids=["killed", "stopped"])
def test_a_changed_byte_of_the_last_keyed_request_costs_no_other_entry(
    tmp_path: Path, change: Callable[[Path], None], end: Callable[[Server], object]
) -> None:
    server = Server(tmp_path / "server").start()
    headers = {"Idempotency-Key": "k"}
    first = server.post(body("before", 1)).json()["entries"]
    keyed = server.post(body("keyed", 10_000), headers=headers)
    end(server)
    change(server.log_path / DAY)
    changed = (server.log_path / DAY).read_bytes()
    (server.log_path / ".logstream/index.duckdb").unlink()
    server.start()
    try:
        assert (server.log_path / DAY).read_bytes() == changed
        sent = {entry["id"] for entry in first + keyed.json()["entries"]}
        there = {entry["id"] for entry in server.all_entries()}
        assert there <= sent
        assert len(there) == len(sent) - (change is damage)
        again = server.post(body("keyed", 10_000), headers=headers)
        assert again.content == keyed.content
        assert not (server.log_path / ".logstream/recovered").exists()
    finally:
        server.stop()


def test_one_request_may_span_so_many_days_and_no_more(tmp_path: Path) -> None:
    def over(days: int) -> dict[str, object]:
        logs = [{"message": "m", "timestamp": 86_400 * n} for n in range(days)]
        return {"app_key": "days", "app_id": "test", "logs": logs}

    with running(tmp_path / "server") as server:
        refused = server.post(over(367))
        assert refused.status_code == 413
        assert refused.json()["reason"] == "entries of 367 days; at most 366 are taken in one request"
        assert not list(server.log_path.glob("*/*/*.jsonl"))
        assert server.post(over(366)).status_code == 201
        assert server.search()["total"] == 366


def test_many_days_fit_into_few_file_handles(tmp_path: Path) -> None:
    class FewHandles(Server):
        def start(self) -> "Server":
            limit = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, limit[1]))
            self.command = ("prlimit", "--nofile=64:64", *Server.command)
            try:
                return super().start()
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limit)

    with running(tmp_path / "server", FewHandles) as server:
        logs = [{"message": "m", "timestamp": 86_400 * n} for n in range(200)]
        for key in ({}, {"Idempotency-Key": "k"}):
            answer = server.post({"app_key": "days", "app_id": "test", "logs": logs}, headers=key)
            assert answer.status_code == 201, answer.text
        assert server.search()["total"] == 400


def test_a_damaged_ledger_stops_neither_a_start_nor_a_request(tmp_path: Path) -> None:
    server = Server(tmp_path / "server").start()
    ledger = server.log_path / ".logstream/idempotency.sqlite"
    headers = {"Idempotency-Key": "k"}
    server.post(body("a", 5), headers=headers)
    server.stop()
    ledger.write_bytes(b"nothing of the kind" * 1000)
    server.start()
    try:
        second = server.post(body("b", 5), headers=headers)
        assert second.status_code == 201
        assert server.post(body("b", 5), headers=headers).content == second.content
        assert server.search()["total"] == 10
        assert len(list(ledger.parent.glob("*.damaged-*"))) == 1
        assert "the idempotency ledger is damaged" in server.log
    finally:
        server.stop()


def too_open(root: Path, folder: int = 0o027, file: int = 0o137) -> list[str]:
    """What others may do more with than they should."""
    return [
        f"{path} {stat.filemode(path.stat().st_mode)}"
        for path in (root, *root.rglob("*"))
        if path.stat().st_mode & (folder if path.is_dir() else file)
    ]


class WideOpen(Server):
    """A server whose umask takes nothing away."""

    command = ("sh", "-c", 'umask 000; exec "$@"', "sh", *Server.command)


def use_everything(server: Server) -> None:
    server.post(body("plain", 10))
    server.post(body("keyed", 10, "2026-05-02"), headers={"Idempotency-Key": "k"})
    assert server.search()["total"] >= 20
    assert server.post({"name": "p", "level": "debug"}, "/api/retention/policies").status_code in (201, 409)
    assert server.post({}, "/api/retention/run").status_code == 200


def test_nothing_below_the_log_folder_can_be_read_by_others(tmp_path: Path) -> None:
    server = WideOpen(tmp_path / "server", COMPRESS_AFTER_DAYS="0").start()
    use_everything(server)
    assert too_open(server.log_path) == []
    server.kill()
    (server.log_path / "2026/05/03.jsonl").write_bytes(b"{")  # a torn line, to be recovered
    for path in (server.log_path, *server.log_path.rglob("*")):
        path.chmod(0o777)
    server.start()
    try:
        use_everything(server)
        assert list((server.log_path / ".logstream/recovered").iterdir())
        assert too_open(server.log_path) == []
    finally:
        server.stop()
    assert too_open(server.log_path) == []


def test_the_group_may_be_kept_out_too(tmp_path: Path) -> None:
    server = WideOpen(tmp_path / "server").start()
    use_everything(server)
    server.stop()
    server.settings["GROUP_ACCESS"] = "none"
    server.start()
    use_everything(server)
    try:
        assert too_open(server.log_path, 0o077, 0o177) == []
    finally:
        server.stop()


def test_what_is_not_ours_in_the_log_folder_keeps_its_mode(tmp_path: Path) -> None:
    notes = tmp_path / "server/logs/notes.txt"
    notes.parent.mkdir(parents=True)
    notes.write_text("mine")
    notes.chmod(0o644)
    notes.parent.chmod(0o755)
    with running(tmp_path / "server") as server:
        use_everything(server)
        assert stat.S_IMODE(notes.stat().st_mode) == 0o644
        assert stat.S_IMODE(notes.parent.stat().st_mode) == 0o755
        assert too_open(server.log_path / ".logstream") == []


def test_nothing_below_the_spool_folder_can_be_read_by_others(tmp_path: Path, mariadb: MariaDb) -> None:
    with mariadb.database() as settings, running(tmp_path / "server", WideOpen, **settings) as server:
        server.post(body("stored", 10))
        spool = Path(server.settings["SPOOL_PATH"])
        eventually(lambda: (spool / ".logstream/ids.json").exists(), "the lease on ids")
        assert too_open(spool) == []
