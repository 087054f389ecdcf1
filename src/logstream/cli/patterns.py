"""`logstream patterns`."""

import shutil
import signal
from typing import Annotated

import typer

from logstream.cli import filters
from logstream.cli.output import Output
from logstream.cli.server_options import DEFAULT_URL, ReadKey, Url, checked_key, checked_url
from logstream.cli.stderr import counted, fail, refused, unreachable


@filters.filtered()
def patterns(
    options: typer.Context,
    q: str | None = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=500, help="Maximum number of patterns.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print one pattern per line, as the server sent it.")] = False,
    url: Url = DEFAULT_URL,
    key: ReadKey = None,
) -> None:
    """Show what kinds of messages there are, the most frequent first.

    In a pattern, what varies from message to message is a placeholder, such as <n> for a number or <path>. "new": no
    entry before --since or --date-from has it. LEVELS counts the most severe ones: C critical, E error, W warning,
    N notice, I info, D debug. Where many entries match, counts are estimated from a sample and begin with ~.

    To see the entries of a pattern, search for it: logstream search --q 'pattern:"User <n> logged in"'.

    \b
    Examples:
      logstream patterns --since 1h
      logstream patterns --since 24h --min-level error
      logstream patterns --app-key billing-api --q '-pattern:"GET <path> took <n>"'
      logstream patterns --since 1d --json | jq -r 'select(.new).pattern'
    """
    wanted = filters.parameters(options.params)
    address, read_key = checked_url(url), checked_key(key)
    output = Output({signal.SIGINT: 128 + signal.SIGINT, signal.SIGTERM: 128 + signal.SIGTERM})

    import httpx
    import msgspec

    from logstream.client.http import Refused, connect
    from logstream.client.reading.entry_lines import json_lines
    from logstream.client.reading.pattern_table import ask, table

    with connect("patterns", read_key) as client:
        try:
            answer = ask(client, address, wanted, limit)
            if json:
                output.write(json_lines(answer.patterns, for_terminal=output.is_terminal))
            else:
                width = shutil.get_terminal_size().columns if output.is_terminal else None
                output.write(table(answer.patterns, width=width, sampled=answer.sampled))
        except Refused as error:
            raise refused(error, q) from None
        except httpx.HTTPError as error:
            raise unreachable(address, error) from None
        except msgspec.MsgspecError as error:
            raise fail(f"the server sent something that is not a pattern: {error}", 1) from None
    if not answer.patterns:
        typer.echo("no entries found", err=True)
    elif not json:
        sampled = ", counts are estimated from a sample" if answer.sampled else ""
        shown = counted(len(answer.patterns), "pattern", "patterns")
        typer.echo(f"{shown} of {counted(answer.total, 'entry', 'entries')}{sampled}", err=True)
