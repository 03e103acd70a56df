"""Contracts with junk in them: whatever stands where, a comparison ends with findings, never with an exception."""

import copy
import json
import random

import pytest

from contractcheck.openapi.optional import RULES
from contractcheck.workflows.contracts import Look, compare
from tests.openapi.contracts import document
from tests.openapi.test_editions import EDITIONS

JUNK = (
    *(None, True, 1, -1.5, "x", "", [], {}, [1], [[]], {"a": 1}, {"type": "object"}, "\x00", "\u202e"),
    *({"$ref": "#/x"}, {"$ref": 1}, ["x", {"$ref": "#"}], {"$ref": "#/paths"}, {"type": {"a": 1}}),
)


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for name, member in value.items():
            yield from places(member, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def disordered(root, seed):
    root = copy.deepcopy(root)
    for _ in range(seed.randint(1, 3)):
        *above, last = seed.choice([path for path in places(root) if path and path[0] not in {"openapi", "swagger"}])
        holder = root
        for token in above:
            holder = holder[token]
        if seed.random() < 0.2:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(seed.choice(JUNK))
    return root


@pytest.mark.parametrize("number", range(60))
def test_a_document_in_disorder_is_compared(number):
    seed = random.Random(number)  # noqa: S311 - no secret
    names = seed.choice(list(EDITIONS)), seed.choice(list(EDITIONS))
    base, revision = (document(disordered(EDITIONS[name], seed)) for name in names)
    found = compare(base, revision, look=Look(RULES, versions=seed.random() < 0.5)).findings
    assert all(finding.message and finding.subject is not None for finding in found)
    assert json.dumps([finding.message for finding in found])
