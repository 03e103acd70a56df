"""Findings that know a pointer get line and column, each side from its own file."""

import pytest

from contractcheck.model.finding import Category, Finding, Proof, ProofKind, Severity
from contractcheck.model.place import Place
from contractcheck.workflows.places import locate
from tests.migrations.trees_in_memory import Files

YAML = "openapi: 3.1.0\npaths:\n  /a/b:\n    get:\n      tags: [x, y]\n"
JSON = '{\n  "openapi": "3.1.0",\n  "paths": {"/a/b": {"get": {\n    "tags": ["x", "y"]}}}\n}\n'


def finding(place, base_place=None):
    return Finding(
        rule="contract-added",
        severity=Severity.INFO,
        category=Category.WIRE,
        message="m",
        subject="s",
        place=place,
        proof=Proof(ProofKind.STRUCTURAL, "w"),
        base_place=base_place,
    )


def located(place, base_place=None, *, base=None, revision=None):
    (found,) = locate([finding(place, base_place)], base, revision or Files({"a.yaml": YAML, "a.json": JSON}))
    return found.place, found.base_place


@pytest.mark.parametrize(
    ("file", "pointer", "line", "column"),
    [
        ("a.yaml", "", 1, 1),
        ("a.yaml", "/paths", 2, 1),
        ("a.yaml", "/paths/~1a~1b/get", 4, 5),
        ("a.yaml", "/paths/~1a~1b/get/tags/1", 5, 17),
        ("a.yaml", "/paths/~1a~1b/put/x", 3, 3),
        ("a.json", "", 1, 1),
        ("a.json", "/openapi", 2, 3),
        ("a.json", "/paths/~1a~1b/get", 3, 22),
        ("a.json", "/paths/~1a~1b/get/tags/1", 4, 19),
    ],
)
def test_a_pointer_becomes_a_place(file, pointer, line, column):
    place = Place(file, pointer=pointer)
    placed = Place(file, line, column, pointer)
    assert located(place) == (placed, None)
    assert located(None, place, base=Files({file: YAML if file == "a.yaml" else JSON})) == (None, placed)


def test_each_side_is_looked_up_in_its_own_file():
    moved = Files({"a.yaml": "# a line\n" + YAML})
    place = Place("a.yaml", pointer="/paths")
    expected = Place("a.yaml", 3, 1, "/paths"), Place("a.yaml", 2, 1, "/paths")
    assert located(place, place, base=Files({"a.yaml": YAML}), revision=moved) == expected


def test_what_is_known_or_has_no_pointer_stays():
    for place in (Place("a.yaml", 7, 8, "/paths"), Place("gone.py", 1, 2), Place("a.yaml"), None):
        assert located(place, place, base=Files({})) == (place, place)


def test_without_a_base_its_places_stay():
    place = Place("a.yaml", pointer="/paths")
    assert located(None, place) == (None, place)


@pytest.mark.parametrize("text", [None, "a: [", b"\xff\xfe\xfa"])
def test_a_file_that_cannot_be_read_has_no_lines(text):
    place = Place("a.yaml", pointer="/paths")
    assert located(place, revision=Files({"a.yaml": text})) == (place, None)


def test_every_finding_of_a_file_in_order():
    pointers = ["/paths/~1a~1b", "", "/paths", "/openapi"]
    found = locate([finding(Place("a.yaml", pointer=each)) for each in pointers], None, Files({"a.yaml": YAML}))
    assert [(each.place.pointer, each.place.line) for each in found] == [
        ("/paths/~1a~1b", 3),
        ("", 1),
        ("/paths", 2),
        ("/openapi", 1),
    ]
    assert locate([], None, Files({})) == ()
