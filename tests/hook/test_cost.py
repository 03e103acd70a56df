"""What the hook costs where nothing concerns it."""

import os
import subprocess
import sys
import textwrap
import time

from tests.hook.working import ROOT, look


class TestCost:
    """What a commit has to wait for that touches neither a contract nor a migration."""

    def test_two_commands_of_git(self, clone, monkeypatch):
        clone.stage({"readme.md": "2"})
        started = []
        real = subprocess.Popen.__init__

        def count(self, arguments, *more, **options):
            started.append(arguments[arguments.index("protocol.allow=never") + 1])
            real(self, arguments, *more, **options)

        monkeypatch.setattr(subprocess.Popen, "__init__", count)
        assert look(clone) is None
        assert started == ["rev-parse", "diff"]

    def test_no_parser_is_loaded(self, clone):
        clone.stage({"readme.md": "2"})
        program = textwrap.dedent("""\
            import sys
            from pathlib import Path
            from contractcheck.workflows.hook import hook
            assert hook(Path.cwd()) is None
            heavy = {"yaml", "orjson", "pglast", "rich", "sqlalchemy", "alembic", "jsonschema", "tomllib", "typer"}
            print(sorted(heavy & {*sys.modules}))
        """)
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=clone.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "[]\n"

    def test_the_time_of_git_and_us(self, clone):
        clone.commit({f"src/{number}.py": "x" for number in range(2000)})
        clone.git("push", "-q", "origin", "HEAD:refs/heads/topic")
        clone.git("branch", "-q", "--set-upstream-to=origin/topic")
        clone.stage({"readme.md": "2"})
        times = []
        for _ in range(5):
            start = time.perf_counter()
            assert look(clone) is None
            times.append(time.perf_counter() - start)
        # 7 ms on the machine it was written on; the rest of the 150 ms belongs to the start of Python.
        assert min(times) < 0.1
