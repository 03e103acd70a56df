"""What is timed: our command, the peers' command on the same bytes, and the budget."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fetch import CACHE, OASDIFF, ROOT, SQUAWK, github, oasdiff, squawk
from benchmarks.generate import alembic, flyway
from benchmarks.measure import Contender, Missing
from demo.history import Revision, git, lay
from demo.releases import TamperedError, UnavailableError, interfaces, wheel

OURS = "contractcheck"
_BIN = Path(sys.executable).parent
_REST = "airflow/api_fastapi/core_api/openapi/v2-rest-api-generated.yaml"
_TREE = "migrations"
_COLD = "--no-cache"
_SQL_ONLY = Missing("squawk reads SQL; these revisions are Python")


@dataclass(frozen=True, slots=True)
class Budget:
    """The bounds of a job: wall seconds, peak bytes, and whether every peer must be slower. None: no bound."""

    seconds: float | None = None
    peak: int | None = None
    faster: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One row group: the first contender is ours."""

    name: str
    contenders: tuple[Contender, ...]
    budget: Budget = Budget()


def github_diff() -> Job:
    """Two releases of GitHub's REST description."""
    budget = Budget(2.0, 600_000_000, faster=True)
    return _diff("diff GitHub 22.0.0 → 23.0.2", github("22.0.0"), github("23.0.2"), budget)


def airflow_diff() -> Job:
    """Two releases of Airflow's REST contract, 345 and 378 kB of YAML."""
    base, revision = (airflow_contract(version) for version in ("3.1.0", "3.2.0"))
    return _diff("diff Airflow 3.1.0 → 3.2.0", base, revision, Budget(1.0))


def sql_lint() -> Job:
    """1,000 generated SQL migrations, nothing remembered; both programs get the folder's files."""
    repository = _committed("sql", {f"{_TREE}/{name}": data for name, data in flyway(1000).items()})
    program = squawk()
    peer = program if isinstance(program, Missing) else (str(program), f"{_TREE}/*.sql")
    squawks = Contender(f"squawk {SQUAWK}", peer, repository)
    return Job("lint 1,000 SQL migrations", (_ours("lint", _TREE, _COLD, cwd=repository), squawks), Budget(1.0))


def sql_again() -> Job:
    """The same tree once more: nothing changed, and the uncounted run is remembered."""
    repository = _committed("sql", {f"{_TREE}/{name}": data for name, data in flyway(1000).items()})
    return Job("the same once more", (_ours("lint", _TREE, cwd=repository),), Budget(0.3))


def alembic_lint() -> Job:
    """300 generated Alembic revisions, nothing remembered."""
    repository = _committed("alembic", {f"{_TREE}/{path}": data for path, data in alembic(300).items()})
    peer = Contender(f"squawk {SQUAWK}", _SQL_ONLY)
    return Job("lint 300 Alembic revisions", (_ours("lint", _TREE, _COLD, cwd=repository), peer), Budget(2.0))


def alembic_again() -> Job:
    """The same tree once more."""
    repository = _committed("alembic", {f"{_TREE}/{path}": data for path, data in alembic(300).items()})
    return Job("these once more", (_ours("lint", _TREE, cwd=repository),), Budget(0.3))


def airflow_lint() -> Job:
    """The Alembic tree of Airflow 3.2.0, 110 revisions, nothing remembered."""
    repository = _airflow("3.2.0")
    peer = Contender(f"squawk {SQUAWK}", _SQL_ONLY)
    if isinstance(repository, Missing):
        return Job("lint Airflow 3.2.0", (Contender(OURS, repository), peer))
    return Job("lint Airflow 3.2.0", (_ours("lint", "airflow/migrations", _COLD, cwd=repository), peer))


def version() -> Job:
    """The least that our command can do."""
    return Job("--version", (_ours("--version", accepted=(0,)), _bare()))


def hook() -> Job:
    """A commit that touches neither contract nor migration, in a repository that has both."""
    tree = {f"{_TREE}/{path}": data for path, data in alembic(50).items()}
    contract = b"openapi: 3.1.0\ninfo: {title: Hook, version: 1.0.0}\npaths: {}\n"
    repository = _committed("hook", {**tree, "openapi.yaml": contract})
    (repository / "NOTES").write_text("nothing that matters\n", encoding="utf-8")
    git(repository, "add", "NOTES")
    ours = _ours("hook", cwd=repository, accepted=(0,))
    return Job("hook, nothing relevant staged", (ours, _bare()), Budget(0.150))


ALL: dict[str, Callable[[], Job]] = {
    "github": github_diff,
    "airflow-diff": airflow_diff,
    "sql": sql_lint,
    "sql-again": sql_again,
    "alembic": alembic_lint,
    "alembic-again": alembic_again,
    "airflow-lint": airflow_lint,
    "version": version,
    "hook": hook,
}


def _ours(*arguments: str, cwd: Path | None = None, accepted: tuple[int, ...] = (0, 1)) -> Contender:
    return Contender(OURS, (str(_BIN / OURS), *arguments), cwd, accepted)


def _bare() -> Contender:
    return Contender("python -c pass", (sys.executable, "-c", "pass"), accepted=(0,))


def _diff(name: str, base: Path | Missing, revision: Path | Missing, budget: Budget) -> Job:
    labels = (OURS, f"oasdiff changelog {OASDIFF}", f"oasdiff breaking {OASDIFF}")
    absent = next((side for side in (base, revision) if isinstance(side, Missing)), None)
    if absent is not None:
        return Job(name, tuple(Contender(label, absent) for label in labels), budget)
    pair = (str(base), str(revision))
    program = oasdiff()
    changelog, breaking = (
        program if isinstance(program, Missing) else (str(program), word, *pair) for word in ("changelog", "breaking")
    )
    return Job(
        name,
        (
            _ours("diff", *pair),
            Contender(labels[1], changelog, accepted=(0,)),
            Contender(labels[2], breaking, accepted=(0,)),
        ),
        budget,
    )


def airflow_contract(release: str) -> Path | Missing:
    """Airflow's REST contract of a release, YAML."""
    tree = _airflow(release)
    return tree if isinstance(tree, Missing) else tree / _REST


def _airflow(release: str) -> Path | Missing:
    """A repository of the OpenAPI documents and the Alembic tree of a release; the wheel is the demo's."""
    try:
        files = interfaces(wheel(ROOT / "demo" / f"requirements-{release}.txt", ROOT / ".cache" / "wheels"))
    except (UnavailableError, TamperedError) as error:
        return Missing(str(error))
    return _committed(f"airflow-{release}", files)


def _committed(name: str, files: Mapping[str, bytes]) -> Path:
    """A repository of its own with these files committed, as users have them: .cache is ignored by ours."""
    repository = CACHE / name
    lay(repository, (Revision("v1", files),))
    return repository
