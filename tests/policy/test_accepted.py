"""Waivers, inline waivers and the baseline, end to end."""

import json

from tests.policy.conftest import contract

TWO = contract("GET /orders", "GET /stock")
ONE = contract("GET /orders")
NAME = "contractcheck.waivers.toml"
WAIVER = """\
[[waiver]]
rule = "operation-removed"
subject = "GET /stock"
owner = "shop team"
reason = "nobody calls it"
expires = 2026-12-31
link = "https://example.org/1"
"""
TOLD = "waived until 2026-12-31 by shop team (contractcheck.waivers.toml:1): nobody calls it https://example.org/1"
REMOVED = ("error", "operation-removed", "GET /stock")


def test_a_waived_finding_stays_visible_and_does_not_count(repo, command, findings):
    repo("v1", **{"api.yaml": TWO})
    repo(**{"api.yaml": ONE, NAME: WAIVER})
    check = ("check", "--base", "v1", "--today", "2026-12-31")
    assert findings(*check) == [(*REMOVED, TOLD)]
    ran = command(*check)
    assert (ran.code, [" ".join(line.split()) for line in ran.out.splitlines()[-2:]]) == (
        0,
        ["dates were judged by 2026-12-31", "COMPATIBLE 0 errors, 0 warnings v1 → working tree"],
    )
    assert "suppressed  " + TOLD in " ".join(command(*check, "--all").out.split()).replace(
        "suppressed ", "suppressed  "
    )


def test_on_the_day_after_it_counts_again(repo, findings):
    repo("v1", **{"api.yaml": TWO})
    repo(**{"api.yaml": ONE, NAME: WAIVER})
    assert findings("check", "--base", "v1", "--today", "2027-01-01") == [
        (*REMOVED, None),
        ("error", "waiver-expired", "operation-removed GET /stock", None),
    ]


def test_a_waiver_by_fingerprint_and_for_one_contract(repo, findings):
    repo("v1", **{"a.yaml": TWO, "b.yaml": TWO.replace("Shop", "Other")})
    text = WAIVER.replace('subject = "GET /stock"', 'fingerprint = "{}"\ncontract = "a.yaml"')
    from contractcheck.model.finding import Finding

    waiver = text.format(Finding.identify("operation-removed", "GET /stock"))
    repo(**{"a.yaml": ONE, "b.yaml": ONE.replace("Shop", "Other"), NAME: waiver})
    found = findings("check", "--base", "v1", "--today", "2026-06-15")
    assert found == [(*REMOVED, TOLD), (*REMOVED, None)]


def test_two_waivers_for_one_finding_are_a_mistake(repo, command):
    repo("v1", **{"api.yaml": TWO})
    from contractcheck.model.finding import Finding

    print_ = Finding.identify("operation-removed", "GET /stock")
    other = WAIVER.replace('subject = "GET /stock"', f'fingerprint = "{print_}"')
    repo(**{"api.yaml": ONE, NAME: WAIVER + other})
    ran = command("check", "--base", "v1", "--today", "2026-06-15")
    assert (ran.code, ran.err) == (
        2,
        (
            "contractcheck: contractcheck.waivers.toml:8: this waiver and the one in line 1 are both meant for "
            "operation-removed GET /stock\n  next: keep one of them\n"
        ),
    )


def test_a_waiver_that_waives_nothing(repo, findings):
    repo("v1", **{"api.yaml": TWO})
    repo(**{"api.yaml": TWO + "components: {schemas: {A: {type: string}}}\n", NAME: WAIVER})
    assert findings("check", "--base", "v1", "--today", "2026-06-15") == [
        ("error", "waiver-unused", "operation-removed GET /stock", None)
    ]


def test_where_no_contract_was_compared_no_waiver_is_called_unused(repo, findings):
    repo("v1", **{"api.yaml": TWO})
    repo(**{"README.md": "hello\n", NAME: WAIVER})
    assert findings("check", "--base", "v1", "--today", "2026-06-15") == []


def test_a_policy_may_demand_a_link_and_no_owner(repo, findings):
    repo("v1", **{"api.yaml": TWO})
    bare = '[[waiver]]\nrule = "operation-removed"\nsubject = "GET /s*"\nlink = "https://example.org"\n'
    repo(**{"api.yaml": ONE, NAME: bare, "contractcheck.toml": '[waivers]\ndemand = ["link"]\n'})
    told = "waived (contractcheck.waivers.toml:1) https://example.org"
    assert findings("check", "--base", "v1") == [(*REMOVED, told)]


def test_inline_in_a_document(repo, findings):
    repo("v1", **{"api.yaml": TWO})
    inline = ONE.replace(
        "paths:\n", "paths:\n  x-contractcheck-ignore: {rule: operation-removed, reason: it is dead}\n"
    )
    repo(**{"api.yaml": inline})
    assert findings("check", "--base", "v1") == [(*REMOVED, "waived (beside it): it is dead")]


def test_inline_is_for_what_stands_below_it(repo, findings):
    repo("v1", **{"api.yaml": TWO})
    ignore = "x-contractcheck-ignore: [{rule: operation-removed, reason: it is dead}]"
    repo(**{"api.yaml": contract("GET /orders|" + ignore)})
    assert findings("check", "--base", "v1") == [
        (*REMOVED, None),
        ("error", "waiver-unused", "operation-removed inline", None),
    ]


def test_what_is_wrong_with_an_inline_waiver_is_a_finding(repo, command):
    repo("v1", **{"api.yaml": TWO})
    bad = [
        "operation-removd",
        "{reason: x}",
        "{rule: operation-removed, reason: x, until: never}",
        "{rule: operation-removed, reason: [x]}",
        "{rule: operation-removed, reason: x, expires: soon}",
        "operation-removed",
    ]
    inline = ONE.replace("paths:\n", f"paths:\n  x-contractcheck-ignore: [{', '.join(bad)}]\n")
    repo(**{"api.yaml": inline})
    ran = command("check", "--base", "v1", "--format", "json")
    messages = [each["message"] for each in json.loads(ran.out)["findings"] if each["rule"] == "waiver-invalid"]
    assert sorted(messages) == [
        "the waiver for ? has no effect: it names no rule",
        "the waiver for operation-removd has no effect: there is no rule 'operation-removd'",
        "the waiver for operation-removed has no effect: 'soon' is no day such as 2026-12-31",
        "the waiver for operation-removed has no effect: 'until' is no field of a waiver",
        "the waiver for operation-removed has no effect: it has no reason",
        "the waiver for operation-removed has no effect: its fields are not all text",
    ]


REVISION = '''\
"""Drop."""
from alembic import op
import sqlalchemy as sa

revision = "b2"
down_revision = "a1"


def upgrade():
    {comment}
    op.drop_column("orders", "note"){trailing}


def downgrade():
    op.add_column("orders", sa.Column("note", sa.Text()))
'''
FIRST = '''\
"""Orders."""
from alembic import op
import sqlalchemy as sa

revision = "a1"
down_revision = None


def upgrade():
    op.create_table("orders", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("note", sa.Text()))


def downgrade():
    op.drop_table("orders")
'''


def migrations(comment="pass", trailing=""):
    return {
        "db/versions/a1_orders.py": FIRST,
        "db/versions/b2_drop.py": REVISION.format(comment=comment, trailing=trailing),
    }


def lost(findings):
    return [each[3] for each in findings("lint") if each[1] == "data-lost-on-upgrade"]


def test_inline_in_a_migration(repo, findings):
    repo("v1", **migrations(trailing="  # contractcheck: ignore[data-lost-on-upgrade] copied to notes in a1"))
    assert lost(findings) == ["waived (db/versions/b2_drop.py:11): copied to notes in a1"]
    repo(**migrations(comment="# contractcheck: ignore[data-lost-on-upgrade] copied (owner: me, expires: 2999-01-01)"))
    assert lost(findings) == ["waived until 2999-01-01 by me (db/versions/b2_drop.py:10): copied"]
    repo(**migrations(comment="x = '# contractcheck: ignore[data-lost-on-upgrade] in a text'"))
    assert lost(findings) == [None]


def test_inline_in_sql(repo, findings):
    up = "-- contractcheck: ignore[data-lost-on-upgrade] nobody reads it\nALTER TABLE orders\n  DROP COLUMN note;\n"
    repo(
        "v1",
        **{
            "m/000001_orders.up.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n",
            "m/000001_orders.down.sql": "DROP TABLE orders;\n",
            "m/000002_note.up.sql": up,
            "m/000002_note.down.sql": "ALTER TABLE orders ADD COLUMN note text;\n",
        },
    )
    assert lost(findings) == ["waived (m/000002_note.up.sql:1): nobody reads it"]


def test_the_same_fields_may_be_demanded_inline(repo, findings):
    demand = '[waivers]\ndemand-inline = ["owner", "reason", "expires"]\n'
    repo(
        "v1",
        **migrations(trailing="  # contractcheck: ignore[data-lost-on-upgrade] copied"),
        **{"contractcheck.toml": demand},
    )
    assert lost(findings) == [None]
    assert ("error", "waiver-invalid", "data-lost-on-upgrade inline", None) in findings("lint")


def test_the_life_of_a_baseline(repo, command, findings):
    repo("v1", **migrations())
    before = [each for each in findings("lint") if each[3] is None]
    assert before
    ran = command("baseline", "write")
    assert (ran.code, ran.err) == (
        0,
        f"contractcheck.baseline: {len(before)} findings accepted\n".replace("1 findings", "1 finding"),
    )
    assert [each for each in findings("lint") if each[3] is None] == []
    text = (repo() / "contractcheck.baseline").read_text(encoding="utf-8")
    assert text.splitlines()[0] == "contractcheck-baseline 1"
    assert text.splitlines()[1:] == sorted(text.splitlines()[1:])
    again = command("baseline", "write")
    assert (again.code, again.err) == (
        2,
        (
            "contractcheck: contractcheck.baseline: there is a baseline already\n"
            "  next: contractcheck baseline prune or update; --force accepts everything anew\n"
        ),
    )


def test_moving_a_tree_changes_no_line_of_the_baseline(repo, command):
    folder = repo("v1", **migrations())
    command("baseline", "write")
    before = (folder / "contractcheck.baseline").read_text(encoding="utf-8")
    (folder / "db").rename(folder / "database")
    (folder / "contractcheck.baseline").unlink()
    command("baseline", "write")
    assert (folder / "contractcheck.baseline").read_text(encoding="utf-8") == before


def test_what_was_mended_must_be_pruned(repo, command, findings):
    repo("v1", **migrations())
    command("baseline", "write")
    repo(**{"db/versions/b2_drop.py": None})
    stale = {each[1] for each in findings("lint")}
    assert stale == {"baseline-stale"}
    ran = command("baseline", "prune")
    assert (ran.code, ran.err) == (0, "contractcheck.baseline: 0 findings accepted\n")
    assert all(line.startswith("- ") for line in ran.out.splitlines())
    assert findings("lint") == []


def test_counts_only_fall_unless_a_finding_is_named(repo, command, findings):
    repo("v1", **{"db/versions/a1_orders.py": FIRST})
    repo(**{"contractcheck.baseline": "contractcheck-baseline 1\n"})
    repo(**migrations())
    new = [each for each in findings("lint") if each[3] is None]
    ran = command("baseline", "update")
    assert (ran.out, ran.err.splitlines()[0]) == ("", "contractcheck.baseline: 0 findings accepted")
    assert ran.err.splitlines()[1].startswith(f"{len(new)} finding")
    from contractcheck.model.finding import Finding

    (name,) = [Finding.identify(*each[1:3]) for each in new if each[1] == "data-lost-on-upgrade"]
    ran = command("baseline", "update", "--accept", name)
    assert ran.out == f"+ {name} 1 data-lost-on-upgrade b2 orders.note\n"
    assert lost(findings) == ["accepted in contractcheck.baseline:2"]
    ran = command("baseline", "update", "--accept", "0" * 16)
    assert (ran.code, ran.err.splitlines()[0]) == (
        2,
        "contractcheck: --accept: no finding has the fingerprint 0000000000000000",
    )


def test_a_baseline_of_contracts_is_for_one_base(repo, command, findings):
    repo("v1", **{"api.yaml": contract("GET /orders", "GET /stock", "GET /old")})
    repo("v2", **{"api.yaml": TWO})
    repo("v3", **{"api.yaml": ONE})
    ran = command("baseline", "write", "--base", "v1")
    assert (ran.code, ran.err) == (0, "contractcheck.baseline: 2 findings accepted\n")
    accepted = "accepted in contractcheck.baseline:4"
    assert findings("check", "--base", "v2") == [(*REMOVED, accepted)]
    assert [each[:3] for each in findings("check", "--base", "v1") if each[3] is None] == []
    repo(**{"api.yaml": TWO})
    assert [each[:3] for each in findings("check", "--base", "v1") if each[3] is None] == [
        ("error", "baseline-stale", "operation-removed GET /stock")
    ]


def test_a_baseline_may_not_grow(repo, command, findings):
    repo("v1", **{"api.yaml": contract("GET /orders", "GET /stock", "GET /old")})
    repo("v2", **{"api.yaml": TWO})
    command("baseline", "write", "--base", "v1")
    repo("v3")
    repo(**{"api.yaml": ONE})
    command("baseline", "write", "--base", "v1", "--force")
    assert [each[:3] for each in findings("check", "--base", "v3") if each[3] is None] == [
        ("error", "baseline-grew", "operation-removed GET /stock")
    ]


def test_nothing_to_accept(repo, command):
    repo("v1", **{"api.yaml": ONE})
    ran = command("baseline", "write")
    assert (ran.code, ran.err) == (
        3,
        (
            "contractcheck: baseline: no migrations, and no convention that the policy asks for\n"
            "  next: to accept what changed in contracts name a release: --base REV\n"
        ),
    )
    ran = command("baseline", "prune")
    assert (ran.code, ran.err) == (
        2,
        "contractcheck: contractcheck.baseline: there is no baseline\n  next: contractcheck baseline write\n",
    )
