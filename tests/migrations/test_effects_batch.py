import json

from contractcheck.workflows.effects import effects_batch


def ask(*lines):
    return [json.loads(answer) for answer in effects_batch(lines)]


def question(**fields):
    return json.dumps(
        {"id": 1, "dialect": "postgresql", "version": "16", "setup": [], "settings": {}, **fields}
    ).encode()


def test_the_keys_of_an_answer():
    setup = [
        "CREATE TABLE t (id int PRIMARY KEY, a varchar(20))",
        "INSERT INTO t SELECT i, 'x' FROM generate_series(1, 9) i",
    ]
    assert ask(question(setup=setup, sql="ALTER TABLE t ALTER a TYPE int USING length(a)")) == [
        {
            "id": 1,
            "max_lock": "AccessExclusiveLock",
            "locks": {"t": "AccessExclusiveLock"},
            "rewrites": ["t"],
            "scans": ["t"],
            "index_rebuilds": ["t_pkey"],
            "select_blocked": ["t"],
            "write_blocked": ["t"],
            "blocks_reads": ["t"],
            "blocks_writes": ["t"],
            "in_txn_ok": True,
            "fails": None,
            "data": {"t": {"retyped_cols": {"a": ["character varying(20)", "integer"]}}},
            "unproven": None,
        }
    ]


def test_a_malformed_line_gets_an_answer_and_the_others_theirs():
    answers = ask(b"{", b"[1]", b"", question(sql=5), question(version="x", sql=""), question(version="9", sql=""),
                  question(dialect="oracle", sql=""), question(sql="DROP TABLE nosuch"))  # fmt: skip
    assert [(a["unproven"], a["fails"]) for a in answers] == [
        ("not JSON: unexpected end of data: line 1 column 2 (char 1)", None),
        ("not a JSON object", None),
        ("sql must be a text, setup a list of texts, settings an object", None),
        ("version must be a number", None),
        ("PostgreSQL 9 is outside the model (12 to 18)", None),
        ("dialect oracle is outside the model", None),
        (None, 'relation "nosuch" does not exist'),
    ]


def test_known_rows_decide_what_fails():
    setup = ["CREATE TABLE t (id int, a text)", "INSERT INTO t SELECT i, 'v' || i % 5 FROM generate_series(1, 50) i"]
    wanted = {
        "ALTER TABLE t ADD UNIQUE (a)": 'could not create unique index "t_a_key"',
        "ALTER TABLE t ADD CHECK (id < 50)": 'check constraint "t_id_check" of relation "t" is violated by some row',
        "ALTER TABLE t ALTER a TYPE varchar(1)": "a value of t.a does not fit character varying(1)",
        "ALTER TABLE t ALTER a TYPE varchar(2)": None,
        "ALTER TABLE t ADD UNIQUE (id)": None,
        "ALTER TABLE t ADD x int NOT NULL": 'column "x" of relation "t" contains null values',
    }
    answers = ask(*(question(setup=setup, sql=sql) for sql in wanted))
    assert [a["fails"] for a in answers] == list(wanted.values())


def test_a_setup_that_fails_makes_the_answer_unproven():
    (answer,) = ask(question(setup=["CREATE TABLE t (a nosuch)"], sql="SELECT 1"))
    assert answer["unproven"] == 'the setup fails: type "nosuch" does not exist'


def test_without_a_setup_what_was_never_seen_is_taken_to_exist():
    (answer,) = ask(json.dumps({"id": 1, "version": "16", "sql": "ALTER TABLE orders ADD COLUMN note text"}).encode())
    assert (answer["fails"], answer["unproven"]) == (None, None)
    assert answer["locks"] == {"orders": "AccessExclusiveLock"}
    assert answer["data"] == {"orders": {"added_cols": ["note"]}}
