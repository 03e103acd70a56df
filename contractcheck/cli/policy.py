"""`contractcheck policy`: what is in force, and the schemas of what can be written."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contractcheck.cli.output import ProfileOption, write

if TYPE_CHECKING:
    from contractcheck.workflows.effective import Effective

app = typer.Typer(
    no_args_is_help=True,
    help="""Show the policy that is in force.

    \b
    contractcheck policy show                       everything that was decided, as one file
    contractcheck policy show 'GET /users/{id}'     for one operation, with the place of each value
    contractcheck policy show --table orders        for one table
    contractcheck policy schema > schema.json       the JSON Schema, for editors
    """,
)


class PolicyFormat(StrEnum):
    """How the policy is written."""

    TEXT = "text"
    JSON = "json"


class PolicyFile(StrEnum):
    """The files that have a schema."""

    CONFIGURATION = "configuration"
    WAIVERS = "waivers"


@app.command("show")
def show(
    operation: Annotated[
        str | None, typer.Argument(help="An operation: 'GET /users/{id}'.  [default: the whole policy]")
    ] = None,
    table: Annotated[str | None, typer.Option("--table", help="A table, instead of an operation.")] = None,
    contract: Annotated[
        str | None, typer.Option("--contract", metavar="FILE", help="The contract of the operation.")
    ] = None,
    form: Annotated[PolicyFormat, typer.Option("--format", "-f", help="text or json.")] = PolicyFormat.TEXT,
    profile: ProfileOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also rules that are as they always are.")] = False,  # noqa: FBT002
) -> None:
    """Show the policy for an operation or a table, and where each value comes from.

    Without either: everything that was decided, with file and line, as a file that can be read back. For an operation
    also the tags and the stability that its contract says, since overrides ask for them.

    \b
    contractcheck policy show
    contractcheck policy show 'GET /users/{id}' --contract api/openapi.yaml
    contractcheck policy show --table orders --all
    """
    from contractcheck.cli.settings import beside, effective
    from contractcheck.errors import UsageError
    from contractcheck.policy.dump import toml
    from contractcheck.workflows.effective import of_operation, of_table

    cwd = Path.cwd()
    configuration = effective(beside(cwd), profile=profile)
    if operation is not None and table is not None:
        raise UsageError("an operation and a table", where="policy show", next_step="name one of them")
    if table is not None:
        found = of_table(configuration, table)
    elif operation is not None:
        found = of_operation(configuration, operation, cwd=cwd, contract=contract)
    else:
        write(toml(configuration) or "# no policy: the defaults apply; contractcheck init writes one\n")
        return
    write(_as_json(found) if form is PolicyFormat.JSON else _as_text(found, everything=everything))


@app.command("schema")
def schema(
    file: Annotated[PolicyFile, typer.Argument(help="configuration or waivers.")] = PolicyFile.CONFIGURATION,
) -> None:
    """Print the JSON Schema of a policy file, for editors.

    \b
    contractcheck policy schema > contractcheck.schema.json
    contractcheck policy schema waivers > waivers.schema.json

    An editor that knows TOML takes it from the first line: #:schema contractcheck.schema.json
    """
    import json

    from contractcheck.policy.reading import schema as read

    write(json.dumps(read(file.value), indent=2, ensure_ascii=False) + "\n")


def _as_text(found: "Effective", *, everything: bool) -> str:
    from contractcheck.reports.escaping import printable

    shown = [each for each in found.verdicts if everything or not each.usual]
    rows = [(each.name, each.value, each.where) for each in found.settings]
    rows += [("", "", ""), *((each.rule, each.level, each.where) for each in shown)]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    lines = [f"{printable(found.target)}   {printable(found.about)}", ""]
    lines += [
        f"{name:<{widths[0]}}  {printable(value):<{widths[1]}}  {printable(where)}".rstrip()
        for name, value, where in rows
    ]
    lines += [printable(note) for note in found.notes]
    hidden = len(found.verdicts) - len(shown)
    if hidden:
        lines += ["", f"{len(shown)} rules differ from what they always are; {hidden} do not: --all"]
    return "".join(f"{line}\n" for line in lines).rstrip("\n") + "\n"


def _as_json(found: "Effective") -> str:
    import json

    from msgspec import to_builtins

    told = to_builtins(found)
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
