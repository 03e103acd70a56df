"""`contractcheck rules`: every rule, with filters."""

from enum import StrEnum
from typing import Annotated

import typer

from contractcheck.cli.output import write
from contractcheck.model.finding import Category, Severity
from contractcheck.model.rule import Rule, rulebook


class Listing(StrEnum):
    """How the list is written."""

    TEXT = "text"
    JSON = "json"


def rules(
    words: Annotated[list[str] | None, typer.Argument(help="Only rules whose id or title has all of these.")] = None,
    category: Annotated[Category | None, typer.Option("--category", help="Only this category.")] = None,
    severity: Annotated[
        Severity | None, typer.Option("--severity", help="Only this severity (profile strict).")
    ] = None,
    form: Annotated[Listing, typer.Option("--format", "-f", help="text or json.")] = Listing.TEXT,
) -> None:
    """List the rules.

    \b
    contractcheck rules request enum
    contractcheck rules --category lock --format json
    """
    chosen = [
        rule
        for rule in rulebook().values()
        if category in (None, rule.category)
        and severity in (None, rule.severity)
        and all(word.lower() in f"{rule.id} {rule.title}".lower() for word in words or ())
    ]
    if form is Listing.JSON:
        import json

        write(json.dumps([_record(rule) for rule in chosen], indent=2, ensure_ascii=False) + "\n")
        return
    width = max((len(rule.id) for rule in chosen), default=0)
    lines = (
        f"{rule.id:<{width}}  {rule.severity.value:<7}  {rule.category.value:<13}  {rule.title}" for rule in chosen
    )
    write("".join(f"{line}\n" for line in lines))
    typer.echo(f"{len(chosen)} rule{'s' * (len(chosen) != 1)}; contractcheck explain RULE says more", err=True)


def _record(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "category": rule.category.value,
        "severity": rule.severity.value,
        "softened": {profile: level.value for profile, level in rule.softened.items()},
        "title": rule.title,
        "what": rule.what,
        "why": rule.why,
        "instead": rule.instead,
        "sources": list(rule.sources),
    }
