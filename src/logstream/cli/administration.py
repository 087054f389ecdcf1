"""What the commands that administer share: asking a running server, and showing its answer."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from logstream.cli.server_options import checked_key, checked_url
from logstream.cli.stderr import fail, refused, unreachable

if TYPE_CHECKING:
    from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's answer as JSON.")]

ANSWER_SECONDS: Final = 3600.0
"""A run over many entries takes its time."""


def ask(command: str, method: str, url: str, key: str | None, path: str, body: Any = None) -> Any:
    """The decoded answer of the server. Ends the command with one line when there is none, or a refusal."""
    import httpx

    from logstream.client.http import CONNECT_SECONDS, connect, refusal

    base = checked_url(url)
    timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    with connect(command, checked_key(key)) as client:
        try:
            answer = client.request(method, base + path, json=body, timeout=timeout)
        except httpx.HTTPError as error:
            raise unreachable(base, error) from None
    if answer.status_code >= 300:
        raise refused(refusal(answer))
    if not answer.content:
        return None
    try:
        return answer.json()
    except ValueError:
        raise fail("the answer is not JSON; is this a logstream server?", 1) from None


def quoted(name: str) -> str:
    """A name as one part of a path."""
    from urllib.parse import quote

    return quote(name, safe="")


def show(table: "Table") -> None:
    """Print a table, as wide as it needs to be where it does not go to a terminal."""
    import sys

    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else 200).print(table)


def show_json(answer: Any) -> None:
    """Print what the server answered."""
    import json

    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))


def table_of(*columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table
