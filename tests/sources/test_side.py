"""What a user types for one side of `diff`."""

import io
import os
from pathlib import Path

import pytest

from contractcheck.errors import UndecidableError
from contractcheck.sources.repository import Repository
from contractcheck.sources.side import side
from tests.sources.scenario import Work, isolate


@pytest.fixture
def work(tmp_path, monkeypatch) -> Work:
    isolate(monkeypatch)
    work = Work.begin(tmp_path / "work")
    work.commit({"api/openapi.yaml": "old", "common.yaml": "shared", "a:b.yaml": "colon"})
    work.git("tag", "v1")
    work.commit({"api/openapi.yaml": "new", "api/v2/x.yaml": "x"})
    work.stage({"api/openapi.yaml": "staged"})
    work.write({"api/openapi.yaml": "disk"})
    (work.folder / "link.yaml").symlink_to("common.yaml")
    (work.folder / "here").symlink_to("api")
    return work


def failure(argument: str, cwd: Path) -> str:
    with pytest.raises(UndecidableError) as caught:
        side(argument, cwd)
    assert caught.value.exit_code == 3
    return str(caught.value)


@pytest.mark.parametrize(
    ("argument", "label", "path", "content"),
    [
        ("api/openapi.yaml", "api/openapi.yaml", "api/openapi.yaml", b"disk"),
        ("./api/../api/openapi.yaml", "./api/../api/openapi.yaml", "api/openapi.yaml", b"disk"),
        ("here/openapi.yaml", "here/openapi.yaml", "api/openapi.yaml", b"disk"),
        ("a:b.yaml", "a:b.yaml", "a:b.yaml", b"colon"),
        (":api/openapi.yaml", "index", "api/openapi.yaml", b"staged"),
        ("HEAD:api/openapi.yaml", "HEAD", "api/openapi.yaml", b"new"),
        ("v1:api/openapi.yaml", "v1", "api/openapi.yaml", b"old"),
        ("v1:./api/openapi.yaml", "v1", "api/openapi.yaml", b"old"),
        ("HEAD^{/work}:api/openapi.yaml", "HEAD^{/work}", "api/openapi.yaml", b"new"),
    ],
)
def test_a_file(work, argument, label, path, content):
    snapshot, found = side(argument, work.folder)
    assert (snapshot.label, found, snapshot.read(path)) == (label, path, content)
    assert snapshot.read("common.yaml") == b"shared"


def test_paths_that_begin_with_dots_count_from_the_current_folder(work):
    _, path = side("v1:./openapi.yaml", work.folder / "api")
    assert path == "api/openapi.yaml"
    _, path = side("v1:../common.yaml", work.folder / "api")
    assert path == "common.yaml"


def test_a_folder_is_its_own_root(work):
    listed = {}
    for argument in ("api", "here", "HEAD:api", "v1:api/", "v1:./api", "v1:", ":"):
        snapshot, path = side(argument, work.folder)
        assert path is None
        listed[argument] = (snapshot.label, [*snapshot.entries()])
    assert listed == {
        "api": ("api", ["openapi.yaml", "v2/x.yaml"]),
        "here": ("here", ["openapi.yaml", "v2/x.yaml"]),
        "HEAD:api": ("HEAD:api", ["openapi.yaml", "v2/x.yaml"]),
        "v1:api/": ("v1:api", ["openapi.yaml"]),
        "v1:./api": ("v1:api", ["openapi.yaml"]),
        "v1:": ("v1", ["a:b.yaml", "api/openapi.yaml", "common.yaml"]),
        ":": ("index", ["a:b.yaml", "api/openapi.yaml", "api/v2/x.yaml", "common.yaml"]),
    }


def test_standard_input(work, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"openapi")))
    snapshot, path = side("-", work.folder)
    assert (path, snapshot.read("-")) == ("-", b"openapi")


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("", "names no file"),
        ("a\0b", "a\0b: names no file"),
        ("none.yaml", "none.yaml: no such file or folder; to name a file of a revision write REVISION:path"),
        ("-x", "-x: no such file or folder; to name a file of a revision write REVISION:path"),
        (
            "link.yaml",
            "link.yaml: is a symbolic link, and links are not followed; name the file it points to",
        ),
        (
            "v9:api/openapi.yaml",
            "v9: no such revision in this clone; check its spelling (git branch --all, git tag), or fetch it",
        ),
        (
            "--all:x",
            "--all: no such revision in this clone; check its spelling (git branch --all, git tag), or fetch it",
        ),
        ("v1:none.yaml", "none.yaml: does not exist in v1"),
        ("v1:api/v2", "api/v2: does not exist in v1"),
        ("v1:../x", "../x: leads out of the folder that is compared; name a file inside it"),
        ("v1:/etc/passwd", "/etc/passwd: leads out of the folder that is compared; name a file inside it"),
        (":api", "api: is a folder in the index; name a file of it"),
        (":none.yaml", "none.yaml: does not exist in index"),
    ],
)
def test_what_cannot_be_had(work, argument, message):
    assert failure(argument, work.folder) == message


def test_a_symlink_in_a_revision(work):
    work.git("add", "link.yaml")
    work.git("commit", "-qm", "x")
    assert failure("HEAD:link.yaml", work.folder) == (
        "link.yaml: is a symbolic link in HEAD, and links are not followed; name the file it points to"
    )


def test_a_revision_outside_of_any_repository(tmp_path, monkeypatch):
    isolate(monkeypatch)
    assert failure("v1:openapi.yaml", tmp_path) == (
        f"{tmp_path}: not a git repository; run this inside one, or compare files: contractcheck diff"
    )


def test_plain_files_reach_what_is_inside_the_current_folder(tmp_path, monkeypatch):
    isolate(monkeypatch)
    (tmp_path / "old" / "api").mkdir(parents=True)
    (tmp_path / "old" / "api" / "openapi.yaml").write_text("1")
    (tmp_path / "old" / "common.yaml").write_text("2")
    snapshot, path = side("old/api/openapi.yaml", tmp_path)
    assert (path, snapshot.read("old/common.yaml")) == ("old/api/openapi.yaml", b"2")
    snapshot, path = side(str(tmp_path / "old/api/openapi.yaml"), Path("/usr"))
    assert path == "openapi.yaml"


def test_both_sides_can_share_a_repository(work):
    with Repository.open(work.folder) as repository:
        old, _ = side("v1:api/openapi.yaml", work.folder, repository=repository)
        new, _ = side("HEAD:api/openapi.yaml", work.folder, repository=repository)
        assert (old.read("api/openapi.yaml"), new.read("api/openapi.yaml")) == (b"old", b"new")


def test_an_argument_that_is_not_utf8(work):
    argument = os.fsdecode(b"caf\xe9.yaml")
    assert failure(argument, work.folder) == (
        "caf\\xe9.yaml: no such file or folder; to name a file of a revision write REVISION:path"
    )
    assert failure(f"v1:{argument}", work.folder) == "caf\\xe9.yaml: does not exist in v1"
    (Path(os.fsdecode(os.fsencode(work.folder) + b"/caf\xe9.yaml"))).write_text("x")
    work.git("add", "--all")
    work.git("commit", "-qm", "x")
    snapshot, path = side(f"HEAD:{argument}", work.folder)
    assert (path, snapshot.read("caf\\xe9.yaml")) == ("caf\\xe9.yaml", b"x")
