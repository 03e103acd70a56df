"""Other opinions on schemas: two validators for values, the prover of `jsonschema-rs` for pairs; and values to try."""

import copy
import json
from collections.abc import Iterator
from multiprocessing import Process, get_context
from multiprocessing.connection import Connection
from random import Random
from typing import Any, Final

import jsonschema
import jsonschema_rs

from benchmarks.containment_keywords import subschemas, universe
from benchmarks.schema_generator import Sampler, Schema
from contractcheck.schemas.dialects import Dialect

_RUST: Final = {
    Dialect.DRAFT4: jsonschema_rs.Draft4Validator,
    Dialect.DRAFT6: jsonschema_rs.Draft6Validator,
    Dialect.DRAFT7: jsonschema_rs.Draft7Validator,
    Dialect.DRAFT2019_09: jsonschema_rs.Draft201909Validator,
    Dialect.DRAFT2020_12: jsonschema_rs.Draft202012Validator,
    Dialect.OPENAPI_3_0: jsonschema_rs.Draft4Validator,
    Dialect.OPENAPI_3_1: jsonschema_rs.Draft202012Validator,
    Dialect.SWAGGER_2_0: jsonschema_rs.Draft4Validator,
}
_PYTHON: Final = {
    Dialect.DRAFT4: jsonschema.Draft4Validator,
    Dialect.DRAFT6: jsonschema.Draft6Validator,
    Dialect.DRAFT7: jsonschema.Draft7Validator,
    # its `additionalProperties` of 2019-09 does not evaluate members beside `unevaluatedProperties`
    Dialect.DRAFT2020_12: jsonschema.Draft202012Validator,
    Dialect.OPENAPI_3_0: jsonschema.Draft4Validator,
    Dialect.OPENAPI_3_1: jsonschema.Draft202012Validator,
    Dialect.SWAGGER_2_0: jsonschema.Draft4Validator,
}
_DRAFTS: Final = {
    Dialect.DRAFT4: jsonschema_rs.Draft4,
    Dialect.DRAFT6: jsonschema_rs.Draft6,
    Dialect.DRAFT7: jsonschema_rs.Draft7,
    Dialect.DRAFT2019_09: jsonschema_rs.Draft201909,
    Dialect.DRAFT2020_12: jsonschema_rs.Draft202012,
    Dialect.OPENAPI_3_1: jsonschema_rs.Draft202012,
}
_SECONDS = 2.0  # that `covers` may take for one pair


def as_draft4(schema: Schema, null: str) -> Schema:
    """A schema of OpenAPI 3.0 or Swagger 2.0 in draft 4, not by our own translation: only nullable types differ."""
    if isinstance(schema, list):
        return [as_draft4(item, null) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {word: value if word == "enum" else as_draft4(value, null) for word, value in schema.items()}
    if schema.get(null) is True and isinstance(schema.get("type"), str):
        found["type"] = [schema["type"], "null"]
    return found


class Opinions:
    """What validators say of values under one pair of schemas."""

    def __init__(self, base: Schema, revision: Schema, spoken: Dialect) -> None:
        """Raises ValueError for a schema that the dialect does not allow."""
        null = {Dialect.OPENAPI_3_0: "nullable", Dialect.SWAGGER_2_0: "x-nullable"}.get(spoken)
        if null is not None:
            base, revision = as_draft4(base, null), as_draft4(revision, null)
        make = _RUST[spoken]
        self._rust = [make(side, validate_formats=False) for side in (base, revision)]
        self._python = [_PYTHON[spoken](side) for side in (base, revision)] if spoken in _PYTHON else []

    def breaks(self, value: Any) -> bool:  # noqa: ANN401 - JSON
        """Whether the value is valid under base and not under revision, for the validator of `jsonschema-rs`."""
        return self._rust[0].is_valid(value) and not self._rust[1].is_valid(value)

    def agreed(self, value: Any) -> bool:  # noqa: ANN401 - JSON
        """Whether `jsonschema` says so too, where it can be trusted."""
        return not self._python or (self._python[0].is_valid(value) and not self._python[1].is_valid(value))


def values(rng: Random, base: Schema, revision: Schema, count: int, *, small: bool) -> Iterator[Any]:
    """Values to try: what the schemas list, what is drawn from both, near misses, and with `small` all of UNIVERSE."""
    listed = [value for side in (base, revision) for part in subschemas(side) for value in _listed(part)]
    yield from listed
    drawn = list(listed)
    for number in range(count):
        aim = revision if number % 3 == 2 else base
        value = Sampler(rng, aim if isinstance(aim, dict) else {}).value(aim)
        drawn.append(value)
        yield value
    for value in drawn[:count]:
        yield _changed(rng, copy.deepcopy(value))
    if small:
        yield from UNIVERSE


UNIVERSE: Final = universe()


def _listed(schema: Schema) -> list[Any]:
    if not isinstance(schema, dict):
        return []
    lists = [schema[word] for word in ("enum", "examples") if isinstance(schema.get(word), list)]
    single = [schema[word] for word in ("const", "default", "example", "minimum", "maximum") if word in schema]
    return [*(value for found in lists for value in found), *single]


def _changed(rng: Random, value: Any) -> Any:  # noqa: ANN401 - JSON
    """The value with one thing in it changed."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        name = rng.choice(sorted(value))
        if rng.random() < 0.4:
            del value[name]
        else:
            value[name] = _changed(rng, value[name])
        return value
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = rng.randrange(len(value))
        value[at] = _changed(rng, value[at])
        return value
    if isinstance(value, str) and rng.random() < 0.7:
        return rng.choice((value + "a", value[:-1], value.upper(), value + value))
    if isinstance(value, int | float) and not isinstance(value, bool) and rng.random() < 0.7:
        return rng.choice((value + 1, value - 1, value + 0.5, -value))
    return copy.deepcopy(rng.choice(UNIVERSE))


def covers(base: Schema, revision: Schema, spoken: Dialect = Dialect.DRAFT2020_12) -> str:
    """What the prover of `jsonschema-rs` says: yes, no, unknown, or which error it raises."""
    if spoken not in _DRAFTS:
        return "not asked"
    try:
        narrow = jsonschema_rs.canonicalize(base, draft=_DRAFTS[spoken])
        wide = jsonschema_rs.canonicalize(revision, draft=_DRAFTS[spoken])
        return str(wide.covers(narrow)).lower().rpartition(".")[2]
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        return f"error {type(error).__name__}"


class Covers:
    """`covers` in a process of its own: a native call cannot be interrupted, a process can be ended."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self._here, there = context.Pipe()
        self._process: Process = context.Process(target=_serve, args=(there,), daemon=True)  # type: ignore[assignment]
        self._process.start()

    def ask(self, base: Schema, revision: Schema, spoken: Dialect) -> str:
        """The answer, or `time-out`."""
        self._here.send(json.dumps([base, revision, spoken]))
        try:
            if self._here.poll(_SECONDS):
                return str(self._here.recv())
        except EOFError:
            self._start()
            return "crash"
        self.close()
        self._start()
        return "time-out"

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()


def _serve(there: Connection) -> None:
    while True:
        base, revision, spoken = json.loads(there.recv())
        there.send(covers(base, revision, Dialect(spoken)))
