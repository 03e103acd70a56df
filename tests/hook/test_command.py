"""The command, and what it says."""

from contractcheck.errors import FINDINGS, OK, UNDECIDABLE
from contractcheck.workflows.hook import hook
from tests.hook.working import MORE, SHOP, command, errors
from tests.sources.scenario import Work, isolate


class TestCommand:
    def test_nothing_that_matters(self, work):
        work.stage({"readme.md": "2"})
        done = command(work)
        assert (done.returncode, done.stdout, done.stderr) == (OK, "", "")

    def test_what_the_workflow_gives_to_the_command(self, work):
        assert hook(work.folder) is None
        work.commit({"openapi.yaml": MORE})
        work.stage({"openapi.yaml": SHOP, "contractcheck.toml": 'profile = "wire"\n'})
        report, configuration = hook(work.folder)
        assert (report.base, report.revision, report.summary["error"]) == ("HEAD", "index", 1)
        assert (configuration.file, configuration.profile) == ("contractcheck.toml", "wire")

    def test_a_contract_that_gains_an_operation(self, work):
        work.commit({"openapi.yaml": SHOP})
        work.stage({"openapi.yaml": MORE})
        assert command(work).returncode == OK

    def test_a_contract_that_loses_an_operation(self, work):
        work.commit({"openapi.yaml": MORE})
        work.stage({"openapi.yaml": SHOP})
        work.write({"openapi.yaml": MORE})  # what is staged counts
        done = command(work)
        assert done.returncode == FINDINGS
        assert errors(done.stdout) == ["operation-removed openapi.yaml:3:1"]

    def test_a_commit_that_only_deletes_a_contract(self, work):
        work.git("rm", "-q", "openapi.yaml")
        done = command(work)
        assert done.returncode == FINDINGS
        assert errors(done.stdout) == ["contract-removed openapi.yaml:1:1"]

    def test_a_migration(self, work):
        first = {
            "migrations/000001_a.up.sql": "CREATE TABLE a (b int);\n",
            "migrations/000001_a.down.sql": "DROP TABLE a;\n",
        }
        work.commit(first)
        work.stage({"migrations/000002_i.up.sql": "CREATE INDEX i ON a (b);\n"})
        done = command(work)
        assert done.returncode == FINDINGS
        assert errors(done.stdout) == [
            "downgrade-missing migrations/000002_i.up.sql:1:1",
            "index-not-concurrent migrations/000002_i.up.sql:1:1",
        ]

    def test_the_configuration_that_is_staged_counts(self, work):
        work.commit({"openapi.yaml": MORE})
        work.stage({"openapi.yaml": SHOP, "contractcheck.toml": 'fail-on = "never"\n'})
        work.write({"contractcheck.toml": ""})
        assert command(work).returncode == OK

    def test_no_base(self, work):
        work.stage({"openapi.yaml": MORE})
        done = command(work, "--base", "v9")
        assert (done.returncode, done.stdout) == (UNDECIDABLE, "")
        assert done.stderr == (
            "contractcheck: v9: no such revision in this clone\n"
            "  next: check its spelling (git branch --all, git tag), or fetch it\n"
        )

    def test_a_staged_spec_that_cannot_be_read(self, work):
        work.stage({"openapi.yaml": "openapi: 3.1.0\npaths: " + "[" * 50_000})
        done = command(work)
        assert (done.returncode, done.stdout) == (UNDECIDABLE, "")
        assert done.stderr.startswith("contractcheck: openapi.yaml:2")

    def test_no_repository(self, tmp_path, monkeypatch):
        isolate(monkeypatch)
        done = command(Work(tmp_path))
        assert (done.returncode, done.stdout) == (UNDECIDABLE, "")
        assert done.stderr == (
            f"contractcheck: {tmp_path}: not a git repository\n"
            "  next: run this inside one, or compare files: contractcheck diff\n"
        )
