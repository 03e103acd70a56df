"""Compare two contracts that the user names, or the contracts of two folders."""

from pathlib import Path

from contractcheck.errors import UndecidableError
from contractcheck.model.report import Report
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.configuration import Configuration
from contractcheck.workflows.contracts import Compared, Finish, compare, compare_all, look
from contractcheck.workflows.exchanges import Shown
from contractcheck.workflows.places import locate
from contractcheck.workflows.policy import Ground, govern, ground, nothing, sorted_by_place
from contractcheck.workflows.progress import Say, quiet


def diff(
    base: str,
    revision: str,
    configuration: Configuration,
    *,
    cwd: Path,
    shown: Shown | None = None,
    at: Ground | None = None,
    say: Say = quiet,
) -> Report:
    """Compare what two arguments name: a file, a folder, `REV:path` or `-` each.

    `shown` makes exchanges for the findings and replays traffic; `at` is what they are judged by.

    Raises UndecidableError or UnreadableError where one of them cannot be read as a contract.
    """
    from contractcheck.sources.side import side

    if base == revision == "-":
        raise UndecidableError("both sides are standard input", next_step="name a file for one of them")
    old, old_path = side(base, cwd)
    new, new_path = side(revision, cwd)
    say(f"comparing {base} and {revision}")
    shown = shown or Shown()
    compared = _compare(old, old_path, new, new_path, configuration, finish=shown)
    found, traffic = shown.replay(compared.findings, say=say)
    at = at or ground(configuration, nothing)
    judged, reports = govern(compared, found, at)
    findings = sorted_by_place(locate(judged, old, new))
    return Report(
        findings,
        reports,
        base=base,
        revision=revision,
        notes=(*shown.notes(), *at.notes),
        today=at.today.told,
        traffic=traffic,
        snippets=shown.snippets(findings, old, new),
    )


def _compare(
    old: Snapshot,
    old_path: str | None,
    new: Snapshot,
    new_path: str | None,
    configuration: Configuration,
    *,
    finish: Finish,
) -> Compared:
    from contractcheck.openapi.document import load

    if old_path is not None and new_path is not None:
        return compare(load(old, old_path), load(new, new_path), finish=finish, look=look(configuration))
    if old_path is not None or new_path is not None:
        file, folder = (old.label, new.label) if old_path is not None else (new.label, old.label)
        raise UndecidableError(f"{file} is a file and {folder} a folder", next_step="compare two files, or two folders")
    paths = contracts(old, configuration), contracts(new, configuration)
    return compare_all(old, paths[0], new, paths[1], finish=finish, look=look(configuration))


def contracts(snapshot: Snapshot, configuration: Configuration) -> tuple[str, ...]:
    """The contracts of a folder. Raises UndecidableError if there is none: nothing was compared is not `compatible`."""
    from contractcheck.openapi.recognise import find

    selection = configuration.contracts
    found, skipped = find(snapshot, include=selection.include, exclude=selection.exclude)
    if not found:
        hint = f"{len(skipped)} skipped, the first: {skipped[0].path}: {skipped[0].why}" if skipped else "name the file"
        raise UndecidableError("no OpenAPI document found", where=snapshot.label, next_step=hint)
    return found
