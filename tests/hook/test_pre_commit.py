"""What pre-commit does with the hook."""

import json
import shutil
import subprocess
import sys

import pytest

from tests.hook.working import MORE, ROOT, SHOP, errors
from tests.sources.scenario import Work, isolate


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Work:
    """contractcheck as pre-commit clones it: a repository with what is needed to install it."""
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch)
        work = Work.begin(tmp_path_factory.mktemp("published") / "contractcheck")
        for name in (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, work.folder)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "contractcheck", work.folder / "contractcheck", ignore=ignored)
        work.git("add", "--all")
        work.git("commit", "-qm", "published")
        return work


@pytest.fixture(scope="session")
def store(tmp_path_factory) -> str:
    """Where pre-commit keeps the environments it builds: one for all tests."""
    return str(tmp_path_factory.mktemp("pre-commit"))


def pre_commit(work: Work, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments], cwd=work.folder, capture_output=True, text=True, check=False
    )


@pytest.mark.registry
class TestPreCommit:
    """The real pre-commit, which installs contractcheck and what it needs with pip."""

    @pytest.fixture
    def shop(self, work, tmp_path, published, store, monkeypatch) -> Work:
        """A clone with an upstream in which both hooks are installed."""
        monkeypatch.setenv("PRE_COMMIT_HOME", store)
        work.commit({"openapi.yaml": MORE})
        work.git("config", "receive.denyCurrentBranch", "ignore")
        shop = work.clone(tmp_path / "shop")
        head = published.head()
        hooks = [
            {
                "repo": str(published.folder),
                "rev": head,
                "hooks": [{"id": "contractcheck"}, {"id": "contractcheck-push"}],
            }
        ]
        shop.write({".pre-commit-config.yaml": json.dumps({"repos": hooks})})
        for kind in ("pre-commit", "pre-merge-commit", "pre-push"):
            done = pre_commit(shop, "install", "--hook-type", kind)
            assert done.returncode == 0, done.stdout
        shop.git("add", ".pre-commit-config.yaml")
        shop.git("commit", "-qm", "hooks")
        return shop

    def refused(self, shop: Work, *arguments: str) -> str:
        """The output of a git command that a hook stops."""
        done = subprocess.run(["git", *arguments], cwd=shop.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        return done.stdout + done.stderr

    def test_the_manifest_is_valid(self):
        done = subprocess.run(
            [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, "")

    def test_try_repo(self, clone, published, monkeypatch, tmp_path):
        monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "store"))
        clone.git("rm", "-q", "openapi.yaml")
        done = pre_commit(clone, "try-repo", str(published.folder), "contractcheck")
        assert done.returncode == 1
        assert "- hook id: contractcheck\n- exit code: 1\n" in done.stdout
        assert errors(done.stdout) == ["contract-removed openapi.yaml:1:1"]

    def test_commits_and_pushes(self, work, shop):
        shop.commit({"readme.md": "2"})
        shop.commit({"openapi.yaml": MORE.replace("1.0.0", "1.0.1")})
        accepted = shop.head()

        shop.stage({"openapi.yaml": SHOP})
        assert errors(self.refused(shop, "commit", "-m", "loses an operation")) == [
            "operation-removed openapi.yaml:3:1"
        ]
        assert shop.head() == accepted

        shop.git("rm", "-q", "--force", "openapi.yaml")
        assert errors(self.refused(shop, "commit", "-m", "only deletes")) == ["contract-removed openapi.yaml:1:1"]
        assert shop.head() == accepted
        shop.git("reset", "-q", "--hard")

        shop.git("push", "-q")
        assert work.git("rev-parse", "main") == accepted

        shop.stage({"openapi.yaml": SHOP})
        shop.git("commit", "-q", "--no-verify", "-m", "past the hook")
        assert errors(self.refused(shop, "push")) == ["operation-removed openapi.yaml:3:1"]
        assert work.git("rev-parse", "main") == accepted
