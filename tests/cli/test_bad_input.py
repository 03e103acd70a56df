"""Bad input is one clear line with place and next step and exit code 2 or 3, never a traceback, never a silent pass."""

import json

import pytest

from tests.cli.conftest import REVISION, SPEC

BOMB = "openapi: 3.1.0\na: &a [x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20)
)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("empty.yaml", b"", "empty.yaml: "),
        ("list.yaml", b"- a\n- b\n", "list.yaml: "),
        ("no.yaml", b"a: [b\nc: d\n", "no.yaml:2:"),
        ("other.yaml", b"name: x\n", "other.yaml: "),
        ("other.json", b'{"name": 1}', "other.json: "),
        ("no.json", b'{"openapi": "3.1.0",\n "paths": {,}}', "no.json:2:"),
        ("deep.yaml", b"openapi: 3.1.0\npaths: " + b"[" * 50_000 + b"]" * 50_000, "deep.yaml:2:"),
        ("deep.json", b'{"openapi": "3.1.0", "paths": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", "deep.json:1:"),
        ("bomb.yaml", BOMB.encode(), "bomb.yaml:"),
        ("broken.yaml", b"openapi: 3.1.0\ninfo: {title: \xff\xfe}\n", "broken.yaml:2"),
        ("broken.json", b'{"openapi": "3.1.0",\n"x": "\xff"}', "broken.json:2"),
        ("future.yaml", b"openapi: 9.9.9\npaths: {}\n", "future.yaml:"),
    ],
)
def test_an_unreadable_contract(contractcheck, write, name, content, line):
    write(**{name: content, "good.yaml": SPEC})
    for arguments in (["diff", "good.yaml", name], ["diff", name, "good.yaml"]):
        ran = contractcheck(*arguments)
        assert (ran.code, ran.out) == (3, "")
        first, *rest = ran.err.splitlines()
        assert first.startswith(f"contractcheck: {line}"), ran.err
        assert len(rest) <= 1
        assert all(hint.startswith("  next: ") for hint in rest)
        assert len(ran.err) < 600


def test_a_missing_file(contractcheck, write):
    write(**{"good.yaml": SPEC})
    ran = contractcheck("diff", "gone.yaml", "good.yaml")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("contractcheck: gone.yaml: no such file or folder")


def test_a_symlinked_contract(contractcheck, write, tmp_path):
    write(**{"good.yaml": SPEC})
    (tmp_path / "link.yaml").symlink_to("good.yaml")
    ran = contractcheck("diff", "good.yaml", "link.yaml")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines()[0] == "contractcheck: link.yaml: is a symbolic link, and links are not followed"


def test_a_folder_without_contracts(contractcheck, write, tmp_path):
    (tmp_path / "a").mkdir()
    ran = contractcheck("diff", "a", "a")
    assert (ran.code, ran.out) == (3, "")
    assert "no OpenAPI document found" in ran.err


def test_both_sides_from_standard_input(contractcheck):
    assert contractcheck("diff", "-", "-", stdin=SPEC.encode()).code == 3


def test_standard_input(contractcheck, write):
    write(**{"good.yaml": SPEC})
    ran = contractcheck("diff", "-", "good.yaml", stdin=SPEC.encode())
    assert (ran.code, ran.err) == (0, "")


def test_not_a_repository(contractcheck):
    ran = contractcheck("check", "--base", "main")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines()[0].endswith(": not a git repository")


@pytest.fixture
def repository(git, write):
    write(**{"openapi.yaml": SPEC})
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "one")
    write(**{"openapi.yaml": SPEC.replace("1.0.0}", "1.1.0}")})
    git("commit", "-qam", "two")


@pytest.mark.usefixtures("repository")
def test_an_unknown_base(contractcheck):
    ran = contractcheck("check", "--base", "nowhere")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines()[0] == "contractcheck: nowhere: no such revision in this clone"


@pytest.mark.usefixtures("repository")
def test_a_base_that_looks_like_an_option(contractcheck):
    assert contractcheck("check", "--base", "--output=x").code == 3


@pytest.mark.usefixtures("repository")
def test_a_shallow_clone(contractcheck, git, tmp_path):
    git("clone", "-q", "--depth", "1", tmp_path.as_uri(), str(tmp_path / "shallow"))
    ran = contractcheck("check", "--base", "HEAD~1", cwd=tmp_path / "shallow")
    assert (ran.code, ran.out) == (3, "")
    assert "shallow" in ran.err
    assert "fetch-depth: 0" in ran.err


@pytest.mark.usefixtures("repository")
def test_bad_configuration(contractcheck, write):
    write(**{"contractcheck.toml": '\nprofil = "strict"\n'})
    ran = contractcheck("check", "--base", "HEAD")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        "contractcheck: contractcheck.toml:2: unknown key 'profil'",
        "  next: did you mean 'profile'?",
    ]


def test_unknown_options_and_rules(contractcheck):
    assert contractcheck("diff", "--colour").code == 2
    ran = contractcheck("explain", "contract-addd")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        "contractcheck: unknown rule 'contract-addd'",
        "  next: did you mean 'contract-added'?",
    ]


def test_two_tools_claim_one_folder(contractcheck, write):
    write(
        **{
            "db/000001_a.up.sql": "CREATE TABLE a (id int);",
            "db/000001_a.down.sql": "DROP TABLE a;",
            "db/V2__b.sql": "CREATE TABLE b (id int);",
        }
    )
    ran = contractcheck("lint", "db")
    assert (ran.code, ran.out) == (3, "")
    assert "golang-migrate" in ran.err
    assert "flyway" in ran.err


DEFECTS = {
    "duplicate key": (SPEC + "info: {title: again, version: 2.0.0}\n", 17),
    "to nowhere": (SPEC.replace("{type: integer}", "{$ref: '#/components/schemas/Nowhere'}"), 15),
    "to a file that is not there": (SPEC.replace("{type: integer}", "{$ref: 'gone.yaml#/x'}"), 15),
    "to a file outside": (SPEC.replace("{type: integer}", "{$ref: '/etc/passwd'}"), 15),
    "to a parent": (SPEC.replace("{type: integer}", "{$ref: '../../../../etc/passwd'}"), 15),
    "to the network": (SPEC.replace("{type: integer}", "{$ref: 'http://127.0.0.1:9/x'}"), 15),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_a_finding_and_the_rest_is_checked(contractcheck, write, name):
    defective, line = DEFECTS[name]
    removed = defective.replace("                  note: {type: string}\n", "")
    write(**{"base.yaml": SPEC, "revision.yaml": removed})
    ran = contractcheck("diff", "base.yaml", "revision.yaml", "--format", "json")
    assert ran.code in (0, 1), ran.err
    findings = json.loads(ran.out)["findings"]
    lines = {f["place"]["line"] for f in findings if f["rule"].startswith(("reference-", "duplicate-"))}
    assert lines == {line if name != "duplicate key" else line - 1}
    assert "response-property-removed" in {f["rule"] for f in findings}
    assert "root:" not in ran.out


def test_a_syntax_error_in_one_revision(contractcheck, write):
    write(
        **{
            "versions/a.py": REVISION.format(
                revision="a",
                parent=None,
                up="op.create_table('t', sa.Column('id', sa.Integer))",
                down="op.drop_table('t')",
            ),
            "versions/b.py": "revision = 'b'\ndown_revision = 'a'\ndef upgrade(:\n",
            "versions/c.py": REVISION.format(revision="c", parent="b", up="op.drop_table('t')", down="pass"),
        }
    )
    ran = contractcheck("lint", "versions", "--format", "json")
    assert ran.code == 1
    found = {(f["rule"], f["place"]["file"], f["place"]["line"]) for f in json.loads(ran.out)["findings"]}
    assert ("migration-unreadable", "versions/b.py", 3) in found
    assert ("data-lost-on-upgrade", "versions/c.py", 10) in found
    assert "Traceback" not in ran.err


def test_nothing_of_a_migration_runs(contractcheck, write, tmp_path):
    write(
        **{
            "versions/a.py": "import pathlib\npathlib.Path('ran').write_text('x')\n"
            + REVISION.format(revision="a", parent=None, up="pathlib.Path('ran').write_text('x')", down="pass")
        }
    )
    contractcheck("lint", "versions")
    assert not (tmp_path / "ran").exists()


@pytest.mark.usefixtures("repository")
def test_a_detached_checkout_is_not_compared_with_itself(contractcheck, git):
    git("checkout", "-q", "--detach")
    ran = contractcheck("check")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.splitlines() == [
        "contractcheck: this checkout is on no branch with an upstream and differs from HEAD in nothing",
        "  next: name the base: --base REV",
    ]
    assert contractcheck("check", "--base", "HEAD").code == 0


@pytest.mark.usefixtures("repository")
def test_a_base_that_cannot_be_read_does_not_stop_its_own_repair(contractcheck, git, write):
    write(**{"openapi.yaml": "openapi: 3.1.0\npaths: [\n"})
    git("commit", "-qam", "broken")
    write(**{"openapi.yaml": SPEC})
    ran = contractcheck("check", "--base", "HEAD", "--format", "json")
    assert ran.code == 0
    report = json.loads(ran.out)
    assert report["verdict"] == "undecided"
    (finding,) = report["findings"]
    assert (finding["rule"], finding["severity"], finding["proof"]["kind"]) == (
        "contract-base-unreadable",
        "warning",
        "unproven",
    )
    assert (finding["place"]["file"], finding["base_place"]["file"]) == ("openapi.yaml", "openapi.yaml")
    assert finding["message"].startswith("nothing can be said about openapi.yaml: the base of it cannot be read: ")
