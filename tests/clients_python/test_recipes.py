"""The recipes of the README, as they stand there, with the frameworks themselves: what they log arrives."""

import os
import re
import signal
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients_python.application import SOURCES
from tests.clients_python.conftest import Stored
from tests.harness import ROOT, Server, eventually, free_ports, inherited

README = (ROOT / "clients/python/README.md").read_text()
RECIPES = dict(re.findall(r"^```python (\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL))

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def stored(shared_server: Server, app_key: str) -> Stored:
    """By app_id, which the recipes leave to the environment."""
    return lambda: sorted(shared_server.all_entries(app_id=app_key), key=lambda entry: str(entry["timestamp"]))


@pytest.fixture
def start(senders: Path, shared_server: Server, tmp_path: Path, app_key: str) -> Start:
    """Starts Python with these arguments, where `recipe` is the recipe of that name as a module."""

    def started(recipe: str, *arguments: str) -> "subprocess.Popen[str]":
        (tmp_path / "recipe.py").write_text(RECIPES[recipe])
        environment = {
            "PATH": inherited()["PATH"],
            "PYTHONPATH": f"{SOURCES}{os.pathsep}{tmp_path}",
            "HOME": str(tmp_path),
            "LOGSTREAM_URL": shared_server.url,
            "LOGSTREAM_APP_ID": app_key,
        }
        pipe = subprocess.PIPE
        command = [str(senders), *arguments]
        return subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True
        )

    return started


@contextmanager
def ended(process: "subprocess.Popen[str]", how: signal.Signals | None = None) -> Iterator[Any]:
    """End it, by this signal or by itself, and hold that it ended well."""
    try:
        yield process
        if how is not None:
            process.send_signal(how)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
    finally:
        process.kill()
        process.wait()


def run(start: Start, recipe: str, program: str) -> None:
    with ended(start(recipe, "-c", textwrap.dedent(program))):
        pass


def one(entries: list[dict[str, Any]], message: str) -> dict[str, Any]:
    (found,) = [entry for entry in entries if entry["message"] == message]
    return found


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def test_dict_config(start: Start, stored: Stored) -> None:
    program = """
        import logging.config, recipe
        logging.config.dictConfig(recipe.LOGGING)
        logging.getLogger("shop").info("hello")
        logging.getLogger("shop").debug("noise")
    """
    run(start, "dictConfig", program)
    (entry,) = stored()
    assert (entry["app_key"], entry["message"], entry["context"]["region"]) == ("shop", "hello", "eu")


def test_structlog(start: Start, stored: Stored) -> None:
    program = """
        import recipe, structlog
        log = structlog.get_logger("shop.checkout").bind(name="Ann", message="hers")
        structlog.contextvars.bind_contextvars(request_id="r-1")
        log.info("order %d placed", 42, cart={"items": [1, 2.5]})
        log.debug("noise")
        try:
            1 / 0
        except ZeroDivisionError:
            log.exception("payment failed")
    """
    run(start, "structlog", program)
    placed, failed = stored()
    assert (placed["category"], placed["message"]) == ("shop.checkout", "order 42 placed")
    said = {"name": "Ann", "message": "hers", "request_id": "r-1", "cart": {"items": [1, 2.5]}}
    assert said.items() <= placed["context"].items()
    assert placed["context"]["source"]["function"] == "<module>"
    assert failed["level"] == "error"
    assert failed["context"]["exception"]["type"] == "ZeroDivisionError"


def test_loguru(start: Start, stored: Stored) -> None:
    program = """
        import recipe
        from loguru import logger
        log = logger.bind(user_id=7)
        log.success("order {} placed", 42)
        log.debug("noise")
        try:
            1 / 0
        except ZeroDivisionError:
            log.exception("payment failed")
    """
    run(start, "loguru", program)
    placed, failed = stored()
    assert (placed["level"], placed["message"], placed["context"]["user_id"]) == ("notice", "order 42 placed", 7)
    assert (failed["level"], failed["message"]) == ("error", "payment failed")
    assert failed["context"]["exception"]["message"] == "division by zero"


def test_django(start: Start, stored: Stored) -> None:
    program = """
        import django, logging, recipe
        from django.conf import settings
        from django.http import HttpResponse
        from django.test import Client
        from django.urls import path
        def fail(request):
            logging.getLogger("shop").info("about to fail")
            raise ValueError("no such order")
        urlpatterns = [path("fail", fail)]
        settings.configure(ROOT_URLCONF=__name__, LOGGING=recipe.LOGGING, ALLOWED_HOSTS=["*"], SECRET_KEY="x")
        django.setup()
        assert Client(raise_request_exception=False).get("/fail").status_code == 500
        assert Client().get("/missing").status_code == 404
    """
    run(start, "django", program)
    entries = stored()
    assert one(entries, "about to fail")["category"] == "shop"
    failed = one(entries, "Internal Server Error: /fail")
    assert failed["context"]["exception"]["message"] == "no such order"
    assert (failed["context"]["status_code"], failed["category"]) == (500, "django.request")
    assert one(entries, "Not Found: /missing")["level"] == "warning"


def test_fastapi_and_uvicorn(start: Start, stored: Stored) -> None:
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    with ended(start("fastapi", "-c", f"import recipe; recipe.serve({port})"), signal.SIGINT):
        eventually(lambda: answers(f"{url}/orders/4"), "uvicorn to answer")
        assert httpx.get(f"{url}/orders/0").status_code == 500
    entries = stored()
    failed = next(entry for entry in entries if entry["message"].startswith("Exception in ASGI application"))
    assert failed["context"]["exception"]["type"] == "ZeroDivisionError"
    mine = one(entries, "order 4")
    assert len(mine["context"]["request_id"]) == 36
    assert one(entries, "order 0")["context"]["request_id"] != mine["context"]["request_id"]
    assert [entry["category"] for entry in entries if '"GET /orders/4 HTTP/1.1" 200' in entry["message"]] == [
        "uvicorn.access"
    ]
    assert not any("color_message" in entry["context"] for entry in entries)


def test_gunicorn(start: Start, stored: Stored, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        "import logging, os, time\n"
        "def app(environ, answer):\n"
        "    logging.getLogger('shop').info('%s in %d', environ['PATH_INFO'], os.getpid())\n"
        "    time.sleep(0.02)\n"
        "    answer('200 OK', [])\n"
        "    return [str(os.getpid()).encode()]\n"
    )
    (tmp_path / "gunicorn.conf.py").write_text(RECIPES["gunicorn"])
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    process = start("gunicorn", "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--no-control-socket", "shop:app")
    with ended(process, signal.SIGTERM):
        eventually(lambda: answers(f"{url}/up"), "gunicorn to answer")
        workers: set[str] = set()

        def both_seen() -> bool:
            workers.add(httpx.get(f"{url}/order").text)
            return len(workers) == 2

        eventually(both_seen, "both workers to answer")
        asked = [httpx.get(f"{url}/order/{number}").text for number in range(20)]
    entries = stored()
    said = {entry["message"] for entry in entries if entry["category"] == "shop"}
    assert said >= {f"/order/{number} in {worker}" for number, worker in enumerate(asked)}
    assert {str(entry["context"]["process"]) for entry in entries if entry["category"] == "shop"} == workers
    assert any(entry["category"] == "gunicorn.access" and "GET /order/19" in entry["message"] for entry in entries)
    assert any(entry["message"].startswith("Shutting down") for entry in entries), "what the master logs last"
    assert len({entry["id"] for entry in entries}) == len(entries)


def test_celery_with_a_pool_of_processes(start: Start, stored: Stored, tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    (tmp_path / "worker.py").write_text(
        "from recipe import app, charge\n"
        "app.conf.update(broker_url='filesystem://', broker_transport_options={'data_folder_in': 'broker',\n"
        "    'data_folder_out': 'broker', 'control_folder': 'broker', 'polling_interval': 0.05},\n"
        "    worker_enable_remote_control=False)\n"
    )
    arguments = ("worker", "--concurrency", "2", "--pool", "prefork", "--without-gossip", "--without-mingle")
    with ended(start("celery", "-m", "celery", "-A", "worker", *arguments), signal.SIGTERM):
        with ended(start("celery", "-c", "import worker; [worker.charge.delay(n) for n in (5, 0)]")):
            pass
        eventually(lambda: any("ZeroDivisionError" in entry["message"] for entry in stored()), "the tasks to be run")
    entries = stored()
    charged = one(entries, "charging 5")
    assert len(charged["context"]["task_id"]) == 36
    failed = next(entry for entry in entries if "ZeroDivisionError" in entry["message"])
    assert failed["context"]["exception"]["type"] == "ZeroDivisionError"
    assert one(entries, "charging 0")["context"]["task_id"] in failed["message"]
    assert len({entry["id"] for entry in entries}) == len(entries)


def test_aws_lambda(start: Start, stored: Stored) -> None:
    program = """
        import recipe, sys
        class Context:
            aws_request_id = "r-1"
        for line in sys.stdin:
            recipe.lambda_handler({"order": int(line)}, Context)
            print("answered", flush=True)
    """
    with ended(start("lambda", "-c", textwrap.dedent(program))) as function:
        for order in (1, 2):
            function.stdin.write(f"{order}\n")
            function.stdin.flush()
            assert function.stdout.readline() == "answered\n"
            function.send_signal(signal.SIGSTOP)  # as it is frozen there
            assert [entry["message"] for entry in stored()][order - 1 :] == [f"order {order}"]
            function.send_signal(signal.SIGCONT)
    assert stored()[0]["context"]["aws_request_id"] == "r-1"


def test_opentelemetry(start: Start, stored: Stored) -> None:
    program = """
        import logging.config, recipe
        from opentelemetry.sdk.trace import TracerProvider
        logging.config.dictConfig(recipe.LOGGING)
        log = logging.getLogger("shop")
        with TracerProvider().get_tracer("shop").start_as_current_span("checkout") as span:
            context = span.get_span_context()
            log.info("%032x %016x", context.trace_id, context.span_id)
            marks = {"otelTraceID": "1" * 32, "otelSpanID": "2" * 16, "otelServiceName": "shop"}
            log.info("instrumented", extra=marks)
        log.info("outside", extra={"otelTraceID": "0", "otelSpanID": "0"})
    """
    run(start, "dictConfig", program)
    entries = stored()
    inside = next(entry for entry in entries if " " in entry["message"])
    assert f"{inside['trace_id']} {inside['context']['span_id']}" == inside["message"]
    marked = one(entries, "instrumented")
    assert (marked["trace_id"], marked["context"]["span_id"]) == ("1" * 32, "2" * 16)
    assert not any(name.startswith("otel") for entry in entries for name in entry["context"])
    assert "span_id" not in one(entries, "outside")["context"]


def test_every_recipe_is_run() -> None:
    tested = "".join(Path(__file__).read_text().split("def test_every_recipe")[0])
    assert [name for name in RECIPES if f'"{name}"' not in tested] == []
    assert README.count("```python\n") == 1, "the example at the top is the only one without a name"
