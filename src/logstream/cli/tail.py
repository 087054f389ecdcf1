"""`logstream tail`."""

import signal
from typing import Annotated

import typer

from logstream.cli import filters
from logstream.cli.output import Color, Output
from logstream.cli.server_options import DEFAULT_URL, ReadKey, Url, checked_key, checked_url
from logstream.cli.stderr import counted, fail, refused, say, unreachable


@filters.filtered(since=False)
def tail(
    options: typer.Context,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="Number of stored entries to begin with.")] = 10,
    q: str | None = None,
    json: Annotated[bool, typer.Option("--json", help="Print one entry per line, as the server sent it.")] = False,
    color: Color = "auto",
    url: Url = DEFAULT_URL,
    key: ReadKey = None,
) -> None:
    """Show the latest entries, then every new one as it arrives, until Ctrl-C.

    If the connection is lost, tail reconnects and shows what arrived in the meantime. Times are UTC. Exit code 0:
    ended by Ctrl-C, SIGTERM or the end of the pipe; 1: the server refused or can't be reached; 2: usage error.

    \b
    Examples:
      logstream tail
      logstream tail --app-key billing-api --min-level warning
      logstream tail --q 'timeout OR "connection refused"' -n 100
      logstream tail --json --context user.id=42 | jq .message
    """
    wanted = filters.parameters(options.params)
    address, read_key = checked_url(url), checked_key(key)
    output = Output({signal.SIGINT: 0, signal.SIGTERM: 0})

    import httpx
    import msgspec

    from logstream.client.http import Refused, connect
    from logstream.client.reading.entry_lines import EntryTable, json_lines
    from logstream.client.reading.stream import Gap, StreamFollower
    from logstream.client.reading.tail import tail as follow

    table = EntryTable(coloured=output.coloured(color), short_times=True)
    with connect("tail", read_key) as client:
        follower = StreamFollower(client, address, wanted, lost=_say_lost, reconnected=_say_reconnected)
        try:
            for entries in follow(client, address, wanted, lines, follower):
                if isinstance(entries, Gap):
                    _say_gap(entries.dropped)
                elif json:
                    output.write(json_lines(entries, for_terminal=output.is_terminal))
                else:
                    output.write(table.show(entries))
        except Refused as error:
            raise refused(error, q) from None
        except httpx.HTTPError as error:
            raise unreachable(address, error) from None
        except msgspec.MsgspecError as error:
            raise fail(f"the server sent something that is not an entry: {error}", 1) from None


def _say_lost() -> None:
    say("connection lost, reconnecting")


def _say_reconnected() -> None:
    say("reconnected")


def _say_gap(dropped: int) -> None:
    skipped = counted(dropped, "entry", "entries")
    typer.echo(f"--- {skipped} skipped (too slow); use search to see them ---", err=True)
