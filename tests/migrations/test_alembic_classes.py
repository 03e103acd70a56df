"""Classes of the project, files that migrations read, and what of Python's library is carried out."""

import pytest

from tests.migrations.trees_in_memory import HEAD, outline, read, upgrade


@pytest.mark.parametrize(
    ("head", "values", "expected"),
    [
        (
            """
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple
from collections import namedtuple
@dataclass
class Base:
    name: str
    kind: str = 'int'
    seen: ClassVar[int] = 3
    tags: list = field(default_factory=list)
    hidden: int = field(default=5, init=False)
    def __post_init__(self):
        self.tags.append(self.name)
@dataclass(frozen=True)
class More(Base):
    extra: int = field(default=1)
class Row(NamedTuple):
    a: str
    b: int = 2
    @property
    def both(self): return f'{self.a}{self.b}'
    @classmethod
    def make(cls, a): return cls(a)
    @staticmethod
    def five(): return 5
Old = namedtuple('Old', 'x y', defaults=[7])
Pairs = namedtuple('Pairs', ['p', 'q'])
def fails(make):
    try: make()
    except TypeError: return 'TypeError'
""",
            [
                "Base('a').tags", "Base('a', kind='text').kind", "Base('a').hidden", "More('b', extra=4).extra", "More('b').tags",
                "Row('r').both", "Row.make('m').b", "Row.five()", "Row('r')._asdict()", "Row('r')._replace(b=9).b", "[*Row('r', 3)]",
                "Old(1).y", "Pairs(1, q=2).q", "Pairs(1, 2)[1]", "fails(lambda: Base())", "fails(lambda: Base('a', 'b', [], 1, 2))",
                "fails(lambda: Base('a', zz=1))", "fails(lambda: Base('a', name='b'))",
            ],
            [
                "['a']", "text", "5", "4", "['b']", "r2", "2", "5", "{'a': 'r', 'b': 2}", "9", "['r', 3]", "7", "2", "2",
                "TypeError", "TypeError", "TypeError", "TypeError",
            ],
        ),
        (
            """
import enum, abc, functools
class Kind(enum.Enum):
    ONE = 'one'
    TWO = 'two'
    def shout(self): return self.value.upper()
    @classmethod
    def names(cls): return [each.name for each in cls]
class Text(str, enum.Enum):
    A = 'a'
    def __str__(self): return 'text ' + self.value
class Number(enum.IntEnum):
    ONE = enum.auto()
@enum.unique
class Plain(enum.StrEnum):
    P = enum.auto()
class Maker(abc.ABC, metaclass=abc.ABCMeta):
    size = 3
    @property
    @functools.cache
    def double(self): return self.size * 2
    @abc.abstractmethod
    def run(self): ...
class Real(Maker):
    size = 4
    def run(self): return super().size
def mark(cls):
    cls.marked = True
    return cls
def marker(value):
    def wrap(cls):
        cls.value = value
        return cls
    return wrap
@marker(8)
@mark
class Marked: pass
""",
            [
                "Kind.ONE.shout()", "Kind.names()", "Kind['TWO'].value", "Kind.__members__['ONE'].name", "str(Text.A)", "Number.ONE + 1",
                "str(Plain.P)", "Real().double", "Real().run()", "Marked.marked", "Marked.value", "Kind('one').name",
            ],
            ["ONE", "['ONE', 'TWO']", "two", "ONE", "text a", "2", "p", "8", "3", "True", "8", "ONE"],
        ),
        (
            """
import itertools, collections, copy, json, textwrap, inspect, os, string
from pathlib import Path
""",
            [
                "list(itertools.chain([1], [2]))", "list(itertools.product('a', 'bc'))", "list(itertools.combinations([1, 2, 3], 2))[0]",
                "list(itertools.islice([1, 2, 3], 2))", "list(itertools.repeat('x', 2))", "list(itertools.zip_longest([1], [2, 3]))",
                "list(itertools.pairwise([1, 2, 3]))", "len(list(itertools.permutations([1, 2])))", "collections.Counter('aab')['a']",
                "collections.defaultdict(list, {'a': 1})['b']", "copy.copy([1])", "copy.deepcopy({'a': [1, (2,)]})", "copy.deepcopy({1})",
                "json.loads('[1]')", "json.dumps({'b': 1, 'a': 2}, sort_keys=True, indent=None)", "textwrap.dedent(' a')",
                "inspect.cleandoc(' a')", "os.path.splitext(os.path.basename('a/b.sql'))[0]", "os.path.join(os.path.dirname('a/b'), 'c')",
                "string.Template('$a-b').substitute(a=1)", "Path('a/b.sql').name", "Path('a/b.sql').stem", "Path('a/b.sql').suffix",
                "str(Path('a') / 'b' / '..' / 'c')", "str(Path('a/b/c').parents[1])", "str(Path('a').joinpath('b'))", "str('a/x' / Path('y'))",
                "str(Path('a/b').resolve().parent)",
            ],
            [
                "[1, 2]", "[('a', 'b'), ('a', 'c')]", "(1, 2)", "[1, 2]", "['x', 'x']", "[(1, 2), (None, 3)]", "[(1, 2), (2, 3)]", "2",
                "2", "[]", "[1]", "{'a': [1, (2,)]}", "{1}", "[1]", '{"a": 2, "b": 1}', "a", "a", "b", "a/c", "1-b", "b.sql", "b", ".sql",
                "a/c", "a", "a/b", "a/x/y", "a",
            ],
        ),
    ],
)  # fmt: skip
def test_what_is_known(head, values, expected):
    body = "".join(
        f"    op.execute(f'{{{value}}}')\n" if "'" not in value else f"    x = {value}\n    op.execute(f'{{x}}')\n"
        for value in values
    )
    steps = upgrade(f"def upgrade():\n{body}", head=HEAD + head)
    assert [getattr(step, "sql", None) or step.reason for step in steps] == expected


def test_files_of_the_snapshot_are_read_and_no_others():
    body = """
def upgrade():
    with open('m/sql/one.sql') as file:
        op.execute(file.read())
    here = Path(__file__).parent.parent / 'sql'
    for line in open(here / 'two.sql', 'r'):
        op.execute(line.strip())
    op.execute(open(file=5).read()) if False else None
    op.execute((here / 'one.sql').read_text(encoding='utf-8'))
    op.execute(''.join(open('m/sql/two.sql').readlines()))
    with (here / 'one.sql').open() as file:
        op.execute(file.read())
        file.close()
    op.execute(open('/etc/passwd').read())
    op.execute(open('m/sql/one.sql', 'w').read())
    op.execute(Path(unknown).read_text())
    op.execute(open(unknown).read())
"""
    files = {
        "m/versions/a.py": HEAD + "from pathlib import Path\n" + body,
        "m/sql/one.sql": "SELECT 1",
        "m/sql/two.sql": "SELECT 2\nSELECT 3\n",
    }
    assert outline(read(files).migrations[0].up.steps) == [
        "SELECT 1",
        "SELECT 2",
        "SELECT 3",
        "SELECT 1",
        "SELECT 2 SELECT 3",
        "SELECT 1",
        "? execute: the file /etc/passwd is not in this repository",
        "? execute: a file that is not read as text",
        "? execute: a path only a run knows",
        "? execute: a file only a run knows",
    ]


TABLE = (
    'CREATE TABLE t ( id SERIAL NOT NULL, name VARCHAR(5), "when" TIMESTAMP WITHOUT TIME ZONE, price NUMERIC NOT NULL, '
    "kind kind NOT NULL, given VARCHAR, odd JSON NOT NULL, PRIMARY KEY (id) )"
)


def test_columns_of_annotated_classes():
    body = """
    class Base(DeclarativeBase): pass
    class Kind(enum.Enum):
        a = 1
    class T(Base):
        __tablename__ = 't'
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[Optional[str]] = mapped_column(sa.String(5))
        when: Mapped[datetime.datetime | None]
        price: Mapped["decimal.Decimal"]
        kind: Mapped[Kind] = mapped_column(default=Kind.a)
        given: Mapped[str] = mapped_column(nullable=True, deferred=True)
        odd: Mapped[list[int]] = mapped_column(sa.JSON)
        plain: int = 5
        bad: "Mapped[" = None
    T.__table__.create(op.get_bind())
    """
    head = "import datetime, decimal, enum\nfrom typing import Optional\nfrom sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column\n"
    assert outline(upgrade(f"def upgrade():{body}", head=HEAD + head)) == [
        "CREATE TYPE kind AS ENUM ('a') (looks first)",
        TABLE,
    ]
