"""The names under which loggers write JSON: which member is the text, the time, the level, the trace, the category.

The order of a list decides between members of one object. A dotted name is one name or a step into an object, as ECS
allows both.
"""

from collections.abc import Collection
from typing import Final

TEXT, TIME, LEVEL, TRACE, CATEGORY, SERVICE, HOST, BATCH, AGENT, APP_KEY, APP_ID = range(11)

_NAMES: Final[dict[int, tuple[str, ...]]] = {
    TEXT: (
        *(
            "formattedMessage",
            "message",
            "msg",
            "Message",
            "MESSAGE",
            "@m",
            "@message",
            "_msg",
            "short_message",
            "Msg",
            "MSG",
        ),
        *("RenderedMessage", "renderedMessage", "@mt", "MessageTemplate", "messageTemplate"),
        *("fields.message", "record.message", "jsonPayload.message", "jsonPayload.msg", "@fields.message"),
        *("textPayload", "log", "event", "body", "Body", "text", "log_message", "logMessage", "eventMessage"),
        *("output", "line", "full_message", "event.original", "Text", "event.message", "event.msg"),
        *("properties.message", "properties.Message", "properties.log", "RenderedDescription", "M", "0"),
        *("log.message", "log.msg", "body.stringValue"),
    ),
    TIME: (
        *("@timestamp", "timestamp", "Timestamp", "@t", "time", "ts", "eventTime", "datetime", "asctime"),
        *("__REALTIME_TIMESTAMP", "timeUnixNano", "time_unix_nano", "instant", "timeMillis", "t", "date", "dt"),
        *("time_iso8601", "time_local", "timereported", "ISODATE", "created", "record.time", "epoch", "unixtime"),
        *("Time", "TIME", "TIMESTAMP", "dateTime", "DateTime", "event_time", "eventTimestamp", "event_timestamp"),
        *("log_time", "logTime", "log_timestamp", "logged_at", "EventTime", "TimeCreated", "timeStamp", "utcDateTime"),
        *("StartUTC", "start_time", "requestReceivedTimestamp", "EdgeStartTimestamp", "msec", "time_utc", "Date"),
        *("observedTimeUnixNano", "observed_timestamp", "timegenerated", "receiveTimestamp", "_timestamp"),
        *("TimeGenerated", "timeGenerated", "written_at", "written_ts", "logTimestamp", "lastTimestamp", "_meta.date"),
        *("timestamp_ms", "timestampMs", "time_ms", "ts_ms", "epoch_ms", "unix_time", "unixTime", "T"),
        *(
            "timestamp_us",
            "time_us",
            "ts_us",
            "timestamp_ns",
            "time_ns",
            "ts_ns",
            "UtcTimestamp",
            "logdate",
            "log_date",
        ),
        *("timestampSeconds",),
    ),
    LEVEL: (
        *("level", "Level", "LEVEL", "severity", "severity_text", "severityText", "SeverityText", "levelname"),
        *("level_name", "levelName", "log.level", "log_level", "logLevel", "loglevel", "LogLevel", "Severity"),
        *("SEVERITY", "@l", "@level", "lvl", "PRIORITY", "syslog.severity.name", "syslogseverity-text", "LEVELNAME"),
        *("record.level", "jsonPayload.level", "jsonPayload.severity", "fields.level", "@fields.level", "levelStr"),
        *("priority", "Priority", "severityNumber", "severity_number", "SeverityNumber", "levelno", "level_value"),
        *("monolog_level", "syslogseverity", "level_index", "s", "status", "log_severity", "@fields.levelname"),
        *("event.level", "event.severity", "error_severity", "messageType", "priorityName", "severityLevel"),
        *("EventLevelName", "logLevelName", "_meta.logLevelName", "_logLevel", "_level", "levelText", "level_text"),
        *("sev", "severity_level", "levelNum", "level_num"),
        *("L", "label", "type"),
    ),
    TRACE: (
        *("trace_id", "traceId", "traceID", "TraceId", "trace.id", "dd.trace_id", "@tr", "otelTraceID"),
        *("logging.googleapis.com/trace", "traceparent", "trace", "trace_ID", "TraceID", "_trace_id", "_traceId"),
        *("X-B3-TraceId", "x_trace_id", "mdc.traceId", "mdc.trace_id", "contextMap.traceId", "contextMap.trace_id"),
        *("Properties.TraceId", "span.trace_id", "extra.trace_id", "xray_trace_id", "attributes.trace_id"),
    ),
    CATEGORY: (
        *("logger", "logger_name", "loggerName", "log.logger", "logger.name", "channel", "@logger", "category"),
        *(
            "Category",
            "SourceContext",
            "Properties.SourceContext",
            "@module",
            "component",
            "target",
            "c",
            "source_name",
        ),
        *("_SYSTEMD_UNIT", "_SYSTEMD_USER_UNIT", "SYSLOG_IDENTIFIER", "PROGRAM", "programname", "name", "record.name"),
        *("scope", "facility", "Logger", "LoggerName", "_logger", "subsystem", "ProviderName", "SourceName"),
        *("categoryName", "_meta.name", "N"),
    ),
    SERVICE: (
        *("service.name", "service", "serviceName", "app", "application", "appname", "app_name", "Application"),
        *(
            "SYSLOG_IDENTIFIER",
            "_SYSTEMD_UNIT",
            "PROGRAM",
            "programname",
            "kubernetes.container_name",
            "container_name",
        ),
        *("job", "_app", "facility_name"),
    ),
    HOST: (
        *("host.name", "host.hostname", "host", "hostname", "_HOSTNAME", "HOST", "Hostname", "MachineName"),
        *("kubernetes.pod_name", "pod", "instance", "environment", "env"),
    ),
    BATCH: ("batch_id",),
    AGENT: ("user_agent",),
    APP_KEY: ("app_key",),
    APP_ID: ("app_id",),
}

ROLES: Final[dict[str, list[tuple[int, int]]]] = {}
"""A name to what it can be and its rank there: of two members the one with the lower rank wins."""

for _role, _listed in _NAMES.items():
    for _rank, _name in enumerate(_listed):
        ROLES.setdefault(_name, []).append((_role, _rank))

WITH: Final[dict[str, frozenset[str]]] = {
    # zap
    **dict.fromkeys(("L", "N", "T"), frozenset(("M",))),
    "M": frozenset(("L", "T")),
    "0": frozenset(("_meta",)),  # tslog
    "label": frozenset(("prio",)),  # MySQL
    "type": frozenset(("involvedObject", "regarding")),  # Kubernetes' events
    "timestampSeconds": frozenset(("timestampNanos",)),  # Logback, for Google Cloud
}
"""Names that anyone's object may have: they count only beside one of these."""


def roles_of(name: str, names: Collection[str]) -> list[tuple[int, int]]:
    """What a member can be among others of such names, with its rank there."""
    neighbours = WITH.get(name)
    return ROLES.get(name, []) if neighbours is None or not neighbours.isdisjoint(names) else []


CONTAINERS: Final = frozenset(name.rpartition(".")[0] for name in ROLES if "." in name)
"""Members that hold some of these names, when they are objects."""

OWN: Final = frozenset(
    (
        *("id", "trace_id", "batch_id", "app_key", "app_id", "user_agent", "level", "category", "message", "context"),
        *("timestamp", "created_at"),
    )
)
"""The members of our own entries."""

SHARED: Final = frozenset(("name", "facility", "c", "s", "t", "status", "priority", "Priority", "scope", "trace"))
"""Names that mean something else in other objects: only with a value or a neighbour that tells."""

LINES: Final = frozenset(("log", "line"))
"""Texts that are a program's line: of a container, of an agent."""


def is_line(name: str, text: str) -> bool:
    """Whether a text under this name may be a line that says more than its object: JSON, or pairs in a journal."""
    return (text[:1] == "{" and text.rstrip()[-1:] == "}") or (name == "MESSAGE" and "level=" in text)


TEMPLATES: Final = frozenset(("@mt", "MessageTemplate", "messageTemplate"))
"""Texts with holes for other members."""

NUMBERS: Final[dict[int, str]] = {
    # RFC 5424
    **dict.fromkeys((0, 1, 2), "critical"),
    3: "error",
    4: "warning",
    5: "notice",
    6: "info",
    7: "debug",
    # bunyan, pino
    10: "debug",
    20: "debug",
    30: "info",
    40: "warning",
    50: "error",
    60: "critical",
    # Monolog
    100: "debug",
    200: "info",
    250: "notice",
    300: "warning",
    400: "error",
    **dict.fromkeys((500, 550, 600), "critical"),
    # Logback, Log4j 1
    5000: "debug",
    10000: "debug",
    20000: "info",
    30000: "warning",
    40000: "error",
    50000: "critical",
}
"""What numbers mean as a level, wherever no name says whose they are."""

PYTHON: Final = {10: "debug", 20: "info", 25: "notice", 30: "warning", 40: "error", 50: "critical"}
NEXTCLOUD: Final = {0: "debug", 1: "info", 2: "warning", 3: "error", 4: "critical"}
WINDOWS: Final = {0: "info", 1: "critical", 2: "error", 3: "warning", 4: "info", 5: "debug"}
SEMANTIC: Final = {0: "debug", 1: "debug", 2: "info", 3: "warning", 4: "error", 5: "critical"}
OPENTELEMETRY: Final = {
    **dict.fromkeys(range(1, 9), "debug"),
    **dict.fromkeys(range(9, 13), "info"),
    **dict.fromkeys(range(13, 17), "warning"),
    **dict.fromkeys(range(17, 21), "error"),
    **dict.fromkeys(range(21, 25), "critical"),
}
"""OpenTelemetry's log data model, SeverityNumber."""

NUMBERED: Final[dict[str, dict[int, str]]] = {
    "severityNumber": OPENTELEMETRY,
    "severity_number": OPENTELEMETRY,
    "SeverityNumber": OPENTELEMETRY,
    "levelno": PYTHON,
    "level_index": SEMANTIC,
    "severityLevel": NEXTCLOUD,  # Application Insights
}
LETTERS: Final = {"F": "critical", "E": "error", "W": "warning", "I": "info", "D": "debug"}
"""MongoDB's `s`: its `D1` to `D5` are told by their first letter."""
