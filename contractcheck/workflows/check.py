"""Check everything that changed between two sides of a repository: contracts and migrations."""

from msgspec.structs import replace

from contractcheck.errors import UndecidableError
from contractcheck.migrations.sizes import Sizes
from contractcheck.migrations.workload import Workload
from contractcheck.model.report import Report, Skipped
from contractcheck.model.snapshot import Snapshot
from contractcheck.policy.build import unmatched
from contractcheck.policy.configuration import Configuration
from contractcheck.policy.days import Today
from contractcheck.sources.repository import Here, Repository
from contractcheck.workflows.columns import meet
from contractcheck.workflows.contracts import Compared, compare_all, look
from contractcheck.workflows.exchanges import Shown
from contractcheck.workflows.migrations import Checked, check_trees
from contractcheck.workflows.migrations import server as target
from contractcheck.workflows.policy import Ground, Read, govern_check, ground, reader
from contractcheck.workflows.progress import Say, quiet
from contractcheck.workflows.releases import Histories, last_release

_CONTRACT = (".yaml", ".yml", ".json")


def check(
    repository: Repository,
    base: str | None,
    configuration: Configuration,
    *,
    server: str,
    shown: Shown | None = None,
    read: Read | None = None,
    today: Today | None = None,
    sizes: Sizes | None = None,
    workload: Workload | None = None,
    say: Say = quiet,
) -> Report:
    """Check the working tree against a base: the one given, else the configured one, else where the branch began.

    `read` gives the files of waivers and the baseline, from the working tree if there is none. `workload` are the
    queries of the running release.

    Raises UndecidableError where there is no such base, and UnreadableError for a contract that cannot be read.
    """
    chosen = repository.default_base(base or configuration.base)
    changes = repository.changed(chosen.oid, Here.WORKING_TREE, renames=False)
    if not changes and repository.is_detached and chosen.label == "HEAD" and not (base or configuration.base):
        # What CI checks out: compared with itself it has no changes, which says nothing.
        raise UndecidableError(
            "this checkout is on no branch with an upstream and differs from HEAD in nothing",
            next_step="name the base: --base REV",
        )
    old, new = repository.tree(chosen.oid, label=chosen.label), repository.working_tree()
    changed = frozenset(path for change in changes for path in change.paths)
    today = today or Today()
    histories = Histories(repository, today, tip=chosen.oid, here=new)
    at = ground(configuration, read or reader(new), today=today, histories=histories, released=True)
    at.base = base or configuration.base
    return compare(
        old, new, changed, configuration, server=server, shown=shown, at=at, sizes=sizes, workload=workload, say=say
    )


def compare(
    old: Snapshot,
    new: Snapshot,
    changed: frozenset[str],
    configuration: Configuration,
    *,
    server: str,
    shown: Shown | None = None,
    at: Ground | None = None,
    sizes: Sizes | None = None,
    workload: Workload | None = None,
    say: Say = quiet,
) -> Report:
    """Check what changed between two snapshots; `changed` are the paths that differ: nothing else is compared.

    `at` is what it is judged by; without it the policy files of the new side are. `shown` makes exchanges for the
    findings and replays traffic against the contracts that changed.
    """
    say("comparing contracts")
    contracts, skipped, unused = _contracts(old, new, changed, configuration, shown)
    broken, traffic = shown.replay(contracts.findings, say=say) if shown is not None else (contracts.findings, None)
    migrations = check_trees(
        old,
        new,
        changed,
        configuration,
        server_name=server,
        sizes=sizes,
        workload=workload,
        last=lambda: last_release(at.histories if at is not None else None, configuration),
        say=say,
    )
    met = meet(new, contracts, migrations.findings, configuration, target(server))
    migrations = replace(migrations, findings=(*migrations.findings, *met))
    say("looking up places")
    at = at or ground(configuration, reader(new))
    findings, reports = govern_check(contracts, broken, migrations, at, (old, new))
    return Report(
        findings=findings,
        contracts=reports,
        migrations=migrations.migrations,
        skipped=tuple(sorted({*skipped, *migrations.skipped})),
        base=old.label,
        revision=new.label,
        server=migrations.server,
        notes=(
            *unused,
            *_notes(contracts, migrations, changed),
            *(shown.notes() if shown is not None else ()),
            *(workload.notes if workload is not None else ()),
            *at.notes,
        ),
        today=at.today.told,
        traffic=traffic,
        snippets=shown.snippets(findings, old, new) if shown is not None else (),
    )


def _contracts(
    old: Snapshot, new: Snapshot, changed: frozenset[str], configuration: Configuration, shown: Shown | None
) -> tuple[Compared, tuple[Skipped, ...], tuple[str, ...]]:
    if not any(path.endswith(_CONTRACT) for path in changed):
        return Compared(), (), ()
    from contractcheck.openapi.recognise import find

    selection = configuration.contracts
    before, _ = find(old, include=selection.include, exclude=selection.exclude)
    after, skipped = find(new, include=selection.include, exclude=selection.exclude)
    compared = compare_all(old, before, new, after, changed=changed, finish=shown, look=look(configuration))
    unused = unmatched(configuration, (*before, *after, *(each.path for each in skipped)))
    return compared, skipped, unused


def _notes(contracts: Compared, migrations: Checked, changed: frozenset[str]) -> tuple[str, ...]:
    if contracts.contracts or migrations.trees:
        return ()
    return (f"no contract and no migration among {len(changed)} changed files",)
