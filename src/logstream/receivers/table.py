"""The table of wire formats: where each is received, how it is decoded, and how it answers.

A new format is a module beside this one, a line here, a page in docs/senders/ and a test.
"""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

import msgspec

from logstream.formats.clock import Clock
from logstream.receivers import (
    betterstack,
    datadog,
    elasticsearch,
    gelf,
    heroku,
    journald,
    loki,
    otlp,
    seq,
    shippers,
    splunk,
)
from logstream.receivers.request import Accepted, Decode, Failed, Probe, Records, error_as_json


class Streaming(Protocol):
    """The records of a body, as its bytes arrive."""

    @property
    def held(self) -> int:
        """Bytes that wait for more."""

    def feed(self, data: bytes) -> Records:
        """The records that these bytes complete."""

    def end(self, records: Records) -> None:
        """Add the records that were still open."""


class WireFormat(msgspec.Struct, frozen=True):
    """A row. Paths may have `{names}`; a format that is not `alone` is found behind any prefix too."""

    name: str
    paths: Sequence[str]
    decode: Decode
    accepted: Accepted
    failed: Failed = error_as_json
    methods: Sequence[str] = ("POST",)
    alone: bool = False
    stream: Callable[[Clock], "Streaming"] | None = None
    """Takes a body that may never end as it arrives, where the format has such."""
    packed: bool = False
    """Whether a body without a Content-Encoding is packed in the format's own way."""
    forgiving: bool = False
    """Whether senders send again for ever what is answered with an error, so that what can't be read is taken."""


_HEC: Final = "/services/collector"

FORMATS: Final[Sequence[WireFormat]] = (
    WireFormat("OpenTelemetry", ("/v1/logs",), otlp.decode, otlp.accepted, otlp.failed),
    WireFormat(
        "Loki",
        ("/loki/api/v1/push", "/api/prom/push"),
        loki.decode,
        loki.accepted,
        loki.failed,
        packed=True,
        forgiving=True,
    ),
    WireFormat(
        "Elasticsearch",
        ("/_bulk", "/{index}/_bulk"),
        elasticsearch.decode,
        elasticsearch.accepted,
        elasticsearch.failed,
        methods=("POST", "PUT"),
        forgiving=True,
    ),
    WireFormat(
        "Splunk",
        (_HEC, f"{_HEC}/1.0", f"{_HEC}/event", f"{_HEC}/event/1.0", f"{_HEC}/raw", f"{_HEC}/raw/1.0"),
        splunk.decode,
        splunk.accepted,
        splunk.failed,
    ),
    WireFormat("Seq", ("/api/events/raw", "/ingest/clef"), seq.decode, seq.accepted, seq.failed),
    WireFormat("GELF", ("/gelf",), gelf.decode, gelf.accepted),
    WireFormat(
        "Datadog",
        ("/api/v2/logs", "/v1/input/{key}", "/v1/input"),
        datadog.decode,
        datadog.accepted,
        datadog.failed,
    ),
    WireFormat("journald", ("/upload",), journald.decode, journald.accepted, forgiving=True, stream=journald.Stream),
    WireFormat("Heroku", ("/logplex", "/heroku"), heroku.decode, heroku.accepted, forgiving=True),
    WireFormat("Better Stack", ("/",), betterstack.decode, betterstack.accepted, alone=True),
    WireFormat(
        "Shippers",
        ("/in", "/in/{app_key}", "/in/{app_key}/{app_id}", "/ingest"),
        shippers.decode,
        shippers.accepted,
        alone=True,
    ),
)

_TOPICS: Final = (
    "license|xpack|cluster|nodes|refresh|cat|security|ilm|index_template|template"
    "|component_template|ingest|data_stream|alias|mapping|settings|rollup|ml"
)

PROBES: Final[Sequence[tuple[Sequence[str], str, Probe]]] = (
    (("GET", "HEAD"), "/ready|/loki/api/v1/status/buildinfo", loki.ready),
    (("GET", "HEAD"), f"{_HEC}/health(?:/1\\.0)?", splunk.health),
    (("OPTIONS",), f"{_HEC}(?:/event|/raw)?(?:/1\\.0)?", splunk.options),
    (("GET",), "/api/v1/validate", datadog.validate),
    (("GET", "HEAD", "PUT", "POST"), f"(?:/[^/]+)?/_(?:{_TOPICS})(?:/.*)?", elasticsearch.about),
)
"""What senders ask before or between batches: methods, path, answer. None of it needs a key or changes anything."""
