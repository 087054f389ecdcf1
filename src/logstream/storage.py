"""What the settings choose to keep things in: the store, the registered clients, retention, and what people share."""

import logging
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

from logstream.clients import Clients
from logstream.memory import Memory
from logstream.metrics import Metrics
from logstream.retention.policy_book import FilePolicies, InvalidRules, PolicyBook
from logstream.retention.retention import Retention
from logstream.retention.run_log import FileRuns
from logstream.retention.scheduler import Scheduler
from logstream.settings import Settings, SettingsError
from logstream.shared import SharedState
from logstream.store import Store
from logstream.stores.clickhouse.address import Address as ClickHouseAddress
from logstream.stores.clickhouse.address import read_address
from logstream.stores.file.shared import FileShared
from logstream.stores.file.store import FileStore
from logstream.stores.journal.durable_names import keep_durably
from logstream.stores.mariadb.address import Address

log = logging.getLogger("logstream")

CLUSTER_CACHE_SECONDS: Final = 1.0
"""How soon every node of a cluster knows of a client that was changed on another."""


class Storage:
    """All that is kept. `clients` is None where none are registered: with files, senders share one key."""

    def __init__(
        self,
        store: Store,
        clients: Clients | None,
        retention: Retention,
        shared: SharedState,
        name: str,
        node: str = "",
        leads: Callable[[], bool] = lambda: True,
        cluster: Callable[[], dict[str, object] | None] = lambda: None,
    ) -> None:
        self.store = store
        self.clients = clients
        self.retention = retention
        self.shared = shared
        self.node = node
        """What tells this server from others that share the same state; empty where none can."""
        self.cluster = cluster
        """What is told of the other servers that share the store; None where none can."""
        self._scheduler = Scheduler(retention, leads)
        self._name = name

    async def start(self) -> None:
        """Raises StoreUnavailable."""
        await self.store.start()
        if self.clients is not None:
            await self.clients.start()
        self._scheduler.start()

    async def stop(self) -> None:
        await self._scheduler.stop()
        await self.shared.close()
        await self.store.stop()

    def __str__(self) -> str:
        return self._name


def open_storage(settings: Settings, metrics: Metrics, memory: Memory) -> Storage:
    """What the settings say, not yet started. Raises SettingsError."""
    book: PolicyBook | None = None
    if settings.retention_config is not None:
        book = _policies_in(settings.retention_config, settings.retention_interval_hours)
    if settings.storage_type == "file" and settings.nats_url:
        raise SettingsError(
            "NATS_URL needs a database that all nodes share: set STORAGE_TYPE=mariadb, or unset NATS_URL"
        )
    if settings.storage_type == "file":
        return _in_files(settings, book, metrics, memory)
    if settings.storage_type == "clickhouse" and settings.nats_url:
        raise SettingsError(
            "NATS_URL does not go with STORAGE_TYPE=clickhouse yet: set STORAGE_TYPE=mariadb, or unset NATS_URL"
        )
    if settings.nats_url:
        return _in_cluster(settings, book, metrics)
    if settings.storage_type == "clickhouse":
        return _in_clickhouse(settings, book, metrics)
    return _in_mariadb(settings, book, metrics)


def _in_files(settings: Settings, book: PolicyBook | None, metrics: Metrics, memory: Memory) -> Storage:
    store = FileStore(
        settings.log_path,
        sync=settings.durability == "fsync",
        index_memory=memory.index,
        search_timeout=settings.search_timeout,
        compress_after_days=settings.compress_after_days,
        metrics=metrics,
    )
    state = store.state_folder
    book = book or FilePolicies(state / "retention.json", settings.retention_interval_hours, keep_durably, ours=True)
    retention = Retention(store, book, FileRuns(state / "retention.log", keep_durably))
    shared = FileShared(state, sync=settings.durability == "fsync")
    return Storage(store, None, retention, shared, f"{settings.log_path.resolve()} ({settings.durability})")


def _in_mariadb(settings: Settings, book: PolicyBook | None, metrics: Metrics) -> Storage:
    # Imported here: without a database, SQLAlchemy and its driver would cost a start 0.3 s and 20 MB for nothing.
    from logstream.stores.mariadb.clients import MariaDbClientTable
    from logstream.stores.mariadb.retention import DatabasePolicies, DatabaseRuns
    from logstream.stores.mariadb.shared import DatabaseShared
    from logstream.stores.mariadb.store import MariaDbStore
    from logstream.stores.registered.clients import DatabaseClients

    store = MariaDbStore(
        database_address(settings),
        settings.spool_path,
        sync=settings.durability == "fsync",
        spool_bytes=settings.spool_max_bytes,
        search_timeout=settings.search_timeout,
        metrics=metrics,
        node=f"{socket.gethostname()}:{settings.http_port}",
    )
    database = store.database
    clients = DatabaseClients(MariaDbClientTable(database), settings.spool_path / ".logstream/clients.json")
    book = book or DatabasePolicies(database, settings.retention_interval_hours)
    retention = Retention(store, book, DatabaseRuns(database))
    name, node = f"MariaDB {database.address}", f"{socket.gethostname()}:{settings.spool_path.resolve()}"
    return Storage(store, clients, retention, DatabaseShared(database), name, node)


def _in_clickhouse(settings: Settings, book: PolicyBook | None, metrics: Metrics) -> Storage:
    from logstream.stores.clickhouse.clients import SharedClientTable
    from logstream.stores.clickhouse.retention import SharedPolicies, SharedRuns
    from logstream.stores.clickhouse.shared import ClickHouseShared
    from logstream.stores.clickhouse.store import ClickHouseStore
    from logstream.stores.registered.clients import DatabaseClients

    store = ClickHouseStore(
        clickhouse_address(settings),
        settings.spool_path,
        sync=settings.durability == "fsync",
        spool_bytes=settings.spool_max_bytes,
        search_timeout=settings.search_timeout,
        metrics=metrics,
    )
    shared = ClickHouseShared(store.database)
    table = SharedClientTable(shared, store.remove_all)
    clients = DatabaseClients(table, settings.spool_path / ".logstream/clients.json")
    book = book or SharedPolicies(shared, settings.retention_interval_hours)
    retention = Retention(store, book, SharedRuns(shared))
    name, node = f"ClickHouse {store.database.address}", f"{socket.gethostname()}:{settings.spool_path.resolve()}"
    return Storage(store, clients, retention, shared, name, node)


def clickhouse_address(settings: Settings) -> ClickHouseAddress:
    """Raises SettingsError."""
    if settings.clickhouse_url is None:
        raise SettingsError("CLICKHOUSE_URL is not set: with STORAGE_TYPE=clickhouse, it says where the database is")
    try:
        return read_address(settings.clickhouse_url.get_secret_value(), settings.clickhouse_cluster)
    except ValueError as error:
        raise SettingsError(f"CLICKHOUSE_URL=(hidden) is not valid: expected {error}") from None


def _in_cluster(settings: Settings, book: PolicyBook | None, metrics: Metrics) -> Storage:
    from logstream.stores.mariadb.clients import MariaDbClientTable
    from logstream.stores.mariadb.filled import FilledMariaDb
    from logstream.stores.mariadb.retention import DatabasePolicies, DatabaseRuns
    from logstream.stores.mariadb.shared import DatabaseShared
    from logstream.stores.registered.clients import DatabaseClients
    from logstream.stores.stream.connection import Connection
    from logstream.stores.stream.store import StreamStore
    from logstream.stores.stream.stream import StreamSettings

    if any(path.stat().st_size for path in settings.spool_path.glob("*/*/*.jsonl")):
        log.warning(
            "SPOOL_PATH=%r holds entries from before this server was a node: start it once without NATS_URL, "
            "so that they come into the database",
            str(settings.spool_path),
        )
    node = f"{socket.gethostname()}:{settings.http_port}"
    connection = Connection(
        settings.nats_url, node=node, credentials=_nats_credentials(settings), tls=_nats_tls(settings)
    )
    stream = StreamSettings(
        settings.nats_stream,
        settings.nats_replicas,
        settings.nats_max_bytes,
        settings.nats_max_age,
        settings.nats_duplicate_window,
    )
    filled = FilledMariaDb(database_address(settings), stream.name, search_timeout=settings.search_timeout)
    store = StreamStore(connection, stream, filled, node=node, metrics=metrics)
    database = filled.database
    clients = DatabaseClients(
        MariaDbClientTable(database), None, cache_seconds=CLUSTER_CACHE_SECONDS, settled=store.settled
    )
    book = book or DatabasePolicies(database, settings.retention_interval_hours)
    retention = Retention(store, book, DatabaseRuns(database))
    name = f"the stream {stream.name} on NATS {connection} and MariaDB {database.address}"
    return Storage(
        store,
        clients,
        retention,
        DatabaseShared(database),
        name,
        node,
        leads=lambda: store.leads,
        cluster=lambda: store.cluster,
    )


def _nats_credentials(settings: Settings) -> Path | None:
    path = settings.nats_credentials
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"NATS_CREDENTIALS={str(path)!r} can't be read: {error.strerror}") from None
    if b"BEGIN NATS USER JWT" not in content or b"BEGIN USER NKEY SEED" not in content:
        raise SettingsError(
            f"NATS_CREDENTIALS={str(path)!r} has no credentials of a user, as `nsc generate creds` writes"
        )
    return path


def _nats_tls(settings: Settings) -> ssl.SSLContext | None:
    """None: as the addresses say, with the certificate authorities of this machine."""
    if settings.nats_tls_ca is None and settings.nats_tls_cert is None:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.nats_tls_ca)
        if settings.nats_tls_cert is not None:
            context.load_cert_chain(settings.nats_tls_cert, settings.nats_tls_key)
    except OSError as error:
        raise SettingsError(f"NATS_TLS_CA, NATS_TLS_CERT or NATS_TLS_KEY can't be used: {error}") from None
    return context


def database_address(settings: Settings) -> Address:
    password = settings.db_pass.get_secret_value() if settings.db_pass else None
    return Address(settings.db_host, settings.db_port, settings.db_name, settings.db_user, password)


def _policies_in(path: Path, interval: int) -> FilePolicies:
    book = FilePolicies(path, interval, keep_durably)
    try:
        book.read()
    except InvalidRules as error:
        raise SettingsError(f"RETENTION_CONFIG={str(path)!r} is not valid: {error}") from None
    return book
