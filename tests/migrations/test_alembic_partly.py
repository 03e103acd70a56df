"""What is known of things that are not wholly known: objects of sessions, names, types, tables, ends of transactions."""

import pytest

from contractcheck.migrations.effects import Server
from contractcheck.migrations.examination import examine, report
from contractcheck.migrations.trees import Opaque
from tests.migrations.trees_in_memory import HEAD, outline, read, upgrade

MODELS = """
    class Base(sa.orm.DeclarativeBase): pass
    class P(Base):
        __tablename__ = 'p'
        id = sa.Column(sa.Integer, primary_key=True)
        n = sa.Column(sa.Text)
    s = sa.orm.Session(bind=op.get_bind())
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            MODELS
            + """
    for each in s.query(P).filter(P.n == 'x').yield_per(5):
        each.n = 'y'
        each.other = 1
    one = s.query(P).first()
    one.n = 'z'
    if one: s.delete(one)
    [setattr(each, 'n', 'w') for each in s.scalars(sa.select(P)).all()]
    for each in s.execute(sa.select(P)).scalars(): s.merge(each)
    s.scalar(sa.select(P)).n = 'v'
    s.get(P, 1).n = 'u'
    s.get(unknown, 1)
    s.query(P).count()
    for row in s.execute(sa.select(P.n)): row.n = 1
    with s.no_autoflush: s.refresh(one)
        """,
            [
                "SELECT p.id, p.n FROM p WHERE p.n = 'x'",
                "perhaps UPDATE p SET n=$1 WHERE p.id = $1",
                "SELECT p.id, p.n FROM p",
                "perhaps UPDATE p SET n=$1 WHERE p.id = $1",
                "perhaps SELECT p.id, p.n FROM p WHERE p.id = $1",
                "perhaps DELETE FROM p WHERE p.id = $1",
                "SELECT p.id, p.n FROM p",
                "perhaps UPDATE p SET n=$1 WHERE p.id = $1",
                "SELECT p.id, p.n FROM p",
                "perhaps SELECT p.id, p.n FROM p WHERE p.id = $1",
                "perhaps INSERT INTO p (id, n) VALUES ($1, $1)",
                "SELECT p.id, p.n FROM p",
                "perhaps UPDATE p SET n=$1 WHERE p.id = $1",
                "SELECT p.id, p.n FROM p WHERE p.id = $1",
                "perhaps UPDATE p SET n=$1 WHERE p.id = $1",
                "? get of an ORM session, of something that is not read",
                "SELECT p.id, p.n FROM p",
                "SELECT p.n FROM p",
            ],
        ),
        (
            MODELS
            + """
    s.bulk_insert_mappings(P, [{'n': 1, 'zz': 2}])
    s.bulk_update_mappings(P, [{'id': 1, 'n': 2}])
    s.bulk_update_mappings(P, unknown)
    s.bulk_insert_mappings(5, [])
    setattr(P, 'more', 1)
    thing = P()
    setattr(thing, unknown, 1)
    setattr(thing, 'n', 1)
        """,
            [
                "INSERT INTO p (n) VALUES ($1)",
                "UPDATE p SET n=$1 WHERE p.id = $1",
                "UPDATE p SET n=$1 WHERE p.id = $1",
                "? bulk_insert_mappings of an ORM session, of something that is not read",
            ],
        ),
        (
            """
    op.create_index(unknown, 't', ['a'])
    op.create_unique_constraint(constraint_name=f'uq_{unknown}', table_name='t', columns=['a'])
    op.create_check_constraint('ck', 't', unknown)
    op.execute(f'GRANT SELECT ON t TO {unknown}')
    op.execute(f"COMMENT ON TABLE t IS 'it is {unknown}'")
    op.execute(f'ALTER TABLE t ADD COLUMN "c_{unknown}" int')
    op.execute(f'CREATE INDEX i_{unknown} ON t (a) -- why')
    op.execute(unknown)
    op.execute(f'nonsense {unknown}')
        """,
            [
                'CREATE INDEX "?unknown" ON t (a)',
                "? op.create_index: unknown is not read",
                'ALTER TABLE t ADD CONSTRAINT "?uq_?" UNIQUE (a)',
                "? op.create_unique_constraint: text with an unknown part",
                "? op.create_check_constraint: unknown is not read",
                'GRANT SELECT ON t TO "?"',
                "COMMENT ON TABLE t IS 'it is $1'",
                "? execute: text with an unknown part",
                "? execute: text with an unknown part",
                "? execute: unknown is not read",
                "? execute: text with an unknown part",
            ],
        ),
        (
            """
    class Half(sa.orm.declarative_base()):
        __tablename__ = 'half'
        __table_args__ = (sa.CheckConstraint(unknown),)
        id = sa.Column(unknown.Uuid, primary_key=True)
        name = sa.Column(sa.String(unknown))
        odd = sa.Column(unknown.lower)
    op.drop_table(Half.__tablename__)
    op.execute(sa.delete(Half).where(Half.id == 5))
    op.execute(Half.__table__.select().where(Half.__table__.c.more == 1))
    Half.__table__.create(op.get_bind())
    op.create_table('copy', *[c for c in Half.__table__.columns])
    class Bad(sa.orm.declarative_base()):
        __tablename__ = 'bad'
        __table_args__ = (sa.Index('i', 'gone'),)
        id = sa.Column(sa.Integer)
    op.execute(sa.select(Bad.id))
    Bad.metadata.create_all(op.get_bind())
        """,
            [
                "DROP TABLE half",
                "DELETE FROM half WHERE half.id = '5'",
                "SELECT half.id, half.name, half.more FROM half WHERE half.more = 1",
                "? create of a table that is not all read",
                "? called with unknown arguments: a condition only a run knows",
                "SELECT bad.id FROM bad",
                "? create_all of tables that are not all read",
            ],
        ),
        (
            """
    from sqlalchemy.dialects.postgresql.base import PGDialect
    from sqlalchemy.dialects.mysql.base import MySQLDialect
    if isinstance(op.get_bind().dialect, PGDialect) and not isinstance(op.get_bind().dialect, MySQLDialect):
        op.execute('SELECT 1')
    if op.get_context().impl.__dialect__ == 'postgresql' and op.impl.__dialect__ == 'postgresql':
        op.execute('SELECT 2')
    if op.get_context().opts.get('as_sql'):
        op.execute('SELECT 3')
    if op.get_context().opts.get('more', 1):
        op.execute('SELECT 4')
        """,
            ["SELECT 1", "SELECT 2", "perhaps SELECT 4"],
        ),
    ],
)  # fmt: skip
def test_what_is_sent(body, expected):
    assert outline(upgrade(f"def upgrade():{body}")) == expected


def test_a_text_that_ends_the_transaction_ends_it_for_good():
    body = """
    op.execute('COMMIT')
    op.execute('CREATE INDEX CONCURRENTLY i ON t (a)')
    op.get_bind().commit()
    op.drop_table('a')
    op.execute('END TRANSACTION')
    op.drop_table('b')
    op.execute('BEGIN')
    op.drop_table('c')
    """
    steps = upgrade(f"def upgrade():{body}")
    assert [(step.sql.split()[0], step.in_transaction) for step in steps] == [
        ("COMMIT", True), ("CREATE", False), ("COMMIT", False), ("BEGIN", False), ("DROP", True), ("END", True),
        ("DROP", False), ("BEGIN", False), ("DROP", True),
    ]  # fmt: skip


def test_the_worst_of_an_unknown_type_is_said():
    body = """
    op.create_table('t', sa.Column('k', sa.String(9)), sa.Column('id', sa.Integer, primary_key=True))
def downgrade():
    pass
"""
    other = (
        HEAD.replace("'a'", "'b'").replace("= None", "= 'a'")
        + """
def upgrade():
    op.alter_column('t', 'k', type_=sa.Enum(*unknown, name='k', native_enum=False))
    with op.batch_alter_table('t') as b:
        b.alter_column('k', nullable=unknown)
    op.alter_column('t', 'k', type_=unknown())
    op.create_check_constraint('c', 't', unknown)
    op.drop_constraint(unknown, 't')
    op.execute(f'CREATE INDEX i_{unknown} ON t (k)')
"""
    )
    tree = read({"m/versions/a.py": f"{HEAD}def upgrade():{body}", "m/versions/b.py": other})
    steps = [step for step in tree.migrations[1].up.steps if isinstance(step, Opaque)]
    assert [(step.reason, step.tables, [each.sql for each in step.worst]) for step in steps] == [
        ("op.alter_column: unknown is not read", ("t",), ['ALTER TABLE "t" ADD COLUMN "?" float DEFAULT random()']),
        ("op.alter_column: unknown is not read", ("t",), ['ALTER TABLE "t" ADD CHECK (1 = 1)']),
        ("op.create_check_constraint: unknown is not read", ("t",), ['ALTER TABLE "t" ADD CHECK (1 = 1)']),
        ("op.drop_constraint: unknown is not read", ("t",), []),
        ("execute: text with an unknown part", None, ['CREATE INDEX "?i_?" ON t (k)']),
    ]
    said = report(examine(tree, Server(16))[1])
    effects = [each.effects for each in said.statements if each.sql.startswith("--")]
    assert [(each["rewrites"], each["scans"], each["max_lock"]) for each in effects] == [
        (["t"], ["t"], "AccessExclusiveLock"), ([], ["t"], "AccessExclusiveLock"), ([], ["t"], "AccessExclusiveLock"),
        ([], [], "AccessExclusiveLock"), ([], ["t"], "ShareLock"),
    ]  # fmt: skip


def test_a_snapshot_that_starts_inside_the_package_still_has_its_modules():
    helpers = "TABLE = 'orders'\n"
    text = HEAD + "from product.store.db.names import TABLE\ndef upgrade():\n    op.drop_table(TABLE)\n"
    files = {"store/db/names.py": helpers, "store/migrations/versions/a.py": text, "other/db/names.py": "TABLE = 'x'"}
    assert outline(read(files).migrations[0].up.steps) == ["DROP TABLE orders"]


MANAGERS = """
class Change:
    def __init__(self, table, quiet=False):
        self.table, self.quiet = table, quiet
    def __enter__(self):
        op.execute(f'-- in\\nSELECT 1')
        return self
    def __exit__(self, kind, value, trace):
        op.execute(f'SELECT 2' if kind is None else 'SELECT 3')
        return self.quiet
    def add(self, name):
        op.add_column(self.table, sa.Column(name, sa.Integer))
class Later:
    async def __aenter__(self):
        return 'u'
    async def __aexit__(self, *why):
        op.drop_table('done')
"""


def test_objects_of_the_project_as_context_managers():
    body = """
    with Change('t') as change, Change('u'):
        change.add('a')
    with Change('t', quiet=True):
        raise ValueError
    async def run():
        async with Later() as name:
            op.drop_table(name)
    op.run_async(lambda c: run())
    with Change('t'):
        raise ValueError('no')
    """
    steps = upgrade(f"def upgrade():{body}", head=HEAD + MANAGERS)
    assert outline(steps) == [
        "SELECT 1", "SELECT 1", "ALTER TABLE t ADD COLUMN a INTEGER", "SELECT 2", "SELECT 2", "SELECT 1", "SELECT 3",
        "DROP TABLE u", "DROP TABLE done", "SELECT 1", "SELECT 3", "? raises ValueError: no",
    ]  # fmt: skip
