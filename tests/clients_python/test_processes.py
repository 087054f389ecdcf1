"""Applications that fork, are ended, are interrupted and configure themselves again: every entry is stored once."""

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients_python.application import Application, application
from tests.clients_python.conftest import Stored
from tests.harness import ROOT, Server


def told(stored: Stored) -> list[str]:
    return sorted(entry["message"] for entry in stored())


@pytest.fixture
def run(shared_server: Server, tmp_path: Path, app_key: str) -> "Run":
    return Run(shared_server.url, tmp_path, app_key)


class Run:
    def __init__(self, url: str, folder: Path, app_key: str) -> None:
        self.given = (url, folder, app_key)

    def __call__(self, program: str) -> None:
        application(program, *self.given)

    def start(self, program: str) -> Application:
        return Application(program, *self.given)


def test_what_was_logged_last_is_delivered_at_the_end(run: Run, stored: Stored) -> None:
    run(
        """
        import atexit
        atexit.register(log.info, "at the end")
        class Late:
            def __del__(self, log=log):
                log.info("after the end")
        late = Late()
        log.info("first")
        """
    )
    run('log.info("next process")')
    assert told(stored) == ["after the end", "at the end", "first", "next process"]


def test_an_exception_that_ends_the_application_takes_nothing_with_it(run: Run, stored: Stored) -> None:
    run(
        """
        def hook(kind, error, trace):
            log.critical("uncaught", exc_info=(kind, error, trace))
        sys.excepthook = hook
        threading.Thread(target=log.info, args=("in a thread",)).start()
        log.info("before")
        try:
            raise ValueError("bad")
        except ValueError:
            hook(*sys.exc_info())
        """
    )
    assert told(stored) == ["before", "in a thread", "uncaught"]


def test_children_of_a_fork_deliver_what_is_theirs_alone(run: Run, stored: Stored) -> None:
    run(
        """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # threads and forks: what is tested
        stop = threading.Event()
        said = 0
        def talk():
            global said
            while not stop.wait(0.0005):
                log.info("parent %d", said)
                said += 1
        thread = threading.Thread(target=talk)
        thread.start()
        children = []
        for child in range(6):
            log.info("before %d", child)
            pid = os.fork()
            if pid == 0:
                for number in range(20):
                    log.info("child %d %d", child, number)
                if child % 2:
                    handler.flush()
                    os._exit(0)
                sys.exit(0)
            children.append(pid)
        assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 6
        stop.set()
        thread.join()
        handler.flush()
        log.info("parents %d", said)
        """
    )
    found = told(stored)
    said = next(int(text.split()[1]) for text in found if text.startswith("parents"))
    wanted = [f"child {child} {number}" for child in range(6) for number in range(20)]
    wanted += [f"before {child}" for child in range(6)] + [f"parent {number}" for number in range(said)]
    assert found == sorted([*wanted, f"parents {said}"])


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_children_of_multiprocessing_deliver_before_they_end(
    run: Run, stored: Stored, method: str, tmp_path: Path
) -> None:
    (tmp_path / "child.py").write_text(
        "import logging\n"
        "from logstream_handler import LogstreamHandler\n"
        "def work(name):\n"
        "    log = logging.getLogger('shop')\n"
        "    if not log.handlers:\n"
        "        log.addHandler(LogstreamHandler())\n"
        "    log.warning(name)\n"
    )
    run(
        f"""
        import multiprocessing, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        sys.path.insert(0, {str(tmp_path)!r})
        import child
        log.info("parent")
        context = multiprocessing.get_context({method!r})
        children = [context.Process(target=child.work, args=(f"child {{n}}",)) for n in range(2)]
        [each.start() for each in children]
        [each.join() for each in children]
        assert [each.exitcode for each in children] == [0, 0]
        """
    )
    assert told(stored) == ["child 0", "child 1", "parent"]


def test_a_child_that_ends_at_once_harms_nobody_else(run: Run, stored: Stored) -> None:
    run(
        """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        log.info("before")
        pid = os.fork()
        if pid == 0:
            log.info("lost, unless it was flushed")
            os._exit(0)
        os.waitpid(pid, 0)
        log.info("after")
        """
    )
    assert [text for text in told(stored) if "lost" not in text] == ["after", "before"]


def test_sigterm_of_an_application_that_ends_itself_on_it_loses_nothing(run: Run, stored: Stored) -> None:
    started = run.start(
        """
        def end(number, frame):
            log.warning("terminated")
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        print("ready", flush=True)
        number = 0
        while True:
            log.info("%d", number)
            number += 1
            if number == 500:
                print("go", flush=True)
            time.sleep(0.0005)
        """
    )
    started.until("go")
    started.process.terminate()
    started.end()
    found = told(stored)
    assert len(found) > 500
    assert sorted([*map(str, range(len(found) - 1)), "terminated"]) == found


def test_a_signal_handler_may_log_whatever_is_interrupted(run: Run, stored: Stored) -> None:
    run(
        """
        import itertools
        signals = itertools.count(1)  # a handler may be interrupted itself
        last = 0
        def interrupt(number, frame):
            global last
            mine = next(signals)
            log.info("signal %d", mine)
            last = mine
        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0005)
        for number in range(5000):
            log.info("%d", number)
        while last < 20:
            time.sleep(0.001)
        signal.setitimer(signal.ITIMER_REAL, 0)
        log.info("signals %d", next(signals) - 1)
        """
    )
    found = told(stored)
    signals = next(int(text.split()[1]) for text in found if text.startswith("signals"))
    wanted = [*map(str, range(5000)), *(f"signal {number}" for number in range(1, signals + 1)), f"signals {signals}"]
    assert found == sorted(wanted)


def test_configuring_again_loses_nothing_and_leaves_old_loggers_working(run: Run, stored: Stored) -> None:
    run(
        """
        import logging.config
        CONFIG = {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {
                "logstream": {"class": "logstream_handler.LogstreamHandler", "level": "INFO", "batch_seconds": 0.5},
            },
            "root": {"handlers": ["logstream"], "level": "DEBUG"},
        }
        log.info("before")
        logging.config.dictConfig(CONFIG)
        logging.getLogger("a").info("first")
        logging.getLogger("a").debug("below the level")
        logging.config.dictConfig(CONFIG)
        logging.getLogger("a").info("second")
        log.propagate = False
        log.addHandler(handler)
        log.info("by a handler that was closed")
        logging.shutdown()
        log.info("after the shutdown")
        other = logging.Logger("other")
        other.addHandler(LogstreamHandler())
        other.info("by a handler that nobody holds")
        del other
        """
    )
    by = ["by a handler that nobody holds", "by a handler that was closed"]
    assert told(stored) == ["after the shutdown", "before", *by, "first", "second"]


def test_what_the_delivery_itself_logs_is_left_out(run: Run, stored: Stored) -> None:
    run(
        """
        import http.client
        request = http.client.HTTPConnection.request
        def instrumented(self, *args, **more):
            log.info("a request is made")
            return request(self, *args, **more)
        http.client.HTTPConnection.request = instrumented
        log.info("mine")
        handler.flush()
        log.info("mine again")
        """
    )
    assert told(stored) == ["mine", "mine again"]


def test_what_is_written_is_understood_by_the_oldest_python_that_is_promised() -> None:
    for path in sorted((ROOT / "clients/python/src").rglob("*.py")):
        ast.parse(path.read_text(), path, feature_version=(3, 9))


def oldest_python() -> str | None:
    """The interpreter itself: what is on the PATH may be a script that looks for it."""
    if shutil.which("python3.9") is None:
        return None
    where = ["python3.9", "-c", "import sys; print(sys.executable)"]
    return subprocess.run(where, capture_output=True, text=True, check=False).stdout.strip() or None


def test_the_oldest_python_that_is_promised_delivers_too(shared_server: Server, tmp_path: Path, app_key: str) -> None:
    python = oldest_python()
    if python is None:
        pytest.skip("no python3.9 here")
    program = """
        try:
            1 / 0
        except ZeroDivisionError:
            log.exception("bad", extra={"user_id": 7})
        handler.flush()
        assert handler.stats.delivered == 1, handler.stats
    """
    Application(program, shared_server.url, tmp_path, app_key, python).end()
    assert shared_server.search(app_key=app_key)["total"] == 1
