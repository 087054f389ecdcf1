"""`logstream clients`: who may write to a server with a database."""

from typing import Annotated, Any

import typer

from logstream.cli.administration import AsJson, ask, quoted, show, show_json, table_of
from logstream.cli.server_options import DEFAULT_URL, AdminKey, Url

clients = typer.Typer(
    name="clients",
    help="Manage the registered clients of a server that stores in MariaDB or ClickHouse.",
    epilog="Example: logstream clients add 'Billing API' --app-key billing-api",
    no_args_is_help=True,
)

Key = Annotated[str, typer.Argument(metavar="APP_KEY", help="The client's app_key.")]


@clients.command("list")
def list_clients(url: Url = DEFAULT_URL, key: AdminKey = None, as_json: AsJson = False) -> None:
    """List the clients by name. Tokens are never shown.

    Example: logstream clients list
    """
    answer = ask("clients", "GET", url, key, "/api/clients")
    if as_json:
        show_json(answer)
        return
    table = table_of("app_key", "name", "active", "created", "changed")
    for client in answer["clients"]:
        table.add_row(
            client["app_key"],
            client["name"],
            "yes" if client["active"] else "no",
            client["created_at"],
            client["updated_at"],
        )
    show(table)


@clients.command()
def add(
    name: Annotated[str, typer.Argument(help="Display name.")],
    app_key: Annotated[
        str, typer.Option(help="Lowercase letters, digits and hyphens; the client's entries are stored under it.")
    ],
    url: Url = DEFAULT_URL,
    key: AdminKey = None,
) -> None:
    """Register a client and print its token, which is shown only once: the server keeps only a hash.

    Example: logstream clients add 'Billing API' --app-key billing-api
    """
    _tell_token(ask("clients", "POST", url, key, "/api/clients", {"name": name, "app_key": app_key}))


@clients.command()
def rotate(app_key: Key, url: Url = DEFAULT_URL, key: AdminKey = None) -> None:
    """Give a client a new token, shown only once. The old one stops working immediately.

    Example: logstream clients rotate billing-api
    """
    _tell_token(ask("clients", "POST", url, key, f"/api/clients/{quoted(app_key)}/rotate"))


@clients.command()
def disable(app_key: Key, url: Url = DEFAULT_URL, key: AdminKey = None) -> None:
    """Stop accepting entries from a client. Its stored entries stay.

    Example: logstream clients disable billing-api
    """
    ask("clients", "PUT", url, key, f"/api/clients/{quoted(app_key)}", {"active": False})
    typer.echo(f"{app_key} can no longer write", err=True)


@clients.command()
def enable(app_key: Key, url: Url = DEFAULT_URL, key: AdminKey = None) -> None:
    """Accept entries from a client again.

    Example: logstream clients enable billing-api
    """
    ask("clients", "PUT", url, key, f"/api/clients/{quoted(app_key)}", {"active": True})
    typer.echo(f"{app_key} can write again", err=True)


@clients.command()
def delete(
    app_key: Key,
    url: Url = DEFAULT_URL,
    key: AdminKey = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask for confirmation.")] = False,
) -> None:
    """Delete a client and all its entries.

    Example: logstream clients delete billing-api --yes
    """
    if not yes:
        typer.confirm(f"Delete client {app_key} and all its entries?", abort=True, err=True)
    answer = ask("clients", "DELETE", url, key, f"/api/clients/{quoted(app_key)}")
    typer.echo(f"deleted {app_key} and {answer['logs_deleted']:,} entries", err=True)


def _tell_token(client: dict[str, Any]) -> None:
    """The token alone on standard output, so that a script can keep it; the rest beside it."""
    typer.echo(f"{client['name']} ({client['app_key']}). {client['_note']}", err=True)
    typer.echo(client["api_token"])
