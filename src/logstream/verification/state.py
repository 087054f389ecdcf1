"""What goes with a journal: ledger, ids, policies, the log of runs, the search index, modes, what was set aside.

Everything is opened for reading alone. What a running server has open and can't share is left out, and that is said.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec
import zstandard

from logstream.retention.policy_book import FilePolicies, InvalidRules
from logstream.retention.run_log import Run
from logstream.stores.file.shared import SHARED
from logstream.stores.index.index import VERSION
from logstream.stores.journal import modes, naming
from logstream.stores.journal.durable_names import keep_durably
from logstream.stores.journal.extent import Extent
from logstream.stores.journal.id_lease import IdLease
from logstream.stores.journal.idempotency import IdempotencyLedger
from logstream.stores.journal.sqlite_file import is_damage
from logstream.verification.days import Indexed, Journal
from logstream.verification.findings import Findings

INDEX: Final = "index.duckdb"
POLICIES: Final = "retention.json"
RUNS: Final = "retention.log"

_NO_MORE_KEYS: Final = "earlier Idempotency-Keys are not known any more then"


def check_state(journal: Journal, faults: Findings, notes: Findings) -> None:
    """All but the index of one journal."""
    folder = naming.state_folder(journal.root)
    _check_ledger(journal, faults, notes)
    _check_shared(journal, faults, notes)
    if fault := IdLease(folder / "ids.json").open():
        faults.add(
            "ids", folder / "ids.json", f"{fault}. The next start goes on from the entries; --repair sets it aside"
        )
    check_policies(folder / POLICIES, faults, ours=True)
    _check_runs(folder / RUNS, faults)
    for name in ("drained.json", "clients.json"):
        _check_json(folder / name, faults)
    _check_modes(journal.root, faults)
    _look_around(journal, faults, notes)


def _check_ledger(journal: Journal, faults: Findings, notes: Findings) -> None:
    def read(db: sqlite3.Connection) -> None:
        for body, places in db.execute("SELECT body, places FROM claims"):
            zstandard.decompress(body)
            msgspec.msgpack.decode(places, type=list[Extent])
        for (places,) in db.execute("SELECT places FROM last_group"):
            msgspec.msgpack.decode(places, type=list[Extent])

    path = IdempotencyLedger.of(journal.root).path
    reason = _fault_of(path, journal, read, notes)
    if reason is None or "no such table: last_group" in reason:
        return  # of an earlier version: the next start brings it up to date
    why = f"the idempotency ledger is damaged: {reason}. A running server, or --repair, sets it aside"
    faults.add("ledger", path, f"{why}; {_NO_MORE_KEYS}")


def _check_shared(journal: Journal, faults: Findings, notes: Findings) -> None:
    def read(db: sqlite3.Connection) -> None:
        for (body,) in db.execute("SELECT body FROM documents"):
            msgspec.json.decode(body)

    path = naming.state_folder(journal.root) / SHARED
    reason = _fault_of(path, journal, read, notes)
    if reason is not None:
        why = f"what people share is damaged: {reason}. A running server, or --repair, sets it aside"
        faults.add(
            "shared", path, f"{why}; views, dashboards and alerts are gone then until they are restored from a backup"
        )


def _fault_of(path: Path, journal: Journal, read: Callable[[sqlite3.Connection], None], notes: Findings) -> str | None:
    """What is wrong with a SQLite file; what can't be told now is noted."""
    if not path.exists():
        return None
    # Without a log of its own, SQLite would make one to read: so nothing is made, and nothing changed.
    how = "mode=ro" if journal.running or Path(f"{path}-wal").exists() else "immutable=1"
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True)) as db:
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise ValueError(verdict)
            read(db)
    except (sqlite3.Error, zstandard.ZstdError, ValueError) as error:
        reason = str(error).splitlines()[0]
        if is_damage(error):
            return reason
        notes.add("skipped", path, f"can't be read now: {reason}")
    return None


def check_policies(path: Path, faults: Findings, *, ours: bool) -> None:
    """A policy file; `ours`: the server's own, which is set aside when it is damaged."""
    try:
        FilePolicies(path, 0, keep_durably).read()
    except InvalidRules as error:
        remedy = "--repair sets it aside; then there are none until you add them again" if ours else "correct it"
        faults.add("policies", path, f"retention policies can't be applied: {error}; {remedy}")


def _check_runs(path: Path, faults: Findings) -> None:
    try:
        with open(path, "rb") as lines:
            for number, line in enumerate(lines, 1):
                if not is_run(line):
                    why = "not a retention run, and left out of the log; --repair writes the log without it"
                    faults.add("runs", path, f"{why} and keeps the original", number)
    except FileNotFoundError:
        return


def is_run(line: bytes) -> bool:
    """Whether a line of the retention log is a run."""
    try:
        msgspec.json.decode(line, type=Run)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _check_json(path: Path, faults: Findings) -> None:
    try:
        msgspec.json.decode(path.read_bytes(), type=dict[str, Any] | list[Any])
    except FileNotFoundError:
        return
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        faults.add("spool", path, f"is not JSON: {error}; --repair sets it aside, and the server makes a new one")


def _check_modes(root: Path, faults: Findings) -> None:
    for path, mode, allowed in modes.too_open(root):
        why = f"mode {mode:04o} lets others in; {allowed:04o} is enough"
        faults.add("mode", path, f"{why}. The next start of the server, or --repair, tightens it")


def _look_around(journal: Journal, faults: Findings, notes: Findings) -> None:
    """What a crash, a repair or the database left."""
    if not journal.running:
        for path in naming.unfinished_in(journal.root):
            why = "was being written when the server ended; the next start, or --repair, removes it"
            faults.add("unfinished", path, why)
    folder = naming.state_folder(journal.root)
    for path in sorted(folder.rglob("*.damaged-*")):
        notes.add("recovered", path, "was damaged and set aside; delete it when you don't need it")
    kept = naming.recovered_folder(journal.root)
    for path in sorted(kept.iterdir()) if kept.is_dir() else ():
        size = path.stat().st_size
        notes.add("recovered", path, f"{size:,} bytes taken out of the journal; delete it when you don't need it")
    rejected = journal.root / "rejected.jsonl"
    if rejected.exists():
        with open(rejected, "rb") as lines:
            count = sum(1 for _ in lines)
        notes.add("spool", rejected, f"{count:,} entries that the database did not take")


def read_index(journal: Journal, memory: int, faults: Findings, notes: Findings) -> dict[str, Indexed] | None:
    """What the index says of each day; None when there is none, or it can't be told."""
    path = naming.state_folder(journal.root) / INDEX
    if not path.exists():
        return None
    if journal.running:
        notes.add("skipped", path, "not compared: the running server has it open. Verify while it is stopped for that")
        return None
    try:
        with closing(duckdb.connect(str(path), read_only=True, config={"memory_limit": f"{memory}B"})) as db:
            version = db.execute("SELECT version FROM meta").fetchone()
            if version != (VERSION,):
                notes.add("index", path, "is of another version; the next start builds it anew")
                return None
            files = db.execute("SELECT name, max(size), bool_or(changing) FROM files GROUP BY name").fetchall()
            # Reading every column shows every damaged block.
            counts = db.execute(
                "SELECT name, count(*), bit_xor(hash(entries)) FROM entries JOIN files ON file = number GROUP BY name"
            ).fetchall()
    except duckdb.Error as error:
        why = f"the search index is damaged: {str(error).splitlines()[0]}"
        remedy = "The next start of the server builds it anew from the journal; --repair sets it aside for that"
        faults.add("index", path, f"{why}. {remedy}")
        return None
    entries = {name: count for name, count, _ in counts}
    return {name: Indexed(size, entries.get(name, 0), changing) for name, size, changing in files}
