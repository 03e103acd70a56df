"""Files that migrations import: which file is meant, what of it is read, and what that must not change."""

import pytest

from contractcheck.migrations.alembic import modules
from contractcheck.migrations.trees import Opaque, ScriptKind
from contractcheck.model.place import Place
from tests.migrations.trees_in_memory import HEAD, outline, read

DROP = "def upgrade():\n    op.drop_table(NAME)\n"


def first(texts, **options):
    return outline(read(texts, **options).migrations[0].up.steps)


@pytest.mark.parametrize(
    ("path", "line", "files", "expected"),
    [
        ("m/versions/a.py", "from .names import NAME", {"m/versions/names.py": "NAME = 'beside'"}, "DROP TABLE beside"),
        ("m/versions/a.py", "from ..names import NAME", {"m/names.py": "NAME = 'above'"}, "DROP TABLE above"),
        ("m/versions/a.py", "from . import NAME", {"m/versions/__init__.py": "NAME = 'init'"}, "DROP TABLE init"),
        ("m/versions/a.py", "from .. import NAME", {"m/__init__.py": "NAME = 'top'"}, "DROP TABLE top"),
        ("m/versions/a.py", "from .gone import NAME", {"m/gone.py": "NAME = 'no'"}, "? op.drop_table: gone.NAME is not in this repository"),
        ("m/versions/a.py", "from app.names import NAME", {"src/app/names.py": "NAME = 'deep'"}, "DROP TABLE deep"),
        ("m/versions/a.py", "from app.names import NAME", {"names.py": "NAME = 'inside'"}, "DROP TABLE inside"),
        ("m/versions/a.py", "from app.names import NAME", {"x/y/names.py": "NAME = 'stranger'"}, "? op.drop_table: app.names.NAME is not in this repository"),
        ("m/versions/a.py", "from app.names import NAME", {"x/app/names.py": "NAME = 'far'", "m/app/names.py": "NAME = 'near'"}, "DROP TABLE near"),
        ("m/versions/a.py", "from app.names import NAME", {"app/names.py": None}, "? op.drop_table: app.names.NAME is not in this repository"),
        ("m/versions/a.py", "from app.names import NAME", {"app/names.py": "NAME = ("}, "? op.drop_table: app.names.NAME is not in this repository"),
        ("m/versions/a.py", "from app.names import NAME", {"app/names.py": "OTHER = 1"}, "? op.drop_table: app.names does not say what NAME is"),
        ("m/versions/a.py", "from app.names import NAME", {"app/names.py": "NAME = [][0]"}, "? op.drop_table: NAME: IndexError: list index out of range"),
        ("m/versions/a.py", "from app.names import NAME", {"app/names.py": "def __getattr__(name):\n    raise AttributeError(name)\n"}, "? op.drop_table: NAME: AttributeError: NAME"),
        ("m/versions/a.py", "from app.names import NAME", {"app/names.py": "from app.other import NAME", "app/other.py": "from app.names import NAME"}, "? op.drop_table: NAME is imported in a circle"),
        ("m/versions/a.py", "from app.names import *", {"app/names.py": "NAME = 'star'\n_HIDDEN = 1"}, "DROP TABLE star"),
        ("m/versions/a.py", "from app.nothing import *", {}, "? op.drop_table: NAME is not read"),
        ("m/versions/a.py", "from app import names\nNAME = names.NAME", {"app/__init__.py": "", "app/names.py": "NAME = 'nested'"}, "DROP TABLE nested"),
        ("m/versions/a.py", "from app import NAME", {"app/__init__.py": "from app.names import NAME", "app/names.py": "NAME = 'again'"}, "DROP TABLE again"),
        ("m/versions/a.py", "import app.names\nNAME = app.names.NAME", {"app/__init__.py": "", "app/names.py": "NAME = 'dotted'"}, "DROP TABLE dotted"),
        ("m/versions/a.py", "import app.names as n\nNAME = n.NAME", {"app/names.py": "NAME = 'as'"}, "DROP TABLE as_".replace("as_", '"as"')),
        ("m/versions/a.py", "import app\nNAME = app.names.NAME", {"app/__init__.py": ""}, "? op.drop_table: app does not say what names is"),
        ("m/versions/a.py", "from alembic.op import f\nNAME = f('real')", {}, "DROP TABLE real"),
        ("m/versions/a.py", "import os.path, collections.abc\nNAME = os.path.join('a')", {}, "DROP TABLE a"),
        ("m/versions/a.py", "class A:\n    from app.names import NAME as n\nNAME = A.n", {"app/names.py": "NAME = 'inner'"}, 'DROP TABLE "inner"'),
    ],
)  # fmt: skip
def test_which_file_a_name_comes_from(path, line, files, expected):
    assert first({path: f"{HEAD}{line}\n{DROP}", **files}) == [expected]


def test_what_a_file_sends_when_it_is_imported_is_not_sent_by_the_migration():
    tools = "from alembic import op\nop.drop_table('at import')\nNAMES = []\nNAMES.append('x')\nNAME = NAMES[0]\n"
    assert first({"m/versions/a.py": f"{HEAD}from app.tools import NAME\n{DROP}", "app/tools.py": tools}) == [
        "DROP TABLE x"
    ]


def test_a_file_that_is_first_needed_under_a_condition_is_read_whole():
    tools = "from alembic import op\nNAMES = []\nNAMES.append('x')\nunknown_thing()\n"
    body = (
        "from app.tools import NAMES\n"
        "def upgrade():\n    if flag:\n        op.execute(f'DELETE FROM {NAMES[0]}')\n    op.drop_table(NAMES[0])\n"
        "def downgrade():\n    op.drop_table(NAMES[0])\n"
    )
    migration = read({"m/versions/a.py": HEAD + body, "app/tools.py": tools}).migrations[0]
    assert outline(migration.up.steps) == ["perhaps DELETE FROM x", "DROP TABLE x"]
    assert outline(migration.down.steps) == ["DROP TABLE x"]


def test_a_file_that_is_too_long_to_read_says_nothing(monkeypatch):
    monkeypatch.setattr(modules, "MODULES", 1_000)
    tools = "NAME = 'known'\nfor i in range(2000):\n    NAME = 'other'\n"
    assert first({"m/versions/a.py": f"{HEAD}from app.tools import NAME\n{DROP}", "app/tools.py": tools}) == [
        "? op.drop_table: app.tools does not say what NAME is"
    ]


def test_a_budget_that_ends_while_a_name_is_imported_ends_the_script_only():
    tools = "def __getattr__(name):\n    return 'a' * 10 ** 10\n"
    body = "from app.tools import NAME\ndef upgrade():\n    op.drop_table(NAME)\ndef downgrade():\n    op.drop_table('t')\n"
    migration = read({"m/versions/a.py": HEAD + body, "app/tools.py": tools}).migrations[0]
    assert outline(migration.up.steps) == ["? makes a value longer than 2000000 characters"]
    assert outline(migration.down.steps) == ["DROP TABLE t"]


def test_files_larger_than_any_code_are_findings():
    tree = read({"m/versions/a.py": HEAD + "#" * modules.LARGEST, "m/versions/b.py": HEAD})
    assert [(str(each.place), each.message) for each in tree.defects] == [
        ("m/versions/a.py:1:1", "cannot be read: larger than 2000000 bytes")
    ]


def test_a_file_without_revision_is_no_migration():
    tree = read({"m/versions/a.py": HEAD, "m/versions/helper.py": "revision = 'x'\n", "m/env.py": "x = (\n"})
    assert ([each.id for each in tree.migrations], tree.defects) == (["a"], ())


@pytest.mark.parametrize(
    ("env", "name"),
    [
        (
            "import sqlalchemy as sa\ntarget_metadata = sa.MetaData(naming_convention={'uq': 'named'})\nconnect()\n",
            "named",
        ),
        ("from app.models import target_metadata\n", "modelled"),
        ("target_metadata = None\n", None),
        ("x = (\n", None),
        ("target_metadata = 'a' * 10 ** 10\n", None),
        (None, None),
    ],
)
def test_the_naming_convention_of_env(env, name):
    models = "import sqlalchemy as sa\ntarget_metadata = sa.MetaData(naming_convention={'uq': 'modelled'})\n"
    body = "def upgrade():\n    op.create_unique_constraint(None, 't', ['a'])\n"
    texts = {"m/versions/a.py": HEAD + body, "app/models.py": models, "m/env.py": env}
    assert first(texts) == [
        f"ALTER TABLE t ADD CONSTRAINT {name} UNIQUE (a)" if name else "ALTER TABLE t ADD UNIQUE (a)"
    ]


@pytest.mark.parametrize(
    ("head", "identity"),
    [
        ("revision: str = 'a'\ndown_revision: str | None = None\n", ("a", (), (), ())),
        ("R = 'b'\nrevision = R\ndown_revision = ('x', 'y')\nbranch_labels = ['l']\ndepends_on = {'d'}\n", ("b", ("x", "y"), ("d",), ("l",))),
        ("revision = 'c'\ndown_revision = R = 'p'\ndepends_on = ()\na.b = 1\nx: int\n", ("c", ("p",), (), ())),
    ],
)  # fmt: skip
def test_what_a_revision_says_of_itself(head, identity):
    (migration,) = read({"m/versions/a.py": head}).migrations
    assert (migration.id, migration.parents, migration.depends_on, migration.labels) == identity
    assert (migration.up.kind, migration.defects) == (ScriptKind.MISSING, ())


@pytest.mark.parametrize(
    "head",
    ["revision = 'a'\ndown_revision = 5\n", "revision = 'a'\ndown_revision = ((((((('x',),),),),),),)\n", "revision = 'a'\ndown_revision = [x]\n"],
)  # fmt: skip
def test_parents_that_are_not_texts_are_a_finding(head):
    (migration,) = read({"m/versions/a.py": head}).migrations
    assert [each.message for each in migration.defects] == [
        "cannot be read: `down_revision` is not written as a literal"
    ]


@pytest.mark.parametrize(
    ("body", "steps"),
    [
        ("upgrade = 5\n", ["? upgrade is no function"]),
        ("upgrade = unknown\n", ["? unknown is not read"]),
        ("@unknown\ndef upgrade(): op.drop_table('t')\n", ["? upgrade is decorated by something that is not read"]),
        ("async def upgrade(): op.drop_table('t')\n", ["? upgrade runs asynchronously"]),
        ("from app.shared import upgrade\n", ["DROP TABLE shared"]),
        ("upgrade = lambda: op.drop_table('t')\n", ["DROP TABLE t"]),
        ("def upgrade(bind): op.drop_table('t')\n", ["? raises TypeError: upgrade() missing required argument 'bind'"]),
        ("def upgrade(): op.drop_table(" + "[" * 60 + "0" + "]" * 60 + "[0]" * 60 + ")\n", ['DROP TABLE "0"']),
    ],
)
def test_what_is_called_upgrade(body, steps):
    shared = "from alembic import op\ndef upgrade():\n    op.drop_table('shared')\n"
    assert first({"m/versions/a.py": HEAD + body, "app/shared.py": shared}) == steps


def test_code_that_is_long_is_shown_cut_with_a_hash():
    (step,) = (
        read({"m/versions/a.py": f"{HEAD}def upgrade():\n    op.drop_table(unknown({'x, ' * 200}))\n"})
        .migrations[0]
        .up.steps
    )
    assert step == Opaque(Place("m/versions/a.py", 6, 5), "op.drop_table: unknown is not read", step.source)
    assert (len(step.source), step.source[:24], step.source[240:245]) == (253, "op.drop_table(unknown(x,", "... #")
