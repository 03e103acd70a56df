"""Expressions: what is known of them without running them, and why the rest is not."""

import types

import pytest

from tests.migrations.trees_in_memory import sql, upgrade

HEAD = """
import collections, datetime, decimal, enum, json, math, string, uuid
import sqlalchemy as sa
from functools import partial
from alembic import op, context
revision = 'a'
down_revision = None
class Colour(enum.Enum):
    RED = 'r'
    BLUE = 'b'
class Size(str, enum.Enum):
    S = 'small'
class Level(enum.IntEnum):
    LOW = 1
class Plain:
    name = 'plain'
class Child(Plain):
    def __init__(self, own='own'):
        self.own = own
class Strange(unknown.Base):
    here = 'here'
def f(a, b='b', *, c, d='d'):
    return a + b + c + d
def text(x):
    return f'a{x}'
t = sa.table('t', sa.column('a'))
"""


def comment(expression):
    """What comes out of a comment whose text is the expression."""
    return sql(upgrade(f"def upgrade():\n    op.create_table_comment('t', {expression})\n", head=HEAD))


KNOWN = [
    ("'' if 2 in range(3) else 'x'", ""),
    ("str([1, *(2, 3)]) + str({**{'a': 1}, 'b': 2})", "[1, 2, 3]{'a': 1, 'b': 2}"),
    ("str('b' in 'abc') + str(1 in [1.0]) + str('q' not in {'a'}) + str(4 in range(3))", "TrueTrueTrueFalse"),
    ("str(b'a' + b'b') + str(b'ab'.hex())", "b'ab'6162"),
    ("str([1] + [2]) + str((1,) * 2)", "[1, 2](1, 1)"),
    ("str([i for i in 'ab' for j in (1, 2) if j > 1 and i != 'b'])", "['a']"),
    ("str(sorted({i % 2 for i in range(4)}))", "[0, 1]"),
    ("str({i: j for i, j in zip('ab', (1, 2))})", "{'a': 1, 'b': 2}"),
    ("str(list(range(3))[::-1]) + 'abc'[1:] + 'abc'[-1]", "[2, 1, 0]bcc"),
    ("'%5.1f|%x|%%' % (1.25, 255)", " 1.2|ff|%"),
    ("f'{1.5:>6.2f}|{\"x\"!a}|{Colour.RED.name:>5}|{datetime.date(2020, 1, 2):%Y}'", " 1.50|'x'| RED|2020"),
    ("f'{t.c.a} {None} {[1]}'", "t.a None [1]"),
    ("str(t.c.a)", "t.a"),
    ("str(2 ** 3) + str(1 << 3) + str(7 ^ 2) + str(7 & 2) + str(7 // 2) + str(7 / 2)", "885233.5"),
    ("str(-1 < 0 <= 0 != 1 >= 1 > 0)", "True"),
    (
        "str(None is None) + str(text is not None) + str(Plain is Plain) + str(Plain == Plain) + str(Plain != Child)",
        "TrueTrueTrueTrueTrue",
    ),
    ("str(math.pi)[:4] + str(math.ceil(1.2))", "3.142"),
    (
        "string.digits + str(decimal.Decimal('1.10')) + str(uuid.UUID(int=1))",
        "01234567891.1000000000-0000-0000-0000-000000000001",
    ),
    (
        "str(datetime.timedelta(hours=1).total_seconds()) + str(datetime.date(2020, 1, 2).year) + str(datetime.timezone.utc)",
        "3600.02020UTC",
    ),
    (
        "datetime.date.fromisoformat('2020-01-02').strftime('%d.%m.%Y') + str(datetime.date.max)",
        "02.01.20209999-12-31",
    ),
    ("str(len(Colour.__members__)) if False else Colour['BLUE'].value", "b"),
    (
        "Plain.__name__ + Colour.__name__ + text.__name__ + str(sa.Integer.__name__) + str('a'.__class__.__name__)",
        "PlainColourtextIntegerstr",
    ),
    (
        "Child().own + Child('other').own + Child().name + str(isinstance(Child(), Plain)) + str(isinstance(Plain(), Child))",
        "ownotherplainTrueFalse",
    ),
    ("f('1', c='3') + f('1', '2', c='3', d='4') + f(**{'a': 'x', 'c': 'y'})", "1b3d1234xbyd"),
    (
        "str(bool([])) + str(bool('a')) + str(int('3')) + str(float('1.5')) + str(type(1) is int) + str(type('') == str)",
        "FalseTrue31.5TrueTrue",
    ),
    (
        "str(dict([('a', 1)])) + str(dict({'a': 1}, b=2)) + str(dict(c=3)) + str(list('ab')) + str(tuple([1])) + str(set([1])) + str(list())",
        "{'a': 1}{'a': 1, 'b': 2}{'c': 3}['a', 'b'](1,){1}[]",
    ),
    (
        "str(max(2, 3, 1)) + max('b', 'a') + min(['b', 'a']) + str(min([], default='d')) + str(max([(1, 'a'), (1, 'b')], key=lambda p: p[0]))",
        "3bad(1, 'a')",
    ),
    (
        "str(sorted('bca', reverse=True)) + str(sorted([2, 1], key=lambda n: -n)) + str(sum([1, 2], 3)) + str(len('abc'))",
        "['c', 'b', 'a'][2, 1]63",
    ),
    (
        "str(list(zip('ab', [1, 2], strict=True))) + str(list(reversed([1, 2]))) + str(list(enumerate('a', 5)))",
        "[('a', 1), ('b', 2)][2, 1][(5, 'a')]",
    ),
    ("str(any(x > 1 for x in (1, 2))) + str(any([])) + str(all([1, 0])) + str(all([1]))", "TrueFalseFalseTrue"),
    ("str(any([unknown, 1])) + str(all([unknown, 0]))", "TrueFalse"),
    ("repr('a') + ascii('é') + str(repr([1, None]))", "'a''\\xe9'[1, None]"),
    (
        "str(list(map(str, [1, 2]))) + str(list(map(lambda a, b: a + b, [1], [2]))) + str(list(filter(None, [0, 1])))",
        "['1', '2'][3][1]",
    ),
    ("next(iter([]), 'none') + next(iter('ab'))", "nonea"),
    ("partial(f, 'a', c='c')('b') + str(partial(max, 2)(1))", "abcd2"),
    ("'a' if unknown is not unknown or True else 'b'", "a"),
    ("'a' if text(unknown) is not None else 'b'", "a"),
    ("'a' if text(unknown) else 'b'", "a"),
    ("'a' if isinstance(text(unknown), str) else 'b'", "a"),
    ("'a' if 'x' not in [] and unknown not in [] else 'b'", "a"),
    ("'a' if unknown and False else 'b'", "b"),
    (
        "str([1, 2].index(2)) + str((1, 1).count(1)) + str(sorted({1, 2}.union([3], {4}))) + str({1}.issubset([1, 2])) + str(frozenset([1]).isdisjoint([2]))",
        "12[1, 2, 3, 4]TrueTrue",
    ),
    ("str(json.loads('{\"a\": [1]}')) + json.dumps([1], indent=2)", "{'a': [1]}[ 1 ]"),
    ("'a{0}{1!r}{x:>3}'.format(1, 'b', x='c')", "a1'b' c"),
    ("'{a}'.format_map({'a': 1}) if False else 'no'", "no"),
    ("str(hasattr(Colour, 'RED')) + getattr('', 'nothing', 'default') + getattr(Child(), 'own')", "Truedefaultown"),
    ("(lambda *a, **k: str(a) + str(k))(1, *[2], x=3, **{'y': 4})", "(1, 2){'x': 3, 'y': 4}"),
    ("str([*'ab', *range(2)]) + str((*[1], 2)) + str({*[1]})", "['a', 'b', 0, 1](1, 2){1}"),
    ("(x := 'w') + x", "ww"),
    ("'-'.join(str.upper(s) for s in 'ab') + str.strip(' a ')", "A-Ba"),
    ("'ab\tc'.expandtabs(4) + 'a'.ljust(3, '.') + 'x'.replace('', '-') + 'aXb'.partition('X')[0]", "ab ca..-x-a"),
    ("context.get_context().dialect.identifier_preparer.quote('Select')", '"Select"'),
    (
        "str(sa.select(t.c.a).where(t.c.a == 1).compile(dialect=op.get_bind().dialect))",
        "SELECT t.a FROM t WHERE t.a = 1",
    ),
    ("sa.String(5).compile(dialect=op.get_bind().dialect)", "VARCHAR(5)"),
    ("str(sa.text('x')) + str(sa.literal_column('y'))", "xy"),
    ("t.name + str(t.c.a.name) + str([c.name for c in t.columns]) + str(t.c['a'].name)", "ta['a']a"),
    ("__name__", "migration"),
    ("Size.S.upper() + Size.S.value + Size['S'].name", "SMALLsmallS"),
    ("str([c.value for c in Colour]) + str(Level.LOW + 1) + Colour('b').name", "['r', 'b']2BLUE"),
    ("str({'b'}) + repr({'b'}) + str([{1}])", "{'b'}{'b'}[{1}]"),
    ("'%s' % ['a', {'x': None}]", "['a', {'x': None}]"),
    ("globals()['f']('1', c='2')", "1b2d"),
    ("'a' if unknown else 'a'", "a"),
    ("Strange.here", "here"),
    ("str(bytes(2)) + str(bool(sa.Integer())) + str(list(range(2)))", "b'\\x00\\x00'True[0, 1]"),
]


@pytest.mark.parametrize(("expression", "text"), KNOWN)
def test_known_texts(expression, text):
    assert comment(expression) == ["COMMENT ON TABLE t IS '" + text.replace("'", "''") + "'"]


@pytest.mark.parametrize(
    ("expression", "text"), [each for each in KNOWN if "op." not in each[0] and "context." not in each[0]]
)
def test_known_texts_are_those_of_python(expression, text):
    names = {"unknown": types.SimpleNamespace(Base=object), "__name__": "migration"}
    exec(HEAD, names)  # noqa: S102 - our own text
    assert " ".join(str(eval(expression, names)).split()) == " ".join(text.split())  # noqa: S307


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("unknown + 1", "unknown is not read"),
        ("-unknown", "unknown is not read"),
        ("not unknown", "unknown is not read"),
        ("unknown < 1", "unknown is not read"),
        ("unknown is None", "unknown is not read"),
        ("'a' in unknown", "unknown is not read"),
        ("unknown in ['a']", "unknown is not read"),
        ("'a' in ['b', unknown]", "a condition only a run knows"),
        ("1 if unknown else 2", "unknown is not read"),
        ("[unknown][0] + 'x'", "text with an unknown part"),
        ("{unknown}", "a set with unknown items"),
        ("{unknown: 1}", "a mapping with unknown keys"),
        ("{**unknown}", "unknown is not read"),
        ("[*unknown]", "unknown is not read"),
        ("{'a': 1, **5}", "a mapping that is not known"),
        ("(*unknown,)", "unknown is not read"),
        ("[x for x in unknown]", "unknown is not read"),
        ("{x for x in unknown}", "unknown is not read"),
        ("{x: 1 for x in unknown}", "unknown is not read"),
        ("{x: 1 for x in [unknown]}", "a mapping with unknown keys"),
        ("[x for x in [1] if unknown]", "a condition only a run knows"),
        ("'%s' % unknown", "text with an unknown part"),
        ("'%s %d' % ('a', unknown)", "text with an unknown part"),
        ("'%(a)s' % {'a': unknown}", "text with an unknown part"),
        ("'%d %d' % (unknown,)", "text with an unknown part"),
        ("b'%s' % 1", "formatting of bytes is not read"),
        ("'%s' % op", "formats an object"),
        ("f'{unknown!r}'", "text with an unknown part"),
        ("f'{1:{unknown}}'", "text with an unknown part"),
        ("f'{op}'", "text with an unknown part"),
        ("f'{Plain()!r}'", "text with an unknown part"),
        ("'{}'.format(unknown)", "text with an unknown part"),
        ("'{}{}'.format(unknown)", "text with an unknown part"),
        ("'{}'.format(op)", "formats an object"),
        ("','.join(['a', unknown])", "text with an unknown part"),
        ("','.join(unknown)", "text with an unknown part"),
        ("','.join([1, unknown])", "text with an unknown part"),
        ("str(unknown)", "unknown is not read"),
        ("int(unknown)", "unknown is not read"),
        ("bool(unknown)", "unknown is not read"),
        ("list(unknown)", "unknown is not read"),
        ("tuple(unknown)", "unknown is not read"),
        ("dict(unknown)", "unknown is not read"),
        ("object()", "a bare object"),
        ("type(op)", "the type of an object"),
        ("type('X', (), {})", "the type of an object"),
        ("str(op)", "prints an object"),
        ("str(Plain())", "prints an object"),
        ("repr(op)", "prints an object"),
        ("repr({'a', 'b'})", "prints an object"),
        ("str({'b', 'a'})", "prints an object"),
        ("'%s' % {'b', 'a'}", "formats an object"),
        ("{'b', 'a'}.pop()", "items only a run knows"),
        ("max([1, unknown])", "items only a run knows"),
        ("min(unknown)", "items only a run knows"),
        ("sorted([Plain(), Plain()])", "items only a run knows"),
        ("sum([unknown])", "unknown is not read"),
        ("sum(unknown)", "unknown is not read"),
        ("len(unknown)", "unknown is not read"),
        ("zip(unknown, [1])", "unknown is not read"),
        ("enumerate(unknown)", "unknown is not read"),
        ("any([0, unknown])", "unknown is not read"),
        ("any(unknown)", "unknown is not read"),
        ("all([unknown])", "unknown is not read"),
        ("any()", "items only a run knows"),
        ("next(unknown)", "an item only a run knows"),
        ("iter()", "an iterator"),
        ("map(str)", "items only a run knows"),
        ("filter(str)", "items only a run knows"),
        ("list(filter(lambda x: unknown, [1]))", "items only a run knows"),
        ("isinstance(unknown, str)", "a condition only a run knows"),
        ("isinstance('a', unknown)", "a condition only a run knows"),
        ("isinstance(Strange(), str)", "a condition only a run knows"),
        ("getattr(op, unknown)", "an attribute whose name is not known"),
        ("hasattr(unknown, 'x')", "a condition only a run knows"),
        ("{'a': 1}.get(unknown)", "unknown is not read"),
        ("[1].index(unknown)", "unknown is not read"),
        ("[unknown, 1].index(1)", "unknown is not read"),
        ("{1}.union(unknown)", "unknown is not read"),
        ("{1}.issubset([unknown])", "unknown is not read"),
        ("'a'.startswith(unknown)", "unknown is not read"),
        ("'a'.format_map({})", "str.format_map is not read"),
        ("[1].__len__", "a private name of a library"),
        ("(1).real", "int.real is not read"),
        ("b'a'.fromhex", "bytes.fromhex is not read"),
        ("Colour.RED.x", "an attribute of an enum's member"),
        ("''.__class__.__mro__", "a private name of a library"),
        ("op.__class__", "the operation op.__class__ of a plug-in"),
        ("text.__code__", "an attribute of a function"),
        ("partial(text).func", "an attribute of a function"),
        ("print.x", "an attribute of a function"),
        ("datetime.datetime.now()", "the time of the run"),
        ("datetime.datetime.strptime('1', '%d')", "parses a date"),
        ("datetime.date(2020, 1, 2).weekday()", "date.weekday is not read"),
        ("ValueError('x').args", "the text of an exception"),
        ("sa.Integer._static_cache_key", "a private name of a library"),
        ("sa.inspect(op.get_bind())", "what the database holds"),
        ("sa.event", "sqlalchemy.event is not read"),
        ("sa.orm.relationship", "sqlalchemy.orm.relationship is not read"),
        ("sa.create_engine", "sqlalchemy.create_engine is not read"),
        ("sa.text('a').bind", "bind of a library object is not read"),
        ("op.get_bind().closed", "closed of the connection"),
        ("op.get_bind().dialect.supports_comments", "supports_comments of the dialect is asked at run time"),
        ("op.get_context().config", "config of the migration environment"),
        ("json.load", "json.load is not read"),
        ("json.dumps(1, cls=5)", "an option of json.dumps that is not read"),
        ("math.sqrt", "math.sqrt is not read"),
        ("random.random()", "random is not read"),
        ("os.environ['X']", "os is not read"),
        ("~Plain()", "an operator on an object that is not read"),
        ("Plain() + 1", "an operator on an object that is not read"),
        ("Plain() < Plain()", "an object is compared"),
        ("Plain() == Plain()", "an object is compared"),
        ("Plain().nothing", "Plain.nothing is not read"),
        ("Strange().nothing", "Strange stands on a class that is not read"),
        ("Plain", "an argument that is not read"),
        ("lambda: 1", "an argument that is not read"),
        ("partial()", "partial of nothing"),
        ("sa.select(unknown)", "unknown is not read"),
        ("sa.text(unknown)", "unknown is not read"),
        ("sa.text(text(unknown))", "text with an unknown part"),
        ("sa.table(unknown)", "unknown is not read"),
        ("sa.column(unknown)", "unknown is not read"),
        ("sa.Column(unknown)", "unknown is not read"),
        ("sa.Table(unknown)", "unknown is not read"),
        ("sa.Enum(unknown)", "unknown is not read"),
        ("sa.String(unknown)", "unknown is not read"),
        ("sa.literal(op)", "an expression with parts that are not read"),
        ("{'a': 1}.keys() - {'b'}", "an operator on the keys of a mapping"),
        ("[1, 2][unknown]", "unknown is not read"),
        ("[1, 2][unknown:]", "unknown is not read"),
        ("unknown[0]", "unknown is not read"),
        ("op[0]", "an item of an object that is not read"),
        ("str(Size.S)", "prints an object"),
        ("f'{Size.S}'", "text with an unknown part"),
        ("f'{[Size.S]}'", "text with an unknown part"),
        ("str({'b', 'a'}) + repr({'b'})", "text with an unknown part"),
        ("str([{'b', 'a'}])", "prints an object"),
        ("'%s-%s' % ({'b', 'a'}, 1)", "formats an object"),
        ("f'{t.c.a!r}'", "text with an unknown part"),
        ("repr(t.c.a)", "prints an object"),
        ("Colour.GREEN", "an attribute of EnumType"),
        ("len(5)", "items only a run knows"),
        ("list(5)", "items that are not known"),
        ("getattr(1)", "an attribute whose name is not known"),
        ("hasattr(5)", "a condition only a run knows"),
        ("isinstance()", "a condition only a run knows"),
        ("isinstance('a')", "a condition only a run knows"),
        ("super()", "super of a class that is not read"),
        ("dict(1)", "items that are not known"),
        ("str(lambda: 1)", "prints an object"),
        ("str(sa.select(unknown))", "unknown is not read"),
        ("(lambda n: unknown if n else n)(unknown)", "unknown is not read"),
        ("list(map(lambda x: x, unknown))", "unknown is not read"),
        ("list(filter(None, unknown))", "unknown is not read"),
        ("list(filter(lambda x: x, unknown))", "unknown is not read"),
        ("','.join(map(str, unknown))", "text with an unknown part"),
        ("bytes(unknown)", "unknown is not read"),
        ("min([Plain()])", "items only a run knows"),
        ("5()", "calls an object that is not read"),
        ("sa.MetaData(unknown)", "unknown is not read"),
        ("f'{unknown}' + unknown", "text with an unknown part"),
        ("unknown + f'{unknown}'", "unknown is not read"),
        ("text(unknown) + text(unknown)", "text with an unknown part"),
        ("bytes('a', 'b', unknown)", "unknown is not read"),
    ],
)
def test_what_only_a_run_knows(expression, reason):
    assert comment(expression) == [f"? op.create_table_comment: {reason}"]


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("sa.MetaData().tables['x']", "KeyError: 'x'"),
        ("t.nothing_at_all", "AttributeError: 'TableClause' object has no attribute 'nothing_at_all'"),
        ("json.dumps({'a', 'b'})", "TypeError: Object of type set is not JSON serializable"),
        ("f('1')", "TypeError: f() missing required argument 'c'"),
        ("f()", "TypeError: f() missing required argument 'a'"),
        ("f('1', '2', '3', c='4')", "TypeError: f() takes 2 positional arguments but 3 were given"),
        ("f('1', a='2', c='3')", "TypeError: f() got multiple values for argument 'a'"),
        ("f('1', c='2', z='3')", "TypeError: f() got an unexpected keyword argument 'z'"),
        ("Plain(1)", "TypeError: Plain() takes no arguments"),
        ("Plain(x=1)", "TypeError: Plain() takes no arguments"),
        ("[][0]", "IndexError: list index out of range"),
        ("{}['x']", "KeyError: 'x'"),
        ("(1).x", "AttributeError: 'int' object has no attribute 'x'"),
        ("'a'.nothing", "AttributeError: 'str' object has no attribute 'nothing'"),
        ("Colour['GREEN']", "KeyError: 'GREEN'"),
        ("Colour('x')", "ValueError: 'x' is not a valid Colour"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("'a' + 1", 'TypeError: can only concatenate str (not "int") to str'),
        ("-'a'", "TypeError: bad operand type for unary -: 'str'"),
        ("int('x')", "ValueError: invalid literal for int() with base 10: 'x'"),
        ("next(iter([]))", "StopIteration"),
        ("max([])", "ValueError: max() of an empty sequence"),
        ("[1].index(2)", "ValueError: 2 is not in list"),
        ("[].pop()", "IndexError: pop from empty list"),
        ("{}.pop('x')", "KeyError: 'x'"),
        ("'{x}'.format(y=1)", "KeyError: 'x'"),
        ("'%s %s' % 'x'", "TypeError: not enough arguments for format string"),
        ("op.get_bind(5)", "TypeError: too many positional arguments"),
        ("op.get_context().autocommit_block(1)", "TypeError: too many positional arguments"),
        ("t.c.zzz", "AttributeError: zzz"),
        ("t.c['zzz']", "KeyError: 'zzz'"),
        ("1 if t.c.a else 2", "TypeError: Boolean value of this clause is not defined"),
        ("getattr('', 'nothing')", "AttributeError: 'str' object has no attribute 'nothing'"),
        ("datetime.date.fromisoformat('x')", "ValueError: Invalid isoformat string: 'x'"),
        ("str(1, 2, 3)", "TypeError: str() argument 'encoding' must be str, not int"),
        ("globals()['zz']", "KeyError: 'zz'"),
        ("str(t.c.a.type.x)", "AttributeError: 'NullType' object has no attribute 'x'"),
        ("sum([[1], [2]], [])[5]", "IndexError: list index out of range"),
    ],
)
def test_what_certainly_raises(expression, error):
    assert comment(expression) == [f"? raises {error}"]
