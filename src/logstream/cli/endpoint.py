"""Which server a command talks to, with which key, and how a command says that it can't."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from logstream.client.http import Refused

DEFAULT_URL: Final = "http://127.0.0.1:8081"

Url = Annotated[str, typer.Option(envvar="LOGSTREAM_URL", help="The server.")]
ReadKey = Annotated[
    str | None,
    typer.Option(envvar="LOGSTREAM_KEY", help="Read key. Options show in the process list: prefer LOGSTREAM_KEY."),
]


def fail(text: str, code: int) -> typer.Exit:
    """Say why the command ends, in one line; to be raised."""
    typer.echo(f"logstream: {text}", err=True)
    return typer.Exit(code)


def checked_url(url: str) -> str:
    """The address without a slash at its end. Raises typer.Exit when it is none."""
    import httpx

    try:
        parsed = httpx.URL(url)
        usable = parsed.scheme in ("http", "https") and bool(parsed.host) and (parsed.port or 0) < 65536
        usable = usable and "%" not in parsed.host  # what httpx makes of characters that no name has
    except httpx.InvalidURL:
        usable = False
    if not usable:
        raise fail(f"--url {url!r} is no address such as {DEFAULT_URL}", 2)
    return url.rstrip("/")


def checked_key(key: str | None) -> str | None:
    """The key without space around it. Raises typer.Exit when a header can't carry it; the key is not shown."""
    key = (key or "").strip()
    if not key.isprintable():
        raise fail("--key holds a character that no key can have, such as a line break", 2)
    return key or None


def refused(error: "Refused", query: str | None) -> typer.Exit:
    """Say why the server refuses, and where in the query `q`; to be raised."""
    from logstream.client.reading.terminal_text import columns, visible

    text = f"the server refuses: {visible(str(error))}"
    if query is not None and error.position is not None:
        text += f"\n  {visible(query)}\n  {' ' * columns(visible(query[: error.position]))}^"
    return fail(text, 1)
