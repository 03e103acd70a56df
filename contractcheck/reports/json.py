"""The report as JSON: `contractcheck/1`, the fixed interface for machines; its schema is `report.schema.json`."""

import json
from pathlib import Path
from typing import Any

from contractcheck.model.finding import Finding, RemedyStep, Trial
from contractcheck.model.place import Place
from contractcheck.model.report import HeldLock, MigrationReport, Report, StatementReport, TrafficReport
from contractcheck.reports import http
from contractcheck.reports.escaping import escaped
from contractcheck.reports.way_back import WayBack, ways_back

FORMAT = "contractcheck/1"


def render(report: Report) -> str:
    """The report as indented JSON with a final newline; fixed order of keys, nothing of time or machine.

    What is invisible or reorders text stands in it as an escape of JSON, so that it is safe to look at.
    """
    import orjson

    try:
        text = orjson.dumps(document(report), default=_number, option=orjson.OPT_INDENT_2).decode()
    except TypeError:  # an integer beyond 64 bits, half a surrogate pair, or very deep: slower, and as exact
        text = json.dumps(document(report), indent=2, ensure_ascii=False, default=_number)
    return escaped(text) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of the report, as shipped."""
    text = Path(__file__).with_name("report.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def document(report: Report) -> dict[str, Any]:
    """The report as plain dicts and lists."""
    return {
        "report": FORMAT,
        "verdict": report.verdict.value,
        "summary": report.summary,
        "base": report.base,
        "revision": report.revision,
        "server": report.server,
        "today": report.today,
        "findings": [_finding(finding) for finding in report.findings],
        "contracts": [
            {
                "path": contract.path,
                "base_version": contract.base_version,
                "revision_version": contract.revision_version,
                "edits": contract.edits,
                "harmless": contract.harmless,
                "bump": contract.bump,
                "needs": contract.needs,
            }
            for contract in report.contracts
        ],
        "migrations": [_migration(migration) for migration in report.migrations],
        "ways_back": [_way_back(way) for way in ways_back(report)],
        "skipped": [{"path": skipped.path, "why": skipped.why} for skipped in report.skipped],
        "notes": list(report.notes),
        "traffic": _traffic(report.traffic),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    exchange = http.document(finding.proof.exchange) if finding.proof.exchange is not None else None
    witness: Any = finding.proof.witness
    if exchange is not None and finding.proof.rests_on_exchange:
        witness = {"request": exchange["request"], "response": exchange["response"]}
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "category": finding.category.value,
        "message": finding.message,
        "subject": finding.subject,
        "place": _place(finding.place),
        "base_place": _place(finding.base_place),
        "affects": [{"operation": a.operation, "direction": a.direction.value} for a in finding.affects],
        "affects_count": len({a.operation for a in finding.affects}),
        "proof": {
            "kind": finding.proof.kind.value,
            "why": finding.proof.why,
            "witness": witness,
            "trial": _trial(finding.proof.trial),
            "exchange": exchange,
        },
        "fingerprint": finding.fingerprint,
        "suppressed": finding.suppressed,
        "suggestion": finding.suggestion,
        "remedy": _remedy(finding.remedy),
        "traffic": finding.traffic,
    }


def _remedy(steps: tuple[RemedyStep, ...]) -> dict[str, Any] | None:
    if not steps:
        return None
    from contractcheck.reports.remedy import alembic, sql

    shown = [{"sql": step.sql, "when": step.when.value} for step in steps]
    return {"steps": shown, "sql": sql(steps), "alembic": alembic(steps)}


def _trial(trial: Trial | None) -> dict[str, Any] | None:
    if trial is None:
        return None
    return {
        "operation": trial.affected.operation,
        "direction": trial.affected.direction.value,
        "base": {"file": trial.base.file, "pointer": trial.base.pointer},
        "revision": {"file": trial.revision.file, "pointer": trial.revision.pointer},
        "part": trial.part,
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "column": place.column, "pointer": place.pointer}


def _traffic(traffic: TrafficReport | None) -> dict[str, Any] | None:
    if traffic is None:
        return None
    counts = (
        "exchanges",
        "matched",
        "unchanged",
        "broken",
        "unexplained",
        "unfit",
        "undecided",
        "stripped",
        "unmatched",
    )
    return {
        "file": traffic.file,
        **{name: getattr(traffic, name) for name in counts},
        "breaks": [
            {
                "line": each.place.line,
                "operation": each.operation,
                "direction": each.direction.value,
                "status": each.status,
                "why": list(each.why),
                "findings": list(each.findings),
            }
            for each in traffic.breaks
        ],
        "strangers": [
            {"line": each.place.line, "method": each.method, "address": each.address} for each in traffic.strangers
        ],
    }


def _migration(migration: MigrationReport) -> dict[str, Any]:
    undo = migration.reversibility
    return {
        "id": migration.id,
        "path": migration.path,
        "tool": migration.tool,
        "phase": migration.phase,
        "statements": [_statement(statement) for statement in migration.statements],
        "down": [_statement(statement) for statement in migration.down],
        "locks": [_lock(held) for held in migration.locks],
        "points_of_no_return": [
            {"statement": each.statement, "place": _place(each.place), "lost": list(each.lost), "why": each.why or None}
            for each in migration.points
        ],
        "reversibility": {
            "verdict": undo.verdict.value,
            "differences": list(undo.differences),
            "data_lost": list(undo.data_lost),
            "written_since": list(undo.written_since),
            "why": undo.why,
        },
    }


def _way_back(way: WayBack) -> dict[str, Any]:
    return {
        "tree": way.tree,
        "start": way.start,
        "steps": way.steps,
        "to": way.to,
        "lost": list(way.lost),
        "since": list(way.since),
        "why": way.why,
        "known": way.known,
    }


def _lock(held: HeldLock) -> dict[str, Any]:
    return {
        "table": held.table,
        "lock": held.lock,
        "waiting": ["readers", "writers"] if held.readers else ["writers"],
        "first": held.first,
        "last": held.last,
        "work": [{"statement": w.statement, "table": w.table, "work": w.work, "seconds": w.seconds} for w in held.work],
        "size": held.size,
        "seconds": held.seconds,
        "budget": held.budget,
        "over": held.over,
    }


def _statement(statement: StatementReport) -> dict[str, Any]:
    return {"sql": statement.sql, "place": _place(statement.place), "effects": dict(statement.effects)}


def _number(value: object) -> int | float:
    """Numbers of a document that only the standard library's Decimal holds exactly; JSON has one kind of number."""
    from decimal import Decimal

    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} does not belong into a report")
