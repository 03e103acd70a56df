"""What commands of a client program do: those of psql, read from its manual, and DELIMITER of mysql."""

import re
from enum import StrEnum

from msgspec import Struct


class Act(StrEnum):
    """What a command means for what is sent to the server."""

    NOTHING = "nothing"  # output, formats, timing
    SET = "set"  # gives a variable a value
    INCLUDE = "include"  # reads another file
    COPY = "copy"  # \copy: moves rows between a file and a table
    IF = "if"
    ELSE = "else"
    END = "end"
    QUIT = "quit"
    RUNS_RESULT = "runs-result"  # \gexec: what a query answers is run
    UNKNOWN = "unknown"


class Command(Struct, frozen=True):
    """A command: its act, its name, its arguments, and why it cannot be known (act UNKNOWN only)."""

    act: Act
    name: str
    arguments: tuple[str, ...] = ()
    reason: str = ""


# What only shows, formats or times.
_QUIET = frozenset(
    re.findall(
        r"\S+",
        "a C conninfo d echo encoding errverbose f g gdesc gx H h pset q qecho restrict unrestrict t T timing unset"
        " warn x flush flushrequest getresults parse bind bind_named close_prepared startpipeline endpipeline"
        " syncpipeline sendpipeline l password crosstabview o out w write p r reset s e ? copyright",
    )
)
_WORD = re.compile(r"'((?:[^']|'')*)'|\"((?:[^\"]|\"\")*)\"|(\S+)")
_NAME = re.compile(r"\\(!|\?|[A-Za-z_]+)?")


def command(text: str) -> Command:
    r"""What a line such as `\set schema app` does (PostgreSQL manual, psql, "Meta-Commands")."""
    if not text.startswith("\\"):
        return Command(Act.NOTHING, text.split(maxsplit=1)[0].upper())
    found = _NAME.match(text)
    name = (found[1] or "") if found is not None else ""
    rest = text[found.end() if found is not None else 1 :]
    words = tuple(a.replace("''", "'") or b or c for a, b, c in _WORD.findall(rest))
    match name:
        case "q" | "quit":
            return Command(Act.QUIT, name)
        case "set":
            return Command(Act.SET, name, (words[0], "".join(words[1:])) if words else ())
        case "gset" | "prompt" | "getenv":
            return Command(Act.SET, name)
        case "i" | "include" | "ir" | "include_relative":
            return Command(Act.INCLUDE, name, words[:1])
        case "copy":
            return Command(Act.COPY, name, (rest.strip(),))
        case "if":
            return Command(Act.IF, name, words)
        case "elif" | "else":
            return Command(Act.ELSE, name, words)
        case "endif":
            return Command(Act.END, name)
        case "gexec":
            return Command(Act.RUNS_RESULT, name)
        case "c" | "connect":
            if words and words[0] == "-":
                return Command(Act.NOTHING, name)
            return Command(Act.UNKNOWN, name, reason="from here on another database is worked on")
        case "!":
            return Command(Act.UNKNOWN, name, reason="a program of the shell is run")
        case "watch":
            return Command(Act.UNKNOWN, name, reason="a statement is repeated for as long as somebody watches")
        case _ if name in _QUIET or name.startswith("d"):
            return Command(Act.NOTHING, name)
        case _:
            return Command(Act.UNKNOWN, name, reason=f"\\{name} is no command that is known")


_SOURCE = re.compile(
    r"(?P<what>\(.*\)|[^\s(]+(?:\s*\([^)]*\))?)\s+(?P<way>from|to)\s+"
    r"(?:program\s+)?(?:'(?:[^']|'')*'|\S+)(?P<options>.*)",
    re.IGNORECASE | re.DOTALL,
)


def copied(arguments: str) -> str | None:
    r"""The statement that `\copy ARGUMENTS` sends to the server; None for a form that is not known."""
    found = _SOURCE.fullmatch(arguments)
    if found is None:
        return None
    way = "FROM STDIN" if found["way"].lower() == "from" else "TO STDOUT"
    return f"COPY {found['what']} {way}{found['options'].rstrip()}"
