"""What a team can decide, as values: the configuration and its parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import msgspec
from msgspec import Struct

from contractcheck.policy.limits import Limits

LEVELS = ("draft", "alpha", "beta", "stable")
"""Levels of stability, least stable first (`x-stability-level`)."""

NOTICE = {"draft": 0, "alpha": 0, "beta": 90, "stable": 180}
"""Days of notice before a removal, by level, where the policy does not say otherwise."""

DEMANDS = {"error": "major", "warning": "minor", "addition": "minor", "info": "patch", "due-removal": "minor"}
"""The bump each kind of finding demands, where the policy does not say otherwise (semver.org, 2.0.0, items 6 to 8)."""


class Leaf(Struct, frozen=True):
    """One value of a policy file and where it stands, `file:line`."""

    value: object
    where: str


Layer = Mapping[tuple[str, ...], Leaf]
"""The values of policy files by path of keys. `""` as last key marks a table, so that an empty one is seen."""


class Selection(Struct, frozen=True):
    """Globs over paths relative to the root; without `include` the defaults of the domain apply."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """A severity (`off` too) for what meets every condition given; an empty condition is none. `where` is its place."""

    severity: str
    where: str = field(default="", compare=False)
    rules: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    stability: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


class Versioning(Struct, frozen=True):
    """How versions of a contract are made; `demands` gives the bump by kind of finding."""

    scheme: str
    source: str = "info"
    format: str = "YYYY.MM.MICRO"
    header: str = ""
    zero: str = "shift"
    demands: Mapping[str, str] = msgspec.field(default_factory=lambda: DEMANDS)


@dataclass(frozen=True, slots=True)
class Listed:
    """A release that the policy names: the revision, or the file that holds the contract as it was released."""

    version: str
    day: date
    revision: str | None = None
    file: str | None = None
    where: str = field(default="", compare=False)


class Releases(Struct, frozen=True):
    """What was released: globs of git tags, or a list. `everywhere`: also tags outside of the history of the base."""

    tags: tuple[str, ...] = ()
    everywhere: bool = False
    listed: tuple[Listed, ...] = ()


class Deprecation(Struct, frozen=True):
    """What must happen before something is removed. `notice` is in days, by level; `due` the severity afterwards."""

    notice: Mapping[str, int] = msgspec.field(default_factory=lambda: NOTICE)
    stability: str = "stable"
    sunset: bool = True
    headers: bool = False
    due: str = "info"


class Api(Struct, frozen=True):
    """The conventions of an API that the rules of `lint api` check."""

    error_media_type: str = "application/problem+json"
    error_schema: str | None = None
    idempotency_header: str = "Idempotency-Key"
    pagination: tuple[str, ...] = ()


class WaiverSettings(Struct, frozen=True):
    """Where waivers stand, and what one must say to have an effect."""

    file: str = "contractcheck.waivers.toml"
    demand: tuple[str, ...] = ("owner", "reason", "expires")
    demand_inline: tuple[str, ...] = ("reason",)


@dataclass(frozen=True, slots=True)
class Section:
    """Settings for the contracts whose path matches a glob."""

    pattern: str
    layer: Layer = field(compare=False)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a team decided. `file` is where it stands, None for the defaults; `tools` maps folders to tools.

    `columns` maps fields of shared schemas to columns (`Order.total`: `orders.total`).
    `layer` holds every value with its place, for `policy show`; `sections` what differs by contract. What is None or
    empty was not decided: then the rules that need it are silent. `version_prefixes`: paths that differ in a segment
    like `/v2` are one.
    """

    file: str | None = None
    profile: str = "standard"
    fail_on: str = "error"
    base: str | None = None
    contracts: Selection = field(default_factory=Selection)
    version_prefixes: bool = False
    migrations: Selection = field(default_factory=Selection)
    server: str = "postgresql:16"
    tools: Mapping[str, str] = field(default_factory=dict)
    placeholders: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    severity: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    versioning: Versioning | None = None
    releases: Releases | None = None
    deprecation: Deprecation | None = None
    api: Api = field(default_factory=Api)
    waivers: WaiverSettings = field(default_factory=WaiverSettings)
    baseline: str = "contractcheck.baseline"
    sections: tuple[Section, ...] = ()
    layer: Layer = field(default_factory=dict, compare=False, repr=False)

    def with_profile(self, profile: str) -> "Configuration":
        """The same with another profile everywhere: what an option on the command line says."""
        sections = tuple(
            Section(section.pattern, {path: leaf for path, leaf in section.layer.items() if path != ("profile",)})
            for section in self.sections
        )
        layer = {**self.layer, ("profile",): Leaf(profile, "--profile")}
        return replace(self, profile=profile, sections=sections, layer=layer)
