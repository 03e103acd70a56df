"""Waivers: findings that somebody accepts, with a reason, until a day."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from contractcheck.errors import ConfigurationError
from contractcheck.model.finding import Finding
from contractcheck.model.globs import meet, name_matches, path_matches
from contractcheck.model.place import Place
from contractcheck.model.rule import rulebook
from contractcheck.policy.days import parse as day
from contractcheck.policy.reading import Source, source, unknown

FIELDS = ("owner", "reason", "expires", "link")


class Waiver(Struct, frozen=True):
    """Accepts the findings of a rule.

    `subject` (`*` for any characters) or `fingerprint` say which; an inline waiver has neither and holds for what
    stands at its `place` or below it, or, in a migration, on `lines`, the first and the last. It holds on the day it
    `expires`. `flaw` says what is wrong with an inline waiver that has no effect.
    """

    rule: str
    place: Place
    subject: str | None = None
    fingerprint: str | None = None
    contract: str | None = None
    owner: str = ""
    reason: str = ""
    expires: date | None = None
    link: str = ""
    inline: bool = False
    lines: tuple[int, int] | None = None
    flaw: str = ""

    @property
    def name(self) -> str:
        """What it is about, in words."""
        about = self.subject or self.fingerprint
        return f"{self.rule} {about}" if about else self.rule

    @property
    def key(self) -> str:
        """What it shares with every finding that it matches: one of `keys`."""
        if self.inline:
            return f"{self.place.file}#{self.place.pointer or ''}"
        return (
            self.fingerprint or (self.subject if self.subject is not None and "*" not in self.subject else None) or "*"
        )

    def matches(self, finding: Finding, contract: str | None) -> bool:
        """Whether it is meant for a finding; `contract` is the path of the contract the finding belongs to."""
        if finding.rule != self.rule:
            return False
        if self.inline:
            return self._covers(finding)
        if self.contract is not None and (contract is None or not path_matches((self.contract,), contract)):
            return False
        if self.fingerprint is not None:
            return finding.fingerprint == self.fingerprint
        return self.subject is not None and name_matches((self.subject,), finding.subject)

    def _covers(self, finding: Finding) -> bool:
        place = finding.place or finding.base_place
        if place is None or place.file != self.place.file:
            return False
        if self.lines is not None:
            return place.line is not None and self.lines[0] <= place.line <= self.lines[1]
        if self.place.pointer is None or place.pointer is None or finding.place is None:
            return False
        return place.pointer == self.place.pointer or place.pointer.startswith(f"{self.place.pointer}/")

    def missing(self, demanded: tuple[str, ...]) -> tuple[str, ...]:
        """The fields that it must have and does not."""
        told = {"owner": self.owner, "reason": self.reason, "expires": self.expires, "link": self.link}
        return tuple(field for field in demanded if not told[field])


def keys(finding: Finding) -> Iterator[str]:
    """The keys of the waivers that may match a finding, once each."""
    yield from dict.fromkeys(("*", finding.fingerprint, finding.subject))
    place = finding.place or finding.base_place
    if place is not None:
        pointer = place.pointer or ""
        yield f"{place.file}#{pointer}"
        while pointer:
            pointer = pointer.rpartition("/")[0]
            yield f"{place.file}#{pointer}"


def waivers(data: bytes, file: str) -> tuple[Waiver, ...]:
    """The waivers of a file.

    Raises ConfigurationError, with the line, for what is not TOML or not of its schema, for a rule that is not there, a
    day that is none, and for two waivers that could be meant for the same finding.
    """
    found = source(data, file, name="waivers")
    assert found is not None  # noqa: S101 - without a prefix there always is one
    read = [_waiver(found, number, item) for number, item in enumerate(found.document.get("waiver", ()))]
    plain: dict[tuple[str, str], list[Waiver]] = {}
    patterns: dict[str, list[Waiver]] = {}
    for one in read:
        before = plain.setdefault((one.rule, one.key), [])
        others = patterns.setdefault(one.rule, [])
        if one.key == "*":
            # Only a pattern has to be compared with everything before it.
            before = [each for (name, _), found in plain.items() if name == one.rule for each in found]
        other = next((each for each in (*before, *others) if _overlap(one, each)), None)
        if other is not None:
            raise ConfigurationError(
                f"this waiver and the one in line {other.place.line} may both be meant for {one.rule} {_both(one)}",
                where=str(one.place),
                next_step="keep one of them",
            )
        (others if one.key == "*" else plain[one.rule, one.key]).append(one)
    return tuple(read)


def twice(one: Waiver, other: Waiver, finding: Finding) -> ConfigurationError:
    """The error for two waivers that are both meant for a finding."""
    return ConfigurationError(
        f"this waiver and the one in line {one.place.line} are both meant for {finding.rule} {finding.subject}",
        where=str(other.place),
        next_step="keep one of them",
    )


def _waiver(found: Source, number: int, item: Mapping[str, Any]) -> Waiver:
    name = item["rule"]
    if name not in rulebook():
        where = found.where("waiver", number, "rule")
        raise unknown(name, [*rulebook()], "rule", where, "contractcheck rules lists them")
    if ("subject" in item) is ("fingerprint" in item):
        what = "a waiver has either a subject or a fingerprint"
        where = found.where("waiver", number)
        raise ConfigurationError(what, where=where, next_step="give one of them, as the JSON report shows it")
    expires = item.get("expires")
    last = day(expires) if expires is not None else None
    if expires is not None and last is None:
        where = found.where("waiver", number, "expires")
        raise ConfigurationError(f"{expires!r} is no day", where=where, next_step="write it as 2026-12-31")
    line = int(found.where("waiver", number).rpartition(":")[2])
    texts = {key: item[key].strip() for key in ("owner", "reason", "link") if key in item}
    named = {key: item[key] for key in ("subject", "fingerprint", "contract") if key in item}
    return Waiver(rule=name, place=Place(found.file, line), expires=last, **texts, **named)


def _overlap(one: Waiver, other: Waiver) -> bool:
    if one.rule != other.rule:
        return False
    if one.contract is not None and other.contract is not None and not meet(one.contract, other.contract):
        return False
    if one.subject is not None and other.subject is not None:
        return meet(one.subject, other.subject)
    return one.fingerprint is not None and one.fingerprint == other.fingerprint


def _both(one: Waiver) -> str:
    return one.subject or one.fingerprint or ""
