"""The spellings of JSON Schema: one schema object of any dialect, said with the keywords of draft 2020-12."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from contractcheck.model.finding import Json


class Dialect(StrEnum):
    """A vocabulary and what its words mean."""

    DRAFT4 = "draft4"
    DRAFT6 = "draft6"
    DRAFT7 = "draft7"
    DRAFT2019_09 = "draft2019-09"
    DRAFT2020_12 = "draft2020-12"
    OPENAPI_3_0 = "openapi-3.0"
    OPENAPI_3_1 = "openapi-3.1"
    SWAGGER_2_0 = "swagger-2.0"


_URIS: Final = {
    "http://json-schema.org/draft-04/schema": Dialect.DRAFT4,
    "http://json-schema.org/draft-06/schema": Dialect.DRAFT6,
    "http://json-schema.org/draft-07/schema": Dialect.DRAFT7,
    "https://json-schema.org/draft/2019-09/schema": Dialect.DRAFT2019_09,
    "https://json-schema.org/draft/2020-12/schema": Dialect.DRAFT2020_12,
    "https://spec.openapis.org/oas/3.1/dialect/base": Dialect.OPENAPI_3_1,
}


def dialect(name: str) -> Dialect | None:
    """The dialect of that name or `$schema` URI; None if there is none such."""
    plain = name.strip().rstrip("#")
    if plain in _URIS:
        return _URIS[plain]
    spelled = plain.lower().replace("draft-0", "draft").replace("draft-", "draft").replace("draft0", "draft")
    spelled = re.sub(r"^(?:openapi|oas)-?(3\.[01])(?:\.[0-9]+)?$", r"openapi-\1", spelled)
    spelled = re.sub(r"^(?:openapi|oas)-?3\.2(?:\.[0-9]+)?$", "openapi-3.1", spelled)
    spelled = re.sub(r"^(?:swagger|openapi|oas)-?2(?:\.0)?$", "swagger-2.0", spelled)
    return next((known for known in Dialect if known.value == spelled), None)


_BOUNDS = ("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum")
_FIRST = frozenset(
    (
        *_BOUNDS,
        *("type", "enum", "maxLength", "minLength", "pattern", "format", "allOf"),
        *("items", "maxItems", "minItems", "uniqueItems"),
        *("maxProperties", "minProperties", "required", "properties", "additionalProperties", "$ref"),
    )
)
_CHOICES = frozenset(("anyOf", "oneOf", "not"))
_DRAFT4 = _FIRST | _CHOICES | {"additionalItems", "patternProperties", "dependencies"}
_DRAFT6 = _DRAFT4 | {"const", "contains", "propertyNames"}
_DRAFT7 = _DRAFT6 | {"if", "then", "else"}
_NEWER = frozenset(("dependentRequired", "dependentSchemas", "minContains", "maxContains"))
_UNEVALUATED = frozenset(("unevaluatedProperties", "unevaluatedItems"))
_DRAFT2019 = (_DRAFT7 - {"dependencies"}) | _NEWER | _UNEVALUATED | {"$recursiveRef"}
_DRAFT2020 = (_DRAFT2019 - {"additionalItems", "$recursiveRef"}) | {"prefixItems", "$dynamicRef"}

KEYWORDS: Final[Mapping[Dialect, frozenset[str]]] = {
    Dialect.DRAFT4: _DRAFT4,
    Dialect.DRAFT6: _DRAFT6,
    Dialect.DRAFT7: _DRAFT7,
    Dialect.DRAFT2019_09: _DRAFT2019,
    Dialect.DRAFT2020_12: _DRAFT2020,
    Dialect.OPENAPI_3_0: _FIRST | _CHOICES,
    Dialect.OPENAPI_3_1: _DRAFT2020,
    Dialect.SWAGGER_2_0: _FIRST,
}

_ALONE = frozenset((Dialect.DRAFT4, Dialect.DRAFT6, Dialect.DRAFT7, Dialect.OPENAPI_3_0, Dialect.SWAGGER_2_0))
_FLAGS = frozenset((Dialect.DRAFT4, Dialect.OPENAPI_3_0, Dialect.SWAGGER_2_0))
_NULLABLE: Final = {Dialect.OPENAPI_3_0: "nullable", Dialect.SWAGGER_2_0: "x-nullable"}


def siblings(spoken: Dialect) -> bool:
    """Whether keywords beside `$ref` count in this dialect (from 2019-09 on they do)."""
    return spoken not in _ALONE


def translate(schema: Mapping[str, Json], spoken: Dialect) -> dict[str, Any]:
    """One schema object in 2020-12 words; what stands inside it is left in its own dialect.

    Only keywords that assert something remain. In OpenAPI 3.0 `nullable` acts only beside `type`, and does not add
    null to an `enum` (clarification of 3.0.3); siblings of `$ref` are ignored before 2019-09 (draft 7 core §8.3,
    OpenAPI 3.0 §4.7.24).
    """
    words = KEYWORDS[spoken]
    said: dict[str, Any]
    if spoken in _ALONE and isinstance(schema.get("$ref"), str):
        return {"$ref": schema["$ref"]}
    said = {word: value for word, value in schema.items() if word in words}
    if spoken in _FLAGS:
        _flags(said, "minimum", "exclusiveMinimum")
        _flags(said, "maximum", "exclusiveMaximum")
    if spoken in _NULLABLE:
        _nullable(said, schema.get(_NULLABLE[spoken]) is True)
    if "prefixItems" not in words:
        _positions(said)
    if "dependencies" in said:
        _dependencies(said)
    return said


def _flags(said: dict[str, Any], bound: str, flag: str) -> None:
    exclusive = said.get(flag)
    if isinstance(exclusive, bool):
        del said[flag]
        if exclusive and bound in said:
            said[flag] = said.pop(bound)


def _nullable(said: dict[str, Any], null: bool) -> None:  # noqa: FBT001
    kind = said.get("type")
    if kind == "file":
        kind = said["type"] = "string"
    if null and isinstance(kind, str):
        said["type"] = [kind, "null"]


def _positions(said: dict[str, Any]) -> None:
    """`items` as a list and `additionalItems`, as before 2020-12."""
    rest = said.pop("additionalItems", None)
    if isinstance(said.get("items"), list):
        said["prefixItems"] = said.pop("items")
        if rest is not None:  # `true` evaluates the items: it matters beside `unevaluatedItems`
            said["items"] = rest


def _dependencies(said: dict[str, Any]) -> None:
    dependencies = said.pop("dependencies")
    if not isinstance(dependencies, dict):
        said["dependentSchemas"] = dependencies
        return
    names = {name: needs for name, needs in dependencies.items() if isinstance(needs, list)}
    schemas = {name: needs for name, needs in dependencies.items() if not isinstance(needs, list)}
    if names:
        said["dependentRequired"] = names
    if schemas:
        said["dependentSchemas"] = schemas
