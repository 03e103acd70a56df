"""A value of a part, put into a whole body by the shortest way."""

import pytest

from contractcheck.model.finding import Direction
from contractcheck.model.place import Place
from contractcheck.openapi.exchanges.lifting import bodies
from contractcheck.openapi.exchanges.values import Values
from tests.openapi.contracts import asks, document

AT = "/paths/~1orders/post/requestBody/content/application~1json/schema"


def lifted(schema, pointer, part, **schemas):
    read = document(asks(schema, **schemas))
    root = read.root
    for token in ("paths", "/orders", "post", "requestBody", "content", "application/json", "schema"):
        root = root.get(token)
    place = Place("openapi.json", pointer=pointer) if pointer is not None else None
    return list(bodies(read, Values(read, Direction.REQUEST), root, place, part))


ORDER = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, "note": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "pointer", "found"),
    [
        (ORDER, f"{AT}/properties/note/maxLength", [{"n": 0, "note": "!"}, "!"]),
        (ORDER, f"{AT}/required", ["!"]),
        (ORDER, "/components/schemas/Other", []),
        (ORDER, None, []),
        ({"$ref": "#/components/schemas/O"}, "/components/schemas/O/properties/note", [{"n": 0, "note": "!"}, "!"]),
        (
            {"type": "array", "items": {"$ref": "#/components/schemas/O"}},
            "/components/schemas/O/properties/note",
            [[{"n": 0, "note": "!"}], ["!"]],
        ),
        ({"type": "array", "minItems": 2, "items": {"enum": [7]}}, f"{AT}/items/enum", [["!", 7], "!"]),
        ({"additionalProperties": {"enum": [7]}}, f"{AT}/additionalProperties/enum", [{"sample": "!"}, "!"]),
        ({"patternProperties": {"^s": {"enum": [7]}}}, f"{AT}/patternProperties/^s", [{"sample": "!"}, "!"]),
        (
            {"oneOf": [{"enum": [1]}, {"$ref": "#/components/schemas/O"}]},
            "/components/schemas/O/properties/n/type",
            [{"n": "!"}, "!"],
        ),
        (
            {"allOf": [{"$ref": "#/components/schemas/O"}, {"required": ["k"], "properties": {"k": {"enum": ["x"]}}}]},
            "/components/schemas/O/properties/note",
            [{"k": "x", "n": 0, "note": "!"}, "!"],
        ),
    ],
)
def test_ways(schema, pointer, found):
    assert lifted(schema, pointer, "!", O=ORDER)[: len(found)] == found


def test_a_part_that_nothing_valid_surrounds():
    assert lifted(
        {"type": "object", "required": ["x"], "properties": {"x": False, "y": {}}}, f"{AT}/properties/y", 1
    ) == [1]


def test_circles_end():
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/N"}, "v": {"type": "integer"}}}
    assert lifted({"$ref": "#/components/schemas/N"}, "/components/schemas/N/properties/v", 1, N=node)[0] == {"v": 1}


def test_the_way_is_not_searched_for_ever():
    from contractcheck.openapi.exchanges import lifting

    wide = {"properties": {f"p{n}": {"type": "string"} for n in range(lifting.VISITED + 50)}}
    assert lifted(wide, f"{AT}/properties/p{lifting.VISITED + 40}", 1) == [1]
