"""Random pairs of schemas: what the engine decides, how fast, and whether values or another prover contradict it.

Run: `python -m benchmarks.containment [--pairs N] [--samples N] [--seed N] [--kind KIND] [--output FILE]`.
Returns 1 if a verdict was contradicted, a witness refused, the engine crashed, or too much was left unproven.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Final

from jsonschema import Draft202012Validator

from benchmarks import containment_keywords
from benchmarks.containment_oracles import Covers, Opinions, covers, values
from benchmarks.schema_generator import Schema, graph_pair, pair, respelled_pair
from contractcheck.schemas.containment import Universe, Verdict
from contractcheck.schemas.dialects import Dialect
from contractcheck.schemas.documents import alone

__all__ = ["covers", "main", "plainly"]

FAMILIES: Final = {
    "type": ("type", "nullable", "x-nullable"),
    "enum, const": ("enum", "const"),
    "bounds": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "multipleOf": ("multipleOf",),
    "lengths": ("minLength", "maxLength"),
    "pattern": ("pattern",),
    "format": ("format",),
    "properties, required": ("properties", "required"),
    "additionalProperties": ("additionalProperties",),
    "patternProperties": ("patternProperties",),
    "propertyNames": ("propertyNames",),
    "member counts": ("minProperties", "maxProperties"),
    "dependencies": ("dependentRequired", "dependentSchemas", "dependencies"),
    "items": ("items", "additionalItems", "minItems", "maxItems"),
    "prefixItems": ("prefixItems",),
    "contains": ("contains", "minContains", "maxContains"),
    "uniqueItems": ("uniqueItems",),
    "unevaluated": ("unevaluatedProperties", "unevaluatedItems"),
    "allOf": ("allOf",),
    "anyOf": ("anyOf",),
    "oneOf": ("oneOf",),
    "not": ("not",),
    "if, then, else": ("if",),
    "$ref": ("$ref",),
    "$id, $anchor": ("$id", "id", "$anchor"),
    "dynamic references": ("$dynamicRef", "$recursiveRef"),
}

# what the pairs are made of: their dialect, their share of all pairs, and how they are drawn
KINDS: Final[dict[str, tuple[Dialect, int, Callable[[Random], tuple[Schema, Schema]]]]] = {
    "shaped like APIs": (Dialect.DRAFT2020_12, 6, partial(pair, every_keyword=False)),
    "any keyword, natural": (Dialect.DRAFT2020_12, 3, partial(pair, every_keyword=True)),
    "respelled": (Dialect.DRAFT2020_12, 3, respelled_pair),
    "recursive": (Dialect.DRAFT2020_12, 2, graph_pair),
    **{
        f"every keyword, {spoken}": (spoken, 2, partial(containment_keywords.pair, spoken=spoken))
        for spoken in Dialect
        if spoken is not Dialect.DRAFT2019_09
    },
    "every keyword, draft2019-09": (
        Dialect.DRAFT2019_09,
        2,
        partial(containment_keywords.pair, spoken=Dialect.DRAFT2019_09),
    ),
}
_ASSERTING: Final = (Dialect.DRAFT4, Dialect.DRAFT6, Dialect.DRAFT7)  # where `covers` takes `format` for an assertion
_BEGIN, _END = "<!-- containment: begin -->\n", "<!-- containment: end -->\n"
_WRONG: Final = ("crash", "contradicted by a value", "contradicted by covers", "witness refused", "disagreement")


@dataclass
class Row:
    """What came of some pairs."""

    count: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    def cells(self, name: str, *, timed: bool) -> str:
        """A line of a table."""
        verdicts = [self.count[verdict] for verdict in Verdict]
        other = self.count["covers other"]
        asked = other + self.count["covers yes"] + self.count["covers no"]
        shown = [name, sum(verdicts), *verdicts, f"{100 * other / asked:.1f} %" if asked else ""]
        if timed:
            times = sorted(self.times)
            shown += [f"{times[int(len(times) * share)] * 1e3:.2f} ms" for share in (0.5, 0.99)]
            shown.append(f"{times[-1] * 1e3:.0f} ms")
        return "| " + " | ".join(f"{each:,}" if isinstance(each, int) else each for each in shown) + " |"


class Bench:
    """Asks pair after pair and keeps the tables."""

    def __init__(self, samples: int, seed: int, show: int) -> None:
        self.samples = samples
        self.seed = seed
        self.show = show
        self.kinds: dict[str, Row] = {}
        self.families = {family: Row() for family in FAMILIES}
        self.reasons: Counter[str] = Counter()
        self.shown: Counter[str] = Counter()
        self.instances = 0
        self.covers = Covers()

    def report(self, row: Row, what: str, *details: Any) -> None:  # noqa: ANN401 - texts and schemas
        """Count something, and show the first of its kind."""
        row.count[what] += 1
        self.shown[what] += 1
        if self.shown[what] <= self.show:
            texts = (each if isinstance(each, str) else json.dumps(each, default=str) for each in details)
            print(f"! {what}", *texts, sep="\n    ")

    def run(self, kind: str, pairs: int) -> None:
        """So many pairs of a kind."""
        spoken, _, draw = KINDS[kind]
        row = self.kinds[kind] = Row()
        for number in range(pairs):
            rng = Random(f"{self.seed}/{kind}/{number}")  # noqa: S311 - repeatable
            base, revision = draw(rng)
            try:
                self.ask(row, rng, f"{kind} {number}", base, revision, spoken)
            except Exception as error:  # noqa: BLE001 - a crash is a result
                self.report(row, "crash", f"{kind} {number} {type(error).__name__}: {error}", base, revision)

    def ask(self, row: Row, rng: Random, name: str, base: Schema, revision: Schema, spoken: Dialect) -> None:
        """One pair, and what others say of it."""
        universe = Universe()
        start = time.perf_counter()
        found = universe.contains(alone(base, spoken), alone(revision, spoken))
        row.times.append(time.perf_counter() - start)
        said = self.covers.ask(base, revision, spoken)
        heard = said if said in ("yes", "no", "not asked") else "other"
        words = {
            word for side in (base, revision) for part in containment_keywords.subschemas(side) for word in _words(part)
        }
        for each in (row, *(self.families[family] for family, own in FAMILIES.items() if words.intersection(own))):
            each.count[found.verdict] += 1
            each.count[f"covers {heard}"] += 1
        if universe.disagreements:
            self.report(row, "disagreement", f"{name} {found.why}", base, revision)
        if found.verdict is Verdict.UNPROVEN:
            self.reasons[found.why] += 1
            self.report(row, "left unproven", f"{name} {found.why}", base, revision)
        if "format" in words and spoken in _ASSERTING:
            said = "not comparable"
        if {found.verdict: said} in ({Verdict.BROKEN: "yes"}, {Verdict.CONTAINED: "no"}):
            self.report(row, "contradicted by covers", f"{name} {found.verdict}", found.witness, base, revision)
        try:
            opinions = Opinions(base, revision, spoken)
        except ValueError:
            row.count["not a schema of the dialect"] += 1
            return
        if found.verdict is Verdict.BROKEN:
            if not (opinions.breaks(found.witness) and opinions.agreed(found.witness)):
                self.report(row, "witness refused", name, found.witness, base, revision)
            return
        for value in values(rng, base, revision, self.samples, small="every keyword" in name):
            self.instances += 1
            if opinions.breaks(value) and opinions.agreed(value):
                what = (
                    "contradicted by a value"
                    if found.verdict is Verdict.CONTAINED
                    else "unproven, but there is a value"
                )
                self.report(row, what, name, value, base, revision)
                break

    def summary(self) -> str:
        """The tables in Markdown."""
        head = "| | pairs | contained | broken | unproven | `covers` does not know |"
        lines = [f"{head} median | 99 % | slowest |", "|---|" + "---:|" * 8]
        lines += [row.cells(kind, timed=True) for kind, row in self.kinds.items()]
        lines += ["", head, "|---|" + "---:|" * 5]
        lines += [row.cells(family, timed=False) for family, row in self.families.items() if row.count]
        rows = self.kinds.values()
        wrong = {what: sum(row.count[what] for row in rows) for what in _WRONG}
        lines += [
            "",
            f"Values tried: {self.instances:,}. " + ", ".join(f"{what}: {n}" for what, n in wrong.items()) + ".",
        ]
        if self.reasons:
            lines += ["", "Unproven: " + "; ".join(f"{why} ({n})" for why, n in self.reasons.most_common())]
        return "\n".join(lines) + "\n"

    def held(self) -> bool:
        """Whether the promises hold."""
        for kind, row in self.kinds.items():
            pairs = sum(row.count[verdict] for verdict in Verdict)
            most = 0.03 if kind == "shaped like APIs" else 0.1
            if any(row.count[what] for what in _WRONG) or row.count[Verdict.UNPROVEN] > most * pairs:
                return False
        return True


def main() -> int:
    """Ask all pairs, print the tables, and write them where they belong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=20_000)
    parser.add_argument("--samples", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=(*KINDS, "all"), default="all")
    parser.add_argument("--show", type=int, default=3)
    parser.add_argument("--output", type=Path, help=f"put the tables between the {_BEGIN.strip()} markers of this file")
    options = parser.parse_args()
    kinds = tuple(KINDS) if options.kind == "all" else (options.kind,)
    shares = sum(KINDS[kind][1] for kind in kinds)
    bench = Bench(options.samples, options.seed, options.show)
    for kind in kinds:
        bench.run(kind, -(-options.pairs * KINDS[kind][1] // shares))
    bench.covers.close()
    printed = bench.summary()
    print(printed)
    if options.output is not None:
        page = options.output.read_text(encoding="utf-8")
        before, begin, rest = page.partition(_BEGIN)
        _, end, after = rest.partition(_END)
        options.output.write_text(f"{before}{begin}\n{printed}\n{end}{after}", encoding="utf-8")
    return 0 if bench.held() else 1


def _words(schema: Schema) -> tuple[str, ...]:
    return tuple(schema) if isinstance(schema, dict) else ()


def plainly(value: Schema, base: Schema, revision: Schema) -> bool:
    """Whether jsonschema as it is finds the value valid under base and not under revision."""
    return Draft202012Validator(base).is_valid(value) and not Draft202012Validator(revision).is_valid(value)


if __name__ == "__main__":
    raise SystemExit(main())
