"""`logstream retention`: which entries a server removes, and when it last did."""

from typing import Annotated

import typer

from logstream.cli.administration import AsJson, ask, quoted, show, show_json, table_of
from logstream.cli.server_options import DEFAULT_URL, AdminKey, Url
from logstream.cli.stderr import fail

retention = typer.Typer(
    name="retention",
    help="List and apply retention policies, and show past runs.",
    epilog="Example: logstream retention run --dry-run",
    no_args_is_help=True,
)


@retention.command("list")
def list_policies(url: Url = DEFAULT_URL, key: AdminKey = None, as_json: AsJson = False) -> None:
    """List the policies: the criteria an entry must meet to be removed.

    Example: logstream retention list
    """
    answer = ask("retention", "GET", url, key, "/api/retention/policies")
    if as_json:
        show_json(answer)
        return
    table = table_of("policy", "removes")
    for policy in answer["policies"]:
        criteria = [f"{name}={value}" for name, value in policy.items() if name != "name"]
        table.add_row(policy["name"], ", ".join(criteria) or "nothing")
    show(table)
    runs_by_itself = answer["enabled"] and answer["interval_hours"]
    often = f"every {answer['interval_hours']} h" if runs_by_itself else "only on request"
    typer.echo(f"applied {often}", err=True)


@retention.command()
def run(
    policy: Annotated[str | None, typer.Argument(help="Apply only this policy; default: all.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be removed.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Run even if the server doubts its clock.")] = False,
    url: Url = DEFAULT_URL,
    key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Apply the policies now and show what was removed.

    Example: logstream retention run old-debug --dry-run
    """
    path = "/api/retention/run" if policy is None else f"/api/retention/policies/{quoted(policy)}/run"
    answer = ask("retention", "POST", url, key, path, {"dry_run": dry_run, "force": force})
    if as_json:
        show_json(answer)
    else:
        table = table_of("policy", "result", "older than", "files removed", "rewritten", "took")
        for result in answer["policies"]:
            warnings = "".join(f"; {warning}" for warning in result.get("warnings", []))
            table.add_row(
                result["policy"],
                result["summary"] + warnings,
                result.get("cutoff_date", ""),
                str(result["files_removed"]),
                str(result["files_rewritten"]),
                f"{result['duration_ms']:,} ms",
            )
        show(table)
    if any("error" in result for result in answer["policies"]):
        raise fail("some policies could not be applied", 1)


@retention.command("log")
def show_log(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Number of runs to show.")] = 20,
    url: Url = DEFAULT_URL,
    key: AdminKey = None,
    as_json: AsJson = False,
) -> None:
    """Show past runs, newest first.

    Example: logstream retention log --limit 5
    """
    answer = ask("retention", "GET", url, key, f"/api/retention/log?limit={limit}")
    if as_json:
        show_json(answer)
        return
    table = table_of("ran at", "by", "policy", "result")
    for each in answer["runs"]:
        by = "timer" if each["scheduled"] else "request"
        for result in each["policies"]:
            table.add_row(each["ran_at"], by, result["policy"], result["summary"])
    show(table)
