"""`contractcheck policy show`: what the policy says of one operation or one table, and where each value comes from."""

from pathlib import Path

from msgspec import Struct

from contractcheck.errors import UsageError
from contractcheck.model.finding import Category
from contractcheck.model.rule import Rule, rulebook
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.build import contract as contract_configuration
from contractcheck.policy.settings import Api, Configuration, Deprecation, Leaf
from contractcheck.policy.severity import Operation, Target, compiled, decide, default

_OF_MIGRATIONS = frozenset(
    {Category.LOCK, Category.REWRITE, Category.REVERSIBILITY, Category.DATA, Category.ROLLOUT, Category.HISTORY}
)


def _of_operations() -> frozenset[str]:
    """The rules that may speak of an operation: not those of whole documents, versions, waivers or migrations."""
    from contractcheck.openapi.compare import rules
    from contractcheck.openapi.conventions import RULES as CONVENTIONS
    from contractcheck.openapi.optional import RULES as OPTIONAL
    from contractcheck.policy.notice import RULES as NOTICE

    return frozenset({*rules(), *CONVENTIONS, *OPTIONAL, *NOTICE})


class Setting(Struct, frozen=True):
    """One value that is in force, and where it comes from: `file:line`, or `default`."""

    name: str
    value: str
    where: str


class Verdict(Struct, frozen=True):
    """The severity of one rule, `off` included, where it comes from, and whether that is what it would be anyway."""

    rule: str
    level: str
    where: str
    usual: bool


class Effective(Struct, frozen=True):
    """The policy for one target; `about` says what the contract says of it."""

    target: str
    about: str
    settings: tuple[Setting, ...]
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()


def of_operation(configuration: Configuration, operation: str, *, cwd: Path, contract: str | None = None) -> Effective:
    """The policy for an operation, such as `GET /users/{id}`.

    Its tags and level are those of the contract that has it: the one named, else the only one of the repository that
    does. Raises UsageError for what is no operation, or one of several contracts.
    """
    method, _, path = operation.partition(" ")
    if not path.startswith(("/", "webhooks.")):
        raise UsageError(
            f"{operation!r} is no operation", where="policy show", next_step="write method and path: 'GET /users/{id}'"
        )
    label = f"{method.upper()} {path}"
    found = _having(configuration, label, cwd, contract)
    if len(found) > 1:
        names = ", ".join(file for file, _ in found)
        raise UsageError(f"{label} is in {names}", where="policy show", next_step="name one of them: --contract FILE")
    file, about = found[0] if found else (contract, None)
    settings = contract_configuration(configuration, file) if file is not None else configuration
    notes = () if about is not None else (f"no contract has {label}: its tags and its level are not known",)
    told = f"{file or 'no contract'}, {_told(about)}" if about is not None else "of no contract"
    overrides = compiled(settings)
    verdicts = tuple(
        _verdict(each, settings, Target(each.id, str(each.category), file, label, about), overrides)
        for each in rulebook().values()
        if each.id in _of_operations()
    )
    return Effective(label, told, _settings(settings), verdicts, notes)


def of_table(configuration: Configuration, table: str) -> Effective:
    """The policy for the findings of migrations on a table."""
    overrides = compiled(configuration)
    verdicts = tuple(
        _verdict(each, configuration, Target(each.id, str(each.category), table=table), overrides)
        for each in rulebook().values()
        if each.category in _OF_MIGRATIONS
    )
    settings = [each for each in _settings(configuration) if each.name.startswith(("profile", "waivers", "baseline"))]
    return Effective(f"table {table}", configuration.server, tuple(settings), verdicts)


def _verdict(rule: Rule, settings: Configuration, target: Target, overrides: tuple[object, ...]) -> Verdict:
    usual = default(rule.id, rule.severity, settings)
    decided = decide(target, overrides)  # type: ignore[arg-type]
    if decided is not None:
        return Verdict(rule.id, decided.level, decided.where, decided.level == usual.level)
    if rule.optional:
        return Verdict(rule.id, "off", "optional: off until it has a severity", usual=True)
    return Verdict(rule.id, usual.level, usual.where, usual.level == str(rule.severity))


def _settings(configuration: Configuration) -> tuple[Setting, ...]:
    layer = configuration.layer
    deprecation, api = configuration.deprecation or Deprecation(), configuration.api
    versioning, releases = configuration.versioning, configuration.releases
    found = [_setting(layer, ("profile",), configuration.profile)]
    if versioning is None:
        found.append(Setting("versioning.scheme", "not chosen: a guess where versions are semantic", "default"))
    else:
        found += [
            _setting(layer, ("versioning", "scheme"), versioning.scheme),
            _setting(layer, ("versioning", "source"), versioning.source),
            *(_setting(layer, ("versioning", "demands", key), bump) for key, bump in versioning.demands.items()),
        ]
    if releases is not None:
        found.append(_setting(layer, ("releases", "tags"), ", ".join(releases.tags) or "none"))
        if releases.listed:
            found.append(_setting(layer, ("releases", "list"), f"{len(releases.listed)} releases"))
    if configuration.deprecation is None:
        found.append(Setting("deprecation", "not chosen: only what documents promise counts", "default"))
    else:
        found += [
            *(
                _setting(layer, ("deprecation", "notice", key), f"{days} days")
                for key, days in deprecation.notice.items()
            ),
            _setting(layer, ("deprecation", "sunset"), "required" if deprecation.sunset else "optional"),
            _setting(layer, ("deprecation", "due"), deprecation.due),
        ]
    if api != Api():
        found.append(_setting(layer, ("api", "error-media-type"), api.error_schema or api.error_media_type))
    waivers = configuration.waivers
    found += [
        _setting(layer, ("waivers", "file"), waivers.file),
        _setting(layer, ("waivers", "demand"), ", ".join(waivers.demand) or "nothing"),
        _setting(layer, ("waivers", "demand-inline"), ", ".join(waivers.demand_inline) or "nothing"),
        _setting(layer, ("baseline",), configuration.baseline),
    ]
    return tuple(found)


def _setting(layer: object, path: tuple[str, ...], value: str) -> Setting:
    assert isinstance(layer, dict)  # noqa: S101 - built by us
    leaf: Leaf | None = layer.get(path)
    return Setting(".".join(path), value, leaf.where if leaf is not None else "default")


def _told(about: Operation) -> str:
    tags = ", ".join(about.tags) or "none"
    return f"tags {tags}, {about.stability}"


def _having(configuration: Configuration, label: str, cwd: Path, contract: str | None) -> list[tuple[str, Operation]]:
    from contractcheck.errors import UnreadableError
    from contractcheck.openapi.document import load
    from contractcheck.openapi.seeking import address, stability
    from contractcheck.openapi.surface import offered

    snapshot, paths = _contracts(configuration, cwd, contract)
    found = []
    for path in paths:
        try:
            document = load(snapshot, path)
        except UnreadableError:
            if contract is not None:
                raise
            continue  # one of many, and not the one asked for
        usual = (contract_configuration(configuration, path).deprecation or Deprecation()).stability
        found += [
            (path, Operation(each.tags, stability(document, address(document, each.node)) or usual))
            for each in offered(document)
            if each.label == label
        ]
    return found


def _contracts(configuration: Configuration, cwd: Path, contract: str | None) -> tuple[Snapshot, tuple[str, ...]]:
    from contractcheck.openapi.recognise import find
    from contractcheck.sources.side import side
    from contractcheck.workflows.deprecations import here

    if contract is not None:
        snapshot, path = side(contract, cwd)
        return snapshot, (path,) if path is not None else ()
    snapshot = here(cwd)
    selection = configuration.contracts
    return snapshot, find(snapshot, include=selection.include, exclude=selection.exclude)[0]
