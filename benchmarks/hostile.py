"""Contracts made to break a comparison, as whole commands: `python -m benchmarks.hostile [NAME ...]`.

Each pair is made below .cache, compared once, and told with its exit code, seconds of processor, peak of memory and
length of the report. None may end in a traceback, and none may take longer than its budget on a quiet machine.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

CACHE: Final = Path(__file__).resolve().parent.parent / ".cache" / "hostile"
_COMMAND: Final = Path(sys.executable).parent / "contractcheck"

Json = dict[str, Any]
STRING: Final[Json] = {"type": "string"}
INTEGER: Final[Json] = {"type": "integer"}


@dataclass(frozen=True, slots=True)
class Case:
    """A pair of contracts, as values or as text, the seconds it may take, and the exit code."""

    make: Callable[[], tuple[Json | str, Json | str]]
    seconds: float
    code: int = 1


def contract(paths: Json, **more: Any) -> Json:  # noqa: ANN401
    """An OpenAPI document."""
    return {"openapi": "3.1.0", "info": {"title": "hostile", "version": "1.0.0"}, "paths": paths, **more}


def _asks(schema: Json, **schemas: Json) -> Json:
    body = {"content": {"application/json": {"schema": schema}}}
    components = {"components": {"schemas": schemas}} if schemas else {}
    return contract({"/a": {"post": {"requestBody": body, "responses": {"200": {"description": ""}}}}}, **components)


def _operation(**more: Any) -> Json:  # noqa: ANN401
    return {"responses": {"200": {"description": ""}}, **more}


def _paths() -> tuple[Json, Json]:
    old = {f"/a{index}/{{id}}": {"get": _operation()} for index in range(100_000)}
    return contract(old), contract({**old, "/a7/{id}": {"get": _operation(deprecated=True)}, "/a7/me": {"get": {}}})


def _gone() -> tuple[Json, Json]:
    return contract({f"/a{index}": {"get": _operation()} for index in range(100_000)}), contract({})


def _chain(way: Callable[[str], Json], length: int) -> tuple[Json, Json]:
    links = {f"S{index}": way(f"#/components/schemas/S{index + 1}") for index in range(length)}
    first = {"$ref": "#/components/schemas/S0"}
    base, revision = (_asks(first, **links, **{f"S{length}": leaf}) for leaf in (STRING, INTEGER))
    return base, revision


def _circle() -> tuple[Json, Json]:
    def spec(leaf: Json) -> Json:
        links = {
            f"S{index}": {"properties": {"a": _to(index + 1), "b": _to(index * 7), "c": leaf if index == 99 else {}}}
            for index in range(10_000)
        }
        return _asks(_to(0), **links)

    return spec(STRING), spec(INTEGER)


def _to(index: int) -> Json:
    return {"$ref": f"#/components/schemas/S{index % 10_000}"}


def _media_types() -> tuple[Json, Json]:
    def spec(word: str) -> Json:
        content = {f"application/{word}{index}+json": {"schema": STRING} for index in range(1_000)}
        return contract({"/a": {"post": _operation(requestBody={"content": content})}})

    return spec("a"), spec("b")


def _findings() -> tuple[Json, Json]:
    def spec(schema: Json) -> Json:
        listed = [{"name": f"q{index}", "in": "query", "schema": schema} for index in range(200)]
        return contract({f"/p{index}": {"get": _operation(parameters=listed)} for index in range(1_000)})

    return spec(STRING), spec(INTEGER)


def _wide() -> tuple[Json, Json]:
    def spec(leaf: Json) -> Json:
        return _asks({"type": "object", "properties": {f"q{index}": leaf for index in range(20_000)}})

    return spec(STRING), spec(INTEGER)


def _enum() -> tuple[Json, Json]:
    return _asks({"enum": [f"value-{n:06}" for n in range(70_000)]}), _asks(
        {"enum": [f"value-{n:06}" for n in range(5, 70_005)]}
    )


def _deep() -> tuple[str, str]:
    inner = '{"properties":{"a":' * 5_000 + "{}" + "}}" * 5_000
    text = json.dumps(_asks({"x": 1})).replace('{"x": 1}', inner)
    return text, text + " "


def _bomb() -> tuple[str, str]:
    lines = ["openapi: 3.1.0", "info: {title: b, version: '1'}", "x-0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    text = "\n".join([*lines, "paths: {}"]) + "\n"
    return text, text + "# changed\n"


def _callbacks() -> tuple[Json, Json]:
    def spec(schema: Json) -> Json:
        body = {"content": {"application/json": {"schema": schema}}}
        back = {f"c{index}": {"{$request.body#/u}": {"$ref": "#/paths/~1a"}} for index in range(50)}
        return contract({"/a": {"post": _operation(requestBody=body, callbacks=back)}})

    return spec(STRING), spec(INTEGER)


CASES: Final[Mapping[str, Case]] = {
    "100,000 paths, one edited": Case(_paths, 15, code=0),
    "100,000 operations removed": Case(_gone, 40),
    "a chain of 10,000 references": Case(lambda: _chain(lambda to: {"$ref": to}, 10_000), 5),
    "members 10,000 deep by reference": Case(
        lambda: _chain(lambda to: {"properties": {"x": {"$ref": to}}}, 10_000), 10
    ),
    "allOf 2,000 deep by reference": Case(lambda: _chain(lambda to: {"allOf": [{"$ref": to}]}, 2_000), 10),
    "10,000 schemas in a circle": Case(_circle, 10),
    "callbacks in a circle": Case(_callbacks, 5),
    "1,000 media types renamed": Case(_media_types, 5),
    "200,000 findings": Case(_findings, 80),
    "20,000 members changed": Case(_wide, 20),
    "an enum of 1 MB": Case(_enum, 10),
    "5,000 levels": Case(_deep, 2, code=3),
    "a YAML bomb": Case(_bomb, 2, code=3),
}


def _spent() -> float:
    """Seconds of the processor that finished children took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(names: list[str]) -> int:
    """Run the cases whose names hold one of the words; the exit code is 1 if one is not as it should be."""
    wrong = 0
    for name, case in CASES.items():
        if names and not any(word in name for word in names):
            continue
        folder = CACHE / "".join(letter if letter.isalnum() else "-" for letter in name)
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for side, value in zip(("base", "revision"), case.make(), strict=True):
            path = folder / f"{side}.{'json' if not isinstance(value, str) or value.startswith('{') else 'yaml'}"
            path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
            paths.append(str(path))
        report = folder / "report.txt"
        before = _spent()
        with report.open("wb") as output:
            child = subprocess.Popen(
                [str(_COMMAND), "diff", *paths, "--profile", "strict"], stdout=output, stderr=subprocess.PIPE
            )
            _, errors = child.communicate()
        seconds = _spent() - before
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024  # of all so far: kilobytes on Linux
        fine = child.returncode == case.code and seconds <= case.seconds and b"Traceback" not in errors
        wrong += not fine
        told = f"exit {child.returncode}, {seconds:.1f} s of {case.seconds:.0f} s, at most {peak} MB"
        sys.stdout.write(f"{'ok ' if fine else 'BAD'}  {name}: {told}, {report.stat().st_size:,} bytes\n")
        sys.stdout.flush()
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
