"""A witness for people: the whole value where it is short, else the part that the finding is about, cut to a line."""

import json

from contractcheck.model.finding import Json, Proof
from contractcheck.model.place import split

MOST = 160
"""Characters that are read at a glance in a pull request."""


def shown(proof: Proof, most: int = MOST) -> tuple[str, str]:
    """The JSON text of a witness in at most so many characters, and where it is: empty for the whole, ` at /a/b`."""
    whole = _text(proof.witness)
    pointer = proof.trial.part if proof.trial is not None else ""
    if len(whole) <= most:
        return whole, ""
    value = proof.witness
    for token in split(pointer):
        if isinstance(value, list | tuple):
            value = value[int(token)]
        elif isinstance(value, dict):
            value = value[token]
    return _cut(_text(value), most), f" at {pointer}" if pointer else ""


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str, most: int) -> str:
    """The text, or its beginning and its length."""
    if len(text) <= most:
        return text
    return f"{text[: most - 24]}… ({len(text):,} characters)"
