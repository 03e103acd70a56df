"""`contractcheck schema`: plain containment of JSON Schemas, two files or many pairs; no contract around them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from contractcheck.errors import FINDINGS, OK, UNDECIDABLE, UnreadableError, UsageError
from contractcheck.model.finding import Direction
from contractcheck.schemas.containment import DEFAULT_STEPS, Decision, Universe, Verdict
from contractcheck.schemas.dialects import Dialect, dialect
from contractcheck.schemas.documents import Source, alone
from contractcheck.schemas.values import text


def compare(
    base: Any,  # noqa: ANN401 - JSON
    revision: Any,  # noqa: ANN401 - JSON
    spoken: Dialect,
    *,
    formats: bool = False,
    budget: int = DEFAULT_STEPS,
) -> tuple[Decision, Decision]:
    """Whether base is contained in revision, and the reverse; both self-contained. `formats` asserts `format`."""
    universe = Universe()
    older = alone(base, spoken, formats=formats)
    newer = alone(revision, spoken, formats=formats)
    return universe.contains(older, newer, budget=budget), universe.contains(newer, older, budget=budget)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided of one direction: a request goes from base to revision, a response the other way."""

    direction: Direction
    decision: Decision


def judge(
    base: Path, revision: Path, direction: str = "both", *, spoken: str | None = None, formats: bool = False
) -> tuple[Judgement, ...]:
    """Compare two files in a direction (`request`, `response`, `both`), each in its `$schema` or the given dialect.

    Raises UsageError for an unknown dialect, UnreadableError for a file that is no JSON or YAML.
    """
    sources = [_source(path, spoken, formats=formats) for path in (base, revision)]
    universe = Universe()
    wanted = [each for each in Direction if direction in {str(each), "both"}]
    pairs = {Direction.REQUEST: (sources[0], sources[1]), Direction.RESPONSE: (sources[1], sources[0])}
    return tuple(Judgement(each, universe.contains(*pairs[each])) for each in wanted)


def status(judged: Iterable[Judgement]) -> int:
    """The exit code: 1 as soon as one direction breaks, else 3 where one is undecided, else 0."""
    verdicts = {each.decision.verdict for each in judged}
    if Verdict.BROKEN in verdicts:
        return FINDINGS
    return UNDECIDABLE if Verdict.UNPROVEN in verdicts else OK


def as_text(judged: Iterable[Judgement]) -> str:
    """One line a direction, and one for its witness."""
    from contractcheck.reports.escaping import printable

    lines = []
    for each in judged:
        request, decision = each.direction is Direction.REQUEST, each.decision
        within = "base within revision" if request else "revision within base"
        lines.append(f"{each.direction:<9} {decision.verdict:<10} {within}: {printable(decision.why)}")
        if decision.verdict is Verdict.BROKEN:
            became = "was accepted and is refused now" if request else "may be answered now and was not promised"
            lines.append(f"{'':<9} witness    {printable(text(decision.witness))}  {became}")
    return "".join(f"{line}\n" for line in lines)


def as_json(judged: Iterable[Judgement]) -> str:
    """A JSON object: direction to verdict, why and witness (null unless broken)."""
    said = {
        str(each.direction): {
            "verdict": str(each.decision.verdict),
            "why": each.decision.why,
            "witness": each.decision.witness,
        }
        for each in judged
    }
    return text(said) + "\n"


def _source(path: Path, spoken: str | None, *, formats: bool) -> Source:
    from contractcheck.openapi.parsing import parse

    try:
        data = path.read_bytes()
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise UnreadableError(what, where=str(path), next_step="name a JSON or YAML file") from None
    value: Any = parse(data, str(path)).value
    if not isinstance(value, bool | Mapping):
        raise UnreadableError("this is no JSON Schema", where=str(path), next_step="give an object or a boolean")
    named = value.get("$schema") if isinstance(value, Mapping) else None
    known = dialect(spoken if spoken is not None else named if isinstance(named, str) else Dialect.DRAFT2020_12)
    if known is None:
        what, names = f"unknown dialect {spoken or named}", ", ".join(sorted(Dialect))
        raise UsageError(what, where="" if spoken else str(path), next_step=f"--dialect is one of {names}")
    return alone(value, known, formats=formats)


def schema_batch(lines: Iterable[bytes], *, formats: bool = False, budget: int = DEFAULT_STEPS) -> Iterator[bytes]:
    """Answer every JSON line `{id, dialect, base, revision}` with `{id, fwd, fwd_witness, bwd, bwd_witness}`.

    `fwd` is base ⊆ revision: `contained`, `broken` or `unproven`; a witness is given for every `broken`, else it is
    null. An unproven direction says why in `fwd_why` or `bwd_why`. A line that cannot be read is answered too: both
    directions unproven. Empty lines are skipped.
    """
    for line in lines:
        if line.strip():
            yield (text(_answer(line, formats=formats, budget=budget)) + "\n").encode()


def _answer(line: bytes, *, formats: bool, budget: int) -> dict[str, Any]:
    try:
        # fractions as Decimals: 0.1 is a tenth, not the nearest float
        asked = json.loads(line, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        return _record(None, *[Decision(Verdict.UNPROVEN, f"not a JSON line: {why}")] * 2)
    if not isinstance(asked, dict) or "base" not in asked or "revision" not in asked:
        name = asked.get("id") if isinstance(asked, dict) else None
        return _record(name, *[Decision(Verdict.UNPROVEN, "an object with base and revision is needed")] * 2)
    name = asked.get("id")
    spoken = dialect(str(asked.get("dialect", Dialect.DRAFT2020_12)))
    if spoken is None:
        return _record(name, *[Decision(Verdict.UNPROVEN, f"unknown dialect {asked['dialect']}")] * 2)
    return _record(name, *compare(asked["base"], asked["revision"], spoken, formats=formats, budget=budget))


def _record(name: Any, forward: Decision, backward: Decision) -> dict[str, Any]:  # noqa: ANN401 - whatever id was given
    record: dict[str, Any] = {"id": name}
    for key, decision in (("fwd", forward), ("bwd", backward)):
        record[key] = str(decision.verdict)
        record[f"{key}_witness"] = decision.witness
        if decision.verdict is Verdict.UNPROVEN:
            record[f"{key}_why"] = decision.why
    return record
