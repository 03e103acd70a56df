"""Peers and published inputs: each pinned, brought by its own registry's client, kept in .cache/bench."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Missing

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "bench"

OASDIFF = "v1.36.0"
SQUAWK = "2.70.0"
# What the registry calls `dist.integrity`.
OCTOKIT = {
    "22.0.0": "Rpif7FjTjFEBSU+amIRHUAIAHwgg+tVJdTiQuU2GEWDniZxmWjxZCgJ4V9GEp2GXnq/Bl+TrjEvwAl9PB29NAQ==",
    "23.0.2": "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
}
# Building oasdiff from nothing takes about a minute on two cores; in seconds.
_PATIENCE = 540


def oasdiff() -> Path | Missing:
    """The program oasdiff, built by go, which checks its modules as the machine's settings (GOSUMDB) say."""
    program = CACHE / f"oasdiff-{OASDIFF}" / "oasdiff"
    if not program.exists():
        variables = {"GOBIN": str(program.parent)}
        failure = _run("go", "go", "install", f"github.com/oasdiff/oasdiff@{OASDIFF}", variables=variables)
        if failure:
            return failure
    return program


def squawk() -> Path | Missing:
    """The program squawk, in an environment of its own: it is no dependency of ours."""
    home = CACHE / f"squawk-{SQUAWK}"
    program = home / "bin" / "squawk"
    if not program.exists():
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=False, symlinks=True)
        pip = (sys.executable, "-m", "pip", f"--python={home / 'bin' / 'python'}", "install", "--quiet")
        options = ("--no-deps", "--only-binary=:all:", "--retries=1", "--no-input", "--disable-pip-version-check")
        failure = _run("pip", *pip, *options, f"squawk-cli=={SQUAWK}")
        if failure:
            return failure
    return program


def github(version: str) -> Path | Missing:
    """GitHub's description of its REST interface (JSON, 12 or 13 MB) from the npm package @octokit/openapi."""
    return described(version, "api.github.com")


def described(version: str, name: str) -> Path | Missing:
    """One of the descriptions in that package: `api.github.com`, `ghes-3.19` (a server of GitHub's at a customer's)."""
    document = CACHE / f"{'github' if name == 'api.github.com' else name}-{version}.json"
    if not document.exists():
        archive = CACHE / f"octokit-openapi-{version}.tgz"
        failure = None if archive.exists() else _pack(f"@octokit/openapi@{version}")
        if failure:
            return failure
        if not archive.exists() or _integrity(archive) != OCTOKIT[version]:
            archive.unlink(missing_ok=True)
            return Missing(f"@octokit/openapi {version}: what npm brought is not the pinned package")
        _extract(archive, f"package/generated/{name}.json", document)
    return document


def _pack(package: str) -> Missing | None:
    CACHE.mkdir(parents=True, exist_ok=True)
    return _run("npm", "npm", "pack", package, "--silent", "--ignore-scripts", f"--pack-destination={CACHE}")


def _integrity(archive: Path) -> str:
    with archive.open("rb") as stream:
        return base64.b64encode(hashlib.file_digest(stream, "sha512").digest()).decode()


def _extract(archive: Path, member: str, target: Path) -> None:
    half = target.with_suffix(".part")
    with tarfile.open(archive) as files, half.open("wb") as written:
        source = files.extractfile(member)
        if source is None:
            raise ValueError(f"{archive.name}: {member} is no file")
        shutil.copyfileobj(source, written)
    half.replace(target)


def _run(client: str, *command: str, variables: Mapping[str, str] | None = None) -> Missing | None:
    """Run a registry's client; None if it worked, else why not, in one line."""
    if shutil.which(command[0]) is None:
        return Missing(f"no {client} on this machine")
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Missing(f"{client} did not answer within {_PATIENCE} s")
    if done.returncode == 0:
        return None
    said = done.stderr.strip().splitlines()
    return Missing(
        f"{client}: {said[-1].removeprefix('ERROR: ')[:160]}" if said else f"{client} ended with {done.returncode}"
    )
