"""Files that were read once are not read again."""

from pathlib import Path

import pytest

from contractcheck.errors import UnreadableError
from contractcheck.sources.folder import folder
from contractcheck.sources.kept import Kept


def test_a_file_is_as_it_was_when_it_was_first_read(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(b"one")
    kept = Kept(folder(tmp_path, label="here"))
    assert (kept.label, [*kept.entries()]) == ("here", ["a.sql"])
    assert kept.read("a.sql") == b"one"
    (tmp_path / "a.sql").write_bytes(b"two")
    assert kept.read("a.sql") == b"one"


def test_what_has_no_room_is_read_again(tmp_path: Path) -> None:
    for name in ("a.sql", "b.sql"):
        (tmp_path / name).write_bytes(b"first")
    kept = Kept(folder(tmp_path), room=5)
    assert [kept.read("a.sql"), kept.read("b.sql")] == [b"first", b"first"]
    for name in ("a.sql", "b.sql"):
        (tmp_path / name).write_bytes(b"again")
    assert [kept.read("a.sql"), kept.read("b.sql")] == [b"first", b"again"]


def test_an_error_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "a.sql").symlink_to("b.sql")
    kept = Kept(folder(tmp_path))
    with pytest.raises(UnreadableError):
        kept.read("a.sql")
    (tmp_path / "a.sql").unlink()
    (tmp_path / "a.sql").write_bytes(b"one")
    assert kept.read("a.sql") == b"one"
