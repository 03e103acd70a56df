"""Hostile SQL for every dialect: a clear finding where it is needed, and the rest is still checked."""

import time

import pytest

from contractcheck.workflows.lint import lint_snapshot
from tests.migrations.mysql.test_walk import STRICT, Files

DIALECTS = ["postgresql:16", "mysql:8.4", "mariadb:10.11", "sqlite:3.40"]
TOLD = {"migration-unreadable", "migration-opaque", "statement-fails", "migration-duplicate-id"}
GOOD = "CREATE TABLE behind (id INT PRIMARY KEY);\n"


class Bytes(Files):
    """A snapshot of bytes by path."""

    def read(self, path):
        text = self.texts[path]
        return text if isinstance(text, bytes) else text.encode()


def linted(text, dialect):
    files = Bytes(
        {
            "m/V1__made.sql": "CREATE TABLE t (a INT, b VARCHAR(100), id INT);\n",
            "m/V2__hostile.sql": text,
            "m/V3__later.sql": "ALTER TABLE t ADD COLUMN later INT;\n",
        }
    )
    report = lint_snapshot(files, STRICT, server_name=dialect)
    told = {f.rule for f in report.findings if f.rule in TOLD and f.place and f.place.file == "m/V2__hostile.sql"}
    return report, told


def checked(report):
    """Whether the migration behind the hostile one is seen on the table of the one before."""
    last = report.migrations[-1]
    return last.path == "m/V3__later.sql" and "t" in str(last.statements[0].effects)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"SELECT {'(' * 5000}1{')' * 5000};\n{GOOD}", True),
        (f"CREATE TABLE q (a INT CHECK ({'(' * 5000}a > 1{')' * 5000}));\n{GOOD}", True),
        (f"SELECT 'never ends;\n{GOOD}", True),
        (f"CREATE TABLE q (a INT;\n{GOOD}", True),
        (f"/* never ends\n{GOOD}", True),
        (b"CREATE TABLE a (id INT);\n\0\0DROP TABLE behind;\n", True),
        ("CREATE TABLE a (id INT);\n".encode("utf-16"), True),
        (b"CREATE TABLE caf\xe9 (id INT);\n", True),
        (b"\xef\xbb\xbfCREATE TABLE a (id INT);\n", False),
        (f"{{% if x %}}\nALTER TABLE {{{{ t }}}} ADD COLUMN a INT;\n{{% endif %}}\n{GOOD}", True),
        (f"ALTER TABLE :tbl ADD COLUMN q INT;\n{GOOD}", True),
        (f"CREATE TABLE ${{schema}}_t (id INT);\n{GOOD}", True),
        (";" * 20_000, False),
        ("-- nothing\n" * 20_000, False),
    ],
    ids=[
        "nested", "nested check", "quote", "bracket", "comment", "nul", "utf-16", "latin-1", "byte-order mark", "jinja",
        "psql variable", "placeholder", "semicolons", "comments",
    ],
)  # fmt: skip
def test_a_finding_and_the_rest_is_checked(dialect, text, told):
    report, found = linted(text, dialect)
    assert bool(found) is told
    assert checked(report)
    if told and isinstance(text, str) and text.endswith(GOOD) and "never ends" not in text and "(a INT;" not in text:
        behind = [each.sql for each in report.migrations[1].statements]
        assert any("behind" in sql for sql in behind)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_large_texts_take_time_by_their_length(dialect):
    rows = ",".join(f"({number},'{'x' * 40}',{number})" for number in range(10_000))
    began = time.process_time()
    head = "INSERT INTO t (a, b, id) VALUES"
    report, found = linted(f"{head} {rows};\n", dialect)
    assert (found, checked(report)) == (set(), True)
    report, found = linted("INSERT INTO t (a, b, id) VALUES (1, 'a', 2);\n" * 10_000, dialect)
    assert (found, checked(report)) == (set(), True)
    report, found = linted("".join(f"CREATE TABLE t{n} (id INT PRIMARY KEY);\n" for n in range(400)), dialect)
    assert (found, checked(report), len(report.migrations[1].statements)) == (set(), True, 400)
    assert time.process_time() - began < 15


@pytest.mark.parametrize("dialect", DIALECTS)
def test_numbers_that_collide(dialect):
    files = Bytes({"m/V1__a.sql": GOOD, "m/V1__b.sql": "CREATE TABLE other (id INT PRIMARY KEY);"})
    report = lint_snapshot(files, STRICT, server_name=dialect)
    assert [f.rule for f in report.findings if f.rule in TOLD] == ["migration-duplicate-id"]
    assert len(report.migrations) == 2
