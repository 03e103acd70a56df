"""Random pairs of schemas: what the engine decides, how fast, and whether samples or another prover contradict it.

Run: `python -m benchmarks.containment [--pairs N] [--samples N] [--seed N] [--kind api|any|respelled|recursive|all]`.
"""

import argparse
import json
import time
from collections import Counter, defaultdict
from functools import partial
from random import Random

import jsonschema_rs
from jsonschema import Draft202012Validator

from benchmarks.schema_generator import Sampler, Schema, graph_pair, pair, respelled_pair, subschemas
from contractcheck.schemas.containment import Universe, Verdict
from contractcheck.schemas.dialects import Dialect
from contractcheck.schemas.documents import alone

FAMILIES = {
    "numbers": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "lengths": ("minLength", "maxLength"),
    "pattern": ("pattern",),
    "enum/const": ("enum", "const"),
    "properties": ("properties", "required"),
    "additionalProperties": ("additionalProperties",),
    "patternProperties": ("patternProperties", "propertyNames"),
    "member counts": ("minProperties", "maxProperties"),
    "dependent": ("dependentRequired", "dependentSchemas"),
    "items": ("items", "prefixItems", "minItems", "maxItems"),
    "contains": ("contains",),
    "uniqueItems": ("uniqueItems",),
    "unevaluated": ("unevaluatedProperties", "unevaluatedItems"),
    "allOf/anyOf": ("allOf", "anyOf"),
    "oneOf": ("oneOf",),
    "not": ("not",),
    "if": ("if",),
    "$ref": ("$ref",),
}

# what the pairs are made of
KINDS = {
    "api": partial(pair, every_keyword=False),
    "any": partial(pair, every_keyword=True),
    "respelled": respelled_pair,
    "recursive": graph_pair,
}


def families(*schemas: Schema) -> list[str]:
    words = {word for schema in schemas for part in subschemas(schema) if isinstance(part, dict) for word in part}
    return [family for family, members in FAMILIES.items() if words.intersection(members)]


def covers(base: Schema, revision: Schema) -> str:
    """What jsonschema-rs says: yes, no, unknown; guarded by size, as the native call cannot be interrupted."""
    if len(json.dumps(base)) + len(json.dumps(revision)) > 6_000:
        return "skipped"
    try:
        narrow = jsonschema_rs.canonicalize(base, draft=jsonschema_rs.Draft202012)
        wide = jsonschema_rs.canonicalize(revision, draft=jsonschema_rs.Draft202012)
        return str(wide.covers(narrow)).lower().rpartition(".")[2]
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        return f"error {type(error).__name__}"


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--pairs", type=int, default=20_000)
    options.add_argument("--samples", type=int, default=50)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--kind", choices=(*KINDS, "all"), default="all")
    options.add_argument("--show", type=int, default=3)
    chosen = options.parse_args()
    kinds = tuple(KINDS) if chosen.kind == "all" else (chosen.kind,)
    for kind in kinds:
        run(kind, chosen.pairs // len(kinds), chosen.samples, chosen.seed, chosen.show)


def run(kind: str, pairs: int, samples: int, seed: int, show: int) -> None:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    reasons: Counter[str] = Counter()
    times: list[float] = []
    shown: Counter[str] = Counter()
    instances = 0

    def report(what: str, *details: Schema) -> None:
        shown[what] += 1
        if shown[what] <= show:
            print(
                f"! {what}",
                *(detail if isinstance(detail, str) else json.dumps(detail, default=str) for detail in details),
                sep="\n    ",
            )

    for number in range(pairs):
        rng = Random(f"{seed}/{kind}/{number}")  # noqa: S311 - repeatable
        base, revision = KINDS[kind](rng)
        groups = ["all", *families(base, revision)]
        universe = Universe()
        start = time.perf_counter()
        try:
            decision = universe.contains(alone(base, Dialect.DRAFT2020_12), alone(revision, Dialect.DRAFT2020_12))
        except Exception as error:  # noqa: BLE001 - a crash is a result
            report("crash", f"{number} {type(error).__name__}: {error}", base, revision)
            table["all"]["crash"] += 1
            continue
        times.append(time.perf_counter() - start)
        for group in groups:
            table[group][decision.verdict] += 1
        if universe.disagreements:
            report("disagreement", f"{number} {decision.why}", base, revision)
            table["all"]["disagreements"] += 1
        if decision.verdict is Verdict.UNPROVEN:
            reasons[decision.why] += 1
            report("unproven", f"{number} {decision.why}", base, revision)
        if decision.verdict is Verdict.BROKEN and not plainly(decision.witness, base, revision):
            report("witness that plain jsonschema refuses", f"{number}", decision.witness, base, revision)
            table["all"]["plain refuses"] += 1
        if decision.verdict is not Verdict.BROKEN:
            found = sample(rng, base, revision, samples)
            instances += samples
            if found is not None and decision.verdict is Verdict.CONTAINED:
                report("WRONG: contained, but", f"{number}", found[0], base, revision)
                table["all"]["wrong"] += 1
            elif found is not None:
                table["all"]["unproven but sampled"] += 1
        second = covers(base, revision)
        table["all"][f"covers {second}"] += 1
        if (second == "yes" and decision.verdict is Verdict.BROKEN) or (
            second == "no" and decision.verdict is Verdict.CONTAINED
        ):
            report(
                f"CONTRADICTION: covers says {second}", f"{number} {decision.verdict}", decision.witness, base, revision
            )
            table["all"]["contradiction"] += 1
        if second in ("yes", "no") and decision.verdict is Verdict.UNPROVEN:
            table["all"][f"unproven, covers {second}"] += 1
        if second not in ("yes", "no") and decision.verdict is not Verdict.UNPROVEN:
            table["all"]["decided, covers not"] += 1
    times.sort()
    print(f"\n{kind}: {pairs} pairs, {instances} samples, seed {seed}")
    middle, late = (times[int(len(times) * share)] * 1e3 for share in (0.5, 0.99))
    print(f"time per pair: median {middle:.2f} ms, 99 % {late:.1f} ms, max {times[-1] * 1e3:.0f} ms")
    print(f"{'family':<22}{'pairs':>7}{'contained':>11}{'broken':>8}{'unproven':>12}")
    for group in ("all", *FAMILIES):
        row = table[group]
        count = row["contained"] + row["broken"] + row["unproven"]
        if count:
            share = f"{row['unproven']} {100 * row['unproven'] / count:.1f}%"
            print(f"{group:<22}{count:>7}{row['contained']:>11}{row['broken']:>8}{share:>12}")
    for name, count in sorted(table["all"].items()):
        if name not in ("contained", "broken", "unproven"):
            print(f"  {name}: {count}")
    for why, count in reasons.most_common(12):
        print(f"  unproven {count}: {why}")


def plainly(value: Schema, base: Schema, revision: Schema) -> bool:
    """Whether jsonschema as it is finds the value valid under base and not under revision."""
    return Draft202012Validator(base).is_valid(value) and not Draft202012Validator(revision).is_valid(value)


def sample(rng: Random, base: Schema, revision: Schema, count: int) -> tuple[Schema] | None:
    """A value valid under base and not under revision, if one of so many turns out to be one."""
    try:
        narrow = jsonschema_rs.Draft202012Validator(base)
        wide = jsonschema_rs.Draft202012Validator(revision)
    except ValueError:
        return None
    for number in range(count):
        aim = revision if number % 3 == 2 else base
        value = Sampler(rng, aim if isinstance(aim, dict) else {}).value(aim)
        if narrow.is_valid(value) and not wide.is_valid(value) and plainly(value, base, revision):
            return (value,)
    return None


if __name__ == "__main__":
    main()
