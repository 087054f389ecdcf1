"""What commands tell people beside their output: lines on standard error, and the one way in which a command ends.

Exit code 0: done, 1: it could not be done, 2: usage error (a wrong option, argument or setting).
"""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import httpx

    from logstream.client.http import Refused


def say(text: str) -> None:
    """Tell what goes wrong, in one line, while the command goes on."""
    typer.echo(f"logstream: {text}", err=True)


def fail(text: str, code: int) -> typer.Exit:
    """Say why the command ends, in one line; to be raised."""
    say(text)
    return typer.Exit(code)


def refused(error: "Refused", query: str | None = None) -> typer.Exit:
    """Say why the server refused, and where in the query `q`; to be raised."""
    from logstream.client.reading.terminal_text import columns, visible

    text = visible(str(error))
    if error.status is not None:
        text = f"the server refused: {text}"
    if query is not None and error.position is not None:
        text += f"\n  {visible(query)}\n  {' ' * columns(visible(query[: error.position]))}^"
    return fail(text, 1)


def unreachable(address: str, error: "httpx.HTTPError") -> typer.Exit:
    """Say that the connection can't be made or broke, and how; to be raised."""
    from logstream.client.http import detail_of

    return fail(f"{address} can't be reached: {detail_of(error)}", 1)


def counted(number: int, singular: str, plural: str) -> str:
    """`1 entry`, `1,234 entries`."""
    return f"{number:,} {singular if number == 1 else plural}"
