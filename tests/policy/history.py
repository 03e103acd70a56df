"""One API over twelve releases, in a git repository: what each adds, deprecates, removes, and does wrong."""

import os
import subprocess

import yaml

DAYS = (
    *("2025-01-10", "2025-02-10", "2025-03-10", "2025-04-10", "2025-05-10", "2025-05-12"),
    *("2025-10-15", "2025-11-10", "2025-11-12", "2025-12-05", "2026-01-10", "2026-02-10"),
)

VERSIONS = {
    # What its team wrote into info.version; some of it is wrong.
    "semver": (
        "1.0.0",
        "1.1.0",
        "1.2.0",
        "1.2.1",
        "1.3.0",
        "1.3.1",
        "1.4.0",
        "1.4.0",
        "1.3.9",
        "1.5.0",
        "3.0.0",
        "next",
    ),
    "date": (
        *("2025-01-10", "2025-02-10", "2025-02-10", "2025-02-10", "2025-02-10", "2025-02-10"),
        *("2025-10-15", "2025-10-15", "2025-09-30", "2025-12-05", "2026-01-10", "2026-02-30"),
    ),
    "path": ("1",) * 12,
}

POLICY = """\
[versioning]
scheme = "{scheme}"

[releases]
tags = "r*"

[deprecation]
headers = "required"
"""


def contract(number, scheme):
    """The contract of release `number`, from 1."""
    top = "/v1" if scheme == "path" else ""
    paths = {f"{top}/orders": {"get": _list(number), "post": _create(number)}}
    if number != 5 and number < 10:
        paths[f"{top}/orders/{{id}}"] = {"delete": _delete(number)}
    if 2 <= number < 12:
        paths[f"{top}/stock"] = {"get": _stock(number)}
    if number >= 8:
        paths[f"{top}/reports"] = {"get": _reports(number)}
    if number == 11 and scheme == "path":
        paths["/v3/orders"] = {"get": _plain("orders")}
    if number == 12 and scheme == "path":
        paths["/v4/orders"] = {"get": _plain("orders")}
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    if number < 7:
        schemes["basic"] = {"type": "http", "scheme": "basic", **_gone(number)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": VERSIONS[scheme][number - 1]},
        "security": [{name: []} for name in schemes],
        "paths": paths,
        "components": {"securitySchemes": schemes},
    }


def repository(folder, scheme):
    """A repository with a tag for each release: `r1` to `r12`."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    (folder / "contractcheck.toml").write_text(POLICY.format(scheme=scheme), encoding="utf-8")
    for number, day in enumerate(DAYS, 1):
        text = yaml.safe_dump(contract(number, scheme), sort_keys=False)
        (folder / "openapi.yaml").write_text(text, encoding="utf-8")
        git(folder, "add", ".")
        git(folder, "commit", "-qm", f"release {number}", day=day)
        git(folder, "tag", f"r{number}")


def git(folder, *arguments, day="2025-01-01"):
    moment = f"{day}T12:00:00+00:00"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    surroundings = clean | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_DATE": moment,
        "GIT_COMMITTER_DATE": moment,
    }
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, env=surroundings, check=True, capture_output=True)


def _gone(number, sunset="2025-10-01", key="x-deprecated"):
    return {key: True, "x-sunset": sunset} if number >= 3 else {}


def _plain(description):
    return {"responses": {"200": {"description": description}}}


def _list(number):
    status = {"type": "string", "enum": ["open", "paid", *(["draft"] if number < 7 else [])]}
    if 3 <= number < 7:
        status["x-enum-deprecated"] = {"draft": "2025-10-01"}
    properties = {"id": {"type": "integer"}}
    if number < 7:
        properties["note"] = {"type": "string", **_gone(number, key="deprecated")}
    if number in (2, 3):
        properties["id"]["deprecated"] = True
    body = {"schema": {"type": "object", "properties": properties}}
    content = {"application/json": body}
    if number < 7:
        content["application/xml"] = {**body, **_gone(number)}
    answer = {"description": "orders", "content": content}
    if number < 7:
        answer["headers"] = {"X-Total": {"schema": {"type": "integer"}, **_gone(number, key="deprecated")}}
    parameters = [{"name": "status", "in": "query", "schema": status}]
    if number < 7:
        sort = {"name": "sort", "in": "query", "schema": {"type": "string"}, **_gone(number, key="deprecated")}
        parameters.append(sort)
    return {"parameters": parameters, "responses": {"200": answer}}


def _create(number):
    marks = {11: {"deprecated": True, "x-sunset": "2026-01-01"}, 12: {"deprecated": True, "x-sunset": "soon"}}
    level = {11: {"x-stability-level": "solid"}}
    return {**marks.get(number, {}), **level.get(number, {}), **_plain("created" if number < 4 else "created, or not")}


def _delete(number):
    sunset = "2025-12-01" if number < 9 else "2025-11-20"
    headers = {"Deprecation": {"schema": {"type": "string"}}} if number >= 3 else {}
    answer = {"204": {"description": "gone", **({"headers": headers} if headers else {})}}
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    return {**_gone(number, sunset, key="deprecated"), "parameters": [parameter], "responses": answer}


def _stock(number):
    return {"x-stability-level": "stable" if number < 11 else "beta", **_plain("stock")}


def _reports(number):
    marks = {11: {"deprecated": True}, 12: {"deprecated": True, "x-sunset": "2026-03-01"}}
    return {**marks.get(number, {}), **_plain("reports")}
