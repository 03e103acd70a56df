"""Folders, files and standard input."""

import io
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.errors import UndecidableError, UnreadableError
from contractcheck.model.snapshot import Entry, EntryKind
from contractcheck.sources import paths
from contractcheck.sources.folder import file, folder
from contractcheck.sources.paths import arrange, enclosing, inside
from contractcheck.sources.standard_input import standard_input


def fill(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def failure(read, *arguments) -> str:
    with pytest.raises(UnreadableError) as caught:
        read(*arguments)
    return str(caught.value)


def test_a_folder_lists_files_and_links_sorted_and_reads_only_files(tmp_path):
    fill(tmp_path, "b.yaml", "a/z.yaml", "a.yaml", ".git/config", ".github/x.yml")
    (tmp_path / "link.yaml").symlink_to("/etc/passwd")
    (tmp_path / "linked").symlink_to(tmp_path / "a")
    os.mkfifo(tmp_path / "pipe.yaml")
    snapshot = folder(tmp_path, label="specs")
    assert snapshot.label == "specs"
    assert list(snapshot.entries().values()) == [
        Entry(".github/x.yml", EntryKind.FILE),
        Entry("a.yaml", EntryKind.FILE),
        Entry("a/z.yaml", EntryKind.FILE),
        Entry("b.yaml", EntryKind.FILE),
        Entry("link.yaml", EntryKind.SYMLINK),
        Entry("linked", EntryKind.SYMLINK),
    ]
    assert snapshot.entries() is snapshot.entries()
    assert snapshot.read("a/z.yaml") == b"a/z.yaml"
    assert snapshot.read("a/../b.yaml") == b"b.yaml"
    link = "is a symbolic link, and links are not followed; name the file it points to"
    assert failure(snapshot.read, "link.yaml") == f"link.yaml: {link}"
    assert failure(snapshot.read, "linked/z.yaml") == (
        "linked/z.yaml: does not exist, or is reached through a symbolic link"
    )
    assert failure(snapshot.read, "pipe.yaml") == "pipe.yaml: is no regular file"
    assert failure(snapshot.read, "a") == "a: is a folder"
    assert failure(snapshot.read, "") == ".: is a folder"
    assert failure(snapshot.read, "c.yaml") == "c.yaml: does not exist"
    assert failure(snapshot.read, "a.yaml/c") == "a.yaml/c: does not exist, or is reached through a symbolic link"
    assert failure(snapshot.read, "x" * 300) == f"{'x' * 300}: cannot be read: File name too long"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/etc/passwd", "/etc/passwd: leads out of the folder that is compared; name a file inside it"),
        ("../b.yaml", "../b.yaml: leads out of the folder that is compared; name a file inside it"),
        ("a/../../b", "a/../../b: leads out of the folder that is compared; name a file inside it"),
        ("..", "..: leads out of the folder that is compared; name a file inside it"),
        (".git/config", ".git/config: files of git itself are not read"),
        ("a/.GIT/config", "a/.GIT/config: files of git itself are not read"),
        ("a\0b", "a\0b: this cannot be the name of a file"),
        ("\ud800.yaml", "\\xed\\xa0\\x80.yaml: this cannot be the name of a file"),
    ],
)
def test_no_path_leaves_the_root(tmp_path, path, message):
    assert failure(folder(tmp_path).read, path) == message


@given(st.text(st.sampled_from("./a\\\ud800\0~")))
def test_inside_gives_a_normal_path_below_the_root_or_refuses(path):
    try:
        normal = inside(path)
    except UnreadableError:
        return
    assert inside(normal) == normal
    assert not normal.startswith("/")
    assert ".." not in normal.split("/")
    normal.encode()


def test_a_folder_that_is_none(tmp_path):
    fill(tmp_path, "a.yaml")
    assert failure(folder, tmp_path / "a.yaml").endswith("/a.yaml: is no folder")
    assert failure(folder, tmp_path / "b").endswith("/b: does not exist")


def test_a_folder_that_vanishes(tmp_path):
    fill(tmp_path, "specs/a.yaml")
    snapshot = folder(tmp_path / "specs", label="specs")
    (tmp_path / "specs" / "a.yaml").unlink()
    (tmp_path / "specs").rmdir()
    assert failure(snapshot.entries) == "specs: does not exist"
    assert failure(snapshot.read, "a.yaml") == "a.yaml: does not exist"


@pytest.mark.parametrize("name", ["new\nline.yaml", 'quo"te.yaml', "-dash.yaml", "größe.yaml", "\\.yaml", " .yaml"])
def test_hostile_names(tmp_path, name):
    fill(tmp_path, name)
    snapshot = folder(tmp_path)
    assert [*snapshot.entries()] == [name]
    assert snapshot.read(name) == name.encode()
    single, path = file(tmp_path / name)
    assert (path, single.read(path)) == (name, name.encode())


def test_a_name_that_is_not_utf8_can_be_printed_and_read(tmp_path):
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.yaml"))).write_bytes(b"x")
    snapshot = folder(tmp_path)
    assert [*snapshot.entries()] == ["caf\\xe9.yaml"]
    assert snapshot.read("caf\\xe9.yaml") == b"x"
    single, path = file(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.yaml")))
    assert (path, single.read(path)) == ("caf\\xe9.yaml", b"x")


def test_two_names_that_read_the_same_are_refused_not_hidden(tmp_path):
    for name in (b"caf\xe9.yaml", b"caf\\xe9.yaml"):
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))).write_bytes(b"x")
    with pytest.raises(UndecidableError) as caught:
        folder(tmp_path, label="specs").entries()
    assert str(caught.value) == "caf\\xe9.yaml: two files of specs have names that read the same; rename one of them"


def test_arrange_sorts():
    entries = [Entry("b", EntryKind.FILE), Entry("a", EntryKind.FILE)]
    assert [*arrange(entries, "x")] == ["a", "b"]


def test_a_file_lists_itself_and_reads_its_neighbours(tmp_path):
    fill(tmp_path, "api/openapi.yaml", "api/parts/a.yaml", "common.yaml")
    snapshot, path = file(tmp_path / "api" / "openapi.yaml", label="api/openapi.yaml")
    assert path == "openapi.yaml"
    assert [*snapshot.entries().values()] == [Entry("openapi.yaml", EntryKind.FILE)]
    assert snapshot.label == "api/openapi.yaml"
    assert snapshot.read("parts/a.yaml") == b"api/parts/a.yaml"
    assert failure(snapshot.read, "../common.yaml") == (
        "../common.yaml: leads out of the folder that is compared; name a file inside it"
    )


def test_the_root_of_a_file_is_what_the_caller_vouches_for(tmp_path):
    fill(tmp_path, "old/api/openapi.yaml", "old/common.yaml")
    snapshot, path = file(tmp_path / "old/api/openapi.yaml", root=tmp_path)
    assert path == "old/api/openapi.yaml"
    assert snapshot.read("old/common.yaml") == b"old/common.yaml"
    _, path = file(tmp_path / "old/api/openapi.yaml", root=tmp_path / "elsewhere")
    assert path == "openapi.yaml"
    _, path = file(tmp_path / "old/api/openapi.yaml", root=Path("/"))
    assert path == "openapi.yaml"


def test_the_root_of_a_file_is_the_working_tree_around_it(tmp_path):
    fill(tmp_path, "repo/api/v1/openapi.yaml", "repo/common.yaml", "repo/.git/HEAD")
    snapshot, path = file(tmp_path / "repo/api/v1/openapi.yaml", root=tmp_path)
    assert path == "api/v1/openapi.yaml"
    assert snapshot.read("common.yaml") == b"repo/common.yaml"


def test_a_file_that_is_none(tmp_path):
    fill(tmp_path, "a.yaml")
    (tmp_path / "link.yaml").symlink_to("a.yaml")
    (tmp_path / "dangling.yaml").symlink_to("nowhere")
    link = "is a symbolic link, and links are not followed; name the file it points to"
    assert failure(lambda: file(tmp_path / "link.yaml", label="link.yaml")) == f"link.yaml: {link}"
    assert failure(lambda: file(tmp_path / "dangling.yaml", label="dangling.yaml")) == f"dangling.yaml: {link}"
    assert failure(lambda: file(tmp_path, label="x")) == "x: is a folder"
    assert failure(lambda: file(tmp_path / "b.yaml", label="b.yaml")) == "b.yaml: does not exist"
    assert failure(lambda: file(tmp_path / "a.yaml" / "b", label="b")) == (
        "b: does not exist, or is reached through a symbolic link"
    )
    assert failure(lambda: file(Path("a\0b"), label="b")) == "b: this cannot be the name of a file"


def test_a_socket_is_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.yaml")
        assert failure(lambda: file(tmp_path / "s.yaml", label="s.yaml")) == "s.yaml: is no regular file"


def test_a_file_over_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr("contractcheck.sources.folder.READ_LIMIT", 1024**2)
    (tmp_path / "fits.yaml").write_bytes(b"x" * 1024**2)
    (tmp_path / "large.yaml").write_bytes(b"x" * (1024**2 + 1))
    snapshot = folder(tmp_path)
    assert len(snapshot.read("fits.yaml")) == 1024**2
    assert failure(snapshot.read, "large.yaml") == "large.yaml: has more than 1 MiB; exclude it or split it"


def test_the_limit_leaves_room_for_the_largest_contracts():
    assert paths.READ_LIMIT == 64 * 1024**2


def test_enclosing(tmp_path):
    fill(tmp_path, "repo/a/b/c", "linked/.git")
    (tmp_path / "repo/.git").mkdir()
    assert enclosing(str(tmp_path / "repo/a/b")) == str(tmp_path / "repo")
    assert enclosing(str(tmp_path / "linked")) == str(tmp_path / "linked")
    assert enclosing(str(tmp_path)) is None


def test_standard_input_is_one_file():
    snapshot = standard_input(io.BytesIO(b"openapi: 3.1.0\n"))
    assert snapshot.label == "standard input"
    assert [*snapshot.entries().values()] == [Entry("-", EntryKind.FILE)]
    assert snapshot.read("-") == b"openapi: 3.1.0\n"
    assert snapshot.read("-") == b"openapi: 3.1.0\n"
    assert failure(snapshot.read, "common.yaml") == (
        "common.yaml: a document on standard input has no files beside it; "
        "name the document as a file to have its references followed"
    )


def test_standard_input_over_the_limit(monkeypatch):
    monkeypatch.setattr("contractcheck.sources.standard_input.READ_LIMIT", 4)
    snapshot = standard_input(io.BytesIO(b"12345"))
    assert failure(snapshot.read, "-") == "standard input: has more than 64 MiB; exclude it or split it"
