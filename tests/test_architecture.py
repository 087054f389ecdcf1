"""The rooms of the house and the arrows between them, as docs/architecture.md draws them: the imports keep to it."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "logstream"

FLOORS = (
    {"entries", "memory"},
    {"query", "formats", "settings", "process_log", "listener"},
    {"receivers", "metrics", "clients", "store", "shared", "stores.buckets"},
    {
        "live",
        "retention",
        "accept",
        "team",
        "alerts",
        "client",
        "stores.backpressure",
        "stores.breakdown",
        "stores.patterns",
        "stores.own_order",
        "stores.turns",
        "stores.journal",
    },
    {"stores.index", "stores.reading", "stores.registered", "stores.spool", "web", "sockets"},
    {"stores.stream"},
    {"stores.clickhouse", "stores.mariadb"},
    {"stores.file"},
    {"storage", "verification"},
    {"server"},
    {"cli"},
)
"""From the ground up: a room imports from floors below its own alone."""

FORBIDDEN = {
    "live": {"stores.*", "web", "retention", "accept"},
    "web": {"stores.*", "storage"},
    "sockets": {"stores.*", "live", "retention"},
    "retention": {"stores.*", "web", "live"},
    "stores.*": {"web", "live", "settings", "accept"},
    "alerts": {"stores.*", "web", "live", "accept", "retention"},
    "team": {"stores.*", "web", "live"},
    "formats": {"query"},
    "client": {"query", "store", "stores.*", "web", "live", "receivers"},
    "stores.journal": {"stores.index", "query"},
    "stores.clickhouse": {"stores.index", "stores.file", "stores.mariadb"},
    "stores.mariadb": {"stores.index", "stores.file"},
    "stores.spool": {"query"},
    "stores.stream": {"stores.mariadb", "stores.index", "stores.file", "stores.journal"},
    "stores.registered": {"query", "stores.journal"},
}
"""What a room may not import though it lies below: rules that floors alone don't say. `stores.*` is any store."""


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules() -> dict[str, Path]:
    return {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


@cache
def imports() -> dict[str, frozenset[str]]:
    """By module, the modules of our own that it imports, wherever in the file that stands."""
    return {name: frozenset(imported(name, path)) - {name} for name, path in modules().items()}


def imported(name: str, path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name in modules()}
        elif isinstance(node, ast.ImportFrom) and node.module in modules():
            assert not node.level, f"{name} imports relatively"
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                names.add(submodule if submodule in modules() else node.module)
    return names


def room_of(module: str) -> str:
    parts = module.split(".")[1:]
    return ".".join(parts[:2] if parts[:1] == ["stores"] else parts[:1])


@cache
def arrows() -> dict[tuple[str, str], list[str]]:
    """By pair of rooms, the imports that go from the one to the other."""
    between: dict[tuple[str, str], list[str]] = {}
    for module, targets in imports().items():
        for target in sorted(targets):
            rooms = room_of(module), room_of(target)
            if rooms[0] != rooms[1] and all(rooms) and rooms[0] != "__main__":
                between.setdefault(rooms, []).append(f"{module} imports {target}")
    return between


def floor_of(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def test_every_room_has_its_floor() -> None:
    rooms = {room_of(module) for module in modules()} - {"", "__main__", "stores"}
    assert rooms == set().union(*FLOORS)


def test_no_arrow_goes_up_or_across() -> None:
    wrong = [why for (start, end), whys in arrows().items() if floor_of(start) <= floor_of(end) for why in whys]
    assert wrong == []


def matches(room: str, pattern: str) -> bool:
    return room.startswith("stores.") if pattern == "stores.*" else room == pattern


def test_no_room_knows_what_it_must_not() -> None:
    wrong = [
        why
        for (start, end), whys in arrows().items()
        for who, whom in FORBIDDEN.items()
        if matches(start, who) and any(matches(end, pattern) for pattern in whom)
        for why in whys
    ]
    assert wrong == []


def test_no_module_imports_itself_by_a_detour() -> None:
    done: set[str] = set()

    def walk(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join((*way[way.index(module) :], module))
        if module not in done:
            for target in imports()[module]:
                walk(target, (*way, module))
            done.add(module)

    for module in modules():
        walk(module, ())


def test_every_package_says_what_it_is() -> None:
    packages = [path for path in modules().values() if path.name == "__init__.py"]
    assert [str(path) for path in packages if not ast.get_docstring(ast.parse(path.read_text()))] == []


def test_the_map_names_every_room() -> None:
    told = (ROOT / "docs/architecture.md").read_text()
    rooms = {room.replace("stores.", "stores/") for floor in FLOORS for room in floor}
    assert [room for room in sorted(rooms) if not re.search(rf"`{room}(\.py|/)`", told)] == []


@pytest.mark.parametrize("library", ["sqlalchemy", "asyncmy", "nats", "apprise", "httpcore"])
def test_a_server_with_files_alone_loads_no_library_for_databases_or_deliveries(library: str, tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "import logstream.server\n"
        "from logstream.memory import Memory\n"
        "from logstream.metrics import Metrics\n"
        "from logstream.settings import Settings\n"
        "from logstream.storage import open_storage\n"
        f"open_storage(Settings(log_path=Path({str(tmp_path)!r})), Metrics(), Memory(10**9, 5 * 10**8))\n"
        f"print({library!r} in sys.modules, 'duckdb' in sys.modules)\n"
    )
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=tmp_path)
    assert told.stdout.split() == ["False", "True"]
