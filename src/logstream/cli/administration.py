"""What `logstream clients` and `logstream retention` share: asking a running server with the admin key."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from logstream.cli.endpoint import checked_key, checked_url, fail, refused

if TYPE_CHECKING:
    from rich.table import Table

AdminKey = Annotated[
    str | None,
    typer.Option(envvar="LOGSTREAM_KEY", help="Admin key. Options show in the process list: prefer LOGSTREAM_KEY."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print what the server answers, as JSON.")]

ASK_SECONDS = 3600
"""A run over many entries takes its time."""


def ask(command: str, method: str, url: str, key: str | None, path: str, body: Any = None) -> Any:
    """The decoded answer of the server. Ends the command with one line when there is none, or a refusal."""
    import httpx

    from logstream.client.http import connect, refusal

    base = checked_url(url)
    with connect(command, checked_key(key)) as client:
        try:
            answer = client.request(method, base + path, json=body, timeout=httpx.Timeout(ASK_SECONDS, connect=10))
        except httpx.TransportError as error:
            raise fail(f"{base} can't be reached: {error or type(error).__name__}", 1) from None
    if answer.status_code >= 300:
        raise refused(refusal(answer), None)
    return answer.json() if answer.content else None


def quoted(name: str) -> str:
    """A name as one part of a path."""
    from urllib.parse import quote

    return quote(name, safe="")


def show(table: "Table") -> None:
    """Print a table, as wide as it needs to be where it does not go to a terminal."""
    import sys

    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else 200).print(table)


def table_of(*columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table
