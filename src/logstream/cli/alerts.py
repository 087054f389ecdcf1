"""`logstream alerts`: what a server watches for, and whom it tells."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from logstream.cli.administration import AsJson, ask, quoted, show, show_json, table_of
from logstream.cli.filters import moment_ago, moment_ahead
from logstream.cli.server_options import DEFAULT_URL, AdminKey, Url
from logstream.cli.stderr import fail

alerts = typer.Typer(
    name="alerts",
    help="Add and look at alerts: conditions on what arrives, and whom to tell when one holds.",
    epilog="Example: logstream alerts apply alerts.json, then logstream alerts test payment-errors",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The alert's name.")]


@alerts.command("list")
def list_alerts(url: Url = DEFAULT_URL, key: AdminKey = None, as_json: AsJson = False) -> None:
    """List the alerts with their states. The read key is enough.

    Example: logstream alerts list
    """
    answer = ask("alerts", "GET", url, key, "/api/alerts")
    if as_json:
        show_json(answer)
        return
    table = table_of("alert", "state", "since", "when", "tells", "error")
    for alert in answer["alerts"]:
        table.add_row(
            alert["name"],
            alert["state"] if alert["enabled"] else "off",
            alert["since"] or "",
            _condition(alert["when"]),
            ", ".join(alert["targets"]),
            alert["last_error"] or "",
        )
    show(table)


@alerts.command("show")
def show_alert(
    name: Name,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Records of its history to show.")] = 20,
    url: Url = DEFAULT_URL,
    key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Show one alert and its history: when it fired, and what became of each message. The read key is enough.

    Example: logstream alerts show payment-errors --limit 50
    """
    path = f"/api/alerts/{quoted(name)}"
    alert = ask("alerts", "GET", url, key, path)
    history = ask("alerts", "GET", url, key, f"{path}/history?limit={limit}")["history"]
    if as_json:
        show_json({**alert, "history": history})
        return
    show_json(alert)
    table = table_of("at", "event", "entries", "group", "target", "error")
    for record in history:
        table.add_row(
            record["at"],
            record["event"],
            str(record.get("count", "")),
            _group(record.get("group")),
            record.get("target", ""),
            record.get("error", ""),
        )
    show(table)


@alerts.command("apply")
def apply(
    file: Annotated[
        Path, typer.Argument(help='JSON: an alert, a list of them, or {"alerts": [...]}; -: standard input.')
    ],
    url: Url = DEFAULT_URL,
    key: AdminKey = None,
) -> None:
    """Add the alerts of a file, and replace those that are there under the same names. Others stay.

    An alert says which entries, when, and whom to tell:

    {"name": "payment-errors", "query": {"app_key": "payments", "level": "error,critical"}, "when": {"kind": "count",
    "op": ">=", "n": 5, "window": "5m"}, "group_by": ["app_id"], "targets": ["https://example.com/hook"]}

    Example: logstream alerts apply alerts.json
    """
    given = _read(file)
    listed = given.get("alerts", [given]) if isinstance(given, dict) else given
    if not isinstance(listed, list) or not all(isinstance(alert, dict) for alert in listed):
        raise fail(f"{file} holds no alerts", 2)
    there = {alert["name"] for alert in ask("alerts", "GET", url, key, "/api/alerts")["alerts"]}
    for alert in listed:
        name = str(alert.get("name", ""))
        if name in there:
            ask("alerts", "PUT", url, key, f"/api/alerts/{quoted(name)}", alert)
        else:
            ask("alerts", "POST", url, key, "/api/alerts", alert)
        typer.echo(f"{name}: {'replaced' if name in there else 'added'}")


@alerts.command()
def delete(name: Name, url: Url = DEFAULT_URL, key: AdminKey = None) -> None:
    """Delete an alert and its history.

    Example: logstream alerts delete payment-errors
    """
    ask("alerts", "DELETE", url, key, f"/api/alerts/{quoted(name)}")


@alerts.command("test")
def tell_targets(name: Name, url: Url = DEFAULT_URL, key: AdminKey = None, as_json: AsJson = False) -> None:
    """Send a message to every target of an alert now, with the newest entry that matches, and say what came of it.

    Exit code 1 when a target could not be told.

    Example: logstream alerts test payment-errors
    """
    answer = ask("alerts", "POST", url, key, f"/api/alerts/{quoted(name)}/test")
    if as_json:
        show_json(answer)
    else:
        for result in answer["results"]:
            typer.echo(f"{result['target']}: {'delivered' if result['delivered'] else result['error']}")
    if not all(result["delivered"] for result in answer["results"]):
        raise fail("some targets could not be told", 1)


@alerts.command()
def mute(
    name: Name,
    span: Annotated[str, typer.Option("--for", help="For how long, such as 30m, 2h or 7d.")] = "1h",
    off: Annotated[bool, typer.Option("--off", help="Tell people again from now on.")] = False,
    url: Url = DEFAULT_URL,
    key: AdminKey = None,
) -> None:
    """Tell nobody of an alert for a while. It is watched all the same; what still fires afterwards is told then.

    Example: logstream alerts mute payment-errors --for 2h
    """
    until = None if off else moment_ahead("--for", span)
    answer = ask("alerts", "POST", url, key, f"/api/alerts/{quoted(name)}/mute", {"until": until})
    typer.echo(f"{name} is {answer['state']}" + (f" until {until}" if until else ""))


@alerts.command()
def preview(
    file: Annotated[Path, typer.Argument(help="JSON with one alert; -: standard input.")],
    since: Annotated[str, typer.Option(help="How far back, such as 24h, 7d or 4w.")] = "7d",
    url: Url = DEFAULT_URL,
    key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Show when an alert would have fired, without adding it. The read key is enough.

    Example: logstream alerts preview alert.json --since 30d
    """
    given = _read(file)
    if not isinstance(given, dict):
        raise fail(f"{file} holds more than one alert", 2)
    body = {**given, "date_from": moment_ago("--since", since)}
    answer = ask("alerts", "POST", url, key, "/api/alerts/preview", body)
    if as_json:
        show_json(answer)
        return
    table = table_of("since", "until", "entries", "group")
    for fired in answer["fired"]:
        table.add_row(fired["since"], fired["until"] or "still", str(fired["count"]), _group(fired["group"]))
    show(table)
    typer.echo(f"would have fired {len(answer['fired'])} times in {since}", err=True)


def _read(file: Path) -> Any:
    import sys

    try:
        return json.loads(sys.stdin.read() if str(file) == "-" else file.read_text())
    except OSError as error:
        raise fail(f"{file} can't be read: {error.strerror}", 2) from None
    except ValueError as error:
        raise fail(f"{file} is not JSON: {error}", 2) from None


def _condition(when: dict[str, Any]) -> str:
    match when["kind"]:
        case "count":
            return f"{when['op']} {when['n']} in {when['window']}"
        case "rate":
            return f"{when['times']:g} times as many in {when['window']} as on {when['days']} days before"
        case "each":
            return "each entry"
    return "a new pattern"


def _group(group: dict[str, Any] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in (group or {}).items())
