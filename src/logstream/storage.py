"""What the settings choose to keep things in: the store, the registered clients, and retention."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from logstream.entries.entry import Batch
from logstream.metrics import Metrics
from logstream.retention.policy_book import FilePolicies, InvalidRules, PolicyBook
from logstream.retention.run_log import FileRuns
from logstream.retention.scheduler import Retention
from logstream.settings import Settings, SettingsError
from logstream.store import Store
from logstream.stores.file.store import FileStore
from logstream.stores.mariadb.clients import Clients
from logstream.stores.mariadb.database import Address
from logstream.stores.mariadb.retention import DatabasePolicies, DatabaseRuns
from logstream.stores.mariadb.store import MariaDbStore


class Storage(NamedTuple):
    """All that is kept. `clients` is None where none are registered: with files, senders share one key."""

    store: Store
    clients: Clients | None
    retention: Retention
    name: str

    async def start(self) -> None:
        """Raises StoreUnavailable."""
        await self.store.start()
        if self.clients is not None:
            await self.clients.start()
        self.retention.start()

    async def stop(self) -> None:
        await self.retention.stop()
        await self.store.stop()

    def __str__(self) -> str:
        return self.name


def database_address(settings: Settings) -> Address:
    password = settings.db_pass.get_secret_value() if settings.db_pass else None
    return Address(settings.db_host, settings.db_port, settings.db_name, settings.db_user, password)


def open_storage(settings: Settings, publish: Callable[[Batch], None], metrics: Metrics) -> Storage:
    """What the settings say, not yet started. Raises SettingsError."""
    sync = settings.durability == "fsync"
    interval = settings.retention_interval_hours
    book: PolicyBook | None = None
    if settings.retention_config is not None:
        book = _policies_in(settings.retention_config, interval)
    if settings.storage_type == "file":
        files = FileStore(
            settings.log_path,
            publish=publish,
            sync=sync,
            index_memory=settings.index_memory,
            search_timeout=settings.search_timeout,
            compress_after_days=settings.compress_after_days,
            metrics=metrics,
        )
        state = files.state_folder
        book = book or FilePolicies(state / "retention.json", interval)
        retention = Retention(files, book, FileRuns(state / "retention.log"))
        return Storage(files, None, retention, f"{settings.log_path.resolve()} ({settings.durability})")
    store = MariaDbStore(
        database_address(settings),
        settings.spool_path,
        publish=publish,
        sync=sync,
        spool_bytes=settings.spool_max_bytes,
        search_timeout=settings.search_timeout,
        metrics=metrics,
    )
    database = store.database
    clients = Clients(database, settings.spool_path / ".logstream/clients.json")
    retention = Retention(store, book or DatabasePolicies(database, interval), DatabaseRuns(database))
    return Storage(store, clients, retention, f"MariaDB {database.address}")


def _policies_in(path: Path, interval: int) -> FilePolicies:
    book = FilePolicies(path, interval)
    try:
        book.read()
    except InvalidRules as error:
        raise SettingsError(f"RETENTION_CONFIG={str(path)!r} is not valid: {error}") from None
    return book
