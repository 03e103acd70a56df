"""`check` from end to end: a real repository, what changed in it, and exactly what is said about that."""

import json

import jsonschema
import pytest

from contractcheck.reports.json import schema
from tests.cli import running
from tests.cli.conftest import REVISION, SPEC

NOTE = "                  note: {type: string}\n"
CREATE = "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('n', sa.Text))"
FIRST = REVISION.format(revision="a", parent=None, up=CREATE, down="op.drop_table('t')")
SECOND = REVISION.format(
    revision="b",
    parent="a",
    up="op.add_column('t', sa.Column('x', sa.Integer))",
    down="op.drop_column('t', 'x')",
)
DROPS = REVISION.format(
    revision="c", parent="b", up="op.drop_column('t', 'n')", down="op.add_column('t', sa.Column('n', sa.Text))"
)


@pytest.fixture
def repository(git, write):
    """A repository with a contract, a tree of two migrations and the tag v1."""
    write(
        **{
            "api/openapi.yaml": SPEC,
            "db/env.py": "",
            "db/versions/a.py": FIRST,
            "db/versions/b.py": SECOND,
            "README.md": "hello\n",
        }
    )
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "one")
    git("tag", "v1")
    git("switch", "-qc", "change")


@pytest.fixture
def check(monkeypatch, capsys, tmp_path, repository):
    def run(*arguments, base="v1"):
        return running.run(
            monkeypatch, capsys, tmp_path, "check", *(("--base", base) if base is not None else ()), *arguments
        )

    return run


@pytest.fixture
def report(check):
    """The findings of `check --format json`, after its report was held against the schema."""

    def run(*arguments, **options):
        ran = check("--format", "json", *arguments, **options)
        document = json.loads(ran.out)
        jsonschema.Draft202012Validator(schema()).validate(document)
        return running.found(ran), document

    return run


@pytest.mark.parametrize("change", [{}, {"README.md": "hello again\n"}, {"notes.yaml": "a: 1\n"}, {"x.py": "x = 1\n"}])
def test_nothing_that_matters_changed(report, write, change):
    write(**change)
    findings, document = report()
    assert (findings, document["verdict"], document["contracts"], document["migrations"]) == ([], "compatible", [], [])
    assert document["notes"] == [f"no contract and no migration among {len(change)} changed files"]
    assert (document["base"], document["revision"], document["server"]) == ("v1", "working tree", None)


def test_a_contract_and_a_migration_changed(report, write):
    write(**{"api/openapi.yaml": SPEC.replace(NOTE, ""), "db/versions/c.py": DROPS})
    findings, document = report()
    assert findings == [
        (
            "response-property-removed",
            "warning",
            "GET /orders 200 application/json $.note",
            "api/openapi.yaml:14:17",
        ),
        ("column-removed", "warning", "c t.n", "db/versions/c.py:10:5"),
        ("data-lost-on-upgrade", "warning", "c t.n", "db/versions/c.py:10:5"),
        ("downgrade-column-order", "info", "c", "db/versions/c.py:13:1"),
    ]
    assert document["contracts"] == [
        {
            "path": "api/openapi.yaml",
            "base_version": "1.0.0",
            "revision_version": "1.0.0",
            "edits": 1,
            "harmless": 0,
            "bump": "minor",
            "needs": None,
        }
    ]
    assert [(each["id"], each["reversibility"]["verdict"], each["phase"]) for each in document["migrations"]] == [
        ("c", "lossy", "contract")
    ]
    assert document["server"] == "PostgreSQL 16"


def test_untracked_staged_and_committed_changes_count_alike(report, write, git):
    write(**{"db/versions/c.py": DROPS})
    first = report()
    git("add", ".")
    second = report()
    git("commit", "-qm", "two")
    assert first == second == report()


def test_the_base_is_where_the_branch_began(report, write, git):
    write(**{"api/openapi.yaml": SPEC.replace(NOTE, "")})
    git("commit", "-qam", "two")
    git("branch", "-q", "--set-upstream-to", "main")
    assert [row[0] for row in report(base=None)[0]] == ["response-property-removed"]
    assert report(base="HEAD")[0] == []


def test_a_detached_checkout_is_not_compared_with_itself(check, git):
    git("checkout", "-q", "--detach")
    ran = check(base=None)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines() == [
        "contractcheck: this checkout is on no branch with an upstream and differs from HEAD in nothing",
        "  next: name the base: --base REV",
    ]


# Contracts


def test_a_moved_contract_is_compared(report, write, git):
    git("mv", "api/openapi.yaml", "api/shop.yaml")
    assert report()[0] == []
    assert [each["path"] for each in report()[1]["contracts"]] == ["api/shop.yaml"]
    write(**{"api/shop.yaml": SPEC.replace(NOTE, "")})
    assert [row[0] for row in report()[0]] == ["response-property-removed"]


def test_a_removed_and_an_added_contract(report, write, git):
    git("rm", "-q", "api/openapi.yaml")
    assert report()[0] == [("contract-removed", "error", "api/openapi.yaml", "api/openapi.yaml:1:1")]
    write(**{"api/other.yaml": SPEC.replace("Shop", "Warehouse")})
    assert report()[0] == [
        ("contract-removed", "error", "api/openapi.yaml", "api/openapi.yaml:1:1"),
        ("contract-added", "info", "api/other.yaml", "api/other.yaml:1:1"),
    ]


def test_only_a_referenced_file_changed(report, write, git):
    split = SPEC[: SPEC.index("              schema:")] + "              schema: {$ref: 'models/order.yaml'}\n"
    order = "type: object\nproperties:\n  id: {type: integer}\n  note: {type: string}\n"
    write(
        **{"api/openapi.yaml": split, "api/models/order.yaml": order, "api/plain.yaml": SPEC.replace("Shop", "Plain")}
    )
    git("add", ".")
    git("commit", "-qm", "split")
    write(**{"api/models/order.yaml": order.replace("integer", "string")})
    findings, document = report(base="HEAD")
    assert [(row[0], row[3]) for row in findings] == [("response-type-widened", "api/models/order.yaml:3:8")]
    assert [each["path"] for each in document["contracts"]] == ["api/openapi.yaml"]


def test_a_contract_that_cannot_be_read(check, write):
    write(**{"api/openapi.yaml": "openapi: 3.1.0\npaths: [\n"})
    ran = check()
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("contractcheck: api/openapi.yaml:3:1: ")


# Migrations


def test_an_edited_history(report, write):
    write(**{"db/versions/a.py": FIRST.replace("sa.Text", "sa.String(9)")})
    assert report()[0] == [("history-edited", "error", "a upgrade", "db/versions/a.py:10:5")]


def test_two_heads(report, write):
    write(**{"db/versions/d.py": SECOND.replace('"b"', '"d"').replace("'x'", "'y'")})
    assert report()[0] == [("several-heads", "error", "heads", "db/versions/d.py:9:1")]


def test_a_removed_tree(report, git):
    git("rm", "-qr", "db")
    assert report()[0] == [
        ("history-removed", "error", "a", "db/versions/a.py:9:1"),
        ("history-removed", "error", "b", "db/versions/b.py:9:1"),
    ]


def test_a_new_tree_is_one_release(report, write):
    write(
        **{
            "other/1_a.up.sql": "CREATE TABLE u (id int);",
            "other/1_a.down.sql": "DROP TABLE u;",
            "other/2_b.up.sql": "CREATE INDEX i ON u (id);",
            "other/2_b.down.sql": "DROP INDEX i;",
        }
    )
    findings, document = report()
    assert findings == []
    assert [(each["id"], each["tool"]) for each in document["migrations"]] == [
        ("1_a", "golang-migrate"),
        ("2_b", "golang-migrate"),
    ]


def test_defects_of_the_base_are_not_told_again(report, write, git):
    write(**{"db/versions/c.py": SECOND.replace('"b"', '"c"').replace("'x'", "'y'")})
    git("add", ".")
    git("commit", "-qm", "two heads")
    write(**{"db/versions/c.py": "# a note\n" + SECOND.replace('"b"', '"c"').replace("'x'", "'y'")})
    assert report(base="HEAD")[0] == []


# Configuration


def test_the_configuration_of_the_repository(report, write):
    write(**{"api/openapi.yaml": SPEC.replace(NOTE, ""), "db/versions/c.py": DROPS})
    write(**{"contractcheck.toml": '[severity]\ndata-lost-on-upgrade = "off"\nresponse-property-removed = "error"\n'})
    moved = ("downgrade-column-order", "info")
    assert [row[:2] for row in report()[0]] == [
        ("response-property-removed", "error"),
        ("policy-loosened", "warning"),
        ("column-removed", "warning"),
        moved,
    ]
    write(**{"contractcheck.toml": 'profile = "strict"\n[contracts]\nexclude = ["api/"]\n'})
    told = {row[:2] for row in report()[0]}
    assert told >= {("column-removed", "error"), ("data-lost-on-upgrade", "error")}
    assert not any(rule.startswith("response-") for rule, _ in told)
    told = {row[:2] for row in report("--profile", "standard")[0]}
    assert told >= {("column-removed", "warning"), ("data-lost-on-upgrade", "warning")}
    write(**{"contractcheck.toml": 'profile = "wire"\n[migrations]\nexclude = ["db/"]\n'})
    findings, document = report()
    assert (findings, [each["suppressed"] for each in document["findings"]]) == (
        [],
        ["profile wire looks at running clients only"] * 2,
    )
    assert document["migrations"] == []


def test_the_base_and_the_server_of_the_configuration(report, write, check):
    write(**{"db/versions/c.py": DROPS, "contractcheck.toml": 'base = "v1"\n[migrations]\nserver = "postgresql:13"\n'})
    findings, document = report(base=None)
    assert ([row[0] for row in findings], document["base"], document["server"]) == (
        ["column-removed", "data-lost-on-upgrade", "downgrade-column-order"],
        "v1",
        "PostgreSQL 13",
    )
    assert report("--server", "postgres:18")[1]["server"] == "PostgreSQL 18"
    ran = check("--server", "oracle")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == "contractcheck: --server: no model of 'oracle'"


def test_the_configuration_is_found_from_a_folder_below(monkeypatch, capsys, tmp_path, check, write):
    write(**{"db/versions/c.py": DROPS, "contractcheck.toml": 'fail-on = "warning"\n'})
    assert check().code == 1
    assert running.run(monkeypatch, capsys, tmp_path / "db", "check", "--base", "v1").code == 1


# Output and exit codes

BREAKS = SPEC.replace("integer", "string")
WARNS = SPEC.replace(NOTE, "")
HARMLESS = SPEC.replace("description: orders", "description: all orders")


@pytest.mark.parametrize(
    ("spec", "codes"),
    [
        (BREAKS, {"error": 1, "warning": 1, "info": 1, "never": 0}),
        (WARNS, {"error": 0, "warning": 1, "info": 1, "never": 0}),
        (
            SPEC.replace("{type: string}", "{type: string, maxLength: 9}"),
            {"error": 0, "warning": 0, "info": 1, "never": 0},
        ),
        (HARMLESS, {"error": 0, "warning": 0, "info": 0, "never": 0}),
    ],
    ids=["error", "warning", "info", "nothing"],
)
def test_exit_codes(check, write, spec, codes):
    write(**{"api/openapi.yaml": spec})
    assert {level: check("--fail-on", level).code for level in codes} == codes
    write(**{"contractcheck.toml": 'fail-on = "never"\n'})
    assert check().code == 0


def test_suppressed_findings_do_not_fail(check, write):
    write(**{"api/openapi.yaml": BREAKS, "contractcheck.toml": '[severity]\nresponse-type-widened = "off"\n'})
    assert check("--fail-on", "error").code == 0
    ran = check("--fail-on", "info", "--format", "json")
    counted = [each["rule"] for each in json.loads(ran.out)["findings"] if each["suppressed"] is None]
    assert (ran.code, counted) == (1, ["policy-loosened"])


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_two_runs_give_the_same_bytes(check, write, form):
    write(**{"api/openapi.yaml": BREAKS, "db/versions/c.py": DROPS, "db/versions/d.py": SECOND.replace('"b"', '"d"')})
    first, second = check("--format", form, "--all"), check("--format", form, "--all")
    assert (first.code, first.out, first.err) == (1, second.out, "")
    assert first.out.endswith("\n")


def test_output_to_a_file(check, write, tmp_path):
    write(**{"api/openapi.yaml": BREAKS})
    shown = check("--format", "markdown")
    ran = check("--format", "markdown", "--output", "report.md")
    assert (ran.code, ran.out, ran.err) == (1, "", "")
    assert (tmp_path / "report.md").read_text(encoding="utf-8") == shown.out


def test_output_to_where_nothing_can_be_written(check, write):
    write(**{"api/openapi.yaml": BREAKS})
    ran = check("--output", "no/such/folder/report.md")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        "contractcheck: no/such/folder/report.md: cannot write: No such file or directory",
        "  next: choose another --output",
    ]


def test_a_process_of_its_own_says_the_same(check, contractcheck, write):
    write(**{"api/openapi.yaml": BREAKS, "db/versions/c.py": DROPS})
    assert contractcheck("check", "--base", "v1", "--format", "json") == check("--format", "json")
