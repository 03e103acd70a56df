"""Untrusted text made safe for a terminal and for Markdown: names in a repository may hold anything."""

import re
import unicodedata

# Controls, format characters (bidirectional overrides, zero width), surrogates, private use, line separators.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_PLAIN = re.compile(r"[ -~]*")
_BEYOND = re.compile(r"[^\x00-\x7e]")


def printable(text: str) -> str:
    r"""The text with invisible and controlling characters shown as `\uXXXX`: nothing moves the cursor or reorders."""
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_shown(character) for character in text)


def escaped(json: str) -> str:
    """JSON with every invisible or controlling character in its strings as an escape: the same values, safe to see."""
    return json if json.isascii() else _BEYOND.sub(_as_json, json)


def _as_json(found: re.Match[str]) -> str:
    character = found[0]
    if unicodedata.category(character) not in _UNSAFE:
        return character
    units = character.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def code(text: str, limit: int = 200) -> str:
    """A Markdown code span that the text cannot leave: fence longer than any run of backticks inside, pipes escaped.

    Nothing inside is a link, a mention, HTML or emphasis (CommonMark 0.31 §6.1). Cut after `limit` characters.
    """
    line = printable(text)
    line = line if len(line) <= limit else line[: limit - 1] + "…"
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if line.startswith(("`", " ")) or line.endswith(("`", " ")) or not line else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", r"\|")


def fenced(text: str, language: str) -> str:
    """Lines as a Markdown code block that they cannot leave (CommonMark 0.31 §4.5)."""
    lines = [printable(line) for line in text.splitlines()]
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    return "\n".join((f"{fence}{language}", *lines, fence))


def prose(text: str) -> str:
    """Text of ours with untrusted parts in it, as Markdown: every character that could mean something is escaped.

    An `@` gets a zero-width space behind it, as no escape stops a forge from notifying the person mentioned.
    """
    escaped = re.sub(r"([\\`*_{}\[\]<>()#+!|~$&]|:(?=\S))", r"\\\1", printable(text))
    return escaped.replace("@", "@&#8203;")


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _UNSAFE:
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
