"""The demo: pinned wheels, the files it takes out of them, the repository it lays, and the whole run without network."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from demo.history import Revision, folder, lay
from demo.releases import TamperedError, UnavailableError, interfaces, wheel

ROOT = Path(__file__).resolve().parent.parent
SMALL = ROOT / "fixtures" / "demo"


def git(repository, *arguments):
    return subprocess.run(
        ["git", "-C", str(repository), *arguments], check=True, capture_output=True, text=True
    ).stdout.splitlines()


def archive(path, names):
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(zipfile.ZipInfo(name), f"# {name}\n")
    return path


def requirements(path, digest):
    path.write_text(f"# why\nairy-thing==1.0 --hash=sha256:{digest}\n", encoding="utf-8")
    return path


def test_only_contracts_and_the_package_are_taken_from_a_wheel(tmp_path):
    path = archive(
        tmp_path / "a.whl",
        [
            "airflow/migrations/versions/0001_x.py",
            "airflow/migrations/env.py",
            "airflow/api/openapi/v2.yaml",
            "airflow/api/openapi/exceptions.py",
            "airflow/ui/pnpm-lock.yaml",
            "airflow/providers/openapi/deep/x.yaml",
            "other/migrations/0001.py",
        ],
    )
    assert interfaces(path) == {
        "airflow/api/openapi/exceptions.py": b"# airflow/api/openapi/exceptions.py\n",
        "airflow/api/openapi/v2.yaml": b"# airflow/api/openapi/v2.yaml\n",
        "airflow/migrations/env.py": b"# airflow/migrations/env.py\n",
        "airflow/migrations/versions/0001_x.py": b"# airflow/migrations/versions/0001_x.py\n",
    }


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """An index of one folder, as pip's own settings name it: nothing is asked of a network."""
    offered = tmp_path / "offered"
    offered.mkdir()
    made = archive(offered / "airy_thing-1.0-py3-none-any.whl", ["airy_thing-1.0.dist-info/METADATA"])
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("airy_thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: airy-thing\nVersion: 1.0\n")
        file.writestr(
            "airy_thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr("airy_thing-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(offered))
    return made


def test_a_wheel_is_fetched_once(tmp_path, shop):
    pinned = requirements(tmp_path / "requirements.txt", hashlib.sha256(shop.read_bytes()).hexdigest())
    fetched = wheel(pinned, tmp_path / "cache")
    assert fetched == tmp_path / "cache" / shop.name
    shop.unlink()
    assert wheel(pinned, tmp_path / "cache") == fetched


def test_another_hash_than_the_pinned_one_is_refused(tmp_path, shop):
    pinned = requirements(tmp_path / "requirements.txt", "0" * 64)
    with pytest.raises(TamperedError) as caught:
        wheel(pinned, tmp_path / "cache")
    assert str(caught.value) == "requirements.txt: what the index offers has another hash than the pinned one"


def test_a_damaged_cache_is_not_used(tmp_path, shop):
    pinned = requirements(tmp_path / "requirements.txt", hashlib.sha256(shop.read_bytes()).hexdigest())
    fetched = wheel(pinned, tmp_path / "cache")
    fetched.write_bytes(b"damaged")
    assert (
        hashlib.sha256(wheel(pinned, tmp_path / "cache").read_bytes()).digest()
        == hashlib.sha256(shop.read_bytes()).digest()
    )


def test_no_network_is_said_in_one_line(tmp_path, shop):
    shop.unlink()
    with pytest.raises(UnavailableError) as caught:
        wheel(requirements(tmp_path / "requirements.txt", "0" * 64), tmp_path / "cache")
    assert str(caught.value) == "No matching distribution found for airy-thing==1.0"


def test_requirements_without_a_hash_are_refused(tmp_path):
    (tmp_path / "requirements.txt").write_text("airy-thing==1.0\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"^requirements\.txt: no line `name==version --hash=sha256:\.\.\.`$"):
        wheel(tmp_path / "requirements.txt", tmp_path)


def test_the_repository_is_the_same_every_time(tmp_path, monkeypatch):
    # What a user's environment may hold must not reach the hashes, nor may a hook's GIT_DIR lead elsewhere.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "someone")
    revisions = (
        Revision("v1", {"a/b.txt": b"one\r\n", "gone.txt": b""}),
        Revision("v2", {"a/b.txt": b"two\n", ".gitignore": b"*\n"}),
    )
    for name in ("first", "second"):
        lay(tmp_path / name, revisions)
    lay(tmp_path / "first", revisions)
    monkeypatch.delenv("GIT_DIR")
    log = git(tmp_path / "first", "log", "--format=%H %D %an %aI")
    assert log == git(tmp_path / "second", "log", "--format=%H %D %an %aI")
    assert [line.split(" ", 1)[1] for line in log] == [
        "HEAD -> main, tag: v2 demo 2026-01-02T00:00:00+00:00",
        "tag: v1 demo 2026-01-01T00:00:00+00:00",
    ]
    assert git(tmp_path / "first", "ls-tree", "-r", "--name-only", "v1") == ["a/b.txt", "gone.txt"]
    assert git(tmp_path / "first", "ls-tree", "-r", "--name-only", "v2") == [".gitignore", "a/b.txt"]
    assert git(tmp_path / "first", "status", "--porcelain") == []
    assert folder(tmp_path / "first" / "a") == {"b.txt": b"two\n"}
    assert not (tmp_path / "elsewhere").exists()


def test_without_the_network_a_small_project_shows_one_break_and_one_hazard(tmp_path):
    shutil.copytree(ROOT / "demo", tmp_path / "demo", ignore=shutil.ignore_patterns("out", "__pycache__"))
    shutil.copytree(SMALL, tmp_path / "fixtures" / "demo")
    environment = {name: value for name, value in os.environ.items() if name != "PIP_FIND_LINKS"}
    done = subprocess.run(
        [sys.executable, "-m", "demo"],
        cwd=tmp_path,
        env={**environment, "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "Without the network (No matching distribution found for apache-airflow-core==3.1.0): "
        "a small project from fixtures/demo instead of two Airflow releases."
    )
    assert lines[2] == ".cache/demo/small: contractcheck check --base v1.0.0    (working tree: v1.1.0)"
    assert lines[-4:] == [
        "markdown  demo/out/small.md",
        "html      demo/out/small.html",
        "json      demo/out/small.json",
        "exit code 1, as a pipeline would see it: findings",
    ]
    report = json.loads((tmp_path / "demo" / "out" / "small.json").read_text(encoding="utf-8"))
    found = [
        (finding["rule"], finding["severity"], finding["subject"], finding["place"]["file"], finding["place"]["line"])
        for finding in report["findings"]
    ]
    index = "migrations/versions/0002_customer_index.py"
    assert found == [
        ("index-not-concurrent", "error", "0002 orders", index, 10),
        ("request-enum-narrowed", "error", "schemas.NewOrder $.channel", "openapi.yaml", 66),
        ("version-bump-too-small", "warning", "info.version", "openapi.yaml", 4),
        ("request-property-added", "info", "schemas.NewOrder $.gift", "openapi.yaml", 71),
    ]
    assert report["verdict"] == "breaking"
    assert (tmp_path / "demo" / "out" / "small.md").read_text(encoding="utf-8").startswith("## 🔴 Breaking: 2 errors")
