"""Which of the two parsers reads a file."""

import re

from contractcheck.errors import UnreadableError
from contractcheck.openapi.parsing import jsontext, yamltext
from contractcheck.openapi.parsing.parsed import Flaw, Parsed
from contractcheck.openapi.parsing.text import MAX_BYTES, decode, encoding

__all__ = ["Flaw", "Parsed", "is_json", "parse"]

_OPENING = re.compile(rb"[ \t\r\n\0]*[{\[]")  # NUL: half of a character in UTF-16


def is_json(data: bytes, file: str) -> bool:
    """Whether to try JSON first: by the name, or because the text opens a bracket."""
    return file.lower().endswith(".json") or _OPENING.match(data, encoding(data)[1]) is not None


def parse(data: bytes, file: str) -> Parsed:
    """The value of a YAML or JSON file.

    A file whose name does not end in `.json` and that is not JSON after all is read as YAML, which allows brackets too.
    Raises UnreadableError, with line and column where there is one, for text that is neither or that exceeds a budget.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableError(
            f"{len(data)} bytes are more than the {MAX_BYTES} that are read", where=file, next_step="split the file"
        )
    if not data.strip():
        raise UnreadableError("the file is empty", where=file, next_step="write the document, or leave the file out")
    if is_json(data, file):
        name, skip = encoding(data)
        plain = name == "utf-8" and not skip
        try:
            return jsontext.parse(data if plain else decode(data, file).encode(), file)
        except jsontext.NotJsonError as error:
            if file.lower().endswith(".json"):
                raise error.unreadable from None
    return yamltext.parse(decode(data, file), file)
