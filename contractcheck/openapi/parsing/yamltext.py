"""YAML into values: composed from the events of PyYAML's C parser, with budgets met before anything large is built.

Plain scalars follow the core schema of YAML 1.2: `yes`, `on`, `NO`, dates and `1_000` are texts, `010` is ten. `.inf`
and `.nan` are texts too, since JSON has no such numbers. Names are taken as written: `200:` names the member `200`.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from contractcheck.errors import UnreadableError
from contractcheck.model.place import join
from contractcheck.openapi.parsing.number import MAX_DIGITS, TooLongError, exact
from contractcheck.openapi.parsing.parsed import FLATTEN, MAX_DEPTH, TOO_DEEP, Flaw, Parsed
from contractcheck.openapi.parsing.text import Lines, unreadable

if TYPE_CHECKING:
    import yaml

MAX_EVENTS = 6_000_000  # about 6 s
MAX_EXPANDED = 1_000_000  # nodes that aliases add to what a walk over the value meets
MAX_DIRECTIVES = 100  # libyaml compares every %TAG with every other

_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
# Only a plain scalar that begins so can be anything but a text.
_STARTS = frozenset("0123456789+-.~ntfNTF")
_CORE = "tag:yaml.org,2002:"
_RESOLVED = frozenset(_CORE + kind for kind in ("null", "bool", "int", "float"))
_KEY = "the name of a member must be a text"
_KEY_STEP = "write the name as a plain or quoted text"


def resolve(text: str) -> Any:  # noqa: ANN401 - a scalar, perhaps a Decimal
    """What a plain scalar is in the core schema (YAML 1.2.2 §10.3.2). Raises TooLongError."""
    if text and text[0] not in _STARTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return exact(text)
    if _BASED.fullmatch(text):
        if len(text) > MAX_DIGITS:
            raise TooLongError
        return int(text, 0)
    return text


class _Merge(str):
    """The plain name `<<`; a quoted one is a name like any other."""

    __slots__ = ()


_MERGE = _Merge("<<")


class _Named:
    """An anchored node: its value once it is complete, how many nodes a walk over it meets, how deep it is."""

    __slots__ = ("complete", "height", "value", "walked")

    def __init__(self, value: Any = None, *, complete: bool = False) -> None:  # noqa: ANN401 - any JSON value
        self.complete = complete
        self.value = value
        self.walked = 1
        self.height = 0


class _Frame:
    """A collection that is still open."""

    __slots__ = ("height", "merged", "named", "token", "value", "walked")

    def __init__(self, value: dict[str, Any] | list[Any], token: str | int, named: _Named | None) -> None:
        self.value = value
        self.token = token  # its name or index in the collection around it
        self.named = named
        self.merged: list[dict[str, Any]] = []  # what stands under `<<`
        self.walked = 1
        self.height = 1


def parse(text: str, file: str) -> Parsed:
    """The value of the first document in a YAML text without byte order mark.

    Of names given twice the last one is used; merge keys (`<<`) add what the mapping itself does not give.
    Raises UnreadableError, with line and column, for a text that is no YAML, that has cycles, or that exceeds a budget.
    """
    import yaml

    directives = [found.start() for found in re.finditer("^%", text, re.MULTILINE)]
    if len(directives) > MAX_DIRECTIVES:
        what = f"more than {MAX_DIRECTIVES} directives"
        raise unreadable(what, file, text, directives[MAX_DIRECTIVES], next_step="remove them")
    loader = yaml.CSafeLoader(text)
    try:
        return _Composer(text, file).compose(loader)
    except yaml.YAMLError as error:
        what, index = problem(error, text)
        raise unreadable(f"this is not YAML: {what}", file, text, index, next_step="write valid YAML") from None
    finally:
        loader.dispose()


def problem(error: "yaml.YAMLError", text: str) -> tuple[str, int]:
    """PyYAML's words for what is wrong, and the index of the character where."""
    import yaml

    if isinstance(error, yaml.reader.ReaderError):  # its position counts bytes of UTF-8
        return error.reason, len(text.encode()[: error.position].decode(errors="ignore"))
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        words = ", ".join(part for part in (error.context, error.problem) if part)
        return words, mark.index if mark else 0
    return str(error), 0  # pragma: no cover - libyaml has no third kind


class _Composer:
    """One run over the events of one text."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._stack: list[_Frame] = []
        self._anchors: dict[str, _Named] = {}
        self._expanded = 0
        self._flaws: list[tuple[str, str, int, str]] = []

    def compose(self, loader: "yaml.CSafeLoader") -> Parsed:
        from yaml import events as kinds

        get: Callable[[], Any] = loader.get_event
        scalar, mapping, sequence = kinds.ScalarEvent, kinds.MappingStartEvent, kinds.SequenceStartEvent
        ends = (kinds.MappingEndEvent, kinds.SequenceEndEvent)
        names: dict[str, str] = {}  # one object for each name, however often it stands
        root: Any = None
        inner: Any = None  # the value of the innermost open collection
        key: str | None = None  # the name whose value comes next, while `inner` is a mapping
        for _ in range(MAX_EVENTS):
            event = get()
            kind = type(event)
            if kind is scalar:
                text = event.value
                if type(inner) is dict and key is None:
                    key = names.setdefault(text, text)
                    if event.anchor:
                        self._anchors[event.anchor] = _Named(key, complete=True)
                    if text == "<<" and event.implicit[0]:
                        key = _MERGE
                    if key in inner or (key is _MERGE and self._stack[-1].merged):
                        self._flaw("duplicate-key", event, text, text)
                    continue
                if event.tag is None and (not event.implicit[0] or (text and text[0] not in _STARTS)):
                    node = text
                else:
                    node = self._scalar(event, key)
                if event.anchor:
                    self._anchors[event.anchor] = _Named(node, complete=True)
            elif kind is mapping or kind is sequence:
                if type(inner) is dict and key is None:
                    raise self._unreadable(_KEY, event, next_step=_KEY_STEP)
                token = len(inner) if type(inner) is list else key or ""
                inner = self._open(event, {} if kind is mapping else [], token)
                key = None
                continue
            elif kind in ends:
                node, inner, key = self._close()
            elif kind is kinds.AliasEvent:
                named = self._alias(event)
                if type(inner) is dict and key is None:
                    if not isinstance(named.value, str):
                        raise self._unreadable(_KEY, event, next_step=_KEY_STEP)
                    key = named.value
                    if key in inner:
                        self._flaw("duplicate-key", event, key, key)
                    continue
                node = named.value
            elif kind is kinds.StreamEndEvent:
                return self._parsed(root)
            elif kind is kinds.DocumentStartEvent:
                if root is not None:
                    self._flaw("several-documents", event, None, "")
                    return self._parsed(root)
                self._anchors.clear()
                continue
            else:  # the start of the stream, the end of a document
                continue
            if type(inner) is list:
                inner.append(node)
            elif inner is None:
                root = node
            elif key is _MERGE:
                self._merge(node)
                key = None
            else:
                inner[key] = node
                key = None
        what = f"more than {MAX_EVENTS} nodes"
        raise self._unreadable(what, event, next_step="split the document into several files")

    def _scalar(self, event: Any, key: str | None) -> Any:  # noqa: ANN401 - an event in, a scalar out
        """The value of a scalar that may be no text, or that has a tag."""
        tag: str | None = event.tag
        text: str = event.value
        if tag is not None and not tag.startswith(_CORE) and tag != "!":
            self._flaw("tag-ignored", event, key, tag)
        if tag in {"!", _CORE + "str"} or (event.style and tag not in _RESOLVED):
            return text
        try:
            return resolve(text)
        except TooLongError:
            what = f"a number has more than {MAX_DIGITS} digits"
            raise self._unreadable(what, event, next_step="give a smaller number, or a text in quotes") from None

    def _open(self, event: Any, value: Any, token: str | int) -> Any:  # noqa: ANN401 - a dict or a list
        if len(self._stack) >= MAX_DEPTH:
            raise self._unreadable(TOO_DEEP, event, next_step=FLATTEN)
        if event.tag is not None and not event.tag.startswith(_CORE) and event.tag != "!":
            self._flaw("tag-ignored", event, token, event.tag)
        named = _Named(value) if event.anchor else None
        if named:
            self._anchors[event.anchor] = named
        self._stack.append(_Frame(value, token, named))
        return value

    def _close(self) -> tuple[Any, Any, str | None]:
        """The collection that ends, the value of the one around it, and its name there."""
        frame = self._stack.pop()
        value = frame.value
        for merged in frame.merged:
            for name in merged:
                value.setdefault(name, merged[name])  # type: ignore[union-attr]
        frame.walked += len(value)
        if frame.named:
            frame.named.complete = True
            frame.named.walked = frame.walked
            frame.named.height = frame.height
        if not self._stack:
            return value, None, None
        around = self._stack[-1]
        around.walked += frame.walked
        around.height = max(around.height, frame.height + 1)
        if type(around.value) is list:
            return value, around.value, None
        return value, around.value, frame.token  # type: ignore[return-value]

    def _alias(self, event: Any) -> _Named:  # noqa: ANN401 - an event
        """What an alias stands for. Raises UnreadableError if that is nothing, is around the alias, or is too much."""
        named = self._anchors.get(event.anchor)
        if named is None:
            what = f"no anchor &{event.anchor} stands before this alias"
            raise self._unreadable(what, event, next_step="define the anchor, or quote the text if it is no alias")
        if not named.complete:
            what = f"the alias *{event.anchor} stands inside of the node it names"
            raise self._unreadable(what, event, next_step="use $ref for recursion")
        self._expanded += named.walked
        if self._expanded > MAX_EXPANDED:
            what = f"aliases expand to more than {MAX_EXPANDED} nodes"
            raise self._unreadable(what, event, next_step="use $ref in place of aliases")
        if len(self._stack) + named.height > MAX_DEPTH:
            raise self._unreadable(TOO_DEEP, event, next_step=FLATTEN)
        frame = self._stack[-1]  # an anchor is complete and still known only inside of a collection
        frame.walked += named.walked
        frame.height = max(frame.height, named.height + 1)
        return named

    def _merge(self, node: Any) -> None:  # noqa: ANN401 - a JSON value
        """Note what stands under `<<`; what is neither a mapping nor a list of mappings is an ordinary member."""
        frame = self._stack[-1]
        maps = node if isinstance(node, list) else [node]
        if all(isinstance(each, dict) for each in maps):
            frame.merged = maps + frame.merged  # of two merge keys the last one wins, within one the first mapping
        else:
            frame.value["<<"] = node  # type: ignore[call-overload]

    def _pointer(self, token: str | int | None) -> str:
        around = (frame.token for frame in self._stack[1:])
        return join("", *around, *(() if token is None or not self._stack else (token,)))

    def _flaw(self, rule: str, event: Any, token: str | int | None, name: str) -> None:  # noqa: ANN401 - an event
        if token is None and self._stack and isinstance(self._stack[-1].value, list):
            token = len(self._stack[-1].value)
        self._flaws.append((rule, self._pointer(token), event.start_mark.index, name))

    def _unreadable(self, what: str, event: Any, *, next_step: str) -> UnreadableError:  # noqa: ANN401 - an event
        return unreadable(what, self._file, self._text, event.start_mark.index, next_step=next_step)

    def _parsed(self, root: Any) -> Parsed:  # noqa: ANN401 - a JSON value
        if not self._flaws:
            return Parsed(root)
        lines = Lines(self._text)
        return Parsed(root, tuple(Flaw(rule, at, *lines.at(index), name) for rule, at, index, name in self._flaws))
