"""Untrusted text in HTML: escaped, isolated, with what is invisible made visible."""

import html

from contractcheck.reports.escaping import printable


def escape(text: str) -> str:
    r"""The text for an element or a quoted attribute; control and format characters as `\uXXXX`."""
    return html.escape(printable(text), quote=True)


def said(text: str) -> str:
    """Prose with untrusted parts: right-to-left letters in it do not move what stands around it."""
    return f"<bdi>{escape(text)}</bdi>"


def code(text: str) -> str:
    """A name, a path, a value."""
    return f"<code><bdi>{escape(text)}</bdi></code>"


def pre(text: str) -> str:
    """Several lines, as they are."""
    lines = (escape(line.replace("\t", "    ")) for line in text.split("\n"))
    return "<pre>" + "\n".join(f"<bdi>{line}</bdi>" for line in lines) + "</pre>"


def attribute(text: str) -> str:
    """The text for an attribute that the script searches: lower case."""
    return escape(text.lower())
