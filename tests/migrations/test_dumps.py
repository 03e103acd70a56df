"""Two revisions of a schema dump are compared as the databases they make."""

import pytest

from contractcheck.errors import UndecidableError
from contractcheck.policy.configuration import Configuration
from contractcheck.workflows.lint import lint_snapshot
from contractcheck.workflows.migrations import check_trees
from tests.migrations.trees_in_memory import Files

STRICT = Configuration(profile="strict")
BASE = """\
--
-- PostgreSQL database dump
--
\\restrict abc
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA audit;
CREATE TABLE public.orders (
    id bigint NOT NULL,
    note text
);
CREATE VIEW public.seen AS SELECT orders.id FROM public.orders;
CREATE TABLE audit.log (line text);
COPY public.orders (id, note) FROM stdin;
1\tit's; x
\\.
ALTER TABLE ONLY public.orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
"""


def checked(before, after, **options):
    old, new = ({"db/structure.sql": text} if text is not None else {} for text in (before, after))
    found = check_trees(
        Files(old), Files(new), {"db/structure.sql"}, STRICT, server_name=options.get("server", "postgresql:16")
    )
    told = [(each.rule, each.subject, str(each.proof.kind), str(each.base_place)) for each in found.findings]
    return told, [(each.phase, each.reversibility.differences) for each in found.migrations]


def test_what_is_gone():
    after = BASE.replace("    note text\n", "    noted text\n").replace("CREATE TABLE audit.log (line text);\n", "")
    told, reports = checked(BASE, after)
    assert told == [
        ("dump-object-removed", "audit.log", "derived", "db/structure.sql:13:1"),
        ("dump-object-removed", "orders.note", "derived", "db/structure.sql:8:1"),
    ]
    assert [phase for phase, _ in reports] == ["contract"]
    assert len(reports[0][1]) == 3


@pytest.mark.parametrize(
    ("change", "phase"),
    [
        (("-- PostgreSQL", "-- another"), "none"),
        (("    note text\n", "    note text,\n    more int\n"), "expand"),
        (("CREATE SCHEMA audit;", "CREATE SCHEMA audit;\nCREATE TABLE audit.more (a int);"), "expand"),
        (("note text", "note character varying(80)"), "expand"),
    ],
)
def test_what_is_not(change, phase):
    told, reports = checked(BASE, BASE.replace(*change))
    assert (told, [each[0] for each in reports]) == ([], [phase])


def test_what_cannot_be_read_proves_nothing_gone():
    after = BASE.replace("    note text\n", "    note txt tpye\n")
    told, _ = checked(BASE, after)
    assert [each[:3] for each in told] == [
        ("migration-unreadable", "db/structure.sql", "structural"),
        ("dump-object-removed", "orders", "unproven"),
    ]


def test_a_dump_that_is_new_or_gone_or_of_another_server():
    assert checked(None, BASE) == ([], [])
    assert checked(BASE, None) == ([], [])
    assert checked(BASE, "", server="postgresql:12") == ([], [])


def test_dumps_are_no_migrations():
    files = Files({"db/schema.sql": BASE, "db/1_a.up.sql": "SELECT 1;", "db/notes/schema.sql": "SELECT 1;"})
    assert [each.id for each in lint_snapshot(files, STRICT, server_name="postgresql").migrations] == ["1_a"]
    named = lint_snapshot(files, STRICT, server_name="postgresql", include=("db/schema.sql",))
    assert [each.tool for each in named.migrations] == ["dump"]
    with pytest.raises(UndecidableError):
        lint_snapshot(Files({"db/schema.sql": BASE}), STRICT, server_name="postgresql")
