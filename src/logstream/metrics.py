"""What the server measures about itself, for GET /metrics (Prometheus text format).

Per-entry events are counted in plain dictionaries and turned into samples only when they are scraped. Label values
chosen by senders are bounded: after MAX_APPS applications, the rest count as `other`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from logstream import __version__
from logstream.entries.entry import LARGE, Batch
from logstream.memory import Memory

MAX_APPS: Final = 200
OTHER: Final = "other"

_FAST: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class _Accepted(Collector):
    """Entries and bytes accepted, and requests rejected."""

    def __init__(self) -> None:
        self.apps: set[str] = set()
        self.entries: dict[tuple[str, str], int] = {}
        self.bytes: dict[tuple[str, str], int] = {}
        self.rejected: dict[str, int] = {}

    def collect(self) -> Iterable[Metric]:
        labels = ["app_key", "level"]
        entries = CounterMetricFamily("logstream_entries_accepted", "Entries stored", labels=labels)
        size = CounterMetricFamily(
            "logstream_bytes_accepted", "Size of the entries stored, as JSON lines", labels=labels
        )
        for key, count in list(self.entries.items()):
            entries.add_metric(key, count)
            size.add_metric(key, self.bytes[key])
        rejected = CounterMetricFamily(
            "logstream_rejected", "Rejected write requests, and rejected entries in them", labels=["reason"]
        )
        for reason, count in list(self.rejected.items()):
            rejected.add_metric([reason], count)
        return [entries, size, rejected]


class _Memory(Collector):
    """What each share of the memory holds."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def collect(self) -> Iterable[Metric]:
        used = GaugeMetricFamily("logstream_memory_used_bytes", "What is used of a share", labels=["share"])
        limit = GaugeMetricFamily("logstream_memory_limit_bytes", "A share of MEMORY_MAX", labels=["share"])
        refused = CounterMetricFamily("logstream_memory_refused", "What there was no room for", labels=["share"])
        for share in self._memory.shares:
            used.add_metric([share.name], share.measure())
            limit.add_metric([share.name], share.limit)
            refused.add_metric([share.name], share.refused)
        if self._memory.index:
            limit.add_metric(["index"], self._memory.index)
        return [used, limit, refused]


class _Alerts(Collector):
    """Which alerts fire."""

    def __init__(self) -> None:
        self.firing: Callable[[], Mapping[str, bool]] = dict

    def collect(self) -> Iterable[Metric]:
        firing = GaugeMetricFamily("logstream_alert_firing", "1 while the alert fires", labels=["alert"])
        for name, fires in self.firing().items():
            firing.add_metric([name], float(fires))
        return [firing]


class Metrics:
    """The metrics of one server. Histograms may be observed in any thread, everything else only on the event loop's."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._accepted = _Accepted()
        self.registry.register(self._accepted)
        ProcessCollector(registry=self.registry)
        self.append = self._histogram("append", "Time from handing a batch to the store until it is durable", _FAST)
        self.fsync = self._histogram("fsync", "Duration of one synchronous write to the journal", _FAST)
        self.commit = self._histogram("commit", "Duration of one write that stores entries in a database", _FAST)
        self.index_lag = self._histogram("index_lag", "Time from durable to searchable", _SLOW)
        self.search = self._histogram("search", "Duration of one search in the store, including waiting", _SLOW)
        self.gaps = _Counter(self.registry, "logstream_gaps", "Gaps reported to viewers")
        self.dropped = _Counter(
            self.registry, "logstream_entries_dropped", "Entries skipped for viewers, in all gaps together"
        )
        self._future = _Counter(
            self.registry, "logstream_future_timestamps", "Entries whose time was more than MAX_FUTURE ahead"
        )
        self._pauses = _Counter(
            self.registry, "logstream_accept_pauses", "Times that new connections had to wait for a file handle"
        )
        self._disconnected = Counter(
            "logstream_disconnected", "Connections ended that took too long", ["reason"], registry=self.registry
        )
        self._dropped_datagrams = Counter(
            "logstream_datagrams_dropped", "Datagrams lost", ["listener", "reason"], registry=self.registry
        )
        self._refused_connections = Counter(
            "logstream_connections_refused",
            "Connections to the sockets refused, or ended by the server",
            ["listener", "reason"],
            registry=self.registry,
        )
        self._connections = Gauge(
            "logstream_connections", "Connections to the sockets", ["listener"], registry=self.registry
        )
        self._alerts = _Alerts()
        self.registry.register(self._alerts)
        self._alert_deliveries = _Counter(self.registry, "logstream_alert_deliveries", "Messages of alerts delivered")
        self._alert_failures = _Counter(
            self.registry, "logstream_alert_delivery_failures", "Tries to deliver a message of an alert that failed"
        )
        version = Gauge("logstream_build_info", "Always 1", ["version"], registry=self.registry)
        version.labels(__version__).set(1)

    def accepted(self, batch: Batch) -> None:
        """Count a batch that is durable. Measured: 0.2 us an entry."""
        entries, size = self._accepted.entries, self._accepted.bytes
        apps = self._accepted.apps
        lines = batch.split_lines() if len(batch.entries) <= LARGE else batch.each_line()
        for entry, line in zip(batch.entries, lines, strict=True):
            key = (entry.app_key, entry.level)
            if key in entries:
                entries[key] += 1
                size[key] += len(line) + 1
                continue
            if entry.app_key not in apps:
                if len(apps) < MAX_APPS:
                    apps.add(entry.app_key)
                else:
                    key = (OTHER, entry.level)
            entries[key] = entries.get(key, 0) + 1
            size[key] = size.get(key, 0) + len(line) + 1

    def rejected(self, reason: str, count: int = 1) -> None:
        """Count rejections; `reason` must come from a small fixed set."""
        self._accepted.rejected[reason] = self._accepted.rejected.get(reason, 0) + count

    def future(self, count: int) -> None:
        """Count entries that got the time of receipt in place of one too far ahead."""
        self._future.value += count

    def gap(self, dropped: int) -> None:
        """Count a gap of `dropped` entries reported to a viewer."""
        self.gaps.value += 1
        self.dropped.value += dropped

    def accepting_paused(self) -> None:
        """New connections wait until others end."""
        self._pauses.value += 1

    def disconnected(self, reason: str) -> None:
        """A connection was ended because its peer takes too long; `reason` is one of few."""
        self._disconnected.labels(reason).inc()

    def datagrams_dropped(self, listener: str, reason: str, count: int) -> None:
        """Datagrams are lost; `reason` is one of few."""
        self._dropped_datagrams.labels(listener, reason).inc(count)

    def connection_refused(self, listener: str, reason: str) -> None:
        """A connection to a socket was refused, or ended by us; `reason` is one of few."""
        self._refused_connections.labels(listener, reason).inc()

    def connections(self, listener: str, read: Callable[[], float]) -> None:
        """Tell how many connections a listener has."""
        self._connections.labels(listener).set_function(read)

    def memory(self, memory: Memory) -> None:
        """Tell of these shares."""
        self.registry.register(_Memory(memory))

    def alerts(self, firing: Callable[[], Mapping[str, bool]]) -> None:
        """Tell of these alerts."""
        self._alerts.firing = firing

    def alert_delivered(self, succeeded: bool) -> None:
        """Count one try to deliver a message."""
        counter = self._alert_deliveries if succeeded else self._alert_failures
        counter.value += 1

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Register a gauge whose value is read at each scrape."""
        Gauge(f"logstream_{name}", text, registry=self.registry).set_function(read)

    def text(self) -> bytes:
        return generate_latest(self.registry)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"logstream_{name}_seconds", text, buckets=buckets, registry=self.registry)


class _Counter(Collector):
    """A counter without labels, cheap to increment."""

    def __init__(self, registry: CollectorRegistry, name: str, text: str) -> None:
        self._name, self._text = name, text
        self.value = 0
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily(self._name, self._text, value=self.value)
