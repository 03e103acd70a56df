"""The baseline: accepted findings by fingerprint, with counts, one a line."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec
from msgspec import Struct

from contractcheck.errors import ConfigurationError
from contractcheck.model.finding import Finding, Severity

HEADER = "contractcheck-baseline 1"
_ENTRY = re.compile(r"([0-9a-f]{16}) ([1-9][0-9]{0,8}) ([a-z0-9-]+) (.*)")
_BASE = re.compile(r"base (\S.*)")
_MARKERS = ("<<<<<<<", ">>>>>>>", "|||||||", "=======")


@dataclass(frozen=True, slots=True)
class Entry:
    """How often a finding is accepted; `line` is where it stands."""

    fingerprint: str
    count: int
    rule: str
    subject: str
    line: int = field(default=0, compare=False)


class Baseline(Struct, frozen=True):
    """What is accepted, by fingerprint. `base` is the revision that contracts were compared with, if they were."""

    file: str = ""
    entries: Mapping[str, Entry] = msgspec.field(default_factory=dict)
    base: str | None = None


def read(data: bytes, file: str) -> Baseline:
    """Read a baseline.

    Raises ConfigurationError, with the line, for another version, the markers of a merge conflict, a line that is no
    entry, an entry twice, and a fingerprint that does not belong to its rule and subject.
    """
    try:
        rows = data.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _wrong("not UTF-8", file, line, "save it as UTF-8") from None
    entries: dict[str, Entry] = {}
    base = None
    for number, row in enumerate(rows, 1):
        text = row.removesuffix("\r")
        if text.startswith(_MARKERS):
            what = "a merge left its conflict markers"
            raise _wrong(what, file, number, "keep the lines of both sides, and delete the markers")
        if number == 1:
            if text != HEADER:
                known = text.startswith("contractcheck-baseline ")
                what = f"this is {text!r}, not {HEADER!r}" if known else "this is no baseline of contractcheck"
                raise _wrong(what, file, 1, "write it anew: contractcheck baseline write --force")
            continue
        found = _BASE.fullmatch(text)
        if not text.strip() or text.startswith("#"):
            continue
        if found and base is None:
            base = found[1]
            continue
        entry = _entry(text, file, number)
        if entry.fingerprint in entries:
            what = f"stands in line {entries[entry.fingerprint].line} too"
            raise _wrong(what, file, number, "keep one line, with the smaller count")
        entries[entry.fingerprint] = entry
    return Baseline(file, entries, base)


def write(baseline: Baseline) -> str:
    """The text of a baseline. Lines are sorted by fingerprint, so that two branches seldom write beside each other."""
    head = [HEADER, *([f"base {baseline.base}"] if baseline.base is not None else [])]
    rows = [
        f"{entry.fingerprint} {entry.count} {entry.rule} {_shown(entry.subject)}"
        for entry in sorted(baseline.entries.values(), key=lambda entry: entry.fingerprint)
    ]
    return "".join(f"{row}\n" for row in (*head, *rows))


def of(findings: Iterable[Finding], file: str, base: str | None = None) -> Baseline:
    """The baseline that accepts every error and warning among the findings that is not accepted otherwise."""
    entries: dict[str, Entry] = {}
    for finding in findings:
        if finding.suppressed is None and finding.severity is not Severity.INFO:
            known = entries.get(finding.fingerprint)
            entries[finding.fingerprint] = (
                replace(known, count=known.count + 1)
                if known
                else Entry(finding.fingerprint, 1, finding.rule, finding.identity)
            )
    return Baseline(file, entries, base)


def pruned(old: Baseline, found: Mapping[str, int]) -> Baseline:
    """The baseline with what is no longer found taken out, and counts brought down to what is; none rises."""
    kept = {
        key: replace(entry, count=min(entry.count, found[key])) for key, entry in old.entries.items() if found.get(key)
    }
    return Baseline(old.file, kept, old.base)


def grown(old: Baseline, new: Baseline) -> tuple[Entry, ...]:
    """The entries of the new one that the old one has not, or with a smaller count."""
    return tuple(
        entry
        for entry in new.entries.values()
        if entry.count > (old.entries[entry.fingerprint].count if entry.fingerprint in old.entries else 0)
    )


def _entry(text: str, file: str, number: int) -> Entry:
    found = _ENTRY.fullmatch(text)
    try:
        subject = json.loads(f'"{found[4]}"') if found else None
    except ValueError:
        subject = None
    if found is None or not isinstance(subject, str):
        what = "this is no entry: fingerprint, count, rule, subject"
        raise _wrong(what, file, number, "mend or delete the line")
    entry = Entry(found[1], int(found[2]), found[3], subject, number)
    if Finding.identify(entry.rule, subject) != entry.fingerprint:
        what = "the fingerprint does not belong to the rule and the subject beside it"
        raise _wrong(what, file, number, "do not edit lines by hand: contractcheck baseline update")
    return entry


def _shown(subject: str) -> str:
    """The subject on one line; what a JSON text escapes is escaped."""
    return json.dumps(subject, ensure_ascii=False)[1:-1]


def _wrong(what: str, file: str, line: int, next_step: str) -> ConfigurationError:
    return ConfigurationError(what, where=f"{file}:{line}", next_step=next_step)
