"""Severities: the law's verdict, softened by the profile or by due notice, overridden by the team's configuration."""

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.model.finding import Category, Finding, Severity
from contractcheck.model.globs import name_matches, path_matches
from contractcheck.model.rule import rule
from contractcheck.policy.settings import Configuration, Override

# Of migrations: the rest of a subject behind the id of the migration names tables, or quotes a statement.
_TABLES = re.compile(r"[\w$.\"]+(?:, [\w$.\"]+)*")
_COUNTER = re.compile(r" #\d+$")
_OF_MIGRATIONS = frozenset(
    {Category.LOCK, Category.REWRITE, Category.REVERSIBILITY, Category.DATA, Category.ROLLOUT, Category.HISTORY}
)
_CATEGORY_NAMES = frozenset(str(category) for category in Category)
_STRICTNESS = ("off", "info", "warning", "error")


class Operation(Struct, frozen=True):
    """What a policy may ask about an operation besides its name."""

    tags: tuple[str, ...] = ()
    stability: str = "stable"


class Target(Struct, frozen=True):
    """One thing that a severity is wanted for: a rule, and where it applies. None is unknown or does not apply."""

    rule: str
    category: str
    file: str | None = None
    operation: str | None = None
    about: Operation | None = None
    table: str | None = None


class Decision(Struct, frozen=True):
    """A severity or `off`, and where it is said: `file:line`, or in words."""

    level: str
    where: str


def judge(
    findings: Iterable[Finding],
    configuration: Configuration,
    *,
    operations: Mapping[str, Operation] | None = None,
    due: Collection[str] = (),
    early: Collection[str] = (),
    tables: Mapping[tuple[str, int | None], tuple[str, ...]] | None = None,
) -> tuple[Finding, ...]:
    """Give each finding the severity the configuration wants, in the order of a report.

    A finding that reaches several operations or tables gets the strictest severity that any of them has. One that is
    `off`, and in profile `wire` one of a category other than `wire`, is suppressed: it stays in the report with the
    reason and does not count. `due` and `early` are the fingerprints of removals after and before due notice; `tables`
    the relations that a statement at a place touches.
    """
    decisions = Decisions(configuration)
    judged = (judge_one(finding, decisions, operations or {}, due, early, tables or {}) for finding in findings)
    return tuple(sorted(judged, key=lambda finding: finding.order))


class Decisions:
    """What a configuration decides; each thing is decided once."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._overrides = compiled(configuration)
        self._by_rule: dict[tuple[str, str], tuple[Override, ...]] = {}
        self._known: dict[Target, Decision | None] = {}

    def of(self, target: Target) -> Decision | None:
        """What the policy says of a target; None if it says nothing."""
        overrides = self.about(target.rule, target.category)
        if not overrides:
            return None
        if target not in self._known:
            self._known[target] = decide(target, overrides)
        return self._known[target]

    def about(self, name: str, category: str) -> tuple[Override, ...]:
        """The overrides that are meant for a rule, wherever it applies."""
        if (name, category) not in self._by_rule:
            self._by_rule[name, category] = tuple(each for each in self._overrides if _is_about(each, name, category))
        return self._by_rule[name, category]


def compiled(configuration: Configuration) -> tuple[Override, ...]:
    """All overrides: those of `[severity]` are overrides whose one condition is a rule or a category."""
    return (
        *configuration.overrides,
        *(
            Override(
                level,
                _where(configuration, name),
                rules=() if name in _CATEGORY_NAMES else (name,),
                categories=(name,) if name in _CATEGORY_NAMES else (),
            )
            for name, level in configuration.severity.items()
        ),
    )


def decide(target: Target, overrides: Iterable[Override]) -> Decision | None:
    """What the policy says of a target; None if it says nothing.

    The override with more conditions on the place decides; of equals the one that names the rule, then the one that
    gives a pattern of rules, then the one that gives a category; of equals the stricter. The order does not matter.
    """
    matching = [override for override in overrides if _meets(target, override)]
    if not matching:
        return None
    best = max(matching, key=lambda each: (*_rank(each), _STRICTNESS.index(each.severity), each.where))
    return Decision(best.severity, best.where)


def asked(name: str, configuration: Configuration) -> bool:
    """Whether any override gives a rule a severity: an optional rule is looked at only then."""
    category = str(rule(name).category)
    return any(
        (name_matches(each.rules, name) if each.rules else category in each.categories) and each.severity != "off"
        for each in compiled(configuration)
    )


def wanted(
    findings: Iterable[Finding], configuration: Configuration, operations: Mapping[str, Operation] | None = None
) -> tuple[Finding, ...]:
    """The findings without those of optional rules that the policy gives no severity where they stand."""
    decisions = Decisions(configuration)
    return tuple(
        finding
        for finding in findings
        if not rule(finding.rule).optional
        or any(decisions.of(target) is not None for target in _targets(finding, operations or {}, {}))
    )


def default(finding_rule: str, severity: Severity, configuration: Configuration) -> Decision:
    """What the profile says of a rule; `off` where profile `wire` does not look."""
    found = rule(finding_rule)
    profile = configuration.profile
    if profile == "wire" and found.category is not Category.WIRE:
        return Decision("off", "profile wire looks at running clients only")
    softened = found.softened.get(profile)
    return Decision(str(softened or severity), f"profile {profile}" if softened else "the law")


def judge_one(
    finding: Finding,
    decisions: Decisions,
    operations: Mapping[str, Operation],
    due: Collection[str] = (),
    early: Collection[str] = (),
    tables: Mapping[tuple[str, int | None], tuple[str, ...]] = MappingProxyType({}),
) -> Finding:
    """Give a finding the severity that a policy wants; see `judge`."""
    usual = _usual(finding, decisions.configuration, due, early)
    said = {usual}
    if decisions.about(finding.rule, str(finding.category)):
        said = {decisions.of(target) or usual for target in _targets(finding, operations, tables)}
    strictest = max(said, key=lambda each: (_STRICTNESS.index(each.level), each.where))
    if strictest.level != "off":
        return replace(finding, severity=Severity(strictest.level))
    if finding.suppressed is not None:
        return finding
    return replace(finding, suppressed=strictest.where if strictest is usual else f"off in {strictest.where}")


def _usual(finding: Finding, configuration: Configuration, due: Collection[str], early: Collection[str]) -> Decision:
    usual = default(finding.rule, finding.severity, configuration)
    if usual.level == "off" or configuration.profile == "strict":
        return usual
    if finding.fingerprint in due:
        wanted = Severity(configuration.deprecation.due if configuration.deprecation else "info")
        # Due notice only softens.
        return usual if wanted.rank < Severity(usual.level).rank else Decision(str(wanted), "removed after due notice")
    if finding.fingerprint in early:
        return Decision(str(finding.severity), "removed before due notice")
    return usual


def _targets(
    finding: Finding,
    operations: Mapping[str, Operation],
    tables: Mapping[tuple[str, int | None], tuple[str, ...]],
) -> list[Target]:
    place = finding.place or finding.base_place
    file = place.file if place else None
    category = str(finding.category)
    names = sorted({affected.operation for affected in finding.affects})
    if names:
        return [Target(finding.rule, category, file, name, operations.get(name)) for name in names]
    if finding.category in _OF_MIGRATIONS:
        touched = _tables(finding, tables)
        if touched:
            return [Target(finding.rule, category, file, table=table) for table in touched]
    return [Target(finding.rule, category, file)]


def _tables(finding: Finding, tables: Mapping[tuple[str, int | None], tuple[str, ...]]) -> tuple[str, ...]:
    """The tables that a finding of a migration is about: those its subject names, else those its statement touches."""
    _, _, rest = _COUNTER.sub("", finding.subject).partition(" ")
    if _TABLES.fullmatch(rest):
        return tuple(rest.replace('"', "").split(", "))
    place = finding.place or finding.base_place
    return tables.get((place.file, place.line), ()) if place else ()


def _is_about(override: Override, name: str, category: str) -> bool:
    if override.rules and not name_matches(override.rules, name):
        return False
    return not override.categories or category in override.categories


def _meets(target: Target, override: Override) -> bool:
    if not _is_about(override, target.rule, target.category):
        return False
    if override.files and (target.file is None or not path_matches(override.files, target.file)):
        return False
    if override.operations and (target.operation is None or not _is_operation(override.operations, target.operation)):
        return False
    if override.tags and (target.about is None or not {*override.tags} & {*target.about.tags}):
        return False
    if override.stability and (target.about is None or target.about.stability not in override.stability):
        return False
    return not override.tables or (target.table is not None and _is_table(override.tables, target.table))


def _is_operation(patterns: tuple[str, ...], operation: str) -> bool:
    _, _, path = operation.partition(" ")
    return any(
        name_matches((pattern,), path if pattern.startswith("/") else operation)
        # A pattern that begins with `* ` is for every method.
        or (pattern.startswith("* ") and name_matches((pattern[2:],), path))
        for pattern in patterns
    )


def _is_table(patterns: tuple[str, ...], table: str) -> bool:
    """`orders` is meant by `orders` and by `orders.note`, its column."""
    return name_matches(patterns, table) or name_matches(patterns, table.rpartition(".")[0])


def _rank(override: Override) -> tuple[int, int]:
    places = (override.files, override.operations, override.tags, override.stability, override.tables)
    exact = bool(override.rules) and not any("*" in pattern for pattern in override.rules)
    named = 3 if exact else 2 if override.rules else 1 if override.categories else 0
    return sum(bool(each) for each in places), named


def _where(configuration: Configuration, name: str) -> str:
    leaf = configuration.layer.get(("severity", name))
    return leaf.where if leaf else configuration.file or "the configuration"
