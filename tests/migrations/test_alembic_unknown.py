"""What only a run knows is said to be unknown, and nothing hostile gets anywhere."""

import time

import pytest

from contractcheck.migrations.alembic import expressions
from contractcheck.migrations.trees import Opaque, Statement
from contractcheck.model.place import Place
from tests.migrations.trees_in_memory import HEAD, lines, read, sql, statement, upgrade


def run(body, **options):
    return sql(upgrade(f"def upgrade():\n{body}", **options))


def test_a_condition_on_data_keeps_what_both_ways_do():
    body = """
    if op.get_bind().execute(sa.text('SELECT 1')).scalar():
        name = 'a'
        op.drop_table('same')
    else:
        name = 'b'
        op.drop_table('same')
    op.drop_table(name)
    """
    assert run(body) == [
        "SELECT 1",
        "DROP TABLE same",
        "? op.drop_table: depends on the result of a query",
    ]


def test_schema_changes_under_an_unknown_condition_are_opaque_with_their_alternatives():
    steps = upgrade(
        "def upgrade():\n    if flag():\n        op.drop_table('a')\n    else:\n        op.drop_table('b')\n"
    )
    assert steps == (
        Opaque(
            Place("m/versions/a.py", 6, 5),
            "depends on flag is not read",
            "if flag(): op.drop_table('a') else: op.drop_table('b')",
            ((statement("DROP TABLE a", 7, 9),), (statement("DROP TABLE b", 9, 9),)),
        ),
    )


def test_data_under_an_unknown_condition_is_an_uncertain_statement():
    body = """
    conn = op.get_bind()
    if conn.scalar(sa.text('SELECT count(*) FROM t')) > 5:
        conn.execute(sa.text('DELETE FROM t'))
    for row in conn.execute(sa.text('SELECT id FROM t')):
        conn.execute(sa.text('UPDATE t SET a = 1 WHERE id = :id'), {'id': row.id})
    while conn.scalar(sa.text('SELECT 1 FROM t LIMIT 1')):
        conn.execute(sa.text('DELETE FROM t WHERE ctid IN (SELECT ctid FROM t LIMIT 5)'))
    [conn.execute(sa.text('DELETE FROM u')) for row in conn.execute(sa.text('SELECT 2'))]
    """
    steps = upgrade(f"def upgrade():\n{body}")
    assert [(text, step.certain) for text, step in zip(sql(steps), steps, strict=True)] == [
        ("SELECT count(*) FROM t", True),
        ("DELETE FROM t", False),
        ("SELECT id FROM t", True),
        ("UPDATE t SET a = 1 WHERE id = $1", False),
        ("SELECT 1 FROM t LIMIT 1", False),
        ("DELETE FROM t WHERE ctid IN (SELECT ctid FROM t LIMIT 5)", False),
        ("SELECT 2", True),
        ("DELETE FROM u", False),
    ]


def test_rows_that_only_a_run_knows_are_of_all_columns():
    body = """
    t = sa.table('t', sa.column('a', sa.Integer), sa.column('b', sa.String))
    rows = op.get_bind().execute(sa.select(t.c.a)).fetchall()
    op.bulk_insert(t, rows)
    op.bulk_insert(t, [dict(row) for row in rows])
    op.bulk_insert(t, [{'a': 1}])
    op.get_bind().execute(t.insert().values(**rows[0]))
    op.get_bind().execute(t.update().where(t.c.a == 1).values(rows[0]))
    """
    steps = upgrade(f"def upgrade():\n{body}")
    assert [(text, step.certain) for text, step in zip(sql(steps), steps, strict=True)] == [
        ("SELECT t.a FROM t", True),
        ("INSERT INTO t (a, b) VALUES ($1, $1)", False),
        ("INSERT INTO t (a, b) VALUES ($1, $1)", False),
        ("INSERT INTO t (a) VALUES (1)", True),
        ("INSERT INTO t (a, b) VALUES ($1, $1)", True),
        ("UPDATE t SET a=$1, b=$1 WHERE t.a = 1", True),
    ]


def test_a_savepoint_ends_no_transaction():
    body = """
    bind = op.get_bind()
    point = bind.begin_nested()
    try:
        bind.execute(sa.text('UPDATE t SET a = 1'))
        point.commit()
    except Exception:
        point.rollback()
    second = bind.begin_nested()
    second.rollback()
    third = bind.begin_nested()
    op.drop_table('t')
    third.rollback()
    """
    assert run(body) == [
        "UPDATE t SET a = 1",
        "DROP TABLE t",
        "? goes back to a savepoint, behind which something was sent",
    ]


def test_an_early_return_makes_the_rest_conditional():
    body = "    if flag():\n        return\n    op.drop_table('a')\n    op.execute('DELETE FROM t')\n"
    steps = upgrade(f"def upgrade():\n{body}")
    assert [(step.reason, [sql(way) for way in step.alternatives]) for step in steps] == [
        ("depends on flag is not read", [[], ["DROP TABLE a", "DELETE FROM t"]])
    ]


def test_an_exception_under_an_unknown_condition_leaves_the_rest_certain():
    assert run("    if not flag():\n        raise RuntimeError('no')\n    assert flag()\n    op.drop_table('a')\n") == [
        "DROP TABLE a"
    ]


def test_a_loop_that_may_end_early():
    body = """
    for name in ('a', 'b', 'c'):
        if name == 'a':
            continue
        if flag(name):
            break
        op.drop_table(name)
    """
    steps = upgrade(f"def upgrade():\n{body}")
    assert [[sql(way) for way in step.alternatives] for step in steps] == [
        [[], ["DROP TABLE b"]],
        [[], ["DROP TABLE c"]],
    ]


@pytest.mark.parametrize(
    ("condition", "operation"),
    [
        ("not sa.inspect(bind).has_table('t')", "op.create_table('t', sa.Column('id', sa.Integer))"),
        ("'t' in sa.inspect(bind).get_table_names()", "op.drop_table('t')"),
        (
            "'c' not in {c['name'] for c in sa.inspect(bind).get_columns('t')}",
            "op.add_column('t', sa.Column('c', sa.Text))",
        ),
        ("any(c['name'] == 'c' for c in sa.inspect(bind).get_columns('t'))", "op.drop_column('t', 'c')"),
        ("not has('t', 'i')", "op.create_index('i', 't', ['a'])"),
        ("has('t', 'k')", "op.drop_constraint('k', 't')"),
    ],
)
def test_a_guard_that_asks_for_what_is_made_looks_first(condition, operation):
    head = HEAD + (
        "def has(table, name):\n    for index in sa.inspect(op.get_bind()).get_indexes(table):\n"
        "        if index['name'] == name:\n            return True\n    return False\n"
    )
    guarded = upgrade(
        f"def upgrade():\n    bind = op.get_bind()\n    if {condition}:\n        {operation}\n", head=head
    )
    plain = upgrade(f"def upgrade():\n    bind = op.get_bind()\n    {operation}\n", head=head)
    assert [(step.sql, step.checkfirst) for step in guarded] == [(step.sql, True) for step in plain]


def test_a_guard_that_returns_early_looks_first_too():
    body = "    if 'c' in [c['name'] for c in sa.inspect(op.get_bind()).get_columns('t')]:\n        return\n    op.add_column('t', sa.Column('c', sa.Text))\n"
    (step,) = upgrade(f"def upgrade():\n{body}")
    assert (step.sql, step.checkfirst) == ("ALTER TABLE t ADD COLUMN c TEXT", True)


def test_a_guard_that_asks_for_something_else_stays_opaque():
    body = "    if sa.inspect(op.get_bind()).has_table('other'):\n        op.drop_table('t')\n"
    (step,) = upgrade(f"def upgrade():\n{body}")
    assert (step.reason, [sql(way) for way in step.alternatives]) == (
        "depends on what the database holds",
        [["DROP TABLE t"], []],
    )


def test_handlers_run_only_if_what_was_tried_fails():
    body = """
    try:
        op.drop_constraint('one', 't')
    except Exception:
        op.drop_constraint('two', 't')
    try:
        number = 1
    except Exception:
        op.drop_table('never')
    """
    steps = upgrade(f"def upgrade():\n{body}")
    assert sql(steps) == ["ALTER TABLE t DROP CONSTRAINT one", "? runs only if what was tried fails"]
    assert [sql(way) for way in steps[1].alternatives] == [[], ["ALTER TABLE t DROP CONSTRAINT two"]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("    app.helpers.drop_all(op)\n", ["? calls app.helpers.drop_all that is not read"]),
        ("    drop_everything()\n", ["? calls app.tools.drop_everything, which is not read"]),
        ("    value = drop_everything()\n", []),
        ("    log.info('dropping')\n    time.sleep(1)\n", []),
        ("    op.get_bind().run_sync(print)\n", []),
        (
            "    sa.orm.Session(op.get_bind()).bulk_update_mappings(1, [])\n",
            ["? bulk_update_mappings of an ORM session, of something that is not read"],
        ),
        ("    op.drop_table(name())\n", ["? op.drop_table: name is not read"]),
        ("    op.execute(f'DROP TABLE {name()}')\n", ["? execute: text with an unknown part"]),
        ("    op.drop_table(*names())\n", ["? called with unknown arguments: names is not read"]),
        (
            "    op.create_index('i', 't', ['a'], **options())\n",
            ["? called with unknown arguments: options is not read"],
        ),
        (
            "    with op.batch_alter_table(name()) as b:\n        b.drop_column('c')\n",
            ["? op.batch_alter_table: name is not read", "? name is not read"],
        ),
        (
            "    with op.batch_alter_table('t', recreate='always') as b:\n        b.drop_column('c')\n",
            ["? the batch copies the table into a new one, whose columns are asked at run time"],
        ),
        ("    op.invoke(5)\n", ["? op.invoke: an operation that is not read"]),
        ("    async_thing()\n", []),
        ("    op.run_async(lambda c: async_thing())\n", ["DROP TABLE x"]),
    ],
)
def test_what_may_reach_the_database_unseen_is_opaque(body, expected):
    head = HEAD + (
        "import app.helpers, logging, time\nfrom app.tools import drop_everything\nlog = logging.getLogger(__name__)\n"
        "async def async_thing():\n    op.drop_table('x')\n"
    )
    assert run(body, head=head) == expected


def test_a_table_copied_for_sqlite_is_opaque():
    body = "    with op.batch_alter_table('t') as b:\n        b.alter_column('c', nullable=False)\n"
    assert run(body, dialect="sqlite") == [
        "? the batch copies the table into a new one, whose columns are asked at run time"
    ]


HOSTILE = {
    "loop": "for i in range(10 ** 9):\n        pass",
    "endless": "while True:\n        pass",
    "list": "list(range(10 ** 9))",
    "text": "'a' * 10 ** 10",
    "doubling": "s = 'a'\n    for i in range(200):\n        s = s + s",
    "power": "10 ** 10 ** 10",
    "shift": "1 << 10 ** 9",
    "product": "n = 7\n    for i in range(60):\n        n = n * n",
    "recursion": "f = lambda n: f(n + 1)\n    f(0)",
    "width": "'%1000000000d' % 1",
    "star": "'%*d' % (10 ** 9, 1)",
    "format": "'{:>1000000000}'.format('x')",
    "fstring": "f'{1:>1000000000}'",
    "pad": "'x'.ljust(10 ** 10)",
    "replace": "('a' * 1000000).replace('a', 'b' * 1000000)",
    "join": "('b' * 1000000).join('a' * 1000000)",
    "sharing": "a = [1]\n    for i in range(100):\n        a = [a, a]\n    str(a)",
    "equal": "a = b = [1]\n    for i in range(100):\n        a = [a, a]\n        b = [b, b]\n    a == b",
    "hash": "a = ()\n    for i in range(100):\n        a = (a, a)\n    {a: 1}",
    "itself": "a = []\n    a.append(a)\n    a == [a]\n    json.dumps(a)",
    "growing": "a = [1]\n    for x in a:\n        a.append(x)\n    while a:\n        a.append(1)",
    "statements": "for i in range(40000):\n        op.drop_table('t')",
    "nested": "x = " + "[" * 80 + "]" * 80,
    "sum": "x = " + " + ".join(["'a'"] * 500),
    "calls": "x = " + "str(" * 80 + "1" + ")" * 80,
    "comprehension": "[1 for a in range(10000) for b in range(10000)]",
    "bytes": "bytes(10 ** 10)",
    "digits": "str(10 ** 2000)",
    "branches": "\n    ".join(f"if unknown{i}:\n        x = {i}" for i in range(300)),
    "deep branches": "\n".join("    " * (i + (i > 0)) + f"if unknown{i}:" for i in range(15))
    + "\n"
    + "    " * 16
    + "pass",
    "both ways": "def f(n):\n        if unknown:\n            f(n + 1)\n        else:\n            f(n + 2)\n    f(0)",
    "dictionary": "d = {}\n    for i in range(10 ** 9):\n        d[i] = d.copy()",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_code_ends_quickly(name):
    started = time.monotonic()
    migration = read(
        {"m/versions/a.py": f"import json\n{HEAD}def upgrade():\n    {HOSTILE[name]}\n    op.drop_table('after')\n"}
    ).migrations[0]
    assert time.monotonic() - started < 8
    last = migration.up.steps[-1]
    assert isinstance(last, Opaque) or sql([last]) == ["DROP TABLE after"]


def test_a_spent_budget_is_said_where_it_happened():
    steps = upgrade("def upgrade():\n    op.drop_table('a')\n    'a' * 10 ** 10\n")
    assert sql(steps) == ["DROP TABLE a", "? makes a value longer than 2000000 characters"]
    assert lines(steps) == [6, 7]


def test_nothing_of_the_repository_runs(tmp_path):
    mark = tmp_path / "ran"
    write = f"open({str(mark)!r}, 'w').write('x')"
    texts = {
        "m/env.py": f"import os\n{write}\nos.system('touch {mark}')\n",
        "m/helper.py": f"import pathlib\n{write}\ndef f():\n    pathlib.Path({str(mark)!r}).write_text('x')\n",
        "m/versions/a.py": HEAD
        + f"""
import os, subprocess, sys
from m import helper
{write}
class Evil(sa.types.TypeDecorator):
    impl = sa.Text
    def __init_subclass__(cls):
        {write}
    def __del__(self):
        {write}
    def get_col_spec(self):
        {write}
        return 'text'
class More(Evil):
    pass
def upgrade():
    helper.f()
    os.system('touch {mark}')
    subprocess.run(['touch', {str(mark)!r}])
    eval("{write}")
    exec("{write}")
    __import__('os').system('touch {mark}')
    ''.__class__.__mro__[1].__subclasses__()
    sa.util.compat.inspect.builtins.open({str(mark)!r}, 'w')
    sa.create_engine('sqlite:///{mark}').connect()
    op.get_bind().dialect.dbapi.connect('{mark}')
    op.get_context().dialect.connect('{mark}')
    sa.text.__globals__['sys'].modules['os'].system('touch {mark}')
    sa.event.listen(sa.Table, 'before_create', print)
    op.impl.connection.engine.raw_connection()
    op.add_column('t', sa.Column('x', More()))
    '{{0.__class__}}'.format(op)
""",
    }
    tree = read(texts)
    assert not mark.exists()
    assert isinstance(tree.migrations[0].up.steps[-1], Statement | Opaque)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (HEAD + "def upgrade(:\n    pass\n", 5),
        (HEAD + "x = '\n", 5),
        (HEAD.encode() + b"x = '\xff'\n", 5),
        (HEAD + "x = '\0'\n", 1),
        (HEAD + "x = " + "(" * 500 + ")" * 500, 5),
        (HEAD + "x = " + "-" * 100_000 + "1\n", None),
        (HEAD + "x = " + " + ".join(["1"] * 100_000), 1),
    ],
    ids=["syntax", "quote", "encoding", "nul", "brackets", "depth", "sum"],
)
def test_a_file_that_is_no_python_is_a_finding_and_the_rest_is_read(content, line):
    tree = read(
        {
            "m/versions/a.py": content,
            "m/versions/b.py": HEAD.replace("'a'", "'b'") + "def upgrade():\n    op.drop_table('t')\n",
        }
    )
    (defect,) = tree.defects
    assert (defect.rule, defect.subject) == ("migration-unreadable", "m/versions/a.py")
    if line is not None:
        assert defect.place.line == line
    assert sql(tree.migrations[0].up.steps) == ["DROP TABLE t"]


def test_identity_that_is_not_literal_is_a_finding():
    tree = read({"m/versions/a.py": "import os\nrevision = os.environ['R']\ndown_revision = None\n"})
    assert [
        (defect.rule, str(defect.place), defect.message) for defect in tree.defects + tree.migrations[0].defects
    ] == [("migration-unreadable", "m/versions/a.py:2:12", "cannot be read: `revision` is not written as a literal")]
    assert tree.migrations[0].id == "a"


def test_code_nested_beyond_reading_is_opaque_where_it_stands():
    steps = upgrade(f"def upgrade():\n    op.drop_table('t')\n    x{'.a' * 900}\n    op.drop_table('u')\n")
    assert sql(steps) == ["DROP TABLE t", "? is nested too deeply"]
    assert lines(steps) == [6, 7]


def test_a_mistake_of_the_reader_is_said_and_costs_no_other_revision(monkeypatch):
    read_name = expressions._name

    def mistaken(machine, node, scope):
        return read_name(machine, node, scope) if node.id != "trap" else {}[node.id]

    monkeypatch.setattr(expressions, "_name", mistaken)
    expressions._handlers.cache_clear()
    try:
        tree = read(
            {
                "m/versions/a.py": HEAD + "def upgrade():\n    op.drop_table('t')\n    trap\n    op.drop_table('u')\n",
                "m/versions/b.py": HEAD.replace("'a'", "'b'") + "def upgrade():\n    op.drop_table('v')\n",
            }
        )
    finally:
        expressions._handlers.cache_clear()
    assert [sql(migration.up.steps) for migration in tree.migrations] == [
        ["DROP TABLE t", "? the reader stumbles: KeyError: 'trap'"],
        ["DROP TABLE v"],
    ]


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        ("op.drop_table(f)", "? op.drop_table: an argument that is not read"),
        ("op.batch_alter_table(f).__enter__()", "? an attribute of a context manager"),
        ("op.drop_table.__call__('t')", "? an attribute of a function"),
        ("drop.__call__()", "? an attribute of a function"),
        ("op.execute(sa.select(f))", "? execute: a function as an argument of one that is not read"),
        ("sa.Table('t', f)", "? raises AttributeError: 'function' object has no attribute 'schema'"),
    ],
)
def test_functions_are_neither_called_nor_printed_by_libraries(call, outcome):
    """A function holds the scopes it sees: printing all of them, as an error of SQLAlchemy would, takes minutes."""
    tools = "\n".join(f"def f{i}(): return f{i - 1}" for i in range(1, 40))
    head = f"{HEAD}def f(): pass\ndef drop(): op.drop_table('d')\n{tools}\n"
    assert run(f"    {call}\n", head=head) == [outcome]
