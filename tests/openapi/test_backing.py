"""Fields that columns back: how they are told, and which operations carry them."""

import json

import pytest

from contractcheck.openapi.backing import backed
from contractcheck.openapi.document import load
from tests.migrations.trees_in_memory import Files

SCALAR = {"type": "string"}


def fields(files, columns=None):
    texts = {name: json.dumps(value) for name, value in files.items()}
    found = backed(load(Files(texts), "openapi.json"), columns or {})
    return {
        (each.name, f"{each.table}.{each.column}", tuple(f"{a.operation} {a.direction}" for a in each.affects))
        for each in found
    }


def contract(schemas, paths):
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def answers(schema):
    return {"responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}}


def test_a_property_says_so_itself_or_below_a_table():
    order = {
        "x-table": "orders",
        "properties": {
            "total": {**SCALAR, "x-column": "total"},
            "name": {**SCALAR, "x-column": "shop.customers.name"},
            "inner": {"properties": {"deep": {**SCALAR, "x-column": "deep"}}},
            "other": SCALAR,
        },
    }
    paths = {"/o": {"get": answers({"type": "array", "items": {"$ref": "#/components/schemas/Order"}})}}
    assert fields({"openapi.json": contract({"Order": order}, paths)}) == {
        ("Order.total", "orders.total", ("GET /o response",)),
        ("Order.name", "shop.customers.name", ("GET /o response",)),
        ("/components/schemas/Order/properties/inner/properties/deep", "orders.deep", ("GET /o response",)),
    }


def test_a_column_without_a_table_is_none():
    assert fields({"openapi.json": contract({"Order": {"properties": {"a": {"x-column": "a"}}}}, {})}) == set()


def test_the_configuration_says_it_of_shared_schemas():
    schemas = {
        "Order": {"properties": {"total": {"type": "integer"}, "lines": {"type": "array"}}},
        "Customer": {"properties": {"id": {"type": "integer"}, "name": SCALAR, "orders": {"type": "array"}}},
    }
    columns = {"Order.total": "orders.amount", "Customer": "customers"}
    assert fields({"openapi.json": contract(schemas, {})}, columns) == {
        ("Order.total", "orders.amount", ()),
        ("Customer.id", "customers.id", ()),
        ("Customer.name", "customers.name", ()),
    }


def test_references_are_followed_through_files_and_circles():
    other = {"Node": {"properties": {"next": {"$ref": "#/Node"}, "v": {"x-column": "nodes.v"}}}}
    body = {"content": {"application/json": {"schema": {"$ref": "other.json#/Node"}}}}
    paths = {"/n": {"put": {"requestBody": body, "responses": {}}, "x-note": 1, "get": {"parameters": []}}}
    assert fields({"openapi.json": contract({}, paths), "other.json": other}) == {
        ("/Node/properties/v", "nodes.v", ("PUT /n request",))
    }


@pytest.mark.parametrize("odd", [5, None, {"a": 1}, ["a.b"]])
def test_what_is_no_text_says_nothing(odd):
    schema = {"x-table": odd, "properties": {"a": {"x-column": odd}, "b": odd}}
    assert fields({"openapi.json": contract({"S": schema}, {})}) == set()
