"""Wheels of published releases, fetched by pip, pinned by hash, cached; and the files in them that are compared."""

import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

# What a first fetch may take; without an index pip gives up long before.
SECONDS = 100
_PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+) --hash=sha256:(?P<digest>[0-9a-f]{64})$", re.MULTILINE)
_MISMATCH = "DO NOT MATCH THE HASHES"


class UnavailableError(Exception):
    """The wheel cannot be had: no network, or no such file in the index."""


class TamperedError(Exception):
    """The wheel that the index offers is not the one that was pinned."""


def wheel(requirements: Path, cache: Path) -> Path:
    """The wheel that a requirements file pins, from the cache or by pip. Raises UnavailableError and TamperedError."""
    pinned = _PINNED.search(requirements.read_text(encoding="utf-8"))
    if pinned is None:
        raise ValueError(f"{requirements.name}: no line `name==version --hash=sha256:...`")
    pattern = f"{pinned['name'].replace('-', '_')}-{pinned['version']}-*.whl"
    cached = _matching(cache, pattern, pinned["digest"])
    if cached is None:
        _download(requirements, cache)
        cached = _matching(cache, pattern, pinned["digest"])
    if cached is None:
        raise UnavailableError(f"pip brought no {pattern}")
    return cached


def _matching(cache: Path, pattern: str, digest: str) -> Path | None:
    found = (path for path in sorted(cache.glob(pattern)) if hashlib.sha256(path.read_bytes()).hexdigest() == digest)
    return next(found, None)


def _download(requirements: Path, cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--disable-pip-version-check", "--no-input"]
    # One retry: the many of the default would make a machine without network wait for minutes.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--retries=1", *options]
    try:
        done = subprocess.run(
            [*command, "--dest", str(cache), "--requirement", str(requirements)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"pip did not answer within {SECONDS} s") from None
    if _MISMATCH in done.stderr:
        raise TamperedError(f"{requirements.name}: what the index offers has another hash than the pinned one")
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
        raise UnavailableError(said[-1].removeprefix("ERROR: ") if said else f"pip ended with {done.returncode}")


def interfaces(path: Path) -> dict[str, bytes]:
    """The OpenAPI documents and the Python package, migrations included, in a wheel of Airflow: bytes by path."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in sorted(archive.namelist()) if _wanted(PurePosixPath(name))}


def _wanted(path: PurePosixPath) -> bool:
    document = path.suffix == ".yaml" and path.parent.name == "openapi"
    # Migrations import types and helpers from all over the package, and the reader follows them.
    return path.parts[0] == "airflow" and (document or path.suffix == ".py")
