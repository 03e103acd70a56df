"""What the answers are worth, beside how fast they come: long runs against independent judges, a module each."""

import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from benchmarks.fetch import ROOT

ALL: Final[Mapping[str, str]] = MappingProxyType(
    {
        "containment": "20,000 random pairs of schemas, against jsonschema, jsonschema-rs and its `covers`",
        "comparing": "random pairs of contracts: what `diff` tells against containment of the whole body",
        "components": "every changed schema of GitHub's description, judged both ways",
        "witnesses": "every witness on GitHub's and Airflow's releases, tried by openapi-schema-validator",
        "real": "what must hold of every report on the releases of Airflow and GitHub",
        "ddl": "generated statements on real PostgreSQL servers: locks, rewrites, scans, failures",
        "reversal": "generated upgrades and downgrades on real PostgreSQL servers, against the verdicts",
        "remedies": "every remedy on real PostgreSQL servers, with a reader and a writer beside it",
    }
)
"""By module: what is asked. Each prints its own table and ends with 1 if an answer was wrong."""


def ask(name: str) -> bool:
    """Run one with its own defaults; whether nothing was wrong."""
    print(f"\n## {name}: {ALL[name]}\n", flush=True)
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=ROOT, check=False).returncode == 0
