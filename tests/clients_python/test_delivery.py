"""Servers that refuse, end, hang or are full: what was logged is delivered once, or counted and told."""

import logging
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from logstream_handler import LogstreamHandler
from logstream_handler.batch import Batch
from logstream_handler.spool import Spool
from tests.clients_python.application import Application, application
from tests.harness import Server, eventually, free_ports, running

KEY = "write:key"


@pytest.fixture
def handler(tmp_path: Path) -> Iterator[Callable[..., LogstreamHandler]]:
    """Makes handlers with short pauses and a spool of the test's own; closes them."""
    with ExitStack() as closing:

        def make(server: Server, **settings: Any) -> LogstreamHandler:
            defaults = {"spool": tmp_path / "spool", "retry_first": 0.05, "retry_most": 0.2, "stderr": False}
            made = LogstreamHandler(server.url, app_key="shop", app_id="web-1", **{**defaults, **settings})
            closing.callback(made.close)
            return made

        yield make


def say(handler: logging.Handler, *messages: object) -> None:
    for message in messages:
        handler.handle(logging.LogRecord("shop", logging.INFO, __file__, 1, str(message), None, None))


def messages(server: Server, **filters: str) -> list[str]:
    return sorted((entry["message"] for entry in server.all_entries(**filters)), key=lambda text: (len(text), text))


def numbered(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def settled(handler: LogstreamHandler) -> bool:
    stats = handler.stats
    return not stats.queued and not stats.spooled


def test_a_wrong_key_keeps_the_entries_until_the_right_one_comes(
    tmp_path: Path, handler: Callable[..., LogstreamHandler], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path / "server", API_SECRET=KEY) as server, open(tmp_path / "told", "w+") as told:
        monkeypatch.setattr(sys, "__stderr__", told)
        wrong = handler(server, key="wr0ng", stderr=True)
        say(wrong, *numbered(5))
        wrong.close()
        assert wrong.stats.spooled == 5
        assert server.search()["total"] == 0
        told.seek(0)
        (line,) = told.read().splitlines()[:1]
        assert "401 Unauthorized: Invalid API secret" in line
        assert str(tmp_path / "spool") in line
        assert "wr0ng" not in line

        right = handler(server, key=KEY)
        say(right, 5)
        eventually(lambda: settled(right), "the spool to be empty")
        assert messages(server) == numbered(6)
        assert right.stats.delivered == 6


def test_nothing_is_lost_or_stored_twice_when_the_server_is_killed_and_comes_back(
    tmp_path: Path, handler: Callable[..., LogstreamHandler]
) -> None:
    with running(tmp_path / "server") as server:
        sender = handler(server, batch_entries=20, batch_seconds=0.02)
        stop = threading.Event()
        said = 0

        def application() -> None:
            nonlocal said
            while not stop.wait(0.001):
                say(sender, said)
                said += 1

        thread = threading.Thread(target=application)
        thread.start()
        try:
            for _ in range(2):
                delivered = sender.stats.delivered
                eventually(lambda: sender.stats.delivered > delivered + 100, "deliveries")  # noqa: B023
                server.kill()
                eventually(lambda: sender.stats.spooled > 100, "entries in the spool")
                server.start()
        finally:
            stop.set()
            thread.join()
        sender.flush()
        eventually(lambda: settled(sender), "the spool to be empty")
        assert messages(server) == sorted(numbered(said), key=lambda text: (len(text), text))
        assert sender.stats.dropped == {}


def test_a_server_that_can_not_store_gets_everything_once_it_can(
    tmp_path: Path, handler: Callable[..., LogstreamHandler]
) -> None:
    with running(tmp_path / "server") as server:
        blocker = server.log_path / f"{datetime.now(UTC):%Y/%m}"
        blocker.parent.mkdir(parents=True)
        blocker.write_text("a file where a folder should be")
        sender = handler(server, batch_seconds=0.02)
        say(sender, *numbered(50))
        eventually(lambda: sender.stats.spooled == 50, "entries in the spool")
        say(sender, "50")
        eventually(lambda: sender.stats.spooled == 51, "the spool to take what comes meanwhile")
        blocker.unlink()
        eventually(lambda: settled(sender), "the spool to be empty")  # after the five seconds that the server asks for
        assert messages(server) == numbered(51)


def test_a_batch_that_is_too_large_is_halved_and_what_never_fits_is_told(
    tmp_path: Path, handler: Callable[..., LogstreamHandler]
) -> None:
    with running(tmp_path / "server", MAX_BODY_BYTES="10000") as server:
        sender = handler(server)
        say(sender, *numbered(70), "x" * 12_000, *range(70, 100))
        sender.flush()
        eventually(lambda: server.search(category="logstream.handler")["total"], "the report")
        assert messages(server, category="shop") == numbered(100)
        (report,) = server.all_entries(category="logstream.handler")
        assert (report["level"], report["message"]) == ("warning", "1 entries were dropped")
        assert report["context"] == {"dropped": {"too large for the server": 1}}
        assert sender.stats.dropped == {"too large for the server": 1}


def test_a_spooled_batch_that_is_too_large_is_halved_too(
    tmp_path: Path, handler: Callable[..., LogstreamHandler]
) -> None:
    server = Server(tmp_path / "server", MAX_BODY_BYTES="10000")
    sender = handler(server)
    say(sender, *numbered(100))
    sender.flush()
    (file,) = (tmp_path / "spool").glob("*.batch")
    copy = shutil.copy(file, tmp_path)
    with running_again(server):
        eventually(lambda: settled(sender), "the spool to be empty")
        shutil.copy(copy, file)  # as if it had been killed before it removed the file
        say(sender, "100")
        sender.close()
        another = handler(server)
        say(another, "101")
        eventually(lambda: settled(another), "the spool to be empty")
        assert messages(server) == numbered(102)


def test_a_full_queue_drops_and_counts_and_says_so_when_the_server_is_back(
    tmp_path: Path, handler: Callable[..., LogstreamHandler]
) -> None:
    server = Server(tmp_path / "server")
    sender = handler(server, spool=False, queue_entries=10)
    say(sender, *numbered(10))
    sender.flush()
    say(sender, *range(10, 40))
    assert sender.stats.queued == 20, "ten in hand and ten behind them"
    assert sender.stats.dropped == {"queue full": 20}
    with running_again(server):
        eventually(lambda: server.search(category="logstream.handler")["total"], "the report")
        eventually(lambda: settled(sender), "all to be delivered")
        assert messages(server, category="shop") == numbered(20)
        (report,) = server.all_entries(category="logstream.handler")
        assert report["context"] == {"dropped": {"queue full": 20}}


def test_a_full_spool_gives_up_its_oldest_and_counts_them(
    tmp_path: Path, handler: Callable[..., LogstreamHandler]
) -> None:
    server = Server(tmp_path / "server")
    sender = handler(server, spool_bytes=3 * 4096)
    for start in range(0, 60, 10):
        say(sender, *range(start, start + 10))
        sender.flush()
    assert sender.stats.spooled == 30
    assert sender.stats.dropped == {"spool full": 30}
    with running_again(server):
        eventually(lambda: settled(sender), "the spool to be empty")
        assert messages(server, category="shop") == [str(number) for number in range(30, 60)]


def test_what_came_after_the_oldest_were_given_up_is_found(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 3 * 4096)
    batches = [Batch(f"{number:032x}", 1, b"body") for number in range(7)]
    for batch in batches[:3]:
        spool.put(batch)
    first = spool.take()
    assert first is not None
    first.release()
    for batch in batches[3:]:  # nothing is left of what was there when it was looked for
        assert spool.put(batch) == 1
    found = spool.take()
    assert found is not None
    assert found.batch.key == batches[4].key
    found.release()
    assert spool.waiting


def test_a_spool_that_can_not_be_written_keeps_the_entries_in_memory(
    tmp_path: Path, handler: Callable[..., LogstreamHandler]
) -> None:
    server = Server(tmp_path / "server")
    (tmp_path / "file").write_text("")
    sender = handler(server, spool=tmp_path / "file" / "spool")
    say(sender, *numbered(10))
    sender.flush()
    assert sender.stats.queued == 10
    with running_again(server):
        eventually(lambda: settled(sender), "all to be delivered")
        assert messages(server) == numbered(10)
        assert sender.stats.dropped == {}


def test_what_was_spooled_outlives_a_kill_and_is_stored_once_by_the_next_process(tmp_path: Path) -> None:
    server = Server(tmp_path / "server")
    program = """
        for number in range(1000):
            log.info("%s", number)
        handler.flush()
        assert handler.stats.spooled == 1000
        os.kill(os.getpid(), signal.SIGKILL)
    """
    Application(program, server.url, tmp_path, "shop").end(code=-9)
    (file,) = tmp_path.glob("logstream-handler/shop-*/*.batch")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    copy = shutil.copy(file, tmp_path)
    following = 'log.info("%s")\nhandler.flush()\nassert handler.stats.spooled == 0, handler.stats'
    with running_again(server):
        application(following % 1000, server.url, tmp_path, "shop")
        assert messages(server) == numbered(1001)
        shutil.copy(copy, file)  # as if it had been killed between the server's answer and the removal of the file
        application(following % 1001, server.url, tmp_path, "shop")
        assert messages(server) == numbered(1002)


def test_an_application_ends_though_the_server_never_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", free_ports(1)[0])) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        program = """
            handler._settings.__dict__["exit_seconds"] = 0.5
            log.info("kept")
        """
        application(program, url, tmp_path, "shop")
        assert len(list(tmp_path.glob("logstream-handler/shop-*/*-1-*.batch"))) == 1


@contextmanager
def running_again(server: Server) -> Iterator[Server]:
    """That server, started now."""
    try:
        yield server.start()
    finally:
        server.stop()
