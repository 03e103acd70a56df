"""What may be shown of a recorded exchange: where it went, never what it carried."""

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

MASK: Final = "***"

_WORD: Final = re.compile(
    r"[a-z][a-z_.-]{0,23}|[A-Za-z]?[a-z]{1,12}(?:[A-Z][a-z]{1,12}){0,3}|v[0-9]{1,3}(?:\.[0-9]{1,3})?|[0-9]{1,6}"
)
_NAMES: Final = 12


def address(url: str) -> str:
    """The path and the names of the query: `/users/***?page=***`. No host, no values, no segment that may be a secret.

    A segment is shown if it is a word or a small number; identifiers, tokens and addresses of people are not.
    """
    try:
        split = urlsplit(url)
        query = parse_qsl(split.query, keep_blank_values=True, max_num_fields=2_000)
    except ValueError:
        return MASK
    path = "/".join(part if not part or _WORD.fullmatch(part) else MASK for part in split.path.split("/"))
    names = list(dict.fromkeys(name if _WORD.fullmatch(name) else MASK for name, _ in query))
    asked = "&".join(f"{name}={MASK}" for name in names[:_NAMES])
    return (path or "/") + (f"?{asked}" if asked else "")
