"""`logstream search`."""

import signal
from typing import Annotated, Literal

import typer

from logstream.cli import filters
from logstream.cli.output import Color, Output
from logstream.cli.server_options import DEFAULT_URL, ReadKey, Url, checked_key, checked_url
from logstream.cli.stderr import fail, refused, unreachable

Form = Literal["table", "json", "raw"]


@filters.filtered()
def search(
    options: typer.Context,
    q: str | None = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="Maximum number of entries; 0: all.")] = 100,
    order: Annotated[Literal["asc", "desc"], typer.Option(help="Order by time; desc: newest first.")] = "desc",
    form: Annotated[
        Form | None,
        typer.Option(
            "--format", help="json: one entry per line, as the server sent it; raw: only the messages. Default: table."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
    color: Color = "auto",
    url: Url = DEFAULT_URL,
    key: ReadKey = None,
) -> None:
    """Search stored entries and show them as they are found, newest first.

    Times are UTC. Exit code 0: done, even if nothing was found; 1: the server refused or can't be reached; 2: usage
    error.

    \b
    Examples:
      logstream search --since 15m --min-level error
      logstream search --app-key billing-api --q 'declined -context.test:true' --limit 20
      logstream search --trace-id 5f0c2f4e-6f0a-4c55-9d2b-0d8b6f1f5a11 --order asc
      logstream search --since 7d --limit 0 --json > week.ndjson
    """
    if json and form not in (None, "json"):
        raise fail(f"use either --json or --format {form}, not both", 2)
    wanted = filters.parameters(options.params)
    address, read_key = checked_url(url), checked_key(key)
    output = Output({signal.SIGINT: 128 + signal.SIGINT, signal.SIGTERM: 128 + signal.SIGTERM})

    import httpx
    import msgspec

    from logstream.client.http import Refused, connect
    from logstream.client.reading.entry_lines import EntryTable, json_lines, messages
    from logstream.client.reading.search_pages import search_pages

    table = EntryTable(coloured=output.coloured(color))
    is_empty = True
    with connect("search", read_key) as client:
        try:
            for entries in search_pages(client, address, wanted, limit=limit, ascending=order == "asc"):
                is_empty = False
                if json or form == "json":
                    output.write(json_lines(entries, for_terminal=output.is_terminal))
                elif form == "raw":
                    output.write(messages(entries, for_terminal=output.is_terminal))
                else:
                    output.write(table.show(entries))
        except Refused as error:
            raise refused(error, q) from None
        except httpx.HTTPError as error:
            raise unreachable(address, error) from None
        except msgspec.MsgspecError as error:
            raise fail(f"the server sent something that is not an entry: {error}", 1) from None
    if is_empty:
        typer.echo("no entries found", err=True)
