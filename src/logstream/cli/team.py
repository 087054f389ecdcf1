"""`logstream views` and `logstream dashboards`: what a team shares, listed and deleted."""

from collections.abc import Callable, Sequence
from typing import Any

import typer

from logstream.cli.administration import AsJson, ask, quoted, show, show_json, table_of
from logstream.cli.server_options import DEFAULT_URL, AdminKey, Url


def _commands(one: str, columns: Sequence[str], cells: Callable[[dict[str, Any]], Sequence[str]]) -> typer.Typer:
    """`list`, a table with these columns between the name and when it was changed, and `delete`."""
    several = f"{one}s"
    commands = typer.Typer(
        name=several,
        help=f"List and delete the {several} that a team shares.",
        epilog=f"Example: logstream {several} list",
        no_args_is_help=True,
    )

    @commands.command(
        "list",
        help=f"List the {several} by name. The read key is enough; --json prints everything that is kept of them.",
        epilog=f"Example: logstream {several} list --json > {several}.json",
    )
    def list_all(url: Url = DEFAULT_URL, key: AdminKey = None, as_json: AsJson = False) -> None:
        answer = ask(several, "GET", url, key, f"/api/{several}")
        if as_json:
            show_json(answer)
            return
        table = table_of(one, "title", *columns, "changed")
        for kept in answer[several]:
            table.add_row(kept["name"], kept.get("title", ""), *cells(kept), kept["updated_at"])
        show(table)

    @commands.command(help=f"Delete a {one}.", epilog=f"Example: logstream {several} delete checkout-errors")
    def delete(
        name: str = typer.Argument(metavar="NAME", help=f"The {one}'s name."),
        url: Url = DEFAULT_URL,
        key: AdminKey = None,
    ) -> None:
        ask(several, "DELETE", url, key, f"/api/{several}/{quoted(name)}")

    return commands


def _filters(kept: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in kept["query"].items()) or "everything"


views = _commands("view", ("query",), lambda kept: (_filters(kept),))
dashboards = _commands("dashboard", ("query", "panels"), lambda kept: (_filters(kept), str(len(kept["panels"]))))
