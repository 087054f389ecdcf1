"""The composition root: builds everything from the settings, owns start and stop. Only the serve command imports it."""

import asyncio
import contextlib
import gc
import logging
import resource
import signal
import socket
import ssl
from typing import Final

import uvicorn
import uvloop

from logstream import __version__
from logstream.accept import Acceptor
from logstream.alerts.alerts import Alerts
from logstream.alerts.definitions import AlertFile, InvalidAlertFile
from logstream.entries.entry import Batch
from logstream.listener import FileHandles, Listener
from logstream.live.hub import Hub
from logstream.live.websocket import serve_websocket, uvicorn_websocket_protocol
from logstream.memory import Memory
from logstream.metrics import Metrics
from logstream.receivers.making import Horizon
from logstream.settings import Settings, SettingsError
from logstream.sockets.listeners import PortUnusable, Sockets
from logstream.storage import Storage, open_storage
from logstream.store import StoreUnavailable
from logstream.stores.journal.modes import restrict
from logstream.team.dashboards import dashboards_in, read_dashboard
from logstream.team.start import StartPage
from logstream.team.views import read_view, views_in
from logstream.web.alerts import AlertRoutes
from logstream.web.app import App, Resources
from logstream.web.auth import Access, KeyHolders, RegisteredClients
from logstream.web.bodies import Bodies
from logstream.web.clients import ClientRoutes
from logstream.web.docs import DocsRoutes
from logstream.web.export import ExportRoutes
from logstream.web.ingest import Ingest
from logstream.web.patterns import PatternRoutes
from logstream.web.protocol import http_protocol
from logstream.web.receive import Receivers
from logstream.web.retention import RetentionRoutes
from logstream.web.search import SearchRoutes
from logstream.web.statistics import StatisticsRoutes
from logstream.web.status import StatusRoutes
from logstream.web.stream import StreamRoutes
from logstream.web.team import CollectionRoutes, StartRoutes
from logstream.web.ui import UiRoutes
from logstream.web.websites import is_loopback

log = logging.getLogger("logstream")

OPEN_SIDES: Final = {"API_SECRET": "write", "UI_SECRET": "read"}

STOP_SECONDS = 10
"""How long a stop waits for requests in progress."""


class StartError(Exception):
    """The server can't start; the message says why and what to do."""


class _HttpServer(uvicorn.Server):
    """uvicorn, but viewers are disconnected before it waits for connections to end, and signals are handled quietly."""

    def __init__(self, config: uvicorn.Config, hub: Hub, handles: FileHandles) -> None:
        super().__init__(config)
        self._hub = hub
        self._handles = handles

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept with a Listener in place of uvicorn's servers."""
        await super().startup([])
        config = self.config

        def make_protocol() -> asyncio.Protocol:
            protocol: type[asyncio.Protocol] = config.http_protocol_class
            return protocol(config=config, server_state=self.server_state, app_state=self.lifespan.state)  # type: ignore[call-arg]

        self.servers = [Listener(sockets or [], make_protocol, self._handles, config.backlog)]  # type: ignore[list-item]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await self._hub.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self._stop, name)
        try:
            yield
        finally:
            for name in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(name)

    def _stop(self, name: signal.Signals) -> None:
        if self.should_exit:
            self.force_exit = True  # the second signal: stop waiting for requests
        else:
            log.info("stopping on %s: finishing requests in progress", name.name)
        self.should_exit = True


async def _serve(settings: Settings) -> None:
    metrics = Metrics()
    memory = Memory(settings.memory, settings.index_memory if settings.storage_type == "file" else 0)
    metrics.memory(memory)
    hub = Hub(on_gap=metrics.gap, share=memory.viewers, readers=memory.readers)
    metrics.gauge("viewers", "Connected viewers", lambda: hub.viewers)
    metrics.gauge("filters", "Distinct filters of viewers", lambda: hub.filters)

    storage = open_storage(settings, metrics, memory)
    http_socket = _listen(settings.listen_host, settings.http_port, "HTTP_PORT")
    try:
        await storage.start()
    except StoreUnavailable as error:
        raise StartError(str(error)) from None
    try:
        await _serve_storage(settings, storage, hub, metrics, memory, http_socket)
    finally:
        await storage.stop()
    log.info("stopped: everything accepted is on disk")


async def _serve_storage(
    settings: Settings,
    storage: Storage,
    hub: Hub,
    metrics: Metrics,
    memory: Memory,
    http_socket: socket.socket,
) -> None:
    store = storage.store
    alerts = _make_alerts(settings, storage, metrics)

    def publish(batch: Batch) -> None:
        hub.publish(batch)
        alerts.publish(batch)

    acceptor = Acceptor(store, publish, metrics)
    acceptor.start()
    hub.position, hub.last_id = acceptor.position, acceptor.last_id
    try:
        await alerts.start(acceptor.position)
    except InvalidAlertFile as error:
        raise SettingsError(f"ALERTS_CONFIG={str(settings.alerts_config)!r} is not valid: {error}") from None
    try:
        await _serve_accepted(settings, storage, alerts, acceptor, hub, metrics, memory, http_socket)
    finally:
        await alerts.stop()


async def _serve_accepted(
    settings: Settings,
    storage: Storage,
    alerts: Alerts,
    acceptor: Acceptor,
    hub: Hub,
    metrics: Metrics,
    memory: Memory,
    http_socket: socket.socket,
) -> None:
    store = storage.store
    access = Access(settings)
    senders = KeyHolders(access.write) if storage.clients is None else RegisteredClients(storage.clients)
    bodies = Bodies(settings.max_body_bytes, memory)
    handles = FileHandles(metrics.accepting_paused)
    horizon = Horizon(settings.max_future, metrics.future)
    sockets = Sockets(settings, acceptor, storage.clients, memory, metrics, handles, horizon)
    views, dashboards = views_in(storage.shared), dashboards_in(storage.shared)
    start = StartPage(storage.shared, view=views, dashboard=dashboards)
    app = App(
        Resources(
            Ingest(acceptor, senders, bodies, metrics, memory, horizon),
            Receivers(acceptor, senders, bodies, settings.max_body_bytes, metrics, memory, horizon),
            SearchRoutes(store, access, memory.searches, memory.readers),
            StreamRoutes(store, hub, access),
            ExportRoutes(store, access, memory.readers),
            StatisticsRoutes(store, access, memory.searches),
            PatternRoutes(store, access, memory.searches),
            StatusRoutes(
                settings,
                access,
                hub,
                metrics,
                store,
                lambda: _warnings(settings, storage, sockets) + alerts.warnings,
                sockets,
                storage.cluster,
            ),
            ClientRoutes(storage.clients, access),
            RetentionRoutes(storage.retention, access),
            CollectionRoutes("view", views, read_view, start, access),
            CollectionRoutes("dashboard", dashboards, read_dashboard, start, access),
            StartRoutes(start, access),
            AlertRoutes(alerts.desk, access),
            DocsRoutes(settings.base_path),
            UiRoutes(settings.base_path),
        ),
        access,
        settings.base_path,
    )
    config = uvicorn.Config(
        app,
        http=http_protocol(metrics.disconnected),
        ws=uvicorn_websocket_protocol(hub, store, access.refuse_handshake, settings.base_path),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=2048,
        timeout_keep_alive=75,  # longer than the idle timeout of common proxies, so that they close first
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    viewers = None
    if settings.ws_port:
        try:
            viewers = await serve_websocket(
                hub, store, access.refuse_handshake, settings.listen_host, settings.ws_port, handles
            )
        except OSError as error:
            raise StartError(_cannot_listen("WS_PORT", settings.listen_host, settings.ws_port, error)) from None
    try:
        sockets.start()
    except PortUnusable as error:
        raise StartError(_cannot_listen(error.setting, settings.listen_host, error.port, error.error)) from None
    except (OSError, ssl.SSLError) as error:
        raise StartError(f"TLS_CERT and TLS_KEY can't be used: {error.strerror or error}") from None
    _announce(settings, storage, memory, sockets)
    try:
        await _HttpServer(config, hub, handles).serve(sockets=[http_socket])
    finally:
        await sockets.stop()
        if viewers is not None:
            viewers.close()


def _make_alerts(settings: Settings, storage: Storage, metrics: Metrics) -> Alerts:
    host = settings.listen_host
    if host in ("0.0.0.0", "::"):
        host = socket.gethostname()
    shown = f"[{host}]" if ":" in host else host
    secret = settings.alert_signing_secret
    return Alerts(
        storage.shared,
        storage.store,
        metrics,
        file=None if settings.alerts_config is None else AlertFile(settings.alerts_config),
        signing_secret=None if secret is None else secret.get_secret_value(),
        allow_private=settings.alert_allow_private,
        base=settings.public_url or f"http://{shown}:{settings.http_port}{settings.base_path}",
        node=storage.node,
    )


def _announce(settings: Settings, storage: Storage, memory: Memory, sockets: Sockets) -> None:
    host = settings.listen_host
    shown = f"[{host}]" if ":" in host else host
    ws = f"ws://{shown}:{settings.ws_port}" if settings.ws_port else f"ws://{shown}:{settings.http_port}/ws"
    log.info(
        "logstream %s listening on http://%s:%d%s and %s, storing in %s; writing is %s, reading is %s; using %s",
        __version__,
        shown,
        settings.http_port,
        settings.base_path,
        ws,
        storage,
        "open" if "API_SECRET" in settings.missing_secrets else "protected",
        "open" if "UI_SECRET" in settings.missing_secrets else "protected",
        memory,
    )
    if str(sockets):
        log.info("listening for %s%s", sockets, ", with TLS too" if settings.tls_cert else "")
    if "index_memory" in settings.model_fields_set and memory.index < settings.index_memory and memory.index:
        log.warning("INDEX_MEMORY is more than MEMORY_MAX leaves: searching may use %d bytes", memory.index)
    if missing := settings.missing_secrets:
        reach = f"HOST={host} was set explicitly" if settings.host else "listening on loopback only"
        log.warning("%s not set: that side is open to anyone who can reach the port; %s", " and ".join(missing), reach)


def _warnings(settings: Settings, storage: Storage, sockets: Sockets) -> list[str]:
    """What an operator should know, for GET /api/health and the page."""
    warnings = sockets.warnings
    if not is_loopback(settings.listen_host):
        for name, what in OPEN_SIDES.items():
            if name in settings.missing_secrets:
                warnings.append(f"{name} is not set: anyone who can reach this server may {what}")
        if sockets.health and not settings.allowed_networks:
            warnings.append("ALLOWED_NETWORKS is not set: anyone who can reach the ports of the sockets may write")
    if storage.retention.put_off is not None:
        warnings.append(f"retention is put off: {storage.retention.put_off}")
    return warnings + storage.store.faults


def _listen(host: str, port: int, name: str) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise StartError(_cannot_listen(name, host, port, error)) from None
    listener.setblocking(False)
    return listener


def _cannot_listen(name: str, host: str, port: int, error: OSError) -> str:
    return f"can't listen on {host}:{port}: {error.strerror or error}; choose another {name} or HOST"


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT. Raises StartError."""
    restrict(settings.group_access)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # every viewer and sender is an open file
    # What is loaded stays: it need not be looked through for garbage, and little of what requests leave is in circles.
    # Measured with single posts: 90 instead of 100 us of the processor each, 12 instead of 33 ms for the slowest 1 %.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    try:
        uvloop.run(_serve(settings))
    finally:
        gc.unfreeze()  # else DuckDB's binding tells of its functions as leaked at the end
