"""`contractcheck init`: a commented configuration for the repository it finds."""

import re
from collections import Counter

from msgspec import Struct

from contractcheck.errors import UnreadableError
from contractcheck.model.snapshot import Snapshot
from contractcheck.sources.repository import Repository

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEAR = 1000
_LISTED = 20


class Found(Struct, frozen=True):
    """What a repository has: contracts with their versions, trees of migrations with their tools, and tags.

    `tags` are the patterns that tags of releases have, the most frequent first.
    """

    contracts: tuple[tuple[str, str | None], ...]
    trees: tuple[tuple[str, str, int], ...]
    tags: tuple[str, ...]
    paths: bool


def survey(snapshot: Snapshot, repository: Repository | None) -> Found:
    """Look for contracts, migrations and tags. What cannot be read is left out: nothing is judged here."""
    from contractcheck.migrations.recognise import find as find_trees
    from contractcheck.openapi.document import load
    from contractcheck.openapi.recognise import find
    from contractcheck.openapi.versions import in_paths
    from contractcheck.workflows.contracts import version

    contracts: list[tuple[str, str | None]] = []
    in_path = False
    for path in find(snapshot, include=(), exclude=())[0]:
        try:
            document = load(snapshot, path)
        except UnreadableError:
            continue
        contracts.append((path, version(document)))
        in_path = in_path or len(in_paths(document)) > 1
    locations = find_trees(snapshot, include=(), exclude=(), tools={})[0]
    trees = tuple((location.folder, location.tool, len(location.files)) for location in locations)
    return Found(tuple(contracts), trees, _tags(repository), in_path)


def configuration(found: Found) -> str:
    """The text of a `contractcheck.toml` that says what was found and what could be decided."""
    lines = [
        "# What contractcheck checks here, and how strictly. Every key: docs/configuration.md;",
        "# contractcheck policy schema prints the JSON Schema for editors, contractcheck policy show what is in force.",
        "",
        "# strict: the law. standard: softened where clients are asked to be tolerant. wire: running clients only.",
        'profile = "standard"',
        "",
        "# Exit code 1 from this severity on: error, warning, info, never.",
        'fail-on = "error"',
        "",
        *_contracts(found),
        *_migrations(found),
        *_versioning(found),
        "# Something may be removed after it was deprecated in a release for so many days, and after its x-sunset.",
        "# x-stability-level says which: draft, alpha, beta, stable.",
        "#[deprecation]",
        "#notice = {draft = 0, alpha = 0, beta = 90, stable = 180}",
        "",
        "# Severities by rule or category; off keeps the findings in the report. contractcheck rules lists them.",
        "#[severity]",
        '#response-enum-widened = "error"',
        '#api-error-format = "warning"    # conventions of `contractcheck lint api` are off until they are here',
        "",
        "# Severities where something holds: files, operations, tags, stability, tables, rules, categories.",
        "#[[override]]",
        '#operations = ["/internal/*"]',
        '#severity = "warning"',
        "",
        "# Findings that somebody accepts until a day stand in contractcheck.waivers.toml (docs/waivers.md); what was",
        "# there before the checks were introduced, in contractcheck.baseline: contractcheck baseline write.",
    ]
    return "".join(f"{line}\n" for line in lines)


def _contracts(found: Found) -> list[str]:
    if not found.contracts:
        return ["# No OpenAPI document was found.", "#[contracts]", '#include = ["api/*.yaml"]', ""]
    listed = [f"#   {path}   {version or 'no version'}" for path, version in found.contracts[:_LISTED]]
    more = [f"#   and {len(found.contracts) - _LISTED} more"] if len(found.contracts) > _LISTED else []
    head = f"# {len(found.contracts)} contract{'s' * (len(found.contracts) != 1)}:"
    section = [
        "# One of them under other rules:",
        f"#[contract.{_quoted(found.contracts[0][0])}]",
        '#profile = "strict"',
    ]
    return [head, *listed, *more, "#[contracts]", '#exclude = ["old/**"]', "", *section, ""]


def _migrations(found: Found) -> list[str]:
    if not found.trees:
        return ["# No migrations were found.", ""]
    listed = [f"#   {folder}   {tool}, {count} files" for folder, tool, count in found.trees[:_LISTED]]
    return [
        "# Migrations:",
        *listed,
        "[migrations]",
        "# Dialect and major version that they run on.",
        'server = "postgresql:16"',
        "",
    ]


def _versioning(found: Found) -> list[str]:
    scheme = _scheme(found)
    tags = found.tags[0] if found.tags else None
    lines = ["# A change demands a version: semver, calver, date, path (/v1 beside /v2), header, media-type."]
    lines += ["#[versioning]", f'#scheme = "{scheme}"', ""]
    lines.append(
        "# What was released: tags" + (f"; here those that match {tags}." if tags else " (there are none yet).")
    )
    return [*lines, "#[releases]", f'#tags = "{tags or "v*"}"', "", *_apart(found)]


def _apart(found: Found) -> list[str]:
    """Sections for contracts that are released under tags of their own: `orders-v*` for `services/orders/api.yaml`."""
    own = {
        path: (version, tags)
        for path, version in found.contracts
        for tags in found.tags
        if (name := tags.strip("vV*-_/@.").lower()) and name in re.split(r"[/._-]", path.lower())
    }
    if len({tags for _, tags in own.values()}) < 2:
        return []
    lines = ["# Contracts that are released on their own:"]
    for path, (version, tags) in list(own.items())[:_LISTED]:
        section = f"contract.{_quoted(path)}"
        lines += [f"#[{section}.versioning]", f'#scheme = "{_kind(version or "")}"']
        lines += [f"#[{section}.releases]", f"#tags = {_quoted(tags)}"]
    return [*lines, ""]


def _scheme(found: Found) -> str:
    if found.paths:
        return "path"
    kinds = Counter(_kind(version) for _, version in found.contracts if version)
    return kinds.most_common(1)[0][0] if kinds else "semver"


def _kind(version: str) -> str:
    if _DAY.match(version):
        return "date"
    number = re.match(r"[vV]?(\d+)", version)
    return "calver" if number and int(number[1]) >= _YEAR else "semver"


def _tags(repository: Repository | None) -> tuple[str, ...]:
    if repository is None or repository.head is None:
        return ()
    names = [tag.name for tag in repository.tags()]
    heads = Counter(match[1] for name in names if (match := re.fullmatch(r"(.*?v?)\d+(?:[.-].*)?", name)))
    return tuple(f"{head}*" for head, _ in heads.most_common())


def _quoted(text: str) -> str:
    import json

    return json.dumps(text, ensure_ascii=False)
