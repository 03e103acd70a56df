"""`contractcheck schema`: plain containment of JSON Schemas, in both directions; no contract around them."""

import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from contractcheck.schemas.containment import DEFAULT_STEPS, Decision, Universe, Verdict
from contractcheck.schemas.dialects import Dialect, dialect
from contractcheck.schemas.documents import alone
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
