"""Whose doing a fault is: by place, by what closed a schema, by name."""

import pytest
from msgspec.structs import replace

from contractcheck.model.finding import Affected, Direction, Severity
from contractcheck.model.place import Place
from contractcheck.openapi.exchanges.faults import Fault, Kind
from contractcheck.openapi.traffic.blame import blamed
from tests.reports.test_changelog import finding

ORDER = "/components/schemas/O"


def made(rule, pointer, subject="schemas.O $", **more):
    return replace(
        finding(rule, Severity.ERROR, subject, rule, "POST /a"),
        place=Place("f", pointer=pointer),
        base_place=Place("f", pointer="/base"),
        **more,
    )


def rules(fault, *findings, operation="POST /a", direction=Direction.REQUEST, base=False):
    return [each.rule for each in blamed([fault], findings, operation, direction, base=base)]


def body(keyword, pointer, path="$"):
    return Fault(Kind.BODY, "", keyword, path, ("f", pointer))


@pytest.mark.parametrize(
    ("fault", "findings", "expected"),
    [
        (
            body("enum", f"{ORDER}/properties/a/enum"),
            [("request-enum-narrowed", f"{ORDER}/properties/a/enum")],
            ["request-enum-narrowed"],
        ),
        (
            body("enum", f"{ORDER}/properties/a/enum"),
            [("request-enum-narrowed", f"{ORDER}/properties/a")],
            ["request-enum-narrowed"],
        ),
        (body("enum", f"{ORDER}/properties/a/enum"), [("request-type-narrowed", f"{ORDER}/properties/a/type")], []),
        (body("enum", f"{ORDER}/properties/a/enum"), [("request-property-count-narrowed", ORDER)], []),
        (
            body("enum", f"{ORDER}/properties/a/enum"),
            [("request-reference-narrowed", ORDER)],
            ["request-reference-narrowed"],
        ),
        (
            body("enum", f"{ORDER}/properties/a/enum"),
            [("request-reference-narrowed", ORDER), ("request-enum-narrowed", f"{ORDER}/properties/a/enum")],
            ["request-enum-narrowed"],
        ),
        (
            body("anyOf", f"{ORDER}/anyOf"),
            [("request-enum-narrowed", f"{ORDER}/anyOf/0/enum")],
            ["request-enum-narrowed"],
        ),
        (body("enum", "/components/schemas/Other/enum"), [("request-enum-narrowed", f"{ORDER}/enum")], []),
        (
            body("additionalProperties", f"{ORDER}/additionalProperties"),
            [("request-property-forbidden", f"{ORDER}/properties")],
            ["request-property-forbidden"],
        ),
        (
            body("additionalProperties", f"{ORDER}/additionalProperties"),
            [("request-enum-narrowed", f"{ORDER}/properties/a/enum")],
            [],
        ),
        (
            body("maxProperties", f"{ORDER}/maxProperties"),
            [("request-enum-narrowed", f"{ORDER}/properties/a/enum")],
            [],
        ),
    ],
)
def test_places(fault, findings, expected):
    assert rules(fault, *(made(*each) for each in findings)) == expected


def test_members_that_are_missing_are_told_apart_by_name():
    findings = [
        made("request-required-property-added", f"{ORDER}/properties/a", "schemas.O $.a"),
        made("request-property-became-required", f"{ORDER}/properties/b", "schemas.O $.b"),
        made("request-enum-narrowed", f"{ORDER}/properties/a/enum", "schemas.O $.a"),
    ]
    fault = body("required", f"{ORDER}/required", "$.list[].b")
    assert rules(fault, *findings) == ["request-property-became-required"]


def test_parameters_by_place_else_by_name():
    fault = Fault(Kind.PARAMETER_MISSING, "query size", place=("f", "/components/parameters/S"))
    use = made("request-parameter-became-required", "/paths/~1a/post/parameters/0", "POST /a query size")
    other = made("request-parameter-became-required", "/paths/~1a/post/parameters/1", "POST /a query page")
    assert rules(fault, use, other) == ["request-parameter-became-required"]
    assert rules(Fault(Kind.PARAMETER, "query x"), use, other) == []
    assert rules(Fault(Kind.OTHER), use, other) == []


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (Fault(Kind.OPERATION), "operation-removed"),
        (Fault(Kind.SECURITY), "security-narrowed"),
        (Fault(Kind.BODY_MISSING), "request-required-body-added"),
        (Fault(Kind.MEDIA_TYPE, "text/csv"), "request-media-type-removed"),
        (Fault(Kind.HEADER_MISSING, "Total"), "response-required-header-removed"),
    ],
)
def test_by_rule(fault, rule):
    found, other = made(rule, "/x"), made("request-enum-narrowed", "/x")
    assert rules(fault, found, other) == [rule]
    assert rules(fault, found, other, operation="POST /b") == []
    assert rules(fault, found, other, direction=Direction.RESPONSE) == []


def test_the_side_and_the_direction():
    answer = replace(made("response-enum-widened", "/x"), affects=(Affected("POST /a/{id}", Direction.RESPONSE),))
    fault = Fault(Kind.BODY, "", "enum", "$", ("f", "/base/enum"))
    assert rules(fault, answer, operation="POST /a/{other}", direction=Direction.RESPONSE, base=True) == [
        "response-enum-widened"
    ]
    assert rules(fault, answer, operation="POST /a/{other}", direction=Direction.RESPONSE) == []
    header = replace(answer, rule="response-header-became-optional", subject="POST /a 200 header Total")
    assert rules(Fault(Kind.HEADER, "Total"), header, operation="POST /a/{x}", direction=Direction.RESPONSE) == [
        "response-header-became-optional"
    ]
    assert rules(Fault(Kind.HEADER, "Other"), header, operation="POST /a/{x}", direction=Direction.RESPONSE) == []
