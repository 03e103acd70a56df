"""The lines around a place: as they stand, cut where a line is a whole document."""

from msgspec.structs import replace

from contractcheck.model.place import Place
from contractcheck.model.report import Snippet
from contractcheck.workflows import snippets as module
from contractcheck.workflows.snippets import snippets
from tests.openapi.contracts import Memory
from tests.reports.test_changelog import NEW


def one(text, line, column=1):
    (found,) = snippets((replace(NEW, place=Place("a", line, column)),), None, Memory({"a": text}))
    assert found[0] is None
    return found[1]


def test_lines_around():
    text = "\r\n".join(f"line {n}" for n in range(1, 20))
    assert one(text, 10) == Snippet("a", 7, 10, tuple(f"line {n}" for n in range(7, 17)))
    assert one(text, 1) == Snippet("a", 1, 1, tuple(f"line {n}" for n in range(1, 8)))
    assert one(text, 19) == Snippet("a", 16, 19, tuple(f"line {n}" for n in range(16, 20)))
    assert one(text, 20) is None
    assert one(text, None) is None


def test_a_document_in_one_line_is_cut_around_the_place():
    text = "".join(f"{n:04}," for n in range(1_000))
    assert one(text, 1, 2_501) == Snippet("a", 1, 1, ("…" + text[2435:2635] + "…",))
    assert one(text, 1, 1).lines == (text[:200] + "…",)
    assert one("short\n" + text, 1).lines == ("short", text[:200] + "…")
    assert one("short\n" + text, 2, 4_990).lines == ("", "…" + text[4924:])


def test_both_sides_and_what_cannot_be_read(monkeypatch):
    class Broken(Memory):
        def read(self, path):
            from contractcheck.errors import UnreadableError

            raise UnreadableError("gone", where=path)

    finding = replace(NEW, place=Place("a", 1, 1), base_place=Place("b", 2, 1))
    base, revision = Memory({"b": "x\ny"}), Memory({"a": "z"})
    assert snippets((finding,), base, revision) == ((Snippet("b", 1, 2, ("x", "y")), Snippet("a", 1, 1, ("z",))),)
    assert snippets((finding,), Broken({}), Broken({})) == ((None, None),)
    monkeypatch.setattr(module, "MOST", 1)
    assert len(snippets((finding, finding), base, revision)) == 1
