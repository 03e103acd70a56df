"""Findings in HTML: what was found, why it is believed, whom it reaches, and both sources side by side."""

import json
from collections.abc import Iterator
from difflib import SequenceMatcher

from contractcheck.model.finding import Direction, Finding, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.report import Snippet, Snippets
from contractcheck.reports import http, remedy
from contractcheck.reports.html_text import attribute, code, escape, pre, said
from contractcheck.reports.sections import plural
from contractcheck.reports.witness import shown

_OPERATIONS = 12  # named at once; the others wait behind a click
_LISTED = 400  # named at all
_WITNESS = 4_000
_SHORT = 90  # characters of a witness that stand in a line
_ALIKE = 0.3  # below, two places hold different things: every line would be marked


def card(finding: Finding, snippets: Snippets | None, name: str, *, is_open: bool) -> Iterator[str]:
    """One finding as an element that opens and closes without a script."""
    place = finding.place or finding.base_place
    level = finding.severity.value
    marks = [
        *(["unproven"] if finding.proof.kind is ProofKind.UNPROVEN else []),
        *(["suppressed"] if finding.suppressed is not None else []),
        *([plural(finding.traffic, "recorded exchange")] if finding.traffic else []),
    ]
    searched = " ".join((finding.rule, finding.message, finding.subject, str(place or "")))
    data = f'data-severity="{level}" data-category="{finding.category.value}" data-text="{attribute(searched)}"'
    yield f'<details class="finding" id="{escape(name)}" {data}{" open" if is_open else ""}>'
    yield (
        f'<summary><span class="badge {level}">{level}</span><span class="said">{said(finding.message)}</span>'
        f'<span class="mark">{escape(" · ".join(marks) or finding.category.value)}</span>'
        f'<span class="where">{code(finding.subject)}{f" at {code(str(place))}" if place else ""}</span></summary>'
    )
    yield '<div class="body"><dl class="facts">'
    yield from _facts(finding)
    yield "</dl>"
    yield from _remedy(finding)
    yield from _exchange(finding)
    if snippets is not None:
        yield from _sides(finding, *snippets)
    yield "</div></details>"


def _facts(finding: Finding) -> Iterator[str]:
    proof = finding.proof
    if proof.kind is ProofKind.WITNESS and not proof.rests_on_exchange:
        value, where = shown(proof, most=_WITNESS)
        happened = f'<span class="dim">{escape(where + _happened(finding))}</span>'
        yield _fact("Witness", (code(value) if len(value) <= _SHORT else pre(_indented(value))) + happened)
    elif proof.kind is ProofKind.UNPROVEN:
        yield _fact("Unproven", said(proof.why))
    else:
        yield _fact("Proof", said(f"{proof.kind.value}: {proof.why}"))
    names = sorted({affected.operation for affected in finding.affects})
    if names and not (len(names) == 1 and finding.subject.startswith(names[0])):
        yield _fact("Reaches", _operations(names))
    if finding.traffic is not None:
        yield _fact("Traffic", escape(f"breaks {plural(finding.traffic, 'recorded exchange')}"))
    if finding.suppressed is not None:
        yield _fact("Suppressed", said(finding.suppressed))
    if finding.suggestion:
        yield _fact("Instead", pre(finding.suggestion) if "\n" in finding.suggestion else said(finding.suggestion))
    yield _fact("Rule", code(finding.rule) + f' <span class="dim">fingerprint {finding.fingerprint}</span>')


def _indented(text: str) -> str:
    """JSON over several lines; as it is where it was cut."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _fact(name: str, text: str) -> str:
    return f"<dt>{name}</dt><dd>{text}</dd>"


def _operations(names: list[str]) -> str:
    first = "".join(f"<li>{code(name)}</li>" for name in names[:_OPERATIONS])
    listed = f'<ul class="ops">{first}</ul>'
    if len(names) <= _OPERATIONS:
        return listed
    rest = "".join(f"<li>{code(name)}</li>" for name in names[_OPERATIONS:_LISTED])
    untold = f"<p>and {len(names) - _LISTED} more</p>" if len(names) > _LISTED else ""
    more = plural(len(names) - _OPERATIONS, "more operation")
    return f'{listed}<details class="more"><summary>{more}</summary><ul class="ops">{rest}</ul>{untold}</details>'


def _happened(finding: Finding) -> str:
    direction = finding.rule.partition("-")[0]
    if direction == Direction.REQUEST:
        return " was accepted and is refused now"
    return " may be answered now and was not promised" if direction == Direction.RESPONSE else ""


def _remedy(finding: Finding) -> Iterator[str]:
    """The safe sequence, as SQL and for Alembic."""
    if finding.remedy:
        yield f"<h3>What to send instead</h3>{pre(remedy.sql(finding.remedy))}"
        python = pre(remedy.alembic(finding.remedy))
        yield f'<details class="more"><summary>as Alembic operations</summary>{python}</details>'


def _exchange(finding: Finding) -> Iterator[str]:
    exchange = finding.proof.exchange
    if exchange is None:
        return
    checked = {"": "", "verified": "; openapi-core agrees"}.get(exchange.checked, f"; {exchange.checked}")
    what = "A request that" if exchange.response is None else "A response that"
    yield f"<h3>{said(f'{what} {exchange.about}{checked}')}</h3>"
    yield pre("\n".join(http.shown(exchange)))


def _sides(finding: Finding, base: Snippet | None, revision: Snippet | None) -> Iterator[str]:
    present = [snippet for snippet in (base, revision) if snippet is not None]
    if not present:
        return
    changed: tuple[set[int], set[int]] = (set(), set())
    if base is not None and revision is not None:
        matcher = SequenceMatcher(None, base.lines, revision.lines, autojunk=False)
        alike = matcher.ratio() >= _ALIKE
        for tag, a, b, c, d in matcher.get_opcodes():
            # What one side alone has at an edge may be only cut off on the other.
            cut = (a == b or c == d) and ((a, c) == (0, 0) or (b, d) == (len(base.lines), len(revision.lines)))
            if tag != "equal" and alike and not cut:
                changed[0].update(range(a, b))
                changed[1].update(range(c, d))
    yield f'<div class="sides{" one" if len(present) == 1 else ""}">'
    holders = _holds(finding.base_place, finding.place), _holds(finding.place, finding.base_place)
    shown = (("base", base, changed[0], holders[0]), ("revision", revision, changed[1], holders[1]))
    for side, snippet, lines, holder in shown:
        if snippet is not None:
            told = " is without it; it would stand in" if holder else ""
            kind = f"{side} holder" if holder else side
            yield f'<div class="side {kind}"><p>{side}{told} {code(f"{snippet.file}:{snippet.at}")}</p><ol>'
            for index, line in enumerate(snippet.lines):
                number = snippet.first + index
                classes = " ".join(word for word, on in (("new", index in lines), ("at", number == snippet.at)) if on)
                kind = f' class="{classes}"' if classes else ""
                yield f'<li{kind} data-n="{number}"><bdi>{escape(line.replace(chr(9), "    "))}</bdi></li>'
            yield "</ol></div>"
    yield "</div>"


def _holds(outer: Place | None, inner: Place | None) -> bool:
    """Whether one place is around the other: it only says where the other's thing would stand."""
    if outer is None or inner is None or outer.pointer is None or inner.pointer is None:
        return False
    return inner.pointer.startswith(outer.pointer + "/")
