"""A rule as data: the record in `rules/ID.yaml` from which findings, `explain` and the documentation are made."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

from contractcheck.model.finding import Affected, Category, Finding, Proof, Severity
from contractcheck.model.place import Place


class Example(Struct, frozen=True):
    """One case of the rule's fixture folder: its name, the files by name, and the findings it must give."""

    name: str
    files: Mapping[str, str]
    expected: tuple[Mapping[str, str], ...]


class Rule(Struct, frozen=True):
    """One rule.

    `severity` is the verdict of the law (profile `strict`); `softened` maps a profile to the milder severity it gives.
    `message` and `instead` are `str.format` templates over the parameters the rule's function gives; `sources` name the
    specification section, server manual or measured case the rule rests on. An `optional` rule is off until a policy
    gives it a severity.
    """

    id: str
    category: Category
    severity: Severity
    softened: Mapping[str, Severity]
    title: str
    message: str
    what: str
    why: str
    instead: str
    sources: tuple[str, ...]
    examples: tuple[Example, ...] = ()
    optional: bool = False

    def finding(
        self,
        *,
        subject: str,
        place: Place | None,
        proof: Proof,
        base_place: Place | None = None,
        affects: tuple[Affected, ...] = (),
        suggestion: str | None = None,
        **parameters: object,
    ) -> Finding:
        """Apply the rule; `parameters` fill its templates. `suggestion` replaces the record's general advice."""
        return Finding(
            rule=self.id,
            severity=self.severity,
            category=self.category,
            message=self.message.format_map(parameters),
            subject=subject,
            place=place,
            proof=proof,
            base_place=base_place,
            affects=affects,
            suggestion=self.instead.format_map(parameters) if suggestion is None else suggestion,
        )


@cache
def rulebook() -> Mapping[str, Rule]:
    """Every rule by id, from the index that `make generate` builds out of `rules/` and `fixtures/`."""
    records = json.loads(Path(__file__).with_name("rulebook.json").read_text(encoding="utf-8"))
    return {record["id"]: _rule(record) for record in records}


def rule(name: str) -> Rule:
    """The rule of that id. Raises KeyError for an id that has no record."""
    return rulebook()[name]


def _rule(record: Mapping[str, object]) -> Rule:
    fields = dict(record)
    softened = fields.pop("softened", {})
    examples = fields.pop("examples", ())
    assert isinstance(softened, dict)  # noqa: S101 - written by our own generator
    assert isinstance(examples, list | tuple)  # noqa: S101
    return Rule(
        **{  # type: ignore[arg-type]
            **fields,
            "category": Category(str(fields["category"])),
            "severity": Severity(str(fields["severity"])),
            "softened": {profile: Severity(level) for profile, level in softened.items()},
            "sources": tuple(fields.get("sources", ())),  # type: ignore[arg-type]
            "examples": tuple(Example(e["name"], e["files"], tuple(e["expected"])) for e in examples),
        }
    )
