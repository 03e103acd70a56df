"""Check single contracts against the conventions that a policy asks for: `contractcheck lint api`."""

from pathlib import Path
from typing import TYPE_CHECKING

from contractcheck.errors import UndecidableError, UsageError
from contractcheck.model.finding import Finding
from contractcheck.model.report import Report, Skipped
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.build import contract as contract_configuration
from contractcheck.policy.settings import Configuration
from contractcheck.policy.severity import asked, judge, wanted
from contractcheck.workflows.deprecations import here
from contractcheck.workflows.places import locate
from contractcheck.workflows.policy import Ground, declared, leftovers, operations_of, sorted_by_place
from contractcheck.workflows.progress import Say, quiet

if TYPE_CHECKING:
    from contractcheck.openapi.document import Document


def lint_api(paths: list[str], at: Ground, *, cwd: Path, say: Say = quiet) -> Report:
    """Check the contracts that the paths name, files or folders; without paths, every contract of the repository.

    Raises UsageError where the policy asks for no convention, UndecidableError where there is no contract.
    """
    from contractcheck.sources.side import side

    if not paths:
        return lint_contracts(here(cwd), (), at, whole=True, say=say)
    parts = []
    for path in paths:
        snapshot, file = side(path, cwd)
        parts.append(lint_contracts(snapshot, () if file is None else (file,), at, say=say))
    return Report(
        findings=sorted_by_place(finding for part in parts for finding in part.findings),
        skipped=tuple(sorted({skipped for part in parts for skipped in part.skipped})),
        notes=(_looked(len(parts)),),
        today=at.today.told,
    )


def lint_contracts(
    snapshot: Snapshot, paths: tuple[str, ...], at: Ground, *, whole: bool = False, say: Say = quiet
) -> Report:
    """Check contracts of a snapshot, () all that are found; with `whole` also what waivers and baseline still hold."""
    from contractcheck.openapi.conventions import RULES
    from contractcheck.openapi.document import load

    skipped: tuple[Skipped, ...] = ()
    if not paths:
        from contractcheck.openapi.recognise import find

        selection = at.configuration.contracts
        paths, skipped = find(snapshot, include=selection.include, exclude=selection.exclude)
    if not paths:
        hint = f"{skipped[0].path}: {skipped[0].why}" if skipped else "name the file"
        raise UndecidableError("no OpenAPI document found", where=snapshot.label, next_step=hint)
    settings = [contract_configuration(at.configuration, path) for path in paths]
    if not any(asked(name, each) for each in settings for name in RULES):
        raise UsageError(
            "the policy asks for no convention: each of these rules is off until it has a severity",
            where=at.configuration.file or "",
            next_step=f'for example [severity] api-error-format = "warning"; the rules: {", ".join(RULES)}',
        )
    found: list[Finding] = []
    for path, each in zip(paths, settings, strict=True):
        say(f"reading {path}")
        document = load(snapshot, path)
        at.ledger.declare(declared(document))
        operations = operations_of(each, document)
        findings = locate((*wanted(conventions(document, each), each, operations), *document.defects), None, snapshot)
        found += at.ledger.accept(judge(findings, each, operations=operations), path)
    if whole:
        found += leftovers(at, lambda name: name in RULES)
    return Report(
        findings=sorted_by_place(locate(found, None, snapshot)),
        skipped=skipped,
        notes=(_looked(len(paths)),),
        today=at.today.told,
    )


def conventions(document: "Document", settings: Configuration) -> tuple[Finding, ...]:
    """What of the conventions that a policy asks for a contract does not keep."""
    from contractcheck.openapi.conventions import RULES, Wanted, check

    api = settings.api
    asks = Wanted(api.error_media_type, api.error_schema, api.idempotency_header, api.pagination)
    return check(document, asks, frozenset(name for name in RULES if asked(name, settings)))


def _looked(number: int) -> str:
    return f"{number} contract{'s' * (number != 1)} checked against the conventions of the policy"
