"""`contractcheck version`: the version that the changes between two revisions call for, contract by contract."""

from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from contractcheck.errors import UndecidableError
from contractcheck.model.finding import ProofKind, Severity
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.build import contract as contract_configuration
from contractcheck.policy.settings import Configuration
from contractcheck.workflows.contracts import Compared, compare, compare_all, look
from contractcheck.workflows.policy import Ground, judged
from contractcheck.workflows.progress import Say, quiet
from contractcheck.workflows.releases import USUAL, version_of
from contractcheck.workflows.version import versions


class Answer(Struct, frozen=True):
    """The next version of a contract: `bump` is demanded, `why` says by what; `unproven` findings may demand more."""

    path: str
    base: str | None
    revision: str | None
    bump: str
    next: str
    why: str
    met: bool
    unproven: int


def next_versions(base: str, revision: str, at: Ground, *, cwd: Path, say: Say = quiet) -> tuple[Answer, ...]:
    """The next version of every contract that both sides have.

    The sides are named as for `diff`; a git revision alone means every contract in it.
    Raises UndecidableError where no contract is on both sides, or a version is of no scheme that is known.
    """
    old, old_path = _side(base, cwd)
    new, new_path = _side(revision, cwd)
    say(f"comparing {base} and {revision}")
    compared = _compare(old, old_path, new, new_path, at.configuration)
    answers = []
    for part in compared.parts:
        if part.base is None or part.revision is None:
            continue
        settings = contract_configuration(at.configuration, part.contract.path)
        findings, due = judged(part, at)
        # Contracts of one repository may be released under tags of their own.
        named = replace(at, named=(_tagged(base, settings), _tagged(revision, settings)))
        found = versions(replace(part, findings=findings), settings, named, due)
        if found.next is None:
            raise UndecidableError(
                f"its version, {found.base or 'which it does not have'}, is of no scheme that says what comes next",
                where=part.contract.path,
                next_step='name one: [versioning] scheme = "semver", calver, date, path, header or media-type',
            )
        unproven = sum(
            each.suppressed is None and each.proof.kind is ProofKind.UNPROVEN and each.severity is not Severity.INFO
            for each in findings
        )
        answers.append(
            Answer(
                part.contract.path,
                found.base,
                found.revision,
                found.wanted.bump,
                found.next,
                found.wanted.why,
                found.revision is not None and found.needs is None,
                unproven,
            )
        )
    if not answers:
        raise UndecidableError(f"no contract is in both {base} and {revision}", next_step="name the two files")
    return tuple(answers)


def _side(argument: str, cwd: Path) -> tuple[Snapshot, str | None]:
    from contractcheck.errors import UnreadableError
    from contractcheck.sources.repository import Repository
    from contractcheck.sources.side import side

    try:
        return side(argument, cwd)
    except UnreadableError as error:
        if ":" in argument or not any((level / ".git").exists() for level in (cwd, *cwd.parents)):
            raise
        try:
            return Repository.open(cwd).tree(argument), None
        except UndecidableError:
            raise error from None


def _compare(
    old: Snapshot, old_path: str | None, new: Snapshot, new_path: str | None, configuration: Configuration
) -> Compared:
    from contractcheck.openapi.document import load
    from contractcheck.workflows.diff import contracts

    if old_path is not None and new_path is not None:
        return compare(load(old, old_path), load(new, new_path), look=look(configuration))
    if old_path is not None or new_path is not None:
        raise UndecidableError("one side is a file, the other is not", next_step="name two files, or two revisions")
    return compare_all(old, contracts(old, configuration), new, contracts(new, configuration), look=look(configuration))


def _tagged(argument: str, configuration: Configuration) -> str | None:
    """The version in the tag that an argument names, if it does."""
    releases = configuration.releases or USUAL
    revision = argument.partition(":")[0]
    for each in releases.listed:
        if revision in {each.version, each.revision}:
            return each.version
    return version_of(revision.removeprefix("refs/tags/"), releases.tags)
