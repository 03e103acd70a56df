"""Documents: versions, references across files, identifiers, and defects with their places."""

import json
import time

import pytest

from contractcheck.errors import UnreadableError
from contractcheck.model.finding import ProofKind, Severity
from contractcheck.model.place import Place
from contractcheck.openapi.document import Dialect, Node, load
from contractcheck.sources.folder import folder


@pytest.fixture
def project(tmp_path):
    """Writes files, as text or as what JSON makes of a value, and loads `api/openapi.yaml`."""
    (tmp_path / "root").mkdir()

    def write(root, version="3.1.0", **files):
        key = "swagger" if version == "2.0" else "openapi"
        texts = {"api/openapi.yaml": {key: version, **root}, **files}
        for path, text in texts.items():
            target = tmp_path / "root" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text if isinstance(text, str) else json.dumps(text, indent=1))
        return load(folder(tmp_path / "root"), "api/openapi.yaml")

    return write


def at(document, *tokens):
    node = document.root
    for token in tokens:
        node = node.child(token)
    return node


def defects(document):
    return [(finding.rule, finding.message, str(finding.place), finding.place.pointer) for finding in document.defects]


def place(node):
    return node and (node.file, node.pointer)


@pytest.mark.parametrize(
    ("text", "version", "dialect"),
    [
        ("openapi: 3.0.3", "3.0.3", Dialect.OPENAPI_3_0),
        ("openapi: 3.1", "3.1", Dialect.OPENAPI_3_1),
        ("openapi: 3.0", "3.0", Dialect.OPENAPI_3_0),
        ("openapi: 3.2.0-rc1", "3.2.0-rc1", Dialect.OPENAPI_3_2),
        ("swagger: 2.0", "2.0", Dialect.SWAGGER_2_0),
        ("swagger: '2.0'", "2.0", Dialect.SWAGGER_2_0),
        ("swagger: 2", "2.0", Dialect.SWAGGER_2_0),
    ],
)
def test_versions(tmp_path, text, version, dialect):
    (tmp_path / "a.yaml").write_text(text)
    document = load(folder(tmp_path), "a.yaml")
    assert (document.version, document.dialect) == (version, dialect)
    assert (document.path, document.root, document.files, document.defects) == (
        "a.yaml",
        Node("a.yaml", "", {}),
        ("a.yaml",),
        (),
    )


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("", "a.yaml", "the file is empty"),
        ("# later", "a.yaml", "the file holds no document"),
        ("[1, 2]", "a.yaml", "this is a list, not an OpenAPI document"),
        ("nothing", "a.yaml", "this is a single value, not an OpenAPI document"),
        ("a: 1", "a.yaml", "this is not an OpenAPI document: it has neither `openapi` nor `swagger` at the top"),
        ("openapi: 4.0.0", "a.yaml", "the version of the specification, `openapi: 4.0.0`, is not known"),
        ("openapi: 3.10.0", "a.yaml", "the version of the specification, `openapi: 3.10.0`, is not known"),
        ("openapi: '2.0'", "a.yaml", "the version of the specification, `openapi: 2.0`, is not known"),
        ("swagger: 3.0.0", "a.yaml", "the version of the specification, `swagger: 3.0.0`, is not known"),
        ("openapi: [3.0.0]", "a.yaml", "the version of the specification, `openapi: ['3.0.0']`, is not known"),
        ("openapi: true", "a.yaml", "the version of the specification, `openapi: True`, is not known"),
        ("openapi: 1e60", "a.yaml", f"the version of the specification, `openapi: 1{'0' * 49}`, is not known"),
        ("openapi: 1e999", "a.yaml", f"the version of the specification, `openapi: 1{'0' * 49}`, is not known"),
        ("openapi: 1e-999", "a.yaml", "the version of the specification, `openapi: 1E-999`, is not known"),
        (
            "openapi: [",
            "a.yaml:1:11",
            "this is not YAML: while parsing a flow node, did not find expected node content",
        ),
    ],
)
def test_what_is_no_contract_is_refused_with_a_next_step(tmp_path, text, where, what):
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(UnreadableError) as caught:
        load(folder(tmp_path), "a.yaml")
    assert (caught.value.where, caught.value.what) == (where, what)
    assert caught.value.next_step


def test_a_contract_that_is_not_there_or_is_a_link_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_text("openapi: 3.0.0")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    for path in ("b.yaml", "c.yaml", "../a.yaml"):
        with pytest.raises(UnreadableError):
            load(folder(tmp_path), path)


def test_nodes():
    node = Node("a", "/x", {"a/b": [1, {"~": None}], "c": "text"})
    assert node.child("a/b").child(1).child("~") == Node("a", "/x/a~1b/1/~0", None)
    assert node.child("a/b").child(0).value == 1
    assert [
        node.get("d"),
        node.get(0),
        node.child("c").get("t"),
        node.child("a/b").get(2),
        node.child("a/b").get(-1),
    ] == [None] * 5
    assert node.child("a/b").get("0") is None
    assert place(node.child("a/b").get(1)) == ("a", "/x/a~1b/1")
    assert [(name, member.pointer) for name, member in node.members()] == [("a/b", "/x/a~1b"), ("c", "/x/c")]
    assert [item.pointer for item in node.child("a/b").items()] == ["/x/a~1b/0", "/x/a~1b/1"]
    assert [*node.items(), *node.child("c").items(), *node.child("c").members()] == []
    assert len({node, Node("a", "/x", 5), Node("b", "/x", 5)}) == 2


def test_references_are_followed_across_files(project):
    document = project(
        {
            "a": {"$ref": "#/components/schemas/User"},
            "b": {"$ref": "common.yaml#/Error"},
            "c": {"$ref": "./sub/../common.yaml"},
            "d": {"$ref": "#"},
            "e": {"$ref": "../shared%20files/x.json#/a~1b/c%25d/1"},
            "f": {"$ref": "#/e%%/x"},
            "e%%": {"x": 1},
            "g": {"$ref": "openapi.yaml#/e%25%25"},
            "components": {"schemas": {"User": {"$ref": "common.yaml#/User"}}},
        },
        **{
            "api/common.yaml": "Error: {x: 1}\nUser: {$ref: '../shared files/x.json#/User'}\n",
            "shared files/x.json": {"User": {"$ref": "../api/openapi.yaml#/info"}, "a/b": {"c%d": [0, 1]}},
        },
    )
    ends = {name: place(document.follow(document.root.child(name))) for name in "abcdefg"}
    assert ends == {
        "a": None,  # there is no info
        "b": ("api/common.yaml", "/Error"),
        "c": ("api/common.yaml", ""),
        "d": ("api/openapi.yaml", ""),
        "e": ("shared files/x.json", "/a~1b/c%d/1"),
        "f": ("api/openapi.yaml", "/e%%/x"),
        "g": ("api/openapi.yaml", "/e%%"),
    }
    assert place(document.reference(document.root.child("a"))) == ("api/openapi.yaml", "/components/schemas/User")
    assert document.reference(document.root) is None
    assert document.follow(document.root) is document.root
    assert document.files == ("api/common.yaml", "api/openapi.yaml", "shared files/x.json")
    assert defects(document) == [
        (
            "reference-unresolved",
            "`../api/openapi.yaml#/info` leads nowhere: api/openapi.yaml# has no member 'info'",
            "shared files/x.json",
            "/User/$ref",
        )
    ]


def test_a_file_is_parsed_once(project, monkeypatch):
    document = project({"a": [{"$ref": "b.yaml#/x"}, {"$ref": "./b.yaml#/y"}]}, **{"api/b.yaml": "x: 1\ny: 2\n"})
    read = []
    monkeypatch.setattr(
        document.snapshot, "read", lambda path, original=document.snapshot.read: read.append(path) or original(path)
    )
    assert [document.follow(item).value for item in document.root.child("a").items()] == [1, 2]
    assert read == ["api/b.yaml"]


@pytest.mark.parametrize(
    ("reference", "rule", "why"),
    [
        ("#/nope", "reference-unresolved", "api/openapi.yaml# has no member 'nope'"),
        ("#/list/2", "reference-unresolved", "api/openapi.yaml#/list has no member '2'"),
        ("#/list/00", "reference-unresolved", "api/openapi.yaml#/list has no member '00'"),
        ("#/openapi/x", "reference-unresolved", "api/openapi.yaml#/openapi has no member 'x'"),
        ("#nope", "reference-unresolved", "no anchor of api/openapi.yaml has this name"),
        ("x\x00.yaml", "reference-unresolved", "no file has such a name"),
        ("x%0a.yaml", "reference-unresolved", "no file has such a name"),
        (
            "broken.yaml#/a",
            "reference-unresolved",
            "api/broken.yaml:2:1: this is not YAML: while parsing a flow sequence, did not find expected ',' or ']'",
        ),
        ("empty.yaml", "reference-unresolved", "api/empty.yaml: the file is empty"),
        (5, "reference-unresolved", "it is no text"),
        (None, "reference-unresolved", "it is no text"),
        ("/etc/passwd", "reference-outside", "it is not a path relative to the file"),
        ("//example.com/a.yaml", "reference-outside", "it is not a path relative to the file"),
        ("\\\\host\\a.yaml", "reference-outside", "it is not a path relative to the file"),
        ("file:///etc/passwd", "reference-outside", "it is not a path relative to the file"),
        ("C:\\a.yaml", "reference-outside", "it is not a path relative to the file"),
        ("https://example.com/a.yaml#/x", "reference-outside", "it is not a path relative to the file"),
        ("../../etc/passwd", "reference-outside", "it leaves the repository"),
        ("..%2f..%2fa.yaml", "reference-outside", "it leaves the repository"),
        ("..%2f..", "reference-outside", "it leaves the repository"),
        ("%2fetc%2fpasswd", "reference-outside", "it leaves the repository"),
    ],
)
def test_a_reference_that_leads_nowhere_is_a_finding_with_its_place(project, reference, rule, why):
    document = project(
        {"list": [0, 1], "a": {"$ref": reference}}, **{"api/broken.yaml": "a: [1\n", "api/empty.yaml": ""}
    )
    assert document.follow(at(document, "a")) is None
    assert document.reference(at(document, "a")) is None
    (finding,) = document.defects
    verb = "leads nowhere" if rule == "reference-unresolved" else "is not followed"
    assert (finding.rule, finding.message) == (rule, f"`{reference}` {verb}: {why}")
    assert (finding.place, finding.subject) == (Place("api/openapi.yaml", pointer="/a/$ref"), f"$ref {reference}")
    if rule == "reference-unresolved":
        assert (finding.severity, finding.proof.kind) == (Severity.ERROR, ProofKind.STRUCTURAL)
    else:
        assert (finding.severity, finding.proof.kind) == (Severity.WARNING, ProofKind.UNPROVEN)


def test_links_and_missing_files_are_not_followed(project, tmp_path):
    (tmp_path / "root").joinpath("link.yaml").symlink_to("/etc/passwd")
    document = project({"a": {"$ref": "../link.yaml"}, "b": {"$ref": "missing.yaml"}, "c": {"$ref": "../api"}})
    assert [document.follow(at(document, name)) for name in "abc"] == [None] * 3
    assert [(finding.rule, finding.place.pointer) for finding in document.defects] == [
        ("reference-unresolved", "/a/$ref"),
        ("reference-unresolved", "/b/$ref"),
        ("reference-unresolved", "/c/$ref"),
    ]


def test_one_broken_target_is_one_finding(project):
    document = project(
        {name: {"$ref": "#/x"} for name in "dacb"}
        | {"e": {"$ref": "#/y"}, "f": {"$ref": "#/e"}, "g": [{"$ref": "#/y"}]}
    )
    for name in "dacbfe":
        assert document.follow(at(document, name)) is None
    assert document.follow(at(document, "g", 0)) is None
    assert defects(document) == [
        (
            "reference-unresolved",
            "`#/x` leads nowhere: api/openapi.yaml# has no member 'x'; 3 more places refer to it",
            "api/openapi.yaml",
            "/a/$ref",
        ),
        (
            "reference-unresolved",
            "`#/y` leads nowhere: api/openapi.yaml# has no member 'y'; 1 more place refers to it",
            "api/openapi.yaml",
            "/e/$ref",
        ),
    ]


def test_a_circle_of_references_is_a_finding(project):
    document = project(
        {"a": {"$ref": "#/b"}, "b": {"$ref": "more.yaml#/c"}, "in": {"$ref": "#/a"}, "self": {"$ref": "#/self"}},
        **{"api/more.yaml": "c: {$ref: 'openapi.yaml#/a'}\n"},
    )
    for name in ("in", "b", "a", "self", "in"):
        assert document.follow(at(document, name)) is None
    assert defects(document) == [
        (
            "reference-cycle",
            "`openapi.yaml#/a` leads back to itself: 3 references form a circle",
            "api/more.yaml",
            "/c/$ref",
        ),
        (
            "reference-cycle",
            "`#/self` leads back to itself: it names itself",
            "api/openapi.yaml",
            "/self/$ref",
        ),
    ]


def test_recursion_below_a_member_is_no_circle(project):
    document = project({"tree": {"child": {"$ref": "#/tree"}}})
    node = at(document, "tree")
    for _ in range(1000):
        node = document.follow(node.child("child"))
    assert (node.pointer, document.defects) == ("/tree", ())


def test_a_chain_of_ten_thousand_references(project):
    chain = {f"r{number}": {"$ref": f"#/r{number + 1}"} for number in range(10_000)}
    document = project(chain | {"r10000": {"end": True}})
    start = time.perf_counter()
    assert document.follow(at(document, "r9")).pointer == "/r10000"
    assert document.follow(at(document, "r0")).pointer == "/r10000"
    assert time.perf_counter() - start < 2
    assert document.defects == ()


def test_a_pointer_passes_through_references(project):
    document = project(
        {
            "a": {"$ref": "#/b"},
            "b": {"x": {"$ref": "more.yaml"}},
            "c": {"$ref": "#/a/x/deep/1"},
            "loop": {"$ref": "#/loop/x"},
            "d": {"$ref": "#/a/x/nope"},
        },
        **{"api/more.yaml": "deep: [0, 1]\n"},
    )
    assert place(document.follow(at(document, "c"))) == ("api/more.yaml", "/deep/1")
    assert document.follow(at(document, "loop")) is None
    assert document.follow(at(document, "d")) is None
    assert [(finding.rule, finding.place.pointer) for finding in document.defects] == [
        ("reference-unresolved", "/d/$ref"),
        ("reference-unresolved", "/loop/$ref"),
    ]


def test_a_member_named_ref_is_no_reference(project):
    document = project({"properties": {"$ref": {"type": "string"}}})
    assert document.follow(at(document, "properties")) == at(document, "properties")
    assert document.defects == ()


IDENTIFIED = {
    "components": {
        "schemas": {
            "A": {
                "$id": "https://example.com/a/",
                "$defs": {
                    "x": {"$anchor": "X"},
                    "r": {"$ref": "#X"},
                    "y": {"$ref": "y#/t"},
                    "p": {"$ref": "#/$defs/x"},
                    "q": {"$ref": "#/components/schemas/B"},
                },
            },
            "Y": {"$id": "https://example.com/a/y", "t": {"$dynamicAnchor": "T"}},
            "B": {
                "$anchor": "B",
                "properties": {"$anchor": {"type": "string"}},
                "example": {"$anchor": "E"},
                "default": {"$ref": "#/nope"},
            },
            "C": {"$id": "other.json#", "t": 1},
            "D": {"$id": "urn:example:d", "t": {"$ref": "urn:example:d#/u"}, "u": 2, "v": {"$ref": "common.yaml#W"}},
        }
    },
    "refs": [
        {"$ref": "https://example.com/a/"},
        {"$ref": "https://example.com/a/y#T"},
        {"$ref": "#B"},
        {"$ref": "other.json#/t"},
        {"$ref": "common.yaml#W"},
        {"$ref": "#E"},
        {"$ref": "urn:example:none"},
    ],
}


def test_identifiers_and_anchors(project):
    document = project(
        IDENTIFIED, **{"api/common.yaml": {"$id": "https://example.com/common", "$defs": {"w": {"$anchor": "W"}}}}
    )
    schemas = "/components/schemas"
    assert [place(document.follow(item)) for item in at(document, "refs").items()] == [
        ("api/openapi.yaml", f"{schemas}/A"),
        ("api/openapi.yaml", f"{schemas}/Y/t"),
        ("api/openapi.yaml", f"{schemas}/B"),
        ("api/openapi.yaml", f"{schemas}/C/t"),
        ("api/common.yaml", "/$defs/w"),
        None,
        None,
    ]
    definitions = at(document, "components", "schemas", "A", "$defs")
    assert {name: place(document.follow(definitions.child(name))) for name in "rypq"} == {
        "r": ("api/openapi.yaml", f"{schemas}/A/$defs/x"),
        "y": ("api/openapi.yaml", f"{schemas}/Y/t"),
        "p": ("api/openapi.yaml", f"{schemas}/A/$defs/x"),
        "q": ("api/openapi.yaml", f"{schemas}/B"),
    }
    d = at(document, "components", "schemas", "D")
    assert place(document.follow(d.child("t"))) == ("api/openapi.yaml", f"{schemas}/D/u")
    assert place(document.follow(d.child("v"))) == ("api/common.yaml", "/$defs/w")
    assert [(finding.rule, finding.subject) for finding in document.defects] == [
        ("reference-unresolved", "$ref #E"),
        ("reference-outside", "$ref urn:example:none"),
    ]


def test_before_3_1_there_are_no_identifiers(project):
    document = project(IDENTIFIED, version="3.0.3")
    assert [place(document.follow(item)) for item in at(document, "refs").items()] == [None] * 7


def test_self_names_the_document(project):
    document = project(
        {"$self": "https://example.com/v2/openapi", "a": {"$ref": "openapi#/b"}, "b": 1}, version="3.2.0"
    )
    assert place(document.follow(at(document, "a"))) == ("api/openapi.yaml", "/b")


def test_a_base_that_no_reference_can_be_joined_to(project):
    document = project({"$id": "http://[", "a": {"$ref": "b"}, "c": {"$ref": "//[x"}})
    assert [document.follow(at(document, name)) for name in "ac"] == [None, None]
    assert [finding.rule for finding in document.defects] == ["reference-unresolved", "reference-outside"]


def test_resolve_serves_what_refers_without_ref(project):
    document = project({"components": {"schemas": {"Cat": {}}}})
    assert place(document.resolve(document.root, "#/components/schemas/Cat")) == (
        "api/openapi.yaml",
        "/components/schemas/Cat",
    )
    assert document.resolve(document.root, "Cat") is None
    assert document.defects == ()


def test_the_defects_of_every_file_are_found_whatever_was_followed(project):
    document = project(
        {
            "used": {"$ref": "b.yaml#/x"},
            "unused": {"$ref": "#/nope"},
            "paths": {"$ref": "paths.yaml"},
            "properties": {
                "example": {"$ref": "#/gone"},
                "p": {"example": {"$ref": "#/data"}, "enum": [{"$ref": "#/data"}]},
            },
            "wrong": [{"$ref": 5}, {"$ref": ["#/nope"]}],
        },
        **{"api/b.yaml": "x: {}\ny: {$ref: 'c.yaml'}\n", "api/c.yaml": "z: {$ref: 'd.yaml'}\n"},
    )
    found = [(finding.place.file, finding.place.pointer) for finding in document.defects]
    assert document.files == ("api/b.yaml", "api/c.yaml", "api/openapi.yaml")
    found = [(finding.place.file, finding.place.pointer) for finding in document.defects]
    assert found == [(finding.place.file, finding.place.pointer) for finding in document.defects]
    assert found == [
        ("api/c.yaml", "/z/$ref"),
        ("api/openapi.yaml", "/paths/$ref"),
        ("api/openapi.yaml", "/properties/example/$ref"),
        ("api/openapi.yaml", "/unused/$ref"),
        ("api/openapi.yaml", "/wrong/0/$ref"),
        ("api/openapi.yaml", "/wrong/1/$ref"),
    ]


def test_flaws_of_the_text_are_findings_with_line_and_column(tmp_path):
    text = "openapi: 3.1.0\ninfo: {title: a, title: b, title: c}\nx: !include b.yaml\ny: {$ref: b.json#/a}\n---\nz: 1\n"
    (tmp_path / "a.yaml").write_text(text)
    (tmp_path / "b.json").write_text('{"a": 1,\n "a": 2}')
    document = load(folder(tmp_path), "a.yaml")
    assert document.follow(document.root.child("y")).value == 2
    assert [(f.rule, f.severity.value, f.subject, str(f.place), f.message) for f in document.defects] == [
        ("several-documents", "warning", "/", "a.yaml:5:1", "a second document begins here; only the first is read"),
        (
            "duplicate-key",
            "warning",
            "/info/title",
            "a.yaml:2:28",
            "`title` stands more than once in the same object; the last one is used",
        ),
        (
            "tag-ignored",
            "warning",
            "/x",
            "a.yaml:3:4",
            "the tag `!include` is ignored; its value is read as plain data",
        ),
        (
            "duplicate-key",
            "warning",
            "/a",
            "b.json:2:2",
            "`a` stands more than once in the same object; the last one is used",
        ),
    ]
