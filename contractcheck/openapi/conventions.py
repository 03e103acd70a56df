"""Conventions that a contract may keep: errors in one format, repetition, retries, pages, limits, deprecation."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from contractcheck.model.finding import Affected, Direction, Finding, Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.rule import rule
from contractcheck.openapi.document import Document, Node
from contractcheck.openapi.lifecycle import marks
from contractcheck.openapi.surface import Offered, media_type, members, offered, parameters, responses

RULES = (
    "api-errors-undeclared",
    "api-error-format",
    "api-idempotency-undeclared",
    "api-retry-after-undeclared",
    "api-pagination-undeclared",
    "api-rate-limit-undeclared",
    "api-deprecation-header-undeclared",
)

_RETRIED = ("429", "503")
# POST and PATCH are neither safe nor idempotent (RFC 9110 §9.2).
_UNSAFE = frozenset({"post", "patch"})
_PAGING = frozenset(
    {
        *("limit", "offset", "page", "pagesize", "perpage", "pagenumber", "pagetoken", "cursor", "after", "before"),
        *("first", "last", "start", "startafter", "startingafter", "endingbefore", "size", "count", "top", "skip"),
        *(
            "marker",
            "maxresults",
            "maxitems",
            "maxkeys",
            "nexttoken",
            "continuationtoken",
            "continue",
            "since",
            "sinceid",
        ),
        *("pageindex", "pagelimit", "pageoffset", "pagecursor", "take", "rows", "range"),
    }
)
# Members around a list that are the list itself.
_LISTS = frozenset(
    {
        "items",
        "data",
        "results",
        "result",
        "values",
        "value",
        "entries",
        "records",
        "elements",
        "content",
        "nodes",
        "edges",
    }
)


class Wanted(Struct, frozen=True):
    """What a team asks of its contracts; the names are those of the policy's table `api`."""

    error_media_type: str = "application/problem+json"
    error_schema: str | None = None
    idempotency_header: str = "Idempotency-Key"
    pagination: tuple[str, ...] = ()


def check(document: Document, wanted: Wanted, rules: frozenset[str]) -> tuple[Finding, ...]:
    """What of the conventions a contract does not keep, of the rules that are asked for; one finding an operation."""
    found: list[Finding] = []
    for operation in offered(document):
        if operation.path.startswith("webhooks."):
            continue  # what a server sends, another server answers
        answers = responses(document, operation)
        if "api-errors-undeclared" in rules and answers and not _errors(answers):
            found.append(_say("api-errors-undeclared", operation))
        if "api-error-format" in rules:
            found += _format(document, operation, answers, wanted)
        if "api-idempotency-undeclared" in rules:
            found += _idempotency(document, operation, wanted)
        if "api-retry-after-undeclared" in rules:
            silent = [
                status for status in _RETRIED if status in answers and not _has(answers[status][1], "retry-after")
            ]
            if silent:
                found.append(_say("api-retry-after-undeclared", operation, statuses=", ".join(silent)))
        if "api-pagination-undeclared" in rules and _is_list(document, operation, answers):
            names = {_plain(name) for _, name in parameters(document, operation)}
            if not names & ({_plain(name) for name in wanted.pagination} or _PAGING):
                found.append(_say("api-pagination-undeclared", operation))
        if "api-rate-limit-undeclared" in rules and answers and not {"429", "4XX"} & {*answers}:
            found.append(_say("api-rate-limit-undeclared", operation))
    if "api-deprecation-header-undeclared" in rules:
        found += deprecation_headers(document)
    return tuple(found)


def deprecation_headers(document: Document) -> Iterator[Finding]:
    """Deprecated operations whose success responses do not declare `Deprecation`, and `Sunset` where it is known."""
    for operation in offered(document):
        marked = marks(document, operation.node)
        if not marked.deprecated or operation.path.startswith("webhooks."):
            continue
        answers = {
            status: answer for status, (_, answer) in responses(document, operation).items() if status[:1] in "23"
        }
        headers = ["Deprecation", *(["Sunset"] if marked.sunset is not None else [])]
        silent = {
            header: [status for status, answer in sorted(answers.items()) if not _has(answer, header.lower())]
            for header in headers
        }
        missing = [header for header in headers if silent[header]]
        if missing:
            statuses = ", ".join(sorted({status for header in missing for status in silent[header]}))
            header = " and no ".join(missing)
            yield _say("api-deprecation-header-undeclared", operation, statuses=statuses, header=header)


def _errors(answers: Mapping[str, tuple[Node, Node]]) -> list[str]:
    """The statuses of errors; `default` is one beside a success."""
    plain = [status for status in answers if status[:1] in "45" and status != "default"]
    success = any(status[:1] in "123" for status in answers)
    return sorted(plain) + (["default"] if "default" in answers and (success or plain) else [])


def _format(
    document: Document, operation: Offered, answers: Mapping[str, tuple[Node, Node]], wanted: Wanted
) -> Iterator[Finding]:
    if operation.method == "head":
        return  # its responses have no body (RFC 9110 §9.3.2)
    other = [status for status in _errors(answers) if not _in_format(document, operation, answers[status][1], wanted)]
    if other:
        told = wanted.error_schema or wanted.error_media_type
        yield _say("api-error-format", operation, statuses=", ".join(other), wanted=told)


def _in_format(document: Document, operation: Offered, answer: Node, wanted: Wanted) -> bool:
    bodies = members(answer.get("content"))
    old = answer.get("schema")  # Swagger 2.0
    if wanted.error_schema is not None:
        schemas = [schema for body in bodies.values() if (schema := body.get("schema")) is not None]
        schemas += [old] if old is not None else []
        return bool(schemas) and all(_is_named(document, schema, wanted.error_schema) for schema in schemas)
    if old is not None:
        produces = operation.node.get("produces") or document.root.get("produces")
        names = [str(each.value) for each in produces.items()] if produces is not None else []
    else:
        names = [*bodies]
    # A server that offers other formats as well still offers this one.
    return media_type(wanted.error_media_type) in {media_type(name).partition(";")[0] for name in names}


def _is_named(document: Document, schema: Node, name: str) -> bool:
    seen: set[Node] = set()
    node: Node | None = schema
    while node is not None and node not in seen:
        seen.add(node)
        if node.pointer.rpartition("/")[2] == name:
            return True
        node = document.reference(node) if isinstance(node.value, Mapping) and "$ref" in node.value else None
    return False


def _idempotency(document: Document, operation: Offered, wanted: Wanted) -> Iterator[Finding]:
    if operation.method not in _UNSAFE:
        return
    said = any(each.get("x-idempotent") is not None for each in (operation.node, *operation.items))
    header = ("header", wanted.idempotency_header.lower())
    if not said and header not in parameters(document, operation):
        yield _say("api-idempotency-undeclared", operation, header=wanted.idempotency_header)


def _is_list(document: Document, operation: Offered, answers: Mapping[str, tuple[Node, Node]]) -> bool:
    if operation.method != "get":
        return False
    last = operation.path.rstrip("/").rpartition("/")[2]
    names = _LISTS | ({_plain(last)} if "{" not in last else set())
    for status, (_, answer) in answers.items():
        if status[:1] != "2":
            continue
        bodies = [body.get("schema") for body in members(answer.get("content")).values()] + [answer.get("schema")]
        if any(body is not None and _holds_list(document, body, names, 0) for body in bodies):
            return True
    return False


def _holds_list(document: Document, schema: Node, names: frozenset[str] | set[str], depth: int) -> bool:
    node = document.follow(schema)
    if node is None or depth > 8:
        return False
    if _is_array(node):
        return True
    parts = node.get("allOf")
    if parts is not None and any(_holds_list(document, part, names, depth + 1) for part in parts.items()):
        return True
    for name, member in members(node.get("properties")).items():
        end = document.follow(member)
        if _plain(name) in names and end is not None and _is_array(end):
            return True
    return False


def _is_array(node: Node) -> bool:
    kind = node.get("type")
    return kind is not None and (kind.value == "array" or (isinstance(kind.value, list) and "array" in kind.value))


def _has(answer: Node, header: str) -> bool:
    return any(name.lower() == header for name in members(answer.get("headers")))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _say(name: str, operation: Offered, **parameters: object) -> Finding:
    answers = operation.node.get("responses")
    at = operation.node if "pagination" in name or "idempotency" in name or answers is None else answers
    direction = Direction.REQUEST if "pagination" in name or "idempotency" in name else Direction.RESPONSE
    return rule(name).finding(
        subject=operation.label,
        place=Place(at.file, pointer=at.pointer),
        proof=Proof(ProofKind.STRUCTURAL, "the document says so at the place shown"),
        affects=(Affected(operation.label, direction),),
        **parameters,  # type: ignore[arg-type]
    )
