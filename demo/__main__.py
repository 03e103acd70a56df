"""`make demo`: what breaks between two releases of Apache Airflow, an OpenAPI contract with an Alembic tree."""

import os
import subprocess
import sys
from pathlib import Path

from demo.history import Revision, folder, lay
from demo.releases import TamperedError, UnavailableError, interfaces, wheel

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
OUT = ROOT / "demo" / "out"
REPORTS = {"markdown": "md", "html": "html", "json": "json"}
# Exit codes of contractcheck up to this one are verdicts (0 nothing, 1 findings); above, it could not decide.
VERDICT = 1


def main() -> int:
    """Lay out the two revisions, check them, print the report and name the files. Returns the exit code."""
    try:
        name, revisions = "airflow", _airflow()
    except TamperedError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    except UnavailableError as error:
        print(f"Without the network ({error}): a small project from fixtures/demo instead of two Airflow releases.\n")
        name, revisions = "small", _small()
    base, revision = revisions
    repository = CACHE / "demo" / name
    lay(repository, revisions)
    print(
        f"{_shown(repository)}: contractcheck check --base {base.tag}    (working tree: {revision.tag})\n", flush=True
    )
    code = _check(repository, base.tag)
    if code > VERDICT:
        return code
    OUT.mkdir(parents=True, exist_ok=True)
    files = {form: OUT / f"{name}.{suffix}" for form, suffix in REPORTS.items()}
    for form, file in files.items():
        again = _check(repository, base.tag, "--format", form, "--output", str(file))
        if again != code:
            print(f"demo: as {form} the exit code is {again}, as text it was {code}", file=sys.stderr)
            return 4
    print()
    for form, file in files.items():
        print(f"{form:8}  {_shown(file)}")
    print(f"exit code {code}, as a pipeline would see it: {'findings' if code else 'nothing that breaks'}")
    return 0


def _airflow() -> tuple[Revision, Revision]:
    """Two releases of apache-airflow-core, of each the OpenAPI documents and the migrations."""
    old, new = (
        Revision(f"v{version}", interfaces(wheel(ROOT / "demo" / f"requirements-{version}.txt", CACHE / "wheels")))
        for version in ("3.1.0", "3.2.0")
    )
    return old, new


def _small() -> tuple[Revision, Revision]:
    small = ROOT / "fixtures" / "demo"
    return Revision("v1.0.0", folder(small / "base")), Revision("v1.1.0", folder(small / "revision"))


def _check(repository: Path, base: str, *options: str) -> int:
    """Run the installed command in the repository, as a user would."""
    command = Path(sys.executable).parent / "contractcheck"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        [command, "check", "--base", base, *options], cwd=repository, env=clean, stdin=subprocess.DEVNULL, check=False
    ).returncode


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    raise SystemExit(main())
