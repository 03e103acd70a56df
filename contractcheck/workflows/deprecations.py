"""`contractcheck deprecations`: what is deprecated in the contracts of a repository, and when it may go."""

from pathlib import Path
from typing import TYPE_CHECKING

from contractcheck.errors import UndecidableError
from contractcheck.model.deprecation import Calendar, Deprecated, Going
from contractcheck.model.finding import Finding, Proof, ProofKind
from contractcheck.model.place import Place
from contractcheck.model.rule import rule
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.build import contract as contract_configuration
from contractcheck.policy.notice import State, notice
from contractcheck.policy.settings import LEVELS, Deprecation
from contractcheck.workflows.contracts import title
from contractcheck.workflows.notices import looking, seen
from contractcheck.workflows.places import locate
from contractcheck.workflows.policy import Ground
from contractcheck.workflows.progress import Say, quiet

if TYPE_CHECKING:
    from contractcheck.openapi.document import Document

_GOING = {State.DUE: Going.NOW, State.EARLY: Going.LATER}
_NONE = Deprecation(notice=dict.fromkeys(LEVELS, 0))


def calendar(paths: list[str], at: Ground, *, cwd: Path, say: Say = quiet) -> Calendar:
    """Everything deprecated in the contracts that the paths name, files or folders; without paths, of the repository.

    A policy without a table `deprecation` gives no period of notice: then sunsets alone decide.
    Raises UndecidableError where there is no contract.
    """
    from contractcheck.sources.side import side

    entries: list[Deprecated] = []
    for path in paths or ["."]:
        snapshot, file = (here(cwd), None) if not paths else side(path, cwd)
        for name in (file,) if file is not None else _contracts(snapshot, at):
            say(f"reading {name}")
            entries += _of(snapshot, name, at)
    order = sorted(entries, key=lambda each: (each.path, each.until is None, each.until or each.since_day, each.name))
    return Calendar(at.today.day, tuple(order), tuple(at.notes))


def _of(snapshot: Snapshot, path: str, at: Ground) -> list[Deprecated]:
    from contractcheck.openapi.document import load
    from contractcheck.openapi.lifecycle import elements
    from contractcheck.openapi.seeking import stability

    document = load(snapshot, path)
    settings = contract_configuration(at.configuration, path)
    policy = settings.deprecation or _NONE
    found = [element for element in elements(document) if element.marks.deprecated]
    history = at.histories.of(settings) if at.histories is not None and found else None
    if history is not None and not history.releases and history.why_empty:
        at.notes[history.why_empty] = None
    releases = history.having(path, title(document)) if history is not None else []
    places = _places(document, [Place(each.node.file, pointer=each.node.pointer) for each in found])
    entries = []
    for element, place in zip(found, places, strict=True):
        level = stability(document, element.address)
        level = level if level in LEVELS and level is not None else policy.stability
        sightings = seen(looking(document, element), releases)
        told = notice(
            sightings, deprecated=True, sunset=element.marks.sunset, level=level, policy=policy, today=at.today
        )
        # Where nothing was released and no period is configured, nothing says that it may go.
        unknown = not releases and settings.deprecation is None and told.until is None
        going = Going.UNRELEASED if unknown else _GOING.get(told.state, Going.UNRELEASED)
        since = told.since
        entries.append(
            Deprecated(
                path,
                element.kind,
                element.name,
                level,
                going,
                since.version if since else None,
                since.day if since else None,
                element.marks.sunset,
                told.until,
                told.why,
                place,
            )
        )
    return entries


def _places(document: "Document", places: list[Place]) -> list[Place]:
    """The places with their lines, looked up as those of findings are."""
    findings = [_carrier(place) for place in places]
    return [
        found.place or place for found, place in zip(locate(findings, None, document.snapshot), places, strict=True)
    ]


def _carrier(place: Place) -> Finding:
    proof = Proof(ProofKind.STRUCTURAL, "")
    return rule("operation-deprecated").finding(subject="", place=place, proof=proof)


def _contracts(snapshot: Snapshot, at: Ground) -> tuple[str, ...]:
    from contractcheck.openapi.recognise import find

    selection = at.configuration.contracts
    found, skipped = find(snapshot, include=selection.include, exclude=selection.exclude)
    if not found:
        hint = f"{skipped[0].path}: {skipped[0].why}" if skipped else "name the file"
        raise UndecidableError("no OpenAPI document found", where=snapshot.label, next_step=hint)
    return found


def here(cwd: Path) -> Snapshot:
    """The files a person stands in: those of the repository, else of the folder."""
    from contractcheck.sources.folder import folder
    from contractcheck.sources.repository import Repository

    if any((level / ".git").exists() for level in (cwd, *cwd.parents)):
        return Repository.open(cwd).working_tree()
    return folder(cwd)
