"""What is timed: our command, the peers' command on the same bytes, and the budget."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fetch import CACHE, OASDIFF, ROOT, SQUAWK, github, oasdiff, squawk
from benchmarks.generate import alembic, flyway
from benchmarks.measure import Contender, Missing
from demo.history import Revision, folder, git, lay
from demo.releases import TamperedError, UnavailableError, interfaces, wheel

OURS = "contractcheck"
_BIN = Path(sys.executable).parent
_REST = "airflow/api_fastapi/core_api/openapi/v2-rest-api-generated.yaml"
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
    old, new = (_airflow(version) for version in ("3.1.0", "3.2.0"))
    base, revision = (tree if isinstance(tree, Missing) else tree / _REST for tree in (old, new))
    return _diff("diff Airflow 3.1.0 → 3.2.0", base, revision, Budget(1.0))


def sql_lint() -> Job:
    """1,000 generated SQL migrations; both programs get the folder's files."""
    tree = flyway(_fresh("sql"), 1000)
    program = squawk()
    peer = program if isinstance(program, Missing) else (str(program), str(tree / "*.sql"))
    return Job(
        "lint 1,000 SQL migrations", (_ours("lint", str(tree)), Contender(f"squawk {SQUAWK}", peer)), Budget(1.0)
    )


def alembic_lint() -> Job:
    """300 generated Alembic revisions."""
    tree = alembic(_fresh("alembic"), 300)
    peer = Contender(f"squawk {SQUAWK}", _SQL_ONLY)
    return Job("lint 300 Alembic revisions", (_ours("lint", str(tree)), peer), Budget(2.0))


def airflow_lint() -> Job:
    """The Alembic tree of Airflow 3.2.0, 110 revisions."""
    tree = _airflow("3.2.0")
    ours = tree if isinstance(tree, Missing) else (str(_BIN / OURS), "lint", str(tree / "airflow" / "migrations"))
    peer = Contender(f"squawk {SQUAWK}", _SQL_ONLY)
    return Job("lint Airflow 3.2.0", (Contender(OURS, ours), peer))


def version() -> Job:
    """The least that our command can do."""
    return Job("--version", (_ours("--version", accepted=(0,)), _bare()))


def hook() -> Job:
    """A commit that touches neither contract nor migration, in a repository that has both."""
    repository = CACHE / "hook"
    tree = alembic(_fresh("alembic-for-hook"), 50)
    contract = b"openapi: 3.1.0\ninfo: {title: Hook, version: 1.0.0}\npaths: {}\n"
    files = {f"migrations/{path}": data for path, data in folder(tree).items()}
    lay(repository, (Revision("base", {**files, "openapi.yaml": contract}),))
    (repository / "NOTES").write_text("nothing that matters\n", encoding="utf-8")
    git(repository, "add", "NOTES")
    ours = _ours("hook", cwd=repository, accepted=(0,))
    return Job("hook, nothing relevant staged", (ours, _bare()), Budget(0.150))


ALL: dict[str, Callable[[], Job]] = {
    "github": github_diff,
    "airflow-diff": airflow_diff,
    "sql": sql_lint,
    "alembic": alembic_lint,
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


def _airflow(release: str) -> Path | Missing:
    """The OpenAPI documents and the Alembic tree of a release, unpacked; the wheel is the demo's."""
    unpacked = CACHE / f"airflow-{release}"
    if unpacked.exists():
        return unpacked
    try:
        files = interfaces(wheel(ROOT / "demo" / f"requirements-{release}.txt", ROOT / ".cache" / "wheels"))
    except (UnavailableError, TamperedError) as error:
        return Missing(str(error))
    half = _fresh(f"airflow-{release}.part")
    for path, data in files.items():
        target = half / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return half.rename(unpacked)


def _fresh(name: str) -> Path:
    fresh = CACHE / name
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    return fresh
