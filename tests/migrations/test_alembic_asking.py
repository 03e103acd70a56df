"""Migrations that ask the database: what the inspector, reflection and queries of the catalog say, known or not."""

import pytest

from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine
from tests.migrations.trees_in_memory import HEAD, outline, read

SCHEMA = """
def upgrade():
    op.execute("CREATE SCHEMA other")
    op.execute("CREATE TYPE mood AS ENUM ('sad', 'ok')")
    op.execute('CREATE TABLE other.far (id int PRIMARY KEY)')
    op.execute('CREATE SEQUENCE seq')
    op.execute('''CREATE TABLE t (
        id serial PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x', price numeric(8, 2), mood mood, tags text[],
        made timestamptz(3), day date, span interval, flags bit(4), at time, twice int GENERATED ALWAYS AS (1 + 1) STORED,
        num int GENERATED ALWAYS AS IDENTITY, odd point, parent int CONSTRAINT fk_parent REFERENCES t (id) ON DELETE SET NULL
        ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED, far int CONSTRAINT fk_far REFERENCES other.far, CONSTRAINT uq UNIQUE (name),
        CONSTRAINT ck CHECK (price > 0))''')
    op.execute('CREATE INDEX ix_day ON t (day) INCLUDE (price)')
    op.execute('CREATE INDEX ix_low ON t (lower(name), day)')
    op.execute("COMMENT ON TABLE t IS 'kept'")
    op.execute("COMMENT ON COLUMN t.day IS 'a day'")
    op.execute('CREATE VIEW v AS SELECT id FROM t')
    op.execute('CREATE MATERIALIZED VIEW mv AS SELECT id FROM t')
"""


def asked(body, *, first=SCHEMA, head=""):
    """The steps of a second revision, as they are when the database is known; `first` makes it."""
    second = HEAD.replace("'a'", "'b'").replace("= None", "= 'a'") + head + f"def upgrade():{body}\n"
    tree = read({"m/versions/a.py": HEAD + first, "m/versions/b.py": second})
    found = examine(tree, Server(16))[1]
    return outline(found.migration.up.steps)


def said(values, *, first=SCHEMA, head=""):
    """What expressions of the second revision come to, each printed."""
    lines = "".join(f"\n    op.execute('SELECT ' + repr({value}))" for value in values)
    asking = "\n    bind = op.get_bind()\n    i = sa.inspect(bind)"
    return [each.removeprefix("SELECT ") for each in asked(asking + lines, first=first, head=head)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("i.has_table('t')", "True"),
        ("i.has_table('v')", "True"),
        ("i.has_table('zz')", "False"),
        ("i.has_table('far')", "False"),
        ("i.has_table('far', schema='other')", "True"),
        ("i.has_index('t', 'ix_day')", "True"),
        ("i.has_index('t', 'zz')", "False"),
        ("i.has_index('zz', 'zz')", "False"),
        ("i.has_sequence('seq')", "True"),
        ("i.has_sequence('zz')", "False"),
        ("i.has_schema('other')", "True"),
        ("i.has_schema('zz')", "False"),
        ("i.get_table_names()", "['t']"),
        ("i.get_table_names(schema='other')", "['far']"),
        ("i.get_view_names()", "['v']"),
        ("i.get_materialized_view_names()", "['mv']"),
        ("i.get_sequence_names()", "['seq', 't_id_seq', 't_num_seq']"),
        ("i.get_schema_names()", "['information_schema', 'other', 'public']"),
        ("[(e['name'], e['labels']) for e in i.get_enums()]", "[('mood', ['sad', 'ok'])]"),
        ("i.get_table_comment('t')", "{'text': 'kept'}"),
        ("i.default_schema_name", "'public'"),
        ("i.dialect.name", "'postgresql'"),
        ("i.bind.dialect.name", "'postgresql'"),
        ("bind.dialect.has_table(bind, 't')", "True"),
        ("bind.dialect.server_version_info", "(16, 0)"),
        ("bind.dialect.default_schema_name", "'public'"),
        ("[c['name'] for c in i.get_columns('t') if c['nullable']][:3]", "['price', 'mood', 'tags']"),
        ("[str(c['type']) for c in i.get_columns('t')][:4]", "['INTEGER', 'VARCHAR(20)', 'NUMERIC(8, 2)', 'VARCHAR(3)']"),
        (
            "[str(c['type']) for c in i.get_columns('t')][4:12]",
            "['ARRAY', 'TIMESTAMP', 'DATE', 'INTERVAL', 'BIT', 'TIME', 'INTEGER', 'INTEGER']",
        ),
        ("[c['comment'] for c in i.get_columns('t') if c['name'] == 'day']", "['a day']"),
        ("[c['default'] is None for c in i.get_columns('t')][:3]", "[False, False, True]"),
        ("[c['name'] for c in i.get_columns('t') if 'identity' in c]", "['num']"),
        ("[c['name'] for c in i.get_columns('t') if c.get('computed')]", "['twice']"),
        ("i.get_pk_constraint('t')", "{'constrained_columns': ['id'], 'name': 't_pkey', 'comment': None}"),
        ("i.get_pk_constraint('v')['name']", "None"),
        ("[u['name'] for u in i.get_unique_constraints('t')]", "['uq']"),
        ("[c['name'] for c in i.get_check_constraints('t')]", "['ck']"),
        ("[(f['name'], f['referred_schema']) for f in i.get_foreign_keys('t')]", "[('fk_far', 'other'), ('fk_parent', None)]"),
        (
            "i.get_foreign_keys('t')[1]['options']",
            "{'onupdate': 'CASCADE', 'ondelete': 'SET NULL', 'deferrable': True, 'initially': 'DEFERRED'}",
        ),
        ("[x['name'] for x in i.get_indexes('t')]", "['ix_day', 'ix_low', 'uq']"),
        ("[x['column_names'] for x in i.get_indexes('t')]", "[['day'], [None, 'day'], ['name']]"),
        ("i.get_indexes('t')[2]['duplicates_constraint']", "'uq'"),
    ],
)  # fmt: skip
def test_what_the_database_says(value, expected):
    assert said([value]) == [expected]


def test_a_table_that_is_not_there_raises():
    body = """
    i = sa.inspect(op.get_bind())
    i.clear_cache()
    try:
        i.get_columns('zz')
    except sa.exc.NoSuchTableError:
        op.execute('SELECT 1')
    """
    assert asked(body) == ["SELECT 1"]


QUERY = (
    'bind.execute(sa.text("SELECT column_name FROM information_schema.columns '
    "WHERE table_name = 't' AND column_name IN ('id', 'name')\"))"
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"[r[0] for r in {QUERY}]", "['id', 'name']"),
        (f"[r.column_name for r in {QUERY}.all()]", "['id', 'name']"),
        (f"{QUERY}.first()['column_name']", "'id'"),
        (f"{QUERY}.fetchone()._asdict()", "{'column_name': 'id'}"),
        (f"{QUERY}.first()._mapping['column_name']", "'id'"),
        (f"{QUERY}.scalar()", "'id'"),
        (f"{QUERY}.scalars().all()", "['id', 'name']"),
        (f"{QUERY}.scalars().unique().first()", "'id'"),
        (f"{QUERY}.mappings().all()", "[{'column_name': 'id'}, {'column_name': 'name'}]"),
        (f"{QUERY}.keys()", "['column_name']"),
        (f"{QUERY}.rowcount", "2"),
        (f"len({QUERY}.fetchall())", "2"),
        (f"{QUERY}.close()", "None"),
        ("bind.execute(sa.text(\"SELECT to_regclass('t') IS NULL\")).scalar()", "False"),
    ],
)
def test_what_a_query_of_the_catalog_gives(value, expected):
    steps = said([value])
    assert steps[1:] == [expected]


def test_wrong_numbers_of_rows_raise():
    body = f"""
    bind = op.get_bind()
    for method in ('one', 'scalar_one'):
        try:
            getattr({QUERY}, method)()
        except sa.exc.MultipleResultsFound:
            op.execute('SELECT 1')
    {QUERY}.nothing
    """
    assert [each for each in asked(body) if each == "SELECT 1"] == ["SELECT 1", "SELECT 1"]


def test_reflected_tables_are_as_the_catalog_has_them():
    body = """
    meta = sa.MetaData()
    t = sa.Table('t', meta, autoload_with=op.get_bind())
    for c in sorted(t.constraints, key=lambda c: str(c.name)): op.execute(f'SELECT {c.name!r}')
    op.create_table('copy', *[sa.Column(c.name, c.type, nullable=c.nullable) for c in t.columns if c.name in ('id', 'name', 'made')])
    for index in sorted(t.indexes, key=lambda i: i.name): op.drop_index(index.name)
    if 'nope' not in t.c: op.add_column('t', sa.Column('nope', t.c.price.type))
    for fk in sorted(t.foreign_key_constraints, key=lambda f: f.name): op.drop_constraint(fk.name, 't')
    again = sa.Table('t', meta, autoload_with=op.get_bind())
    everything = sa.MetaData()
    everything.reflect(op.get_bind())
    some = sa.MetaData()
    some.reflect(bind=op.get_bind(), only=['t'])
    op.execute(some.tables['t'].select().with_only_columns(some.tables['t'].c.id))
    for name in sorted(everything.tables): op.execute(f'SELECT {name!r}')
    """
    assert asked(body) == [
        *(f"SELECT '{name}'" for name in ("ck", "fk_far", "fk_parent", "t_pkey", "uq")),
        "CREATE TABLE copy ( id INTEGER NOT NULL, name VARCHAR(20) NOT NULL, made TIMESTAMP(3) WITH TIME ZONE )",
        "DROP INDEX ix_day",
        "ALTER TABLE t ADD COLUMN nope NUMERIC(8, 2)",
        "ALTER TABLE t DROP CONSTRAINT fk_far",
        "ALTER TABLE t DROP CONSTRAINT fk_parent",
        "SELECT t.id FROM t",
        *(f"SELECT '{name}'" for name in ("copy", "t")),
    ]


UNSEEN = "def upgrade():\n    op.add_column('t', sa.Column('a', sa.Integer))\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if sa.inspect(op.get_bind()).has_table('t'): op.execute('SELECT 1')", ["SELECT 1"]),
        (
            "if sa.inspect(op.get_bind()).has_table('u'): op.drop_table('v')",
            ["? depends on what the database holds [DROP TABLE v / nothing]"],
        ),
        (
            "if 'u' not in sa.inspect(op.get_bind()).get_table_names(): op.create_table('u')",
            ["CREATE TABLE u ( ) (looks first)"],
        ),
        ("if 't' in sa.inspect(op.get_bind()).get_table_names(): op.execute('SELECT 1')", ["SELECT 1"]),
        (
            "op.drop_column('t', sa.inspect(op.get_bind()).get_columns('t')[0]['name'])",
            ["? op.drop_column: what the database holds"],
        ),
        ("op.drop_table(sa.inspect(op.get_bind()).get_enums()[0])", ["? op.drop_table: what the database holds"]),
        ("op.drop_table(sa.inspect(op.get_bind()).get_sequence_names()[0])", ["? op.drop_table: what the database holds"]),
        ("op.drop_table(sa.inspect(op.get_bind()).get_schema_names()[0])", ["? op.drop_table: what the database holds"]),
        ("op.drop_table(sa.inspect(op.get_bind()).has_sequence(5))", ["? op.drop_table: what the database holds"]),
        ("op.drop_table(sa.inspect(op.get_bind()).has_sequence('s'))", ["? op.drop_table: what the database holds"]),
        ("op.drop_table(sa.inspect(op.get_bind()).has_schema('s'))", ["? op.drop_table: what the database holds"]),
        ("op.drop_table(sa.inspect(op.get_bind()).has_table(5))", ["? op.drop_table: what the database holds"]),
        ("op.drop_table(sa.inspect(op.get_bind()).has_index('t', 5))", ["? op.drop_table: what the database holds"]),
        ("op.drop_table(sa.inspect(op.get_bind()).get_columns(unknown))", ["? op.drop_table: what the database holds"]),
        ("op.drop_table(sa.inspect(op.get_bind()).get_table_names(unknown))", ["? op.drop_table: what the database holds"]),
        ("op.drop_table(sa.inspect(op.get_bind()).get_table_oid('t'))", ["? op.drop_table: what the database holds"]),
    ],
)  # fmt: skip
def test_what_a_tree_that_begins_in_the_middle_leaves_open(body, expected):
    assert asked(f"\n    {body}", first=UNSEEN) == expected
