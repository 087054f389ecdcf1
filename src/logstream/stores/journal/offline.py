"""The journal for commands that work on its files while the server is stopped."""

import logging
from pathlib import Path

from logstream.stores.journal.idempotency import IdempotencyLedger
from logstream.stores.journal.journal import Journal
from logstream.stores.journal.modes import GroupAccess, restrict
from logstream.stores.journal.naming import BY_DATE, Naming

log = logging.getLogger("logstream.journal")


def open_offline(root: Path, group_access: GroupAccess = "read", naming: Naming = BY_DATE) -> Journal:
    """The journal in `root`, locked and mended as a start of the server would; the caller closes it.

    What was mended is logged. Raises LockedError while a server runs, or OSError when the folder can't be used.
    """
    restrict(group_access)
    journal = Journal(root, naming=naming, ledger=IdempotencyLedger.of(root))
    for note in journal.open():
        log.warning("%s", note)
    return journal
