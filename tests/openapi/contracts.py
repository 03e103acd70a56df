"""Contracts in memory, for tests that compare two."""

import json
from dataclasses import dataclass

from contractcheck.errors import UnreadableError
from contractcheck.model.snapshot import Entry, EntryKind
from contractcheck.openapi.compare import compare
from contractcheck.openapi.document import load

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


@dataclass(frozen=True)
class Memory:
    """A snapshot of texts by path."""

    files: dict[str, str]
    label: str = "memory"

    def entries(self):
        return {path: Entry(path, EntryKind.FILE) for path in sorted(self.files)}

    def read(self, path):
        if path not in self.files:
            raise UnreadableError("no such file", where=path)
        return self.files[path].encode()


def document(root, **files):
    texts = {"openapi.json": root, **{name.replace("__", "."): value for name, value in files.items()}}
    return load(Memory({path: json.dumps(value) for path, value in texts.items()}), "openapi.json")


def contract(paths=None, version="3.1.0", **top):
    return {"openapi": version, "info": {"title": "Shop", "version": "1.0.0"}, "paths": paths or {}, **top}


def operation(**members):
    return {"responses": {"204": {"description": "done"}}, **members}


def asks(schema, version="3.1.0", **schemas):
    """A contract with one operation whose request body is of that schema."""
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return contract(
        {"/orders": {"post": operation(requestBody=body)}},
        version,
        **({"components": {"schemas": schemas}} if schemas else {}),
    )


def answers(schema, version="3.1.0", **schemas):
    """A contract with one operation that answers with that schema."""
    answer = {"200": {"description": "here", "content": {"application/json": {"schema": schema}}}}
    components = {"components": {"schemas": schemas}} if schemas else {}
    return contract({"/orders": {"get": {"responses": answer}}}, version, **components)


def query(*parameters, version="3.1.0", path="/orders", **top):
    return contract({path: {"get": operation(parameters=list(parameters))}}, version, **top)


def found(base, revision, decide=None):
    """The findings as (rule, subject), in the order of a report."""
    return [(f.rule, f.subject) for f in compare(document(base), document(revision), decide).findings]


def told(base, revision):
    """The findings as (rule, subject, message)."""
    return [(f.rule, f.subject, f.message) for f in compare(document(base), document(revision)).findings]


def parameter(name, where="query", schema=None, **members):
    return {"name": name, "in": where, "schema": schema or STRING, **members}


def body(schema, media_type="application/json", **members):
    return {"content": {media_type: {"schema": schema}}, **members}


def ref(name, section="schemas"):
    return {"$ref": f"#/components/{section}/{name}"}


def places(base, revision):
    pairs = compare(document(base), document(revision)).findings
    return [(f.rule, f.base_place.pointer, f.place.pointer) for f in pairs]
