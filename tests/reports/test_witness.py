"""A witness as a reader sees it: whole where it is short, else the part that matters."""

from contractcheck.model.finding import Affected, Direction, Proof, ProofKind, Trial
from contractcheck.model.place import Place
from contractcheck.reports.witness import shown


def proof(value, part=""):
    trial = Trial(Affected("GET /a", Direction.RESPONSE), Place("a"), Place("b"), part)
    return Proof(ProofKind.WITNESS, "checked", value, trial)


def test_a_short_one_is_whole():
    assert shown(proof({"a": [1, None]}, "/a/0")) == ('{"a": [1, null]}', "")


def test_of_a_long_one_the_part():
    value = {"items": [{"name": "x" * 30, "n": 7}], "rest": "y" * 300}
    assert shown(proof(value, "/items/0/n")) == ("7", " at /items/0/n")


def test_a_long_part_is_cut_and_counted():
    assert shown(proof({"a": "x" * 300}, "/a"), most=40) == ('"' + "x" * 15 + "… (302 characters)", " at /a")
    assert shown(Proof(ProofKind.WITNESS, "checked", "x" * 300), most=40) == ('"' + "x" * 15 + "… (302 characters)", "")
