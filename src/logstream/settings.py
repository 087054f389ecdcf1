"""Every setting: its environment variable, default and meaning. The only reader of the environment.

Values come from the environment, else from `.env` in the working directory. An empty value counts as not set, as in
the original's `.env`.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from logstream import __version__
from logstream.entries.timestamps import time_zone
from logstream.memory import LEAST, default_memory_max

_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "KI": 1024, "MI": 1024**2, "GI": 1024**3}


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class SettingsError(Exception):
    """An invalid value. The text names the variable, the value and what is allowed, in one line."""


def parse_size(value: Any, least: int = 0) -> Any:
    """Bytes from `1500000`, `64MB`, `1 GB` or `512MiB`. Raises ValueError for anything else, or below `least`."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMG]I?|)B?\s*", value, re.IGNORECASE | re.ASCII)
    size = -1 if match is None else int(float(match[1]) * _UNITS[match[2].upper()])
    if size < least:
        raise ValueError(f"a size such as 512MB or 1GiB, at least {least} bytes")
    return size


def _size_from(least: int) -> BeforeValidator:
    return BeforeValidator(lambda value: parse_size(value, least))


def parse_duration(value: Any) -> Any:
    """A span of time from `30s`, `5m`, `1h` or `7d`, of at most 100 years. Raises ValueError for anything else."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*([0-9]{1,10})\s*([smhd])\s*", value, re.IGNORECASE | re.ASCII)
    seconds = 0 if match is None else int(match[1]) * _SECONDS[match[2].lower()]
    if not 0 < seconds <= 36_500 * 86_400:
        raise ValueError("a span of time such as 30s, 5m, 1h or 7d")
    return timedelta(seconds=seconds)


def parse_list(value: Any) -> Any:
    """The texts of `a, b`."""
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def parse_origins(value: Any) -> Any:
    """Origins such as `https://status.example.com`, or `*`. Raises ValueError for anything else."""
    origins = parse_list(value)
    for origin in origins:
        if origin != "*" and not re.fullmatch(r"https?://[^/\s?#@]+/?", origin, re.IGNORECASE):
            raise ValueError("origins such as https://status.example.com, separated by commas")
    return origins


def parse_address(value: Any) -> Any:
    """`https://logs.example.com` without a slash at its end. Raises ValueError for what is no web address."""
    if isinstance(value, str) and not re.fullmatch(r"https?://[^/\s?#@]+(?:/[^\s?#]*)?", value, re.IGNORECASE):
        raise ValueError("an address such as https://logs.example.com")
    return value.rstrip("/") if isinstance(value, str) else value


def parse_networks(value: Any) -> Any:
    """Networks such as `10.0.0.0/8, fd00::/8`, or single addresses. Raises ValueError for anything else."""
    try:
        return tuple(ip_network(part, strict=False) for part in parse_list(value))
    except ValueError:
        raise ValueError("networks such as 10.0.0.0/8, separated by commas") from None


OWN_PATHS: Final = (
    *("api", "assets", "d", "docs", "favicon.ico", "gelf", "heroku", "in", "ingest", "key", "logplex", "loki"),
    *("metrics", "openapi.yaml", "ready", "services", "upload", "v", "v1", "ws"),
)
"""What paths of this server begin with, so that a prefix may not."""


def parse_base_path(value: Any) -> Any:
    """`/logs` from `/logs/`, nothing from `/`. Raises ValueError for what is no path, or would hide one of ours."""
    path = value.strip().rstrip("/")
    if not re.fullmatch(r"(?:/[A-Za-z0-9][A-Za-z0-9._~-]*)*", path):
        raise ValueError("a path such as /logs")
    if path and path.split("/")[1] in OWN_PATHS:
        raise ValueError("a path such as /logs that begins like none of this server's own")
    return path


def parse_servers(value: Any) -> Any:
    """NATS servers such as `nats://a:4222, tls://b:4222`. Raises ValueError for anything else."""
    servers = parse_list(value)
    for server in servers:
        if not re.fullmatch(r"(?:(?:nats|tls|ws|wss)://)?(?:[^/\s?#@]*@)?[^/\s?#@]+", server):
            raise ValueError("servers such as nats://10.0.0.1:4222, separated by commas")
    return servers


def check_stream(name: str) -> str:
    """Raises ValueError for what can't be the name of a stream."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name):
        raise ValueError("1 to 60 letters, digits, hyphens or underscores")
    return name


def check_zone(name: str) -> str:
    """Raises ValueError for what names no time zone."""
    if time_zone(name) is None:
        raise ValueError("a time zone such as Europe/Berlin or UTC")
    return name


def check_cluster(name: str) -> str:
    """Raises ValueError for what names no cluster."""
    if not re.fullmatch(r"[\w.-]+", name, re.ASCII):
        raise ValueError("the name of a cluster: letters, digits, _, - and dots")
    return name


Port = Annotated[int, Field(ge=1, le=65535)]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str | None = Field(
        None, description="Address to listen on. Default: 0.0.0.0, or 127.0.0.1 while a secret is missing"
    )
    http_port: Port = Field(8081, description="Port of the HTTP API and the web UI")
    ws_port: int = Field(8080, ge=0, le=65535, description="Port of the WebSocket; 0 turns this second port off")
    base_path: Annotated[str, BeforeValidator(parse_base_path)] = Field(
        "", description="Path, such as /logs, below which a reverse proxy has page and API. Default: none"
    )
    api_secret: SecretStr | None = Field(None, description="Write key, needed to send entries")
    ui_secret: SecretStr | None = Field(None, description="Read key, needed to search and watch")
    admin_secret: SecretStr | None = Field(
        None, description="Admin key, needed to manage clients and retention. Default: the value of UI_SECRET"
    )
    storage_type: Literal["file", "mariadb", "clickhouse"] = Field(
        "file", description="Where entries are stored: file, mariadb or clickhouse"
    )
    log_path: Path = Field(Path("./storage/logs"), description="Folder of the journal and its search index")
    db_host: str = Field("127.0.0.1", description="MariaDB: host")
    db_port: Port = Field(3306, description="MariaDB: port")
    db_name: str = Field("logservice", description="MariaDB: database name")
    db_user: str = Field("logservice", description="MariaDB: user")
    db_pass: SecretStr | None = Field(None, description="MariaDB: password")
    clickhouse_url: SecretStr | None = Field(
        None, description="ClickHouse: http or https, user, password, host, port and database in one address"
    )
    clickhouse_cluster: Annotated[str, AfterValidator(check_cluster)] | None = Field(
        None,
        description="ClickHouse: cluster over whose nodes tables are replicated and distributed. Default: one node",
    )
    spool_path: Path = Field(
        Path("./storage/spool"), description="Folder for entries that are accepted and not in the database yet"
    )
    spool_max_bytes: Annotated[int, _size_from(1_000_000)] = Field(
        1_000_000_000, description="Maximum size of the spool; when it is full, senders are asked to retry"
    )
    nats_url: Annotated[tuple[str, ...], NoDecode, BeforeValidator(parse_servers)] = Field(
        (), description="NATS servers, separated by commas, such as nats://10.0.0.1:4222: makes this server a node"
    )
    nats_credentials: Path | None = Field(None, description="NATS: file with credentials (.creds)")
    nats_tls_ca: Path | None = Field(
        None, description="NATS: certificate authority that its servers are checked against, with TLS"
    )
    nats_tls_cert: Path | None = Field(
        None, description="NATS: certificate of this node, where its servers ask for one"
    )
    nats_tls_key: Path | None = Field(None, description="NATS: key of that certificate")
    nats_stream: Annotated[str, AfterValidator(check_stream)] = Field(
        "LOGSTREAM", description="NATS: name of the stream, which all nodes of a cluster share"
    )
    nats_replicas: int | None = Field(
        None, ge=1, le=5, description="NATS: replicas of the stream. Default: 3, or as many as there are servers"
    )
    nats_max_bytes: Annotated[int, _size_from(10_000_000)] = Field(
        10_000_000_000, description="NATS: maximum size of the stream; when it is full of what the database lacks: 503"
    )
    nats_max_age: Annotated[timedelta, BeforeValidator(parse_duration)] = Field(
        timedelta(days=1), description="NATS: how long the stream keeps what the database has, for viewers that resume"
    )
    nats_duplicate_window: Annotated[timedelta, Field(ge=timedelta(seconds=30)), BeforeValidator(parse_duration)] = (
        Field(timedelta(minutes=2), description="NATS: how long a message that is sent again is recognised")
    )
    retention_config: Path | None = Field(
        None, description="JSON file with retention policies. Default: they are stored with the entries"
    )
    retention_interval_hours: int = Field(
        24, ge=0, le=8760, description="Hours between retention runs; 0: only on request"
    )
    alerts_config: Path | None = Field(None, description="JSON file with alerts, besides those added through the API")
    alert_allow_private: bool = Field(
        False, description="1: alerts may be delivered to loopback, private and link-local addresses"
    )
    alert_signing_secret: SecretStr | None = Field(None, description="Secret with which webhooks of alerts are signed")
    public_url: Annotated[str | None, BeforeValidator(parse_address)] = Field(
        None, description="Address at which people reach the page, for links in alerts. Default: this machine's name"
    )
    app_version: str = Field(__version__, description="Version shown by GET /api/info")
    compress_after_days: int = Field(
        1, ge=-1, le=36_500, description="Days between the end of a journal day and its compression; -1: never"
    )
    max_body_bytes: Annotated[int, _size_from(1024)] = Field(
        4_194_304, description="Maximum request body size, after decompression"
    )
    max_future: Annotated[timedelta, BeforeValidator(parse_duration)] = Field(
        timedelta(days=1), description="How far ahead a time may be; an entry of a later one gets the time of receipt"
    )
    durability: Literal["fsync", "os"] = Field(
        "fsync", description="fsync, or os to leave flushing to the kernel (a power failure may lose entries)"
    )
    group_access: Literal["read", "none"] = Field(
        "read", description="What the group of the server's user may do with the files of the log folder: read or none"
    )
    search_timeout: float = Field(30, gt=0, le=3600, description="Seconds after which a search is interrupted with 503")
    index_memory: Annotated[int, _size_from(256_000_000)] = Field(
        1_000_000_000, description="Memory limit for searches, such as 512MB or 1GB, within MEMORY_MAX"
    )
    memory_max: Annotated[int, _size_from(LEAST)] | None = Field(
        None, description="Memory for everything. Default: half of the machine's or the container's, within bounds"
    )

    allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(parse_list)] = Field(
        (), description="Names by which this server is reached, separated by commas; .example.com: all names below it"
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(parse_origins)] = Field(
        (), description="Websites that may use a side without its key, such as https://status.example.com; *: all"
    )
    syslog_port: Port | None = Field(None, description="Port of syslog, UDP and TCP. Default: off")
    gelf_port: Port | None = Field(None, description="Port of GELF, UDP and TCP. Default: off")
    forward_port: Port | None = Field(None, description="Port of Fluent forward, TCP. Default: off")
    tcp_port: Port | None = Field(None, description="Port of JSON lines, TCP. Default: off")
    tls_cert: Path | None = Field(None, description="Certificate, with which the TCP ports above speak TLS as well")
    tls_key: Path | None = Field(None, description="Key of the certificate, where its file doesn't hold it")
    allowed_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(parse_networks)] = (
        Field((), description="Networks that may send to the ports above, separated by commas. Default: all")
    )
    syslog_timezone: Annotated[str, AfterValidator(check_zone)] | None = Field(
        None, description="Time zone of syslog messages that name none, such as Europe/Berlin. Default: this machine's"
    )
    metrics_open: bool = Field(False, description="1: GET /metrics needs no read key")

    @property
    def missing_secrets(self) -> list[str]:
        """The missing secrets whose side is open to anyone. A database has clients instead of a write key."""
        secrets = {"UI_SECRET": self.ui_secret}
        if self.storage_type == "file":
            secrets = {"API_SECRET": self.api_secret, **secrets}
        return [name for name, secret in secrets.items() if not secret]

    @property
    def memory(self) -> int:
        """MEMORY_MAX when given, else by what the machine has."""
        return self.memory_max or default_memory_max(self.index_memory if self.storage_type == "file" else 0)

    @property
    def listen_host(self) -> str:
        """HOST when set; otherwise all addresses, but only loopback while reading or writing is open to anyone."""
        if self.host is not None:
            return self.host
        return "127.0.0.1" if self.missing_secrets else "0.0.0.0"


_ALLOWED: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "literal_error": lambda ctx: f"one of {ctx['expected']}",
    "greater_than_equal": lambda ctx: f"at least {ctx['ge']}",
    "greater_than": lambda ctx: f"more than {ctx['gt']}",
    "less_than_equal": lambda ctx: f"at most {ctx['le']}",
    "int_parsing": lambda ctx: "a whole number",
    "int_from_float": lambda ctx: "a whole number",
    "bool_parsing": lambda ctx: "0 or 1",
    "float_parsing": lambda ctx: "a number",
    "value_error": lambda ctx: str(ctx["error"]),
}


def load_settings() -> Settings:
    """The settings of this process.

    Raises SettingsError for the first invalid value, with the line to print.
    """
    try:
        return Settings()
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0]).upper()
        describe = _ALLOWED.get(fault["type"])
        allowed = describe(dict(fault.get("ctx", {}))) if describe else fault["msg"]
        is_secret = "SECRET" in name or "PASS" in name or (name == "NATS_URL" and "@" in str(fault["input"]))
        value = "(hidden)" if is_secret else repr(fault["input"])
        raise SettingsError(f"{name}={value} is not valid: expected {allowed}") from None
