"""What an exchange looks like where the value travels as text, in a header, in a form, in XML or in a sequence."""

import pytest

from tests.exchanges.test_witnesses import told
from tests.openapi.contracts import answers, asks, contract, operation, query

INTEGER, STRING = {"type": "integer"}, {"type": "string"}


def headed(schema, **more):
    header = {"X-Count": {"required": True, "schema": schema, **more}}
    return contract({"/a": {"get": {"responses": {"200": {"description": "", "headers": header}}}}}, "3.1.0")


def sent(kind, version="3.1.0", **media):
    return contract({"/a": {"post": operation(requestBody={"required": True, "content": {kind: media}})}}, version)


def answered(kind, version="3.1.0", **media):
    body = {"200": {"description": "", "content": {kind: media}}}
    return contract({"/a": {"get": {"responses": body}}}, version)


def asked(schema, **more):
    return query({"name": "q", "in": "query", "required": True, "schema": schema, **more})


def form(member, kind="application/x-www-form-urlencoded", **more):
    return sent(kind, schema={"type": "object", "required": ["a"], "properties": {"a": member}}, **more)


@pytest.mark.parametrize(
    ("base", "revision", "rule", "last"),
    [
        (
            headed({**STRING, "enum": ["a"]}),
            headed({**STRING, "enum": ["a", "b"]}),
            "response-enum-widened",
            "X-Count: b",
        ),
        (headed(INTEGER), headed(STRING), "response-type-widened", "X-Count: abc"),
        (
            asked(INTEGER),
            asked({**STRING, "maxLength": 2}),
            "request-type-narrowed",
            "curl 'https://api.example.com/orders?q=111'",
        ),
        (
            form(INTEGER),
            form({**STRING, "maxLength": 2}),
            "request-type-narrowed",
            "curl https://api.example.com/a -H 'Content-Type: application/x-www-form-urlencoded' --data-binary a=111",
        ),
        (
            answered("application/jsonl", "3.2.0", itemSchema=INTEGER),
            answered("application/jsonl", "3.2.0", itemSchema=STRING),
            "response-type-widened",
            '"a"',
        ),
        (
            sent("application/x-ndjson", "3.2.0", itemSchema={**INTEGER, "minimum": 1}),
            sent("application/x-ndjson", "3.2.0", itemSchema={**INTEGER, "minimum": 2}),
            "request-range-narrowed",
            "curl https://api.example.com/a -H 'Content-Type: application/x-ndjson' --data-binary $'1\\n'",
        ),
        (
            asks({"type": "object", "maxProperties": 3}, "3.1.0"),
            asks({"type": "object", "maxProperties": 1}, "3.1.0"),
            "request-property-count-narrowed",
            "",
        ),
        (
            asks({"type": "object"}, "3.1.0"),
            asks({"type": "object", "minProperties": 1}, "3.1.0"),
            "request-property-count-narrowed",
            "",
        ),
        (
            answers({"type": "object", "maxProperties": 1}, "3.1.0"),
            answers({"type": "object", "maxProperties": 3}, "3.1.0"),
            "response-property-count-widened",
            "",
        ),
        (
            sent("application/xml", schema={**INTEGER, "xml": {"name": "n"}}),
            sent("application/xml", schema={**INTEGER, "xml": {"name": "m"}}),
            "request-xml-changed",
            "",
        ),
        (
            answered(
                "text/xml",
                schema={"type": "object", "required": ["n"], "properties": {"n": INTEGER}, "xml": {"name": "r"}},
            ),
            answered(
                "text/xml",
                schema={
                    "type": "object",
                    "required": ["n"],
                    "properties": {"n": {**INTEGER, "xml": {"name": "m"}}},
                    "xml": {"name": "r"},
                },
            ),
            "response-xml-changed",
            "<r><m>0</m></r>",
        ),
    ],
)
def test_openapi_core_agrees(base, revision, rule, last):
    ((found, lines, said),) = told(base, revision)
    assert (found, said) == (rule, "verified")
    assert last in {"", lines[-1]}


@pytest.mark.parametrize(
    ("base", "revision", "rule", "said"),
    [
        (
            headed({"type": "array", "items": INTEGER}),
            headed({"type": "array", "items": INTEGER}, explode=True),
            None,
            None,
        ),
        (
            headed({"type": "object", "properties": {"a": INTEGER}}),
            headed({"type": "object", "properties": {"a": INTEGER}}, explode=True),
            "response-header-style-changed",
            "undecided: both sides accept it, and read it differently",
        ),
        (
            answers({**STRING, "x-extensible-enum": ["a"]}),
            answers({**STRING, "x-extensible-enum": ["a"], "maxLength": 9}),
            None,
            None,
        ),
        (
            form({**STRING, "enum": ["yes"]}),
            form({"type": "boolean"}),
            "request-type-narrowed",
            "undecided: openapi-core reads more texts than true and false as booleans",
        ),
    ],
)
def test_openapi_core_cannot_tell(base, revision, rule, said):
    found = told(base, revision)
    assert {(each[0], each[2]) for each in found} == ({(rule, said)} if rule is not None else set())


def test_a_list_of_one_is_a_single_value_in_a_form():
    assert told(form(INTEGER), form({"type": "array", "items": INTEGER})) == []
    ((rule, _, _),) = told(form(INTEGER), form({"type": "array", "items": {"type": "boolean"}}))
    assert rule == "request-type-narrowed"
    assert (
        told(form(INTEGER), form({"type": "array", "minItems": 2, "items": INTEGER}))[0][0] == "request-type-narrowed"
    )


def test_a_part_is_written_as_its_encoding_says():
    lists = {"type": "array", "minItems": 2, "items": {**INTEGER, "enum": [1]}}
    plain, piped = (
        form(lists, encoding={"a": {"explode": True}}),
        form(lists, encoding={"a": {"style": "pipeDelimited"}}),
    )
    ((rule, lines, said),) = told(plain, piped)
    assert (rule, lines[0].split()[-1]) == ("request-encoding-narrowed", "'a=1&a=1'")
    assert said in {"verified", "undecided: openapi-core does not look at how the parts of a form are written"}
    ((_, lines, _),) = told(piped, plain)
    assert lines[0].split()[-1] in {"a=1%7C1", "'a=1|1'"}


def listing(known, place):
    """A value of an extensible enum in a header, a member of an answer, a parameter, or a member of a request."""
    leaf = {**STRING, "x-extensible-enum": known}
    member = {"type": "object", "required": ["a"], "properties": {"a": leaf}}
    match place:
        case "header":
            return headed(leaf)
        case "answer":
            return answers(member)
        case "parameter":
            return asked(leaf)
        case _:
            return asks(member)


UNKNOWN = "undecided: openapi-core does not know x-extensible-enum"


@pytest.mark.parametrize(
    ("place", "rule", "last"),
    [
        ("header", "response-extensible-enum-added", "X-Count: z"),
        ("answer", "response-extensible-enum-added", '{"a": "z"}'),
        ("parameter", "request-extensible-enum-removed", "curl 'https://api.example.com/orders?q=z'"),
        ("body", "request-extensible-enum-removed", '{"a": "z"}'),
    ],
)
def test_a_value_of_an_open_list_is_put_where_it_stands(place, rule, last):
    from contractcheck.openapi.compare import compare
    from contractcheck.openapi.exchanges.witness import Witnesses
    from contractcheck.reports.http import shown
    from tests.openapi.contracts import document

    sides = [document(listing(known, place)) for known in (["a"], ["a", "z"])]
    if rule.startswith("request"):
        sides.reverse()
    (finding,) = compare(*sides).findings
    made = Witnesses(*sides).make(finding)
    assert (finding.rule, f"undecided: {made.unseen}") == (rule, UNKNOWN)
    assert shown(made.exchange)[-1].replace("'", "").endswith(last.replace("'", ""))


def test_a_kind_that_only_the_revision_names():
    cat = {"type": "object", "required": ["kind"], "properties": {"kind": STRING}}

    def spec(**mapping):
        pet = {"oneOf": [{"$ref": "#/components/schemas/Cat"}]}
        pet["discriminator"] = {"propertyName": "kind", "mapping": mapping}
        return answers({"type": "array", "items": pet}, Cat=cat)

    found = told(spec(cat="#/components/schemas/Cat"), spec(cat="#/components/schemas/Cat", kitty="Cat"))
    assert [(rule, lines[-1], said) for rule, lines, said in found] == [
        (
            "response-discriminator-value-added",
            '[{"kind": "kitty"}]',
            "undecided: openapi-core takes a discriminator for a hint",
        )
    ]


def test_an_event_of_a_stream():
    def spec(most):
        event = {"type": "object", "required": ["data", "id"], "properties": {"data": {**STRING, "maxLength": most}}}
        event["properties"]["id"] = {**STRING, "enum": ["7"]}
        return answered("text/event-stream", "3.2.0", itemSchema=event)

    ((rule, lines, said),) = told(spec(2), spec(3))
    assert (rule, said) == ("response-length-widened", "verified")
    assert lines[-3:] in (["data: aaa", "id: 7", ""], ["id: 7", "data: aaa", ""])


@pytest.mark.parametrize("kind", ["text/event-stream", "application/cbor-seq"])
def test_a_sequence_that_is_not_made(kind):
    base, revision = (answered(kind, "3.2.0", itemSchema=leaf) for leaf in (INTEGER, STRING))
    assert told(base, revision) == []
