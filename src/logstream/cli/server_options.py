"""Which server a command talks to, and with which key: the options, and whether they can be used."""

from typing import Annotated, Final

import typer

from logstream.cli.stderr import fail

DEFAULT_URL: Final = "http://127.0.0.1:8081"

Url = Annotated[str, typer.Option(envvar="LOGSTREAM_URL", help="Address of the server.")]
ReadKey = Annotated[
    str | None,
    typer.Option(
        envvar="LOGSTREAM_KEY", help="Read key. Prefer LOGSTREAM_KEY: options are visible in the process list."
    ),
]
WriteKey = Annotated[
    str | None,
    typer.Option(
        envvar="LOGSTREAM_KEY", help="Write key. Prefer LOGSTREAM_KEY: options are visible in the process list."
    ),
]
AdminKey = Annotated[
    str | None,
    typer.Option(
        envvar="LOGSTREAM_KEY", help="Admin key. Prefer LOGSTREAM_KEY: options are visible in the process list."
    ),
]


def checked_url(url: str) -> str:
    """The address without a slash at its end. Raises typer.Exit when it is not an address."""
    if not _is_address(url):
        raise fail(f"--url {url!r} is not an address such as {DEFAULT_URL}", 2)
    return url.rstrip("/")


def _is_address(url: str) -> bool:
    import httpx

    try:
        parsed = httpx.URL(url)
        port = parsed.port or 0
    except httpx.InvalidURL:
        return False
    # "%" is what httpx makes of characters that no name has.
    has_host = bool(parsed.host) and "%" not in parsed.host
    return parsed.scheme in ("http", "https") and has_host and port < 65536


def checked_key(key: str | None, option: str = "--key") -> str | None:
    """The key without space around it. Raises typer.Exit when a header can't carry it; the key is not shown."""
    key = (key or "").strip()
    if not key.isprintable():
        raise fail(f"{option} contains a character that is not allowed in a key, such as a line break", 2)
    return key or None
