"""Migrations in HTML: statements, what they do to the server, and the way back."""

from collections.abc import Iterator, Mapping, Sequence

from contractcheck.model.finding import Json
from contractcheck.model.report import MigrationReport, ReversibilityVerdict, StatementReport
from contractcheck.reports.html_text import code, escape, pre, said
from contractcheck.reports.sections import plural
from contractcheck.reports.way_back import said as told_of

_VERDICTS = {
    ReversibilityVerdict.PROVED: ("good", "undo proved"),
    ReversibilityVerdict.LOSSY: ("warning", "undo loses data"),
    ReversibilityVerdict.BROKEN: ("error", "undo broken"),
    ReversibilityVerdict.MISSING: ("error", "no undo"),
    ReversibilityVerdict.UNPROVEN: ("warning", "undo unproven"),
}
_GRAVE = frozenset({"AccessExclusiveLock", "COPY", "EXCLUSIVE"})
_TOLD: Mapping[str, str] = {
    "max_lock": "",
    "algorithm": "",
    "lock": "lock ",
    "rewrites": "rewrites ",
    "rebuilt": "rebuilds ",
    "scans": "scans ",
    "index_rebuilds": "rebuilds index ",
    "select_blocked": "blocks reads of ",
    "write_blocked": "blocks writes to ",
    "fails": "fails: ",
    "unproven": "unproven: ",
}
"""Keys of effects (design §7) and the words in front of their values."""
_COLUMNS: Mapping[str, tuple[str, bool]] = {
    "added_cols": ("adds", False),
    "dropped_cols": ("loses", True),
    "lost_cols": ("loses", True),
    "renamed_cols": ("renames", False),
    "retyped_cols": ("retypes", False),
    "text_changed_cols": ("changes values of", False),
}
_BAD = frozenset({"rewrites", "rebuilt", "fails"})
_STATEMENTS = 60


def card(migration: MigrationReport, *, is_open: bool) -> Iterator[str]:
    """One migration as an element that opens and closes without a script."""
    level, verdict = _VERDICTS[migration.reversibility.verdict]
    yield f'<details class="migration"{" open" if is_open else ""}><summary>'
    yield f'<span class="badge {level}">{verdict}</span><span class="said">{said(migration.id)}</span>'
    yield f'<span class="mark">{escape(f"{migration.tool} · {migration.phase}")}</span>'
    yield f'<span class="where">{code(migration.path)}</span></summary><div class="body">'
    undo = migration.reversibility
    yield '<dl class="facts">'
    if undo.why:
        yield f"<dt>Way back</dt><dd>{said(undo.why)}</dd>"
    for name, listed in (
        ("Differences", undo.differences),
        ("Data lost", undo.data_lost),
        ("Lost of what is written since", undo.written_since),
    ):
        if listed:
            yield f"<dt>{name}</dt><dd>{'<br>'.join(said(each) for each in listed)}</dd>"
    if migration.points:
        points = (f"{code(str(each.place))} {said(told_of(each))}" for each in migration.points)
        yield f"<dt>No way back behind</dt><dd>{'<br>'.join(points)}</dd>"
    yield "</dl>"
    yield from _statements("Up", migration.statements)
    yield from _statements("Down", migration.down)
    yield "</div></details>"


def _statements(title: str, statements: Sequence[StatementReport]) -> Iterator[str]:
    if not statements:
        return
    yield f"<h3>{title}: {plural(len(statements), 'statement')}</h3>"
    for statement in statements[:_STATEMENTS]:
        place = f'<span class="dim">{code(str(statement.place))}</span>'
        yield f'<div class="statement">{place}{pre(statement.sql.strip())}'
        chips = list(_chips(statement.effects))
        if chips:
            yield f'<ul class="chips">{"".join(chips)}</ul>'
        yield "</div>"
    if len(statements) > _STATEMENTS:
        yield f"<p>and {len(statements) - _STATEMENTS} more</p>"


def _chips(effects: Mapping[str, Json]) -> Iterator[str]:
    for key, before in _TOLD.items():
        value = effects.get(key)
        texts = [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)] if value else []
        if texts:
            bad = key in _BAD or texts[0] in _GRAVE
            kind = ' class="bad"' if bad else ' class="warn"' if key in {"scans", "unproven", "write_blocked"} else ""
            yield f"<li{kind}>{said(before + ', '.join(texts))}</li>"
    if effects.get("in_txn_ok") is False:
        yield '<li class="warn">not in a transaction</li>'
    data = effects.get("data")
    for table, what in data.items() if isinstance(data, Mapping) else ():
        for text, lost in _data(table, what if isinstance(what, Mapping) else {}):
            kind = ' class="bad"' if lost else ""
            yield f"<li{kind}>{said(text)}</li>"


def _data(table: str, what: Mapping[str, Json]) -> Iterator[tuple[str, bool]]:
    """What becomes of the data of a table, and whether some is lost."""
    if what.get("dropped"):
        yield f"drops {table}", True
    if what.get("renamed_to"):
        yield f"renames {table} to {what['renamed_to']}", False
    for key, (word, lost) in _COLUMNS.items():
        columns = what.get(key)
        if isinstance(columns, Mapping):
            columns = [
                f"{name} ({' to '.join(map(str, to)) if isinstance(to, list) else to})" for name, to in columns.items()
            ]
        if isinstance(columns, list | tuple) and columns:
            yield f"{word} {', '.join(f'{table}.{column}' for column in columns)}", lost
