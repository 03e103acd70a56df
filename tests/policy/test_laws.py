"""Laws of a policy: whatever it says, nothing falls silent; order does not matter; written out it reads back."""

import itertools
import json
from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from contractcheck.model.finding import Affected, Direction, Proof, ProofKind, Severity
from contractcheck.model.place import Place
from contractcheck.model.report import Report
from contractcheck.model.rule import rulebook
from contractcheck.policy.build import contract
from contractcheck.policy.configuration import configuration
from contractcheck.policy.days import Today
from contractcheck.policy.dump import toml
from contractcheck.policy.ledger import Ledger
from contractcheck.policy.severity import Operation, judge
from contractcheck.policy.waivers import waivers
from contractcheck.reports.json import document

RULES = (
    "operation-removed",
    "request-schema-undecided",
    "response-enum-widened",
    "data-lost-on-upgrade",
    "downgrade-unproven",
)
OPERATIONS = {
    "GET /orders": Operation(("shop",), "stable"),
    "POST /orders": Operation(("shop", "internal"), "beta"),
    "GET /internal/stock": Operation(("internal",), "draft"),
}
TABLES = ("orders", "stock", "sales.orders")


def finding(name, operations, table, proof):
    reached = tuple(Affected(each, Direction.REQUEST) for each in operations)
    details = dict.fromkeys(("what", "sql", "table", "lock", "values", "keyword", "why", "path", "name"), "x")
    plain = rulebook()[name].category in {"data", "reversibility"}
    return rulebook()[name].finding(
        subject=f"0001 {table}" if plain else operations[0],
        place=Place("api/openapi.yaml", 3, 1, "/paths"),
        proof=Proof(proof, "because"),
        affects=() if plain else reached,
        suggestion="",
        **details,
    )


found = st.lists(
    st.builds(
        finding,
        st.sampled_from(RULES),
        st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=1, max_size=3, unique=True),
        st.sampled_from(TABLES),
        st.sampled_from([ProofKind.UNPROVEN, ProofKind.STRUCTURAL]),
    ),
    min_size=1,
    max_size=6,
)
levels = st.sampled_from(["error", "warning", "info", "off"])
categories = st.sampled_from(["wire", "sdk", "data", "reversibility", "policy"])
conditions = {
    "rules": st.lists(st.sampled_from([*RULES, "response-*", "*-removed", "*"]), min_size=1, max_size=2),
    "categories": st.lists(categories, min_size=1, max_size=2),
    "files": st.lists(st.sampled_from(["api/", "*.yaml", "other/**"]), min_size=1, max_size=2),
    "operations": st.lists(st.sampled_from(["GET /*", "/orders", "* /internal/*"]), min_size=1, max_size=2),
    "tags": st.lists(st.sampled_from(["shop", "internal"]), min_size=1, max_size=2),
    "stability": st.lists(st.sampled_from(["draft", "beta", "stable"]), min_size=1, max_size=2),
    "tables": st.lists(st.sampled_from(["orders", "s*", "*.orders"]), min_size=1, max_size=2),
}
override = st.fixed_dictionaries({"severity": levels}, optional=conditions).filter(lambda each: len(each) > 1)
section = st.fixed_dictionaries(
    {},
    optional={
        "profile": st.sampled_from(["strict", "standard", "wire"]),
        "severity": st.dictionaries(st.one_of(st.sampled_from(RULES), categories), levels, min_size=1, max_size=2),
        "override": st.lists(override, min_size=1, max_size=2),
        "versioning": st.fixed_dictionaries({"scheme": st.sampled_from(["semver", "path", "none"])}),
        "releases": st.fixed_dictionaries({"tags": st.sampled_from(["v*", "api-*"])}),
    },
).filter(bool)
patterns = st.sampled_from(["api/*", "api/openapi.yaml", "*.yaml", "api/**", "other/*"])
policy = st.fixed_dictionaries(
    {},
    optional={
        "contract": st.dictionaries(patterns, section, min_size=1, max_size=3),
        "versioning": st.fixed_dictionaries({"scheme": st.just("calver"), "format": st.just("YYYY.MM.MICRO")}),
        "profile": st.sampled_from(["strict", "standard", "wire"]),
        "severity": st.dictionaries(st.one_of(st.sampled_from(RULES), categories), levels, max_size=3),
        "override": st.lists(override, max_size=4),
        "deprecation": st.fixed_dictionaries({}, optional={"due": st.sampled_from(["error", "warning", "info"])}),
    },
)


def read(document):
    """The configuration of tables, written in their order."""
    text = "\n".join(written(document, ()))
    return configuration({"contractcheck.toml": text.encode()}.get)


def written(table, path):
    name = ".".join(json.dumps(key) if "." in key or "*" in key or "/" in key else key for key in path)
    plain = {key: value for key, value in table.items() if not isinstance(value, (dict, list))}
    if path and (plain or not table):
        yield f"[{name}]"
    yield from (f'"{key}" = {json.dumps(value)}' for key, value in plain.items())
    for key, value in table.items():
        if isinstance(value, dict):
            yield from written(value, (*path, key))
        elif isinstance(value, list):
            for item in value:
                yield f"[[{name}.{key}]]" if name else f"[[{key}]]"
                yield from (f"{each} = {json.dumps(told)}" for each, told in item.items())


def shuffled(value, chance):
    """The same tables in another order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key], chance) for key in chance.sample(sorted(value), len(value))}
    return chance.sample(value, len(value)) if isinstance(value, list) else value


def verdicts(findings, wanted, due=(), waived=b""):
    judged = judge(findings, contract(wanted, "api/openapi.yaml"), operations=OPERATIONS, due=due)
    ledger = Ledger(wanted.waivers, waivers(waived, "w.toml"), today=Today(date(2026, 6, 15)))
    return document(Report(ledger.accept(judged)))["findings"]


WAIVED = b'[[waiver]]\nrule = "operation-removed"\nsubject = "*"\nowner = "o"\nreason = "r"\nexpires = 2027-01-01\n'


@settings(max_examples=150)
@given(found, policy, st.booleans())
def test_no_policy_silences_a_finding(findings, wanted, waive):
    told = verdicts(findings, read(wanted), waived=WAIVED if waive else b"")
    key = lambda each: (each["rule"], each["subject"], each["proof"]["kind"])  # noqa: E731 - a key to sort by
    assert sorted(map(key, told)) == sorted((each.rule, each.subject, str(each.proof.kind)) for each in findings)
    for each in told:
        # What does not count says why; what counts has a severity of the report.
        assert each["suppressed"] is None or each["suppressed"].startswith(
            ("off in ", "waived until ", "profile wire ")
        )
        assert each["severity"] in {"error", "warning", "info"}


@settings(max_examples=100)
@given(found, policy, st.randoms(use_true_random=False))
def test_the_order_of_a_policy_does_not_matter(findings, wanted, chance):
    other_way = shuffled(wanted, chance)
    keep = ("rule", "subject", "severity")
    one, other = verdicts(findings, read(wanted)), verdicts(findings, read(other_way))
    assert [[each[key] for key in keep] + [each["suppressed"] is None] for each in one] == [
        [each[key] for key in keep] + [each["suppressed"] is None] for each in other
    ]


@settings(max_examples=100)
@given(found, policy)
def test_a_policy_that_is_printed_and_read_back_is_the_same(findings, wanted):
    first = read(wanted)
    again = configuration({"contractcheck.toml": toml(first).encode()}.get)
    assert replace(again, file=None) == replace(first, file=None)
    assert toml(again, places=False) == toml(first, places=False)
    keep = ("rule", "subject", "severity")
    one, other = verdicts(findings, first), verdicts(findings, again)
    assert [[each[key] for key in keep] for each in one] == [[each[key] for key in keep] for each in other]


@given(found, policy)
def test_due_notice_only_softens(findings, wanted):
    settled = read(wanted)
    due = [each.fingerprint for each in findings]
    plain = {id(each): each for each in findings}
    assert plain
    for one in findings:
        (usual,) = judge([one], settled, operations=OPERATIONS)
        (soft,) = judge([one], settled, operations=OPERATIONS, due=due)
        assert soft.severity.rank >= usual.severity.rank or usual.suppressed is not None
        if settled.profile == "strict":
            assert soft == usual


def test_a_finding_has_the_strictest_severity_of_what_it_reaches():
    text = '[[override]]\ntags = ["internal"]\nseverity = "off"\n'
    wanted = configuration({"contractcheck.toml": text.encode()}.get)
    both = finding("operation-removed", ["GET /orders", "POST /orders"], "orders", ProofKind.STRUCTURAL)
    inner = finding("operation-removed", ["POST /orders"], "orders", ProofKind.STRUCTURAL)
    judged = judge([both, inner], wanted, operations=OPERATIONS)
    assert [(each.severity, each.suppressed) for each in judged] == [
        (Severity.ERROR, None),
        (Severity.ERROR, "off in contractcheck.toml:1"),
    ]


def test_the_narrower_override_wins_whatever_the_order():
    texts = [
        '[severity]\noperation-removed = "warning"\nwire = "info"\n',
        '[[override]]\noperations = ["/orders"]\nseverity = "info"\n',
        '[[override]]\noperations = ["GET /orders"]\ntags = ["shop"]\nseverity = "error"\n',
        '[[override]]\nrules = ["operation-*"]\nseverity = "off"\n',
    ]
    one = finding("operation-removed", ["GET /orders"], "orders", ProofKind.STRUCTURAL)
    other = finding("operation-removed", ["GET /internal/stock"], "orders", ProofKind.STRUCTURAL)
    for order in itertools.permutations(texts[1:]):
        # A table that is opened stays open: the first text is where it can be.
        texts = [texts[0], *order]
        wanted = configuration({"contractcheck.toml": "".join(texts).encode()}.get)
        judged = {each.subject: each for each in judge([one, other], wanted, operations=OPERATIONS)}
        assert judged["GET /orders"].severity is Severity.ERROR
        assert judged["GET /internal/stock"].severity is Severity.WARNING
