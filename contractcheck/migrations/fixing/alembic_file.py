"""A revision of Alembic with its downgrade written in; the rest of the file stays as it is, byte for byte."""

import ast
import io
import tokenize
from collections.abc import Sequence

from msgspec import Struct

from contractcheck.migrations.fixing.alembic_code import Names, code
from contractcheck.migrations.fixing.sql_file import UnwritableError


class Module(Struct, frozen=True):
    """A module: its text, its tree, its encoding and the end of its lines."""

    text: str
    tree: ast.Module
    encoding: str
    end: str

    @property
    def lines(self) -> list[str]:
        """The lines with their ends."""
        return self.text.splitlines(keepends=True)


def with_downgrade(content: bytes, statements: Sequence[str], *, native: bool = True) -> bytes:
    """The file with these statements as its downgrade; as calls of `op` where they can be said so and it is `native`.

    Raises UnwritableError for a file that cannot be read, has no `op`, or whose downgrade has code of its own.
    """
    module = load(content)
    names = names_of(module.tree)
    up, down = function(module.tree, "upgrade"), function(module.tree, "downgrade")
    if up is None:
        raise UnwritableError("there is no upgrade in it")
    lines = module.lines
    indent = _indent(up, lines)
    body = [line for sql in statements for line in code(sql, names, native=native)]
    if down is None:
        gap = "" if module.text.endswith(("\n", "\r")) else module.end
        head = f"{gap}{module.end}{module.end}def downgrade():{module.end}"
        return encoded(module, module.text + head + _block(body, indent, module.end))
    kept = down.body[1:] if ast.get_docstring(down, clean=False) is not None else down.body
    for statement in kept:
        if not _does_nothing(statement):
            raise UnwritableError("its downgrade has code of its own")
    if down.body[0].lineno == down.lineno:
        raise UnwritableError("its downgrade stands on the line of its def")
    text = _block(body, indent, module.end)
    if kept:
        first, last = kept[0].lineno, kept[-1].end_lineno or kept[-1].lineno
        tail = lines[last - 1][column(lines[last - 1], kept[-1].end_col_offset or 0) :].strip()
        if tail and not tail.startswith("#"):
            raise UnwritableError("its downgrade is followed by code on the same line")
        return encoded(module, "".join((*lines[: first - 1], text, *lines[last:])))
    last = down.body[-1].end_lineno or down.lineno
    before = "".join(lines[:last])
    return encoded(module, (before if before.endswith("\n") else before + module.end) + text + "".join(lines[last:]))


def load(content: bytes) -> Module:
    """The module in a file. Raises UnwritableError for one that cannot be edited by lines."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
        tree = ast.parse(text)
    except (SyntaxError, UnicodeDecodeError, LookupError, ValueError, RecursionError) as error:
        raise UnwritableError(f"the file cannot be read: {error}") from None
    if "\x0c" in text or "\x0b" in text:
        raise UnwritableError("the file has form feeds, which count as lines here and not there")
    if "\r" in text.replace("\r\n", ""):
        raise UnwritableError("the file has lines that end in a carriage return alone")
    if any(len(each.splitlines()) > 1 for each in text.split("\n")):
        raise UnwritableError("the file has line separators inside of its lines")
    return Module(text, tree, encoding, "\r\n" if "\r\n" in text else "\n")


def encoded(module: Module, text: str) -> bytes:
    """The bytes of the file with that text. Raises UnwritableError where its encoding has no place for it."""
    try:
        return text.encode(module.encoding)
    except UnicodeEncodeError:
        raise UnwritableError(f"what is to be written has no place in {module.encoding}") from None


def names_of(tree: ast.Module) -> Names:
    """What the module calls `alembic.op` and `sqlalchemy`."""
    op = sa = None
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "alembic" and not node.level:
            op = next((each.asname or each.name for each in node.names if each.name == "op"), op)
        elif isinstance(node, ast.Import):
            sa = next((each.asname or each.name for each in node.names if each.name == "sqlalchemy"), sa)
    if op is None:
        raise UnwritableError("it does not import op from alembic")
    return Names(op, sa)


def function(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """The function that counts of those with a name: the last one."""
    return next((node for node in reversed(tree.body) if isinstance(node, ast.FunctionDef) and node.name == name), None)


def _does_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Raise() | ast.Return(value=None | ast.Constant(value=None)):
            return True
        case ast.Expr(value=ast.Constant()):
            return True
        case _:
            return False


def _indent(up: ast.FunctionDef, lines: Sequence[str]) -> str:
    line = lines[up.body[0].lineno - 1]
    found = line[: len(line) - len(line.lstrip())]
    return found if found and up.body[0].lineno > up.lineno else "    "


def _block(body: Sequence[str], indent: str, end: str) -> str:
    lines = (line.replace("\r\n", "\n").replace("\n", end) for line in body)
    return "".join(f"{indent}{line}{end}" for line in lines)


def column(line: str, offset: int) -> int:
    """A column in characters, of one in bytes of UTF-8."""
    return len(line.encode()[:offset].decode(errors="ignore"))
