"""`contractcheck schema`: plain containment of JSON Schemas, two files or many pairs; no contract around them."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from msgspec import Struct

from contractcheck.errors import FINDINGS, OK, UNDECIDABLE, UnreadableError, UsageError
from contractcheck.model.finding import Direction
from contractcheck.schemas.containment import DEFAULT_STEPS, Decision, Universe, Verdict
from contractcheck.schemas.dialects import Dialect, dialect
from contractcheck.schemas.documents import Source, alone
from contractcheck.schemas.values import text


def compare(
    base: Any,  # noqa: ANN401 - JSON
    revision: Any,  # noqa: ANN401 - JSON
    spoken: Dialect | None = None,
    *,
    formats: bool = False,
    budget: int = DEFAULT_STEPS,
) -> tuple[Decision, Decision]:
    """Whether base is contained in revision, and the reverse; both self-contained. `formats` asserts `format`.

    Without a dialect each is read in that of its `$schema`, else in 2020-12. Raises UsageError for an unknown one.
    """
    universe = Universe()
    older = alone(base, spoken or _spoken(base), formats=formats)
    newer = alone(revision, spoken or _spoken(revision), formats=formats)
    return universe.contains(older, newer, budget=budget), universe.contains(newer, older, budget=budget)


class Judgement(Struct, frozen=True):
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
    known = _known(spoken) if spoken is not None else _spoken(value, str(path))
    return alone(value, known, formats=formats)


def _spoken(schema: Any, where: str = "") -> Dialect:  # noqa: ANN401 - JSON
    """The dialect that a schema names, else 2020-12. Raises UsageError for an unknown one."""
    named = schema.get("$schema") if isinstance(schema, Mapping) else None
    return _known(named, where) if isinstance(named, str) else Dialect.DRAFT2020_12


def _known(name: str, where: str = "") -> Dialect:
    known = dialect(name)
    if known is None:
        names = ", ".join(sorted(Dialect))
        raise UsageError(f"unknown dialect {name}", where=where, next_step=f"--dialect is one of {names}")
    return known


def schema_batch(lines: Iterable[bytes], *, formats: bool = False, budget: int = DEFAULT_STEPS) -> Iterator[bytes]:
    """Answer every JSON line `{id, dialect, base, revision}` with `{id, fwd, fwd_witness, bwd, bwd_witness}`.

    `fwd` is base ⊆ revision: `contained`, `broken` or `unproven`; a witness is given for every `broken`, else it is
    null. An unproven direction says why in `fwd_why` or `bwd_why`. A line that cannot be read is answered too, under
    its id where that can be made out: both directions unproven. Empty lines are skipped.
    """
    for line in lines:
        if line.strip():
            yield (text(_answer(line, formats=formats, budget=budget)) + "\n").encode()


def _answer(line: bytes, *, formats: bool, budget: int) -> dict[str, Any]:
    try:
        # fractions as Decimals: 0.1 is a tenth, not the nearest float
        written = line.decode("utf-8-sig")
        asked = json.loads(written, parse_float=Decimal, parse_int=_whole, parse_constant=_refuse)
    except (ValueError, RecursionError, InvalidOperation) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        why = "a number of very many digits" if isinstance(error, InvalidOperation) else why
        return _unanswered(_named(line), f"not a JSON line: {why}")
    if not isinstance(asked, dict):
        return _unanswered(None, "an object with base and revision is needed")
    name, spoken = asked.get("id"), asked.get("dialect")
    if "base" not in asked or "revision" not in asked:
        return _unanswered(name, "an object with base and revision is needed")
    try:
        known = None if spoken is None else _known(str(spoken))
        found = compare(asked["base"], asked["revision"], known, formats=formats, budget=budget)
    except UsageError as error:
        return _unanswered(name, error.what)
    return _record(name, *found)


def _whole(digits: str) -> int | Decimal:
    """An integer; of very many digits as a Decimal, as the interpreter refuses those."""
    return int(digits) if len(digits) <= _DIGITS else Decimal(digits)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _named(line: bytes) -> Any:  # noqa: ANN401 - a text or a number
    """The id of a line that is no JSON, if it is to be found in the outer object."""
    written = line.decode("utf-8", "replace")
    depth = 0
    for token in _TOKENS.finditer(written):
        if token[0] in "{[":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        elif depth == 1 and token[0] == '"id"' and (value := _SCALAR.match(written, token.end())):
            try:
                return json.loads(value[1])
            except ValueError:  # an escape that there is not
                return None
    return None


_DIGITS = 4_000
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)|[{}\[\]]', re.DOTALL)
_SCALAR = re.compile(r'\s*:\s*("(?:[^"\\]|\\.)*"|-?[0-9]{1,18})')


def _unanswered(name: Any, why: str) -> dict[str, Any]:  # noqa: ANN401 - whatever id was given
    return _record(name, *[Decision(Verdict.UNPROVEN, why)] * 2)


def _record(name: Any, forward: Decision, backward: Decision) -> dict[str, Any]:  # noqa: ANN401 - whatever id was given
    record: dict[str, Any] = {"id": name}
    for key, decision in (("fwd", forward), ("bwd", backward)):
        record[key] = str(decision.verdict)
        record[f"{key}_witness"] = decision.witness
        if decision.verdict is Verdict.UNPROVEN:
            record[f"{key}_why"] = decision.why
    return record
