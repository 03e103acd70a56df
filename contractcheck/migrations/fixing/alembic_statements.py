"""Calls of `op` in a revision of Alembic replaced by safe sequences; the rest of the file stays as it is."""

import ast
import hashlib
import re
from collections.abc import Iterator, Sequence
from posixpath import dirname, join

from contractcheck.migrations.examined import Examined
from contractcheck.migrations.fixing import Edit, Work
from contractcheck.migrations.fixing.alembic_code import Names
from contractcheck.migrations.fixing.alembic_file import Module, encoded, function, load, names_of
from contractcheck.migrations.fixing.plans import Plan, back, states
from contractcheck.migrations.fixing.sql_file import UnwritableError
from contractcheck.migrations.trees import Migration
from contractcheck.model.finding import RemedyStep, When

_STEP = 4  # spaces
_VARIABLE = re.compile(r"(?<![:\w\\]):(?=\w)(?!:)")


def in_place(work: Work, examined: Examined, planned: tuple[Plan, ...]) -> tuple[Edit, ...]:
    """Everything in the revision itself: what runs later is in a block that commits what came before."""
    return (_edited(work, examined, planned, [plan.parts for plan in planned]),)


def in_several(work: Work, examined: Examined, planned: tuple[Plan, ...]) -> tuple[Edit, ...]:
    """What runs later in revisions of their own, which follow this one; their downgrades give back what they met."""
    extra = [part for plan in planned for part in _late(plan)]
    if not extra or any(_late(plan) != plan.parts[len(plan.parts) - len(_late(plan)) :] for plan in planned):
        raise UnwritableError("nothing runs later, or not at the end")
    migration = examined.migration
    first = _edited(work, examined, planned, [plan.parts[: len(plan.parts) - len(_late(plan))] for plan in planned])
    edits, last = [first], migration.id
    at = 0
    for plan in planned:
        reached = states(plan, examined)
        for number, part in enumerate(plan.parts):
            if part not in _late(plan):
                continue
            down = back(reached[number], reached[number + 1])
            if down is None:
                raise UnwritableError("its way back cannot be written")
            at += 1
            made = _revision(work, migration, last, at, part, down, plan.rule)
            edits.append(made)
            last = _identity(migration.id, at)
    edits += _followers(work, migration.id, last)
    return tuple(edits)


def _late(plan: Plan) -> tuple[tuple[RemedyStep, ...], ...]:
    return tuple(part for part in plan.parts[1:] if part[0].when is When.LATER)


def _edited(
    work: Work,
    examined: Examined,
    planned: Sequence[Plan],
    parts: Sequence[tuple[tuple[RemedyStep, ...], ...]],
) -> Edit:
    """The file with these parts where the statements stood."""
    path = examined.migration.path
    module = load(work.snapshot.read(path))
    op, up = names_of(module.tree).op, function(module.tree, "upgrade")
    if up is None:
        raise UnwritableError("there is no upgrade in it")
    lines = module.lines
    for plan, mine in reversed([*zip(planned, parts, strict=True)]):
        node, inside = _call(up, plan.ran.statement.place.line or 0)
        last = node.end_lineno or node.lineno
        head, tail = lines[node.lineno - 1], lines[last - 1].encode()[node.end_col_offset or 0 :].decode().strip()
        indent = head[: len(head) - len(head.lstrip())]
        if len(head[: node.col_offset].strip()) or (tail and not tail.startswith("#")):
            raise UnwritableError("other code stands on its lines")
        ended = lines[last - 1].encode()[: node.end_col_offset or 0].decode()
        call = "".join((*lines[node.lineno - 1 : last - 1], ended)) if last > node.lineno else ended
        text = [f"{indent}{tail}"] if tail else []
        text += [f"{indent}{line}" if line else line for line in _code(mine, op, node, call, plan, inside=inside)]
        lines[node.lineno - 1 : last] = [line.replace("\n", module.end) + module.end for line in text]
    rules = tuple(dict.fromkeys(plan.rule for plan in planned))
    return Edit(path, encoded(module, "".join(lines)), examined.migration.id, rules)


def _call(up: ast.FunctionDef, line: int) -> tuple[ast.Expr, bool]:
    """The statement of the upgrade that begins on a line, and whether it is in a block without transaction."""
    for node in up.body:
        if isinstance(node, ast.Expr) and node.lineno == line:
            return node, False
        if isinstance(node, ast.With) and "autocommit_block" in ast.unparse(node.items[0]):
            for inner in node.body:
                if isinstance(inner, ast.Expr) and inner.lineno == line:
                    return inner, True
    raise UnwritableError("it is not a plain statement of the upgrade")


def _code(
    parts: Sequence[Sequence[RemedyStep]], op: str, node: ast.Expr, call: str, plan: Plan, *, inside: bool
) -> Iterator[str]:
    """The lines for the parts of one statement, without the indentation of the place."""
    block = f"with {op}.get_context().autocommit_block():"
    begun = inside
    for number, part in enumerate(parts):
        apart = part[0].when is When.ALONE or (number and part[0].when is When.LATER and len(part) == 1)
        if inside and not apart:
            raise UnwritableError("it stands in a block without transaction")
        if number and not apart and not begun:
            raise UnwritableError("nothing is between two transactions")
        if apart and not begun:
            yield block
        begun = bool(apart)
        pad = " " * _STEP if apart and not inside else ""
        for step in part:
            own = _native(node, call, step, plan) or _same(call, step, plan)
            for line in own or _execute(op, step.sql):
                yield f"{pad}{line}"


def _same(call: str, step: RemedyStep, plan: Plan) -> list[str] | None:
    """The call as it stands, where that is the step."""
    sql = plan.ran.statement.sql.strip().rstrip(";")
    return _dedented(call) if step.sql.rstrip(";") == sql else None


def _native(node: ast.Expr, call: str, step: RemedyStep, plan: Plan) -> list[str] | None:
    """The call with the option of the dialect that makes it the step."""
    made = node.value
    if not isinstance(made, ast.Call) or not isinstance(made.func, ast.Attribute):
        return None
    if {each.arg for each in made.keywords} & {None, "if_not_exists", "if_exists"}:
        return None
    sql = plan.ran.statement.sql.strip().rstrip(";")
    match made.func.attr:
        case "create_index" if step.sql.startswith("CREATE ") and sql.startswith("CREATE "):
            wanted, option = re.sub(r"\bINDEX\b", "INDEX CONCURRENTLY", sql, count=1), "postgresql_concurrently"
        case "drop_index" if sql.startswith("DROP INDEX "):
            wanted, option = sql.replace("DROP INDEX", "DROP INDEX CONCURRENTLY", 1), "postgresql_concurrently"
        case "create_foreign_key" | "create_check_constraint":
            wanted, option = f"{sql} NOT VALID", "postgresql_not_valid"
        case _:
            return None
    fits = step.sql.rstrip(";") == wanted and option not in {each.arg for each in made.keywords}
    return _with_option(_dedented(call), option) if fits else None


def _with_option(lines: list[str], option: str) -> list[str] | None:
    """A call with one more argument, in the manner of its lines."""
    text = "\n".join(lines).rstrip()
    if not text.endswith(")"):
        return None
    body = text[:-1].rstrip()
    if len(lines) > 1 and lines[-1].strip() == ")":
        comma = "" if body.endswith(",") else ","
        pad = lines[1][: len(lines[1]) - len(lines[1].lstrip())]
        return f"{body}{comma}\n{pad}{option}=True,\n)".split("\n")
    comma = " " if body.endswith(",") else ", "
    return f"{body}{comma}{option}=True)".split("\n")


def _dedented(call: str) -> list[str]:
    lines = call.splitlines()
    depth = len(lines[0]) - len(lines[0].lstrip())
    return [line[depth:] if not line[:depth].strip() else line for line in lines]


def _execute(op: str, sql: str) -> list[str]:
    """A call that sends a statement; a colon before a word would be a parameter."""
    text = _VARIABLE.sub(r"\\:", sql.rstrip(";"))
    if "\n" in text or "\\" in text or '"' in text:
        return [f"{op}.execute({text!r})"]
    return [f'{op}.execute("{text}")']


def _identity(identity: str, number: int) -> str:
    return hashlib.sha256(f"{identity} {number}".encode()).hexdigest()[:12]


def _revision(
    work: Work,
    migration: Migration,
    follows: str,
    number: int,
    part: Sequence[RemedyStep],
    down: Sequence[str],
    rule: str,
) -> Edit:
    """A revision of its own for what runs later."""
    module = load(work.snapshot.read(migration.path))
    up = function(module.tree, "upgrade")
    hint = " -> None" if up is not None and up.returns is not None else ""
    identity = _identity(migration.id, number)
    verb = "validate" if "VALIDATE" in part[0].sql else "finish"
    names = Names("op", None)
    lines = [
        f'"""{verb.capitalize()} what {migration.id} begins.',
        "",
        f"Revision ID: {identity}",
        f"Revises: {follows}",
        '"""',
        "",
        "from alembic import op",
        "",
        f'revision = "{identity}"',
        f'down_revision = "{follows}"',
        "branch_labels = None",
        "depends_on = None",
        "",
        "",
        f"def upgrade(){hint}:",
        *(f"    {line}" for step in part for line in _execute(names.op, step.sql)),
        "",
        "",
        f"def downgrade(){hint}:",
        *(f"    {line}" for sql in down for line in _execute(names.op, sql)),
        "",
    ]
    stem = migration.path.rpartition("/")[2].removesuffix(".py")
    rest = stem.removeprefix(migration.id).lstrip("_") or verb
    path = join(dirname(migration.path), f"{identity}_{rest}_{verb}.py")
    return Edit(path, module.end.join(lines).encode(), identity, (rule,))


def _followers(work: Work, identity: str, last: str) -> Iterator[Edit]:
    """The revisions that followed one follow another; only those that were not released can."""
    free = {each.migration.id for each in work.examined}
    for migration in work.tree.migrations:
        if identity not in migration.parents:
            continue
        if migration.id not in free:
            raise UnwritableError(f"{migration.id} was released and follows it")
        module = load(work.snapshot.read(migration.path))
        lines = module.lines
        found = list(_written_parents(module, identity))
        if len(found) != 1:
            raise UnwritableError(f"{migration.path} does not say whom it follows in so many words")
        line, begin, end = found[0]
        data = lines[line - 1].encode()
        quote = data[begin : begin + 1].decode()
        lines[line - 1] = (data[:begin] + f"{quote}{last}{quote}".encode() + data[end:]).decode()
        text = "".join(lines).replace(f"Revises: {identity}", f"Revises: {last}")
        yield Edit(migration.path, encoded(module, text), migration.id, ())


def _written_parents(module: Module, identity: str) -> Iterator[tuple[int, int, int]]:
    """Where `down_revision` names a parent: line, first and last byte."""
    for node in module.tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == "down_revision" for target in targets):
            for each in ast.walk(node):
                if isinstance(each, ast.Constant) and each.value == identity and each.end_col_offset is not None:
                    yield each.lineno, each.col_offset, each.end_col_offset
