"""Laws of the reader over generated programs: it never stumbles, and what is certain is what Python does."""

from hypothesis import given, settings
from hypothesis import strategies as st

from contractcheck.migrations.trees import Opaque, Statement
from tests.migrations.test_alembic_operations import BODIES
from tests.migrations.trees_in_memory import HEAD, read, upgrade

ATOMS = st.sampled_from(
    ["(1)", "(0)", "(-2)", "'a'", "''", "None", "True", "x", "y", "z", "unknown", "unknown.a", "bind", "op", "sa", "t", "t.c.a", "sa.text('x')",
     "sa.Integer()", "bind.execute(sa.text('SELECT 1'))", "[]", "['p', 'q']", "{'k': 1}", "(1, 2)", "range(3)", "f"]
)  # fmt: skip
TEXTS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(["+", "-", "*", "%", "//", "==", "!=", "<", "in", "is", "is not", "and", "or"]),
            inner,
        ).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
        inner.map(lambda part: f"(not {part})"),
        inner.map(lambda part: f"f'{{{part}}}'" if "'" not in part and "{" not in part else f"str({part})"),
        st.tuples(inner, inner).map(lambda parts: f"[{parts[0]}, *{parts[1]}]"),
        st.tuples(inner, inner).map(lambda parts: f"{{'a': {parts[0]}, **{parts[1]}}}"),
        st.tuples(inner, inner).map(lambda parts: f"{parts[0]}[{parts[1]}]"),
        st.tuples(inner, inner).map(lambda parts: f"[{parts[0]} for i in {parts[1]}]"),
        st.tuples(inner, inner).map(lambda parts: f"f({parts[0]}, *{parts[1]})"),
        st.tuples(
            inner, st.sampled_from(["upper", "append", "keys", "where", "label", "get", "join", "execute", "c"]), inner
        ).map(lambda parts: f"{parts[0]}.{parts[1]}({parts[2]})"),
        st.tuples(
            st.sampled_from(
                [
                    "len",
                    "list",
                    "str",
                    "sorted",
                    "sum",
                    "isinstance",
                    "getattr",
                    "map",
                    "zip",
                    "sa.select",
                    "sa.Column",
                    "sa.String",
                ]
            ),
            inner,
        ).map(lambda parts: f"{parts[0]}({parts[1]})"),
    ),
    max_leaves=6,
)


def block(depth):
    simple = st.one_of(
        st.tuples(st.sampled_from("xyz"), TEXTS).map(lambda parts: [f"{parts[0]} = {parts[1]}"]),
        st.tuples(st.sampled_from("xyz"), TEXTS).map(lambda parts: [f"{parts[0]} += {parts[1]}"]),
        TEXTS.map(lambda text: [f"op.execute({text})"]),
        TEXTS.map(lambda text: [f"op.drop_table({text})"]),
        TEXTS.map(lambda text: [f"op.add_column('t', {text})"]),
        TEXTS.map(lambda text: [f"bind.execute(sa.text('DELETE FROM t WHERE a = :a'), {text})"]),  # noqa: S608
        st.sampled_from(
            [["return"], ["pass"], ["raise ValueError(x)"], ["x, *y = z"], ["x[0] = y"], ["del x"], ["global g"]]
        ),
    )
    if depth == 0:
        return st.lists(simple, min_size=1, max_size=3).map(lambda blocks: [line for each in blocks for line in each])
    inner = block(depth - 1).map(lambda lines: [f"    {line}" for line in lines])
    compound = st.one_of(
        st.tuples(TEXTS, inner, inner).map(lambda parts: [f"if {parts[0]}:", *parts[1], "else:", *parts[2]]),
        st.tuples(TEXTS, inner).map(lambda parts: [f"for i in {parts[0]}:", *parts[1], "    break"]),
        st.tuples(TEXTS, inner).map(lambda parts: [f"while {parts[0]}:", *parts[1], "    continue"]),
        st.tuples(TEXTS, inner).map(lambda parts: [f"with {parts[0]} as x:", *parts[1]]),
        st.tuples(inner, inner).map(
            lambda parts: ["try:", *parts[0], "except (ValueError, unknown) as e:", *parts[1], "finally:", "    y = 1"]
        ),
        st.tuples(inner).map(
            lambda parts: ["with op.batch_alter_table('t') as b:", *parts[0], "    b.drop_column('c')"]
        ),
    )
    return st.lists(st.one_of(simple, compound), min_size=1, max_size=3).map(
        lambda blocks: [line for each in blocks for line in each]
    )


@settings(max_examples=150, deadline=None)
@given(block(2))
def test_the_reader_never_stumbles(lines):
    body = "\n".join(f"    {line}" for line in ["x = y = z = 'a'", "bind = op.get_bind()", *lines])
    head = f"{HEAD}t = sa.table('t', sa.column('a'))\ndef f(*a):\n    op.drop_table('f')\n    return a\n"
    for step in upgrade(f"def upgrade():\n{body}\n", head=head):
        assert isinstance(step, Statement) or not step.reason.startswith("the reader stumbles"), step


def plain(depth):
    """Programs over small integers only, which can be run for real."""
    number = st.recursive(
        st.sampled_from(["1", "2", "3", "x", "y"]),
        lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(
            lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
        ),
        max_leaves=3,
    )
    test = st.tuples(number, st.sampled_from(["<", "==", ">="]), number).map(" ".join)
    simple = st.one_of(
        st.tuples(st.sampled_from("xy"), number).map(lambda parts: [f"{parts[0]} = {parts[1]} % 7"]),
        number.map(lambda text: [f"op.drop_table('t' + str({text}))"]),
        st.sampled_from([["return"], ["raise ValueError()"]]),
    )
    if depth == 0:
        return st.lists(simple, min_size=1, max_size=3).map(lambda blocks: [line for each in blocks for line in each])
    inner = plain(depth - 1).map(lambda lines: [f"    {line}" for line in lines])
    compound = st.one_of(
        st.tuples(test, inner, inner).map(lambda parts: [f"if {parts[0]}:", *parts[1], "else:", *parts[2]]),
        st.tuples(number, inner, st.sampled_from(["break", "continue", "pass"])).map(
            lambda parts: [
                f"for y in range({parts[0]} % 4):",
                *parts[1],
                f"    if y == 1: {parts[2]}",
                "else:",
                "    x = 5",
            ]
        ),
        # What is sent within `try` may fail at run time, so the handlers are possible there: only plain code is tried here.
        st.tuples(st.sampled_from(["x = 2", "raise ValueError()", "return"]), inner).map(
            lambda parts: ["try:", f"    {parts[0]}", "except ValueError:", *parts[1], "finally:", "    x = x + 1"]
        ),
    )
    return st.lists(st.one_of(simple, compound), min_size=1, max_size=3).map(
        lambda blocks: [line for each in blocks for line in each]
    )


@settings(max_examples=200, deadline=None)
@given(plain(2))
def test_what_is_known_is_what_python_does(lines):
    body = "def upgrade():\n" + "\n".join(f"    {line}" for line in ["x = y = 1", *lines]) + "\n"
    sent = []

    class Recorder:
        @staticmethod
        def drop_table(name):
            sent.append(f"DROP TABLE {name}" if "-" not in name else f'DROP TABLE "{name}"')

    names = {"op": Recorder}
    exec(body, names)  # noqa: S102 - our own generated program
    try:
        names["upgrade"]()
    except ValueError:
        sent.append("raises")
    steps = upgrade(body)
    assert ["raises" if isinstance(step, Opaque) else step.sql for step in steps] == sent


CODE = [line for body in BODIES.values() for line in body.split("\n") if line.strip()]
PARTS = [
    "op",
    "sa",
    "t",
    "batch",
    "'a'",
    "'t'",
    "None",
    "5",
    "[]",
    "True",
    "unknown",
    "Column",
    "execute",
    "(",
    ")",
    ",",
    "=",
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, len(CODE) - 1), min_size=1, max_size=12),
    st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(PARTS)), max_size=3),
    st.sampled_from(["postgresql", "mysql", "sqlite"]),
)
def test_the_reader_never_stumbles_over_real_code_in_disorder(chosen, swaps, dialect):
    lines = [CODE[index] for index in chosen]
    for old, new in swaps:
        lines = [line.replace(old, new, 1) for line in lines]
    body = "\n".join(["def upgrade():", "    t = sa.table('t', sa.column('a'))", "    batch = op", *lines])
    head = HEAD + "from sqlalchemy.dialects import postgresql\n"
    tree = read({"m/versions/a.py": f"{head}{body}\n"}, dialect=dialect)
    assert len(tree.migrations) + len(tree.defects) == 1
    for migration in tree.migrations:
        for step in migration.up.steps:
            assert isinstance(step, Statement) or not step.reason.startswith("the reader stumbles"), step
