"""Databases as they are found: empty, the original's, ours of another version, and such as can't be used."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from logstream.stores.mariadb.migrations import MIGRATIONS
from tests.database import USER, MariaDb
from tests.harness import Server, inherited, running

# As the original's own migrations make them.
ORIGINAL = (
    """CREATE TABLE log_entries (
        id VARCHAR(26) NOT NULL PRIMARY KEY, trace_id VARCHAR(36) NOT NULL, batch_id VARCHAR(36) NULL,
        app_key VARCHAR(100) NOT NULL, app_id VARCHAR(100) NOT NULL, user_agent VARCHAR(255) NULL,
        level ENUM('debug', 'info', 'notice', 'warning', 'error', 'critical') NOT NULL DEFAULT 'info',
        category VARCHAR(100) NOT NULL DEFAULT 'general', message TEXT NOT NULL, context JSON NULL,
        timestamp DATETIME(6) NOT NULL, created_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
        INDEX idx_trace_id (trace_id), INDEX idx_batch_id (batch_id),
        INDEX idx_app_key (app_key), INDEX idx_app_id (app_id),
        INDEX idx_level (level), INDEX idx_category (category), INDEX idx_timestamp (timestamp),
        INDEX idx_app_key_app_id_timestamp (app_key, app_id, timestamp DESC)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={collation}""",
    """CREATE TABLE clients (
        id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255) NOT NULL,
        app_key VARCHAR(100) NOT NULL UNIQUE,
        api_token VARCHAR(255) NOT NULL, active TINYINT(1) NOT NULL DEFAULT 1,
        created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
        updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={collation}""",
    """INSERT INTO clients (name, app_key, api_token) VALUES ('Shop', 'shop', 'plain-token')""",
    # ids of the original's don't sort: its random part comes first
    """INSERT INTO log_entries VALUES
        ('ZZZZZZZZZZZZZZZZ01KDVDNA00', 'trace-1', NULL, 'shop', 'production', NULL, 'error', 'payments',
         'Größe 100% erreicht', '{{"user":{{"id":42,"rate":1.50}}}}',
         '2026-01-01 10:00:00.000000', '2026-01-01 10:00:00.5'),
        ('0000000000000000AAKDVDNA01', 'trace-2', 'b', 'shop', 'production', 'PHP', 'info', 'general', 'later', NULL,
         '2026-01-01 11:00:00.000001', '2026-01-01 11:00:00')""",
)


def logstream(*arguments: str, settings: dict[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "logstream", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**inherited(), "PATH": "", **settings},
        timeout=60,
    )


@pytest.mark.parametrize("collation", ["utf8mb4_unicode_ci", "utf8mb4_general_ci", "utf8mb4_bin"])
def test_a_database_of_the_originals_serves_old_and_new_entries_alike(
    mariadb: MariaDb, tmp_path: Path, collation: str
) -> None:
    with mariadb.database() as settings:
        for statement in ORIGINAL:
            mariadb.ask(statement.format(collation=collation), database=settings["DB_NAME"])
        with running(tmp_path / "server", **settings) as server:
            server.registered["shop"] = "plain-token"
            new = server.post({"app_key": "shop", "app_id": "production", "message": "größer", "level": "error"})
            assert new.status_code == 201
            assert [entry["message"] for entry in server.search()["entries"]] == [
                "größer",
                "later",
                "Größe 100% erreicht",
            ]
            old = server.search(trace_id="trace-1")["entries"][0]
            assert old == {
                "id": "ZZZZZZZZZZZZZZZZ01KDVDNA00", "trace_id": "trace-1", "batch_id": None, "app_key": "shop",
                "app_id": "production", "user_agent": None, "level": "error", "category": "payments",
                "message": "Größe 100% erreicht", "context": {"user": {"id": 42, "rate": 1.5}},
                "timestamp": "2026-01-01T10:00:00.000Z", "created_at": "2026-01-01T10:00:00.500Z",
            }  # fmt: skip
            assert server.get(f"/api/logs/{old['id'].lower()}").json() == old
            found: list[tuple[dict[str, Any], int]] = [
                ({"search": "GRÖSSE"}, 0), ({"search": "GRÖẞE"}, 2), ({"search": "größe"}, 2), ({"search": "100%"}, 1),
                ({"app_key": "Shop"}, 0), ({"app_key": "shop "}, 0), ({"level": "error"}, 2),
                ({"context.user.id": "42"}, 1),
                ({"q": "grö* OR later"}, 3), ({"date_to": "2026-01-01T11:00:00.000001Z"}, 2),
                ({"trace_id": "TRACE-1"}, 0),
            ]  # fmt: skip
            for filters, total in found:
                assert server.search(**filters)["total"] == total, filters
            page = server.search(limit=1)
            assert server.search(limit=5, cursor=page["next_cursor"])["entries"] == server.search(offset=1)["entries"]
            assert len(server.get("/api/logs/export").content.splitlines()) == 3
            assert server.get("/api/stats").json()["by_level"]["error"] == 2
            assert "taking over the database" in server.log
            assert server.stop() == 0
            server.start()
            assert server.search()["total"] == 3
            assert server.log.count("taking over the database") == 1


def test_migrate_sets_up_a_database_for_a_user_who_may_not_change_tables(mariadb: MariaDb, tmp_path: Path) -> None:
    with mariadb.database() as settings:
        name = settings["DB_NAME"]
        mariadb.ask(f"REVOKE CREATE, ALTER, INDEX ON {name}.* FROM '{USER}'@'%'")
        server = Server(tmp_path / "server", **settings)
        with pytest.raises(AssertionError, match="ended with 1"):
            server.start()
        server.process = None
        assert "logstream migrate --sql" in server.log
        printed = logstream("migrate", "--sql", settings={}, folder=tmp_path)
        assert printed.returncode == 0
        for statement in printed.stdout.split(";\n"):
            if statement.strip():
                mariadb.ask(statement, database=name)
        with running(tmp_path / "server", **settings) as started:
            assert started.post({"app_key": "shop", "app_id": "x"}).status_code == 201
        again = logstream("migrate", settings=settings, folder=tmp_path)
        assert (again.returncode, again.stderr) == (0, "the database is up to date\n")


def test_a_database_that_lacks_a_migration_stops_the_start_until_migrate_has_run(
    mariadb: MariaDb, tmp_path: Path
) -> None:
    with mariadb.database() as settings:
        first = logstream("migrate", settings=settings, folder=tmp_path)
        assert first.returncode == 0
        assert len(first.stderr.splitlines()) == len(MIGRATIONS)
        name = settings["DB_NAME"]
        mariadb.ask("DELETE FROM logstream_migrations WHERE number = 5", database=name)
        mariadb.ask("DROP INDEX idx_level_timestamp ON log_entries", database=name)
        server = Server(tmp_path / "server", **settings)
        with pytest.raises(AssertionError, match="ended with 1"):
            server.start()
        server.process = None
        assert "lacks migration 5 (index on level and time); run: logstream migrate" in server.log
        applied = logstream("migrate", settings=settings, folder=tmp_path)
        assert (applied.returncode, applied.stderr) == (0, "applied 5: index on level and time\n")
        with running(tmp_path / "server", **settings):
            pass
        mariadb.ask("INSERT INTO logstream_migrations (number, name) VALUES (99, 'future')", database=name)
        server = Server(tmp_path / "newer", **settings)
        with pytest.raises(AssertionError, match="ended with 1"):
            server.start()
        server.process = None
        assert "migration 99 of a newer logstream-server" in server.log


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"DB_PASS": "s3cret-but-wrong"}, "the user or the password is wrong"),
        ({"DB_USER": "nobody"}, "the user or the password is wrong"),
        ({"DB_NAME": "not_there"}, "check DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASS"),
    ],
)
def test_settings_the_database_refuses_stop_the_start_with_one_line(
    mariadb: MariaDb, tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    with mariadb.database() as settings:
        server = Server(tmp_path / "server", **{**settings, **wrong})
        with pytest.raises(AssertionError, match="ended with 1"):
            server.start()
        server.process = None
        (line,) = server.log.splitlines()
        assert said in line
        assert settings["DB_PASS"] not in line
        assert "s3cret" not in line
        failed = logstream("migrate", settings={**settings, **wrong}, folder=tmp_path)
        assert failed.returncode == 1
        assert said in failed.stderr
        assert "Traceback" not in failed.stderr


def test_a_server_that_is_no_mariadb_or_too_old_is_refused() -> None:
    from logstream.stores.mariadb.migrations import check_version
    from logstream.stores.spool.tended import DatabaseRefused

    for version in ("8.0.36", "10.6.18-MariaDB-log", "5.5.5"):
        with pytest.raises(DatabaseRefused, match=r"MariaDB 10\.10 or newer is needed"):
            check_version(version)
    for version in ("10.10.0-MariaDB", "11.8.2-MariaDB-deb12", "10.11.19-MariaDB-0+deb12u1"):
        check_version(version)


def test_the_commands_manage_clients_and_retention(mariadb: MariaDb, tmp_path: Path) -> None:
    with mariadb.database() as settings, running(tmp_path / "server", **settings, ADMIN_SECRET="admin-key") as server:
        env = {"LOGSTREAM_URL": server.url, "LOGSTREAM_KEY": "admin-key"}

        def run(*arguments: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
            done = logstream(*arguments, settings=env, folder=tmp_path)
            assert done.returncode == code, done.stderr
            assert "Traceback" not in done.stderr
            return done

        token = run("clients", "add", "Billing API", "--app-key", "billing-api").stdout.strip()
        assert len(token) == 43
        sent = logstream(
            "send", "--app-key", "billing-api", "--app-id", "x", "--client-key", "billing-api", "--client-token", token,
            "--url", server.url, str(_lines(tmp_path)), settings={}, folder=tmp_path,
        )  # fmt: skip
        assert sent.returncode == 0, sent.stderr
        assert "Billing API" in run("clients", "list").stdout
        assert json.loads(run("clients", "list", "--json").stdout)["clients"][0]["app_key"] == "billing-api"
        assert run("clients", "rotate", "billing-api").stdout.strip() != token
        run("clients", "disable", "billing-api")
        assert json.loads(run("clients", "list", "--json").stdout)["clients"][0]["active"] is False
        run("clients", "enable", "billing-api")
        server.admin_headers = {"Authorization": "Bearer admin-key"}
        policy = {"name": "old debug", "level": "debug"}

        server.request("POST", "/api/retention/policies", json=policy, headers=server.admin_headers)
        assert "level=debug" in run("retention", "list").stdout
        assert "would remove 1 entry" in run("retention", "run", "--dry-run").stdout
        assert "removed 1 entry" in run("retention", "run", "old debug").stdout
        assert "request" in run("retention", "log").stdout
        assert len(json.loads(run("retention", "log", "--json").stdout)["runs"]) == 2
        assert "Retention policy 'x' not found." in run("retention", "run", "x", code=1).stderr
        assert "Client 'x' not found." in run("clients", "rotate", "x", code=1).stderr
        assert "deleted billing-api and 2 entries" in run("clients", "delete", "billing-api", "--yes").stderr
        wrong = logstream("clients", "list", settings={**env, "LOGSTREAM_KEY": "wrong"}, folder=tmp_path)
        assert (wrong.returncode, wrong.stdout) == (1, "")
        assert "401" in wrong.stderr
        gone = logstream("clients", "list", "--url", "http://127.0.0.1:9", settings={}, folder=tmp_path)
        assert (gone.returncode, "can't be reached" in gone.stderr) == (1, True)


def _lines(folder: Path) -> Path:
    path = folder / "app.log"
    path.write_text("2026-01-01 10:00:00 DEBUG one\n2026-01-01 10:00:00 INFO two\n2026-01-01 10:00:00 ERROR three\n")
    return path
