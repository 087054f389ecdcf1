"""`logstream views`: the queries that a team shares."""

import typer

from logstream.cli.administration import AsJson, ask, quoted, show, show_json, table_of
from logstream.cli.server_options import DEFAULT_URL, AdminKey, Url

views = typer.Typer(
    name="views",
    help="List and delete the views that a team shares.",
    epilog="Example: logstream views list",
    no_args_is_help=True,
)


@views.command("list")
def list_views(url: Url = DEFAULT_URL, key: AdminKey = None, as_json: AsJson = False) -> None:
    """List the views by name. The read key is enough; --json prints everything that is kept of them.

    Example: logstream views list --json > views.json
    """
    answer = ask("views", "GET", url, key, "/api/views")
    if as_json:
        show_json(answer)
        return
    table = table_of("view", "title", "query", "changed")
    for view in answer["views"]:
        query = ", ".join(f"{name}={value}" for name, value in view["query"].items())
        table.add_row(view["name"], view.get("title", ""), query or "everything", view["updated_at"])
    show(table)


@views.command()
def delete(
    name: str = typer.Argument(metavar="NAME", help="The view's name."),
    url: Url = DEFAULT_URL,
    key: AdminKey = None,
) -> None:
    """Delete a view.

    Example: logstream views delete checkout-errors
    """
    ask("views", "DELETE", url, key, f"/api/views/{quoted(name)}")
