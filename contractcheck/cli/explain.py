"""`contractcheck explain`: one rule, with its fixture as the example."""

import difflib
import re
from typing import Annotated

import typer

from contractcheck.cli.output import write
from contractcheck.errors import UsageError
from contractcheck.model.rule import Example, Rule, rulebook

_EXAMPLE_LINES = 40
_NAME = re.compile(r"{(\w+)}")


def explain(
    rule: Annotated[str, typer.Argument(help="The id of a rule, as a report shows it.", metavar="RULE")],
) -> None:
    """Explain one rule, with an example.

    What it means, why it matters and what to do instead; the example is one of our tests.
    """
    known = rulebook()
    if rule not in known:
        near = difflib.get_close_matches(rule, list(known), n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else "contractcheck rules lists them"
        raise UsageError(f"unknown rule '{rule}'", next_step=hint)
    write(page(known[rule]) + "\n")


def page(rule: Rule) -> str:
    """The page of a rule as Markdown-like text."""
    softened = "".join(f", {level.value} in profile {profile}" for profile, level in rule.softened.items())
    parts = [
        f"{rule.id}: {rule.title}",
        f"{rule.category.value}, {rule.severity.value}{softened}",
        f"What\n  {_indent(rule.what)}",
        f"Why\n  {_indent(rule.why)}",
    ]
    if rule.instead:
        filled = _NAME.sub(lambda found: f"<{found[1].replace('_', ' ')}>", rule.instead)
        note = "\n  (what stands in <> is named by the finding)" if filled != rule.instead else ""
        parts.append("Instead\n  " + _indent(filled) + note)
    if rule.sources:
        parts.append("Rests on\n" + "\n".join(f"  {_indent(source, 4)}" for source in rule.sources))
    parts += [_example(example) for example in rule.examples[:1]]
    return "\n\n".join(parts)


def _indent(text: str, columns: int = 2) -> str:
    import textwrap

    return f"\n{' ' * columns}".join(
        textwrap.wrap(" ".join(text.split()), 96, break_long_words=False, break_on_hyphens=False)
    )


def _example(example: Example) -> str:
    blocks = ["Example"]
    names = sorted(example.files)
    if {"base.yaml", "revision.yaml"} <= {*names}:
        base, revision = example.files["base.yaml"], example.files["revision.yaml"]
        lines = difflib.unified_diff(
            base.splitlines(), revision.splitlines(), "base.yaml", "revision.yaml", n=3, lineterm=""
        )
        blocks += [f"  {line}" for line in lines]
    else:
        for name in names:
            text = example.files[name].rstrip().splitlines()
            blocks += [f"  --- {name}", *(f"  {line}" for line in text[:_EXAMPLE_LINES])]
    for finding in example.expected:
        told = f"→ {finding['severity']} {finding['rule']} at {finding['place']}: {finding['message']}"
        blocks.append("  " + _indent(told, 4))
    return "\n".join(blocks)
