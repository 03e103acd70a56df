"""Starting up loads nothing heavy: what a command does not need, it does not import."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "sqlglot",
    "pglast",
    "jsonschema",
    "alembic",
    "sqlalchemy",
    "httpx",
    "yaml",
    "orjson",
    "rich",
    "pydantic",
    "deepdiff",
}
PROBE = """
import json, sys
sys.argv = ["contractcheck", *{arguments!r}]
from contractcheck.cli.start import main
try:
    main()
    sys.exit(0)
except SystemExit as end:
    code = end.code
sys.stderr.write("\\n" + json.dumps([code, sorted({{name.partition(".")[0] for name in sys.modules}})]))
"""


def modules(arguments, cwd):
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=arguments)], cwd=cwd, capture_output=True, text=True, check=True
    )
    code, names = json.loads(done.stderr.rpartition("\n")[2])
    return code, set(names)


@pytest.mark.parametrize("arguments", [["--version"], ["rules"], ["explain", "contract-added"]])
def test_help_and_version_are_light(arguments, tmp_path):
    code, loaded = modules(arguments, tmp_path)
    assert (code or 0, loaded & HEAVY) == (0, set())


def test_the_hook_with_nothing_to_do_is_light(tmp_path):
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "-q", "-b", "main"], cwd=tmp_path, check=True)
    (tmp_path / "README.md").write_text("hello\n", encoding="utf-8")
    subprocess.run([*git, "add", "."], cwd=tmp_path, check=True)
    subprocess.run([*git, "commit", "-qm", "one"], cwd=tmp_path, check=True)
    (tmp_path / "README.md").write_text("hello again\n", encoding="utf-8")
    subprocess.run([*git, "add", "."], cwd=tmp_path, check=True)
    code, loaded = modules(["hook"], tmp_path)
    assert (code or 0, loaded & HEAVY) == (0, set())
