"""For each check of oasdiff 1.36 a pair of contracts that it is made for, and why ours sees one otherwise.

The ids and levels are those that `oasdiff checks changelog` prints (`peer_checks.tsv`); the pairs are our own.
"""

from tests.openapi.contracts import answers, asks, contract, operation, query

STRING, INTEGER, NUMBER, OBJECT = ({"type": each} for each in ("string", "integer", "number", "object"))
BOOLEAN = {"type": "boolean"}
LIST = {"type": "array", "items": STRING}
CAT = {"type": "object", "required": ["kind", "lives"], "properties": {"kind": {"const": "cat"}, "lives": INTEGER}}
DOG = {"type": "object", "required": ["kind", "barks"], "properties": {"kind": {"const": "dog"}, "barks": INTEGER}}
CARD = {"type": "object", "properties": {"card": STRING, "number": STRING, "name": STRING}}
MAP = {"type": "object", "additionalProperties": True}


def _bounds():
    """Every keyword that takes a number, as it is set, unset, raised and lowered."""
    numbers = {
        "min": (NUMBER, "minimum"),
        "max": (NUMBER, "maximum"),
        "exclusive-min": (NUMBER, "exclusiveMinimum"),
        "exclusive-max": (NUMBER, "exclusiveMaximum"),
        "min-length": (STRING, "minLength"),
        "max-length": (STRING, "maxLength"),
        "min-items": (LIST, "minItems"),
        "max-items": (LIST, "maxItems"),
        "min-properties": (OBJECT, "minProperties"),
        "max-properties": (OBJECT, "maxProperties"),
        "min-contains": ({**LIST, "contains": {"const": "a"}}, "minContains"),
        "max-contains": ({**LIST, "contains": {"const": "a"}}, "maxContains"),
    }
    for name, (schema, keyword) in numbers.items():
        low, high = {**schema, keyword: 2}, {**schema, keyword: 5}
        yield f"{name}-set", (schema, high)
        yield f"{name}-unset", (high, schema)
        yield f"{name}-increased", (low, high)
        yield f"{name}-decreased", (high, low)


def _presence():
    """Keywords that are there or not."""
    keywords = {
        "all-of": (OBJECT, {"allOf": [{"required": ["card"]}]}),
        "all-of-annotation-only": (OBJECT, {"allOf": [{"description": "a card"}]}),
        "contains": (LIST, {"contains": {"const": "a"}}),
        "content-schema": ({**STRING, "contentMediaType": "application/json"}, {"contentSchema": OBJECT}),
        "dependent-required": (CARD, {"dependentRequired": {"card": ["number"]}}),
        "dependent-schema": (CARD, {"dependentSchemas": {"card": {"required": ["number"]}}}),
        "pattern-property": (MAP, {"patternProperties": {"^x": STRING}}),
        "property-names": (MAP, {"propertyNames": {"pattern": "^[a-z]+$"}}),
        "unevaluated-items": ({"type": "array", "prefixItems": [STRING]}, {"unevaluatedItems": False}),
        "unevaluated-properties": (MAP, {"unevaluatedProperties": False}),
        "if": ({**CARD, "then": {"required": ["number"]}}, {"if": {"required": ["card"]}}),
        "then": ({**CARD, "if": {"required": ["card"]}}, {"then": {"required": ["number"]}}),
        "else": ({**CARD, "if": {"required": ["card"]}}, {"else": {"required": ["number"]}}),
        "pattern": (STRING, {"pattern": "^[a-z]+$"}),
        "const": (STRING, {"const": "a"}),
        "default-value": (STRING, {"default": "a"}),
        "prefix-items": ({"type": "array"}, {"prefixItems": [STRING]}),
    }
    for name, (schema, extra) in keywords.items():
        stem, _, tail = name.partition("-annotation")
        yield f"{stem}-added{'-annotation' + tail if tail else ''}", (schema, {**schema, **extra})
        yield f"{stem}-removed{'-annotation' + tail if tail else ''}", ({**schema, **extra}, schema)


def _choice(kind, *branches, **more):
    return {kind: list(branches), **more}


SCHEMAS = {
    **dict(_bounds()),
    **dict(_presence()),
    "any-of-added": (_choice("anyOf", CAT), _choice("anyOf", CAT, DOG)),
    "any-of-removed": (_choice("anyOf", CAT, DOG), _choice("anyOf", CAT)),
    "one-of-added": (_choice("oneOf", CAT), _choice("oneOf", CAT, DOG)),
    "one-of-removed": (_choice("oneOf", CAT, DOG), _choice("oneOf", CAT)),
    "wrapped-in-one-of": ({**CARD, "required": ["card"]}, _choice("oneOf", CAT, DOG)),
    "wrapped-in-one-of-original-preserved": (CAT, _choice("oneOf", CAT, DOG)),
    "became-enum": (STRING, {**STRING, "enum": ["a", "b"]}),
    "became-not-enum": ({**STRING, "enum": ["a", "b"]}, STRING),
    "enum-value-added": ({**STRING, "enum": ["a"]}, {**STRING, "enum": ["a", "b"]}),
    "enum-value-removed": ({**STRING, "enum": ["a", "b"]}, {**STRING, "enum": ["a"]}),
    "became-nullable": (INTEGER, {"type": ["integer", "null"]}),
    "became-not-nullable": ({"type": ["integer", "null"]}, INTEGER),
    "const-changed": ({**STRING, "const": "a"}, {**STRING, "const": "b"}),
    "content-encoding-changed": ({**STRING, "contentEncoding": "base64"}, {**STRING, "contentEncoding": "base16"}),
    "content-media-type-changed": (
        {**STRING, "contentMediaType": "application/json"},
        {**STRING, "contentMediaType": "text/csv"},
    ),
    "default-value-changed": ({**STRING, "default": "a"}, {**STRING, "default": "b"}),
    "dependent-required-changed": (
        {**CARD, "dependentRequired": {"card": ["number"]}},
        {**CARD, "dependentRequired": {"card": ["name"]}},
    ),
    "list-of-types-narrowed": ({"type": ["string", "integer"]}, INTEGER),
    "list-of-types-widened": (INTEGER, {"type": ["string", "integer"]}),
    "type-changed": (INTEGER, BOOLEAN),
    "type-compatible": (INTEGER, STRING),
    "type-generalized": (INTEGER, NUMBER),
    "type-specialized": (NUMBER, INTEGER),
    "multiple-of-set": (INTEGER, {**INTEGER, "multipleOf": 5}),
    "multiple-of-unset": ({**INTEGER, "multipleOf": 5}, INTEGER),
    "multiple-of-changed": ({**INTEGER, "multipleOf": 5}, {**INTEGER, "multipleOf": 3}),
    "multiple-of-generalized": ({**INTEGER, "multipleOf": 10}, {**INTEGER, "multipleOf": 5}),
    "multiple-of-specialized": ({**INTEGER, "multipleOf": 5}, {**INTEGER, "multipleOf": 10}),
    "pattern-changed": ({**STRING, "pattern": "^a+$"}, {**STRING, "pattern": "^b+$"}),
    "pattern-generalized": ({**STRING, "pattern": "^a+$"}, {**STRING, "pattern": ".*"}),
    "schema-became-false": (STRING, False),
    "schema-became-not-false": (False, STRING),
    "unique-items-set": (LIST, {**LIST, "uniqueItems": True}),
    "unique-items-unset": ({**LIST, "uniqueItems": True}, LIST),
    "x-extensible-enum-value-removed": (
        {**STRING, "x-extensible-enum": ["a", "b"]},
        {**STRING, "x-extensible-enum": ["a"]},
    ),
}


def member(schema, *, required=False, **notes):
    """An object with a member `p`."""
    held = {**schema, **notes} if notes else schema
    return {"type": "object", "properties": {"p": held}, **({"required": ["p"]} if required else {})}


def header(schema, *, required=True):
    held = {"X-Rate": {"schema": schema, "required": required}}
    answer = {"200": {"description": "here", "headers": held}}
    return contract({"/orders": {"get": {"responses": answer}}})


def asked(schema, **members):
    return query({"name": "q", "in": "query", "schema": schema, **members})


def deep(schema):
    return asked(member(schema), style="deepObject")


PLACES = {
    "request-parameter-property": deep,
    "request-parameter": asked,
    "request-read-only-property": lambda schema: asks(member(schema, readOnly=True)),
    "request-property": lambda schema: asks(member(schema)),
    "request-body": asks,
    "response-write-only-property": lambda schema: answers(member(schema, writeOnly=True)),
    "response-property": lambda schema: answers(member(schema, required=True)),
    "response-body": answers,
    "response-header": header,
    "response-mediatype": answers,
    "request-header-property": lambda schema: contract(
        {"/orders": {"get": operation(parameters=[{"name": "X-Rate", "in": "header", "schema": schema}])}}
    ),
}

SEEN, DONE = {"description": "seen"}, {"description": "done"}
BODY = {"content": {"application/json": {"schema": member(STRING)}}}
KEY = {"type": "apiKey", "in": "header", "name": "X-Key"}
FLOW = {
    "authorizationUrl": "https://a.example/auth",
    "tokenUrl": "https://a.example/token",
    "refreshUrl": "https://a.example/refresh",
    "scopes": {"read": "to read"},
}


def posts(body=None, **members):
    """An operation that takes that body."""
    return contract({"/orders": {"post": operation(**({"requestBody": body} if body else {}), **members)}})


def gives(content=None, status="200", headers=None):
    answer = (
        {"description": "here"} | ({"content": content} if content else {}) | ({"headers": headers} if headers else {})
    )
    return contract({"/orders": {"get": {"responses": {status: answer}}}})


def statuses(*listed):
    return contract({"/orders": {"get": {"responses": dict.fromkeys(listed, SEEN)}}})


def secured(*requirements, **schemes):
    """An operation with those alternatives."""
    named = schemes or {"key": KEY}
    said = {"security": list(requirements)} if requirements else {}
    return contract({"/orders": {"get": operation(**said)}}, components={"securitySchemes": named})


def globally(*requirements, **schemes):
    said = {"security": list(requirements)} if requirements else {}
    return contract({"/orders": {"get": operation()}}, components={"securitySchemes": schemes or {"key": KEY}}, **said)


def oauth(**changes):
    scheme = {"type": "oauth2", "flows": {"authorizationCode": {**FLOW, **changes}}}
    return secured({"oauth": ["read"]}, oauth=scheme)


def scheme(**changes):
    return secured({"key": []}, key={**KEY, **changes})


def bearer(**changes):
    return secured({"key": []}, key={"type": "http", "scheme": "bearer", **changes})


def openid(url):
    return secured({"key": []}, key={"type": "openIdConnect", "openIdConnectUrl": url})


def petty(place, discriminator=None, kinds=("cat", "dog")):
    """A choice of two components, with a discriminator or none."""
    schemas = {
        name: {"type": "object", "required": ["kind"], "properties": {"kind": STRING, name: STRING}} for name in kinds
    }
    choice = {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in kinds]}
    if discriminator is not None:
        choice["discriminator"] = discriminator
    make = asks if place.startswith("request") else answers
    return make(member(choice) if place.endswith("property") else choice, **schemas)


def _discriminators():
    for place in ("request-body", "request-property", "response-body", "response-property"):
        bare, mapped = {"propertyName": "kind"}, {"propertyName": "kind", "mapping": {"cat": "cat", "pup": "dog"}}
        other = {"propertyName": "kind", "mapping": {"cat": "dog", "pup": "cat"}}
        stem = f"{place}-discriminator"
        yield f"{stem}-added", (petty(place), petty(place, bare))
        yield f"{stem}-removed", (petty(place, bare), petty(place))
        yield f"{stem}-property-name-changed", (petty(place, bare), petty(place, {"propertyName": "cat"}))
        yield f"{stem}-mapping-added", (petty(place, bare), petty(place, mapped))
        yield f"{stem}-mapping-deleted", (petty(place, mapped), petty(place, bare))
        yield f"{stem}-mapping-changed", (petty(place, mapped), petty(place, other))


def _notes():
    """`readOnly` and `writeOnly` as they come and go."""
    for direction, make in (("request", asks), ("response", answers)):
        for need, required in (("optional", False), ("required", True)):
            for word, note in (("read-only", "readOnly"), ("write-only", "writeOnly")):
                plain, noted = (
                    make(member(STRING, required=required)),
                    make(member(STRING, required=required, **{note: True})),
                )
                yield f"{direction}-{need}-property-became-{word}", (plain, noted)
                yield f"{direction}-{need}-property-became-not-{word}", (noted, plain)
    older = [asks(member(STRING, required=True, **note), "3.0.3") for note in ({"readOnly": True}, {})]
    yield (
        "request-required-property-became-not-read-only-in-openapi-31",
        (asks(member(STRING, required=True, readOnly=True)), asks(member(STRING, required=True))),
    )
    yield "request-required-property-became-not-read-only", tuple(older)


def parameter(**members):
    return {"name": "q", "in": "query", "schema": STRING, **members}


def shared(*parameters):
    return contract({"/orders": {"parameters": list(parameters), "get": operation()}})


def streams(direction, **media):
    version = {"version": "3.2.0"}
    content = {"application/jsonl": media}
    if direction == "request":
        return contract({"/orders": {"post": operation(requestBody={"content": content})}}, **version)
    return contract(
        {"/orders": {"get": {"responses": {"200": {"description": "here", "content": content}}}}}, **version
    )


def hooked(*names):
    hook = {"post": {"requestBody": BODY, "responses": {"200": SEEN}}}
    return contract({}, webhooks=dict.fromkeys(names, hook))


EMPTY, ONE = {"type": "object"}, member(STRING)
CONTRACTS = {
    **dict(_discriminators()),
    **dict(_notes()),
    "api-global-security-added": (
        globally({"key": []}),
        globally({"key": []}, {"other": []}, key=KEY, other={**KEY, "name": "X-Other"}),
    ),
    "api-global-security-removed": (
        globally({"key": []}, {"other": []}, key=KEY, other={**KEY, "name": "X-Other"}),
        globally({"key": []}),
    ),
    "api-global-security-scope-added": (
        globally({"oauth": ["read"]}, oauth={"type": "oauth2", "flows": {"clientCredentials": FLOW}}),
        globally({"oauth": ["read", "write"]}, oauth={"type": "oauth2", "flows": {"clientCredentials": FLOW}}),
    ),
    "api-global-security-scope-removed": (
        globally({"oauth": ["read", "write"]}, oauth={"type": "oauth2", "flows": {"clientCredentials": FLOW}}),
        globally({"oauth": ["read"]}, oauth={"type": "oauth2", "flows": {"clientCredentials": FLOW}}),
    ),
    "api-operation-id-added": (posts(), posts(operationId="order")),
    "api-operation-id-removed": (posts(operationId="order"), posts()),
    "api-path-removed-without-deprecation": (posts(), contract()),
    "api-removed-without-deprecation": (
        contract({"/orders": {"get": operation(), "post": operation()}}),
        contract({"/orders": {"get": operation()}}),
    ),
    "api-security-added": (
        secured({"key": []}),
        secured({"key": []}, {"other": []}, key=KEY, other={**KEY, "name": "X-Other"}),
    ),
    "api-security-removed": (
        secured({"key": []}, {"other": []}, key=KEY, other={**KEY, "name": "X-Other"}),
        secured({"key": []}),
    ),
    "api-security-anonymous-access-added": (secured({"key": []}), secured({"key": []}, {})),
    "api-security-anonymous-access-removed": (secured({"key": []}, {}), secured({"key": []})),
    "api-security-scope-added": (
        secured({"oauth": ["read"]}, oauth={"type": "oauth2", "flows": {"clientCredentials": FLOW}}),
        secured({"oauth": ["read", "write"]}, oauth={"type": "oauth2", "flows": {"clientCredentials": FLOW}}),
    ),
    "api-security-scope-removed": (
        secured({"oauth": ["read", "write"]}, oauth={"type": "oauth2", "flows": {"clientCredentials": FLOW}}),
        secured({"oauth": ["read"]}, oauth={"type": "oauth2", "flows": {"clientCredentials": FLOW}}),
    ),
    "api-security-component-added": (
        secured({"key": []}),
        secured({"key": []}, key=KEY, other={**KEY, "name": "X-Other"}),
    ),
    "api-security-component-removed": (
        secured({"key": []}, key=KEY, other={**KEY, "name": "X-Other"}),
        secured({"key": []}),
    ),
    "api-security-component-api-key-in-changed": (scheme(), scheme(**{"in": "query"})),
    "api-security-component-api-key-name-changed": (scheme(), scheme(name="X-Other")),
    "api-security-component-bearer-format-changed": (bearer(bearerFormat="JWT"), bearer(bearerFormat="opaque")),
    "api-security-component-http-scheme-changed": (bearer(), bearer(scheme="basic")),
    "api-security-component-type-changed": (scheme(), bearer()),
    "api-security-component-openid-connect-url-changed": (openid("https://a.example/c"), openid("https://b.example/c")),
    "api-security-component-oauth-url-changed": (oauth(), oauth(authorizationUrl="https://b.example/auth")),
    "api-security-component-oauth-token-url-changed": (oauth(), oauth(tokenUrl="https://b.example/token")),
    "api-security-component-oauth-refresh-url-changed": (oauth(), oauth(refreshUrl="https://b.example/refresh")),
    "api-security-component-oauth-scope-added": (oauth(), oauth(scopes={"read": "to read", "write": "to write"})),
    "api-security-component-oauth-scope-removed": (oauth(scopes={"read": "to read", "write": "to write"}), oauth()),
    "api-security-component-oauth-scope-changed": (oauth(), oauth(scopes={"read": "to look"})),
    "api-tag-added": (posts(), posts(tags=["orders"])),
    "api-tag-removed": (posts(tags=["orders"]), posts()),
    "endpoint-added": (contract(), posts()),
    "endpoint-deprecated": (posts(), posts(deprecated=True)),
    "endpoint-reactivated": (posts(deprecated=True), posts()),
    "new-optional-request-default-parameter-to-existing-path": (shared(), shared(parameter())),
    "new-required-request-default-parameter-to-existing-path": (shared(), shared(parameter(required=True))),
    "new-optional-request-parameter": (query(), query(parameter())),
    "new-required-request-parameter": (query(), query(parameter(required=True))),
    "new-request-path-parameter": (
        query(),
        query({"name": "id", "in": "path", "required": True, "schema": STRING}, path="/orders/{id}"),
    ),
    "new-required-request-header-property": (query(), query({**parameter(required=True), "in": "header"})),
    "request-header-property-became-required": (
        query({**parameter(), "in": "header"}),
        query({**parameter(required=True), "in": "header"}),
    ),
    "new-optional-request-property": (asks(EMPTY), asks(ONE)),
    "new-required-request-property": (asks(EMPTY), asks(member(STRING, required=True))),
    "new-required-request-property-with-default": (asks(EMPTY), asks(member(STRING, required=True, default="a"))),
    "request-property-became-optional": (asks(member(STRING, required=True)), asks(ONE)),
    "request-property-became-required": (asks(ONE), asks(member(STRING, required=True))),
    "request-property-became-required-with-default": (
        asks(member(STRING, default="a")),
        asks(member(STRING, required=True, default="a")),
    ),
    "request-property-removed": (asks(ONE), asks(EMPTY)),
    "request-property-deprecated": (asks(ONE), asks(member(STRING, deprecated=True))),
    "request-property-reactivated": (asks(member(STRING, deprecated=True)), asks(ONE)),
    "request-body-added-optional": (posts(), posts(BODY)),
    "request-body-added-required": (posts(), posts({**BODY, "required": True})),
    "request-body-became-optional": (posts({**BODY, "required": True}), posts(BODY)),
    "request-body-became-required": (posts(BODY), posts({**BODY, "required": True})),
    "request-body-removed": (posts(BODY), posts()),
    "request-body-media-type-added": (posts(BODY), posts({"content": {**BODY["content"], "application/xml": {}}})),
    "request-body-media-type-removed": (posts({"content": {**BODY["content"], "application/xml": {}}}), posts(BODY)),
    "request-body-media-type-schema-added": (posts({"content": {"application/json": {}}}), posts(BODY)),
    "request-body-media-type-schema-removed": (posts(BODY), posts({"content": {"application/json": {}}})),
    "request-body-media-type-item-schema-added": (streams("request"), streams("request", itemSchema=ONE)),
    "request-body-media-type-item-schema-removed": (streams("request", itemSchema=ONE), streams("request")),
    "request-parameter-became-optional": (query(parameter(required=True)), query(parameter())),
    "request-parameter-became-required": (query(parameter()), query(parameter(required=True))),
    "request-parameter-deprecated": (query(parameter()), query(parameter(deprecated=True))),
    "request-parameter-reactivated": (query(parameter(deprecated=True)), query(parameter())),
    "request-parameter-removed": (query(parameter()), query()),
    "response-body-media-type-schema-added": (gives({"application/json": {}}), gives(BODY["content"])),
    "response-body-media-type-schema-removed": (gives(BODY["content"]), gives({"application/json": {}})),
    "response-body-media-type-item-schema-added": (streams("response"), streams("response", itemSchema=ONE)),
    "response-body-media-type-item-schema-removed": (
        streams("response", itemSchema=ONE, schema=LIST),
        streams("response", schema=LIST),
    ),
    "response-body-media-type-item-schema-removed-untyped": (streams("response", itemSchema=ONE), streams("response")),
    "response-media-type-added": (gives(BODY["content"]), gives({**BODY["content"], "application/xml": {}})),
    "response-media-type-removed": (gives({**BODY["content"], "application/xml": {}}), gives(BODY["content"])),
    "response-media-type-name-changed": (
        gives(BODY["content"]),
        gives({"application/problem+json": BODY["content"]["application/json"]}),
    ),
    "response-media-type-name-generalized": (gives({"application/problem+json": {}}), gives({"application/*": {}})),
    "response-media-type-name-specialized": (gives({"application/*": {}}), gives({"application/problem+json": {}})),
    "response-media-type-parameter-added": (gives({"text/plain": {}}), gives({"text/plain;version=1": {}})),
    "response-media-type-parameter-changed": (gives({"text/plain;version=1": {}}), gives({"text/plain;version=2": {}})),
    "response-media-type-parameter-removed": (gives({"text/plain;version=1": {}}), gives({"text/plain": {}})),
    "response-header-added": (gives(), header(STRING)),
    "required-response-header-removed": (header(STRING), gives()),
    "optional-response-header-removed": (header(STRING, required=False), gives()),
    "response-header-became-optional": (header(STRING), header(STRING, required=False)),
    "response-success-status-added": (statuses("200"), statuses("200", "201")),
    "response-success-status-removed": (statuses("200", "201"), statuses("200")),
    "response-non-success-status-added": (statuses("200"), statuses("200", "404")),
    "response-non-success-status-removed": (statuses("200", "404"), statuses("200")),
    "response-optional-property-added": (answers(EMPTY), answers(ONE)),
    "response-required-property-added": (answers(EMPTY), answers(member(STRING, required=True))),
    "response-optional-property-removed": (answers(ONE), answers(EMPTY)),
    "response-required-property-removed": (answers(member(STRING, required=True)), answers(EMPTY)),
    "response-optional-write-only-property-added": (answers(EMPTY), answers(member(STRING, writeOnly=True))),
    "response-required-write-only-property-added": (
        answers(EMPTY),
        answers(member(STRING, required=True, writeOnly=True)),
    ),
    "response-optional-write-only-property-removed": (answers(member(STRING, writeOnly=True)), answers(EMPTY)),
    "response-required-write-only-property-removed": (
        answers(member(STRING, required=True, writeOnly=True)),
        answers(EMPTY),
    ),
    "response-property-became-optional": (answers(member(STRING, required=True)), answers(ONE)),
    "response-property-became-required": (answers(ONE), answers(member(STRING, required=True))),
    "response-write-only-property-became-optional": (
        answers(member(STRING, required=True, writeOnly=True)),
        answers(member(STRING, writeOnly=True)),
    ),
    "response-write-only-property-became-required": (
        answers(member(STRING, writeOnly=True)),
        answers(member(STRING, required=True, writeOnly=True)),
    ),
    "response-property-deprecated": (answers(ONE), answers(member(STRING, deprecated=True))),
    "response-property-reactivated": (answers(member(STRING, deprecated=True)), answers(ONE)),
    "webhook-added": (hooked(), hooked("paid")),
    "webhook-removed": (hooked("paid"), hooked()),
}

POLICY = {
    "api-deprecated-sunset-missing": "deprecation-without-sunset",
    "api-deprecated-sunset-parse": "sunset-unreadable",
    "api-invalid-stability-level": "stability-unknown",
    "api-major-version-not-bumped": "version-bump-too-small",
    "api-path-removed-before-sunset": "removal-too-early",
    "api-path-removed-with-deprecation": "removal-after-notice",
    "api-path-sunset-parse": "sunset-unreadable",
    "api-removed-before-sunset": "removal-too-early",
    "api-removed-with-deprecation": "removal-after-notice",
    "api-schema-removed": "schema-removed",
    "api-stability-decreased": "stability-lowered",
    "api-sunset-date-changed-too-small": "sunset-moved-earlier",
    "api-sunset-date-too-small": "sunset-too-near",
    "api-version-decreased": "version-went-back",
    "api-version-not-bumped": "version-bump-missing",
    "endpoint-deprecated-with-sunset": "operation-deprecated",
    "request-parameter-deprecated-sunset-missing": "deprecation-without-sunset",
    "request-parameter-removed-before-sunset": "removal-too-early",
    "request-parameter-removed-with-deprecation": "removal-after-notice",
    "request-parameter-sunset-date-changed-too-small": "sunset-moved-earlier",
    "request-parameter-sunset-date-too-small": "sunset-too-near",
    "request-parameter-sunset-deleted": "deprecation-without-sunset",
    "request-parameter-sunset-parse": "sunset-unreadable",
    "request-property-deprecated-sunset-invalid": "sunset-unreadable",
    "request-property-deprecated-sunset-missing": "deprecation-without-sunset",
    "request-property-deprecated-with-sunset": "request-property-deprecated",
    "request-property-removed-before-sunset": "removal-too-early",
    "request-property-removed-with-deprecation": "removal-after-notice",
    "request-property-stability-decreased": "stability-lowered",
    "request-property-sunset-date-too-small": "sunset-too-near",
    "response-property-deprecated-sunset-invalid": "sunset-unreadable",
    "response-property-deprecated-sunset-missing": "deprecation-without-sunset",
    "response-property-deprecated-with-sunset": "response-property-deprecated",
    "response-property-stability-decreased": "stability-lowered",
    "response-property-sunset-date-too-small": "sunset-too-near",
    "response-required-property-removed-before-sunset": "removal-too-early",
    "response-required-property-removed-with-deprecation": "removal-after-notice",
    "sunset-deleted": "deprecation-without-sunset",
}
"""Checks about notice and versions, which a policy asks for: the rule of ours that speaks of the same."""

SILENT = {
    "api-stability-increased": "a promise that grows needs no warning",
    "request-property-stability-increased": "the same",
    "response-property-stability-increased": "the same",
}

REASONS = {
    r"re.*-content-(schema|media-type)-.*": "an annotation of JSON Schema: a warning that it changed, no value is refused",
    r"request-parameter(-property)?-became-not-nullable|response-header-became-nullable": (
        "null has no text in an address or a header"
    ),
    r"re.*-unevaluated-properties-(added|removed)": "a sender uses only what its side declares, so nothing is refused",
    r"response-body-schema-became-false": "nothing can be answered any more that was not promised",
    r"request-body-removed": "a server that takes no body ignores one: a warning",
    r"webhook-removed": "nobody is sent what he cannot read: a warning",
    r"response-media-type-name-generalized|response-media-type-parameter-removed": (
        "what comes may be what came: a warning, as for every media type that is new"
    ),
}
"""Checks that oasdiff calls an error and we do not, by what their ids match, and why."""
