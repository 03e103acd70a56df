"""The smaller commands and what they share: `diff`, `effects`, `rules`, `explain`, `schema`, the options, the errors."""

import io
import json
import subprocess
import sys

import pytest

from contractcheck import __version__
from contractcheck.cli import main as cli
from contractcheck.cli import start
from contractcheck.model.rule import rulebook
from tests.cli import running
from tests.cli.conftest import SPEC


@pytest.fixture
def command(monkeypatch, capsys, tmp_path):
    def run(*arguments, folder=tmp_path):
        return running.run(monkeypatch, capsys, folder, *arguments)

    return run


@pytest.fixture
def feed(monkeypatch):
    """Give bytes to the command's standard input."""

    def run(data):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return run


def test_version_and_help(command):
    assert command("--version") == running.Ran(0, f"contractcheck {__version__}\n", "")
    for arguments in (("--help",), ("-h",), ("check", "--help")):
        ran = command(*arguments)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith("Usage: contractcheck")
        assert max(len(line) for line in ran.out.splitlines()) <= 100


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["diff", "a"], ["diff", "a", "b", "--format", "xml"], ["check", "--fail-on", "all"]]
)
def test_a_wrong_command_line(command, arguments):
    ran = command(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


# diff

OTHER = SPEC.replace("{type: integer}", "{type: string}").replace("                  note: {type: string}\n", "")


def test_a_contract_does_not_differ_from_itself(command, write, tmp_path):
    write(**{"one.yaml": SPEC, "folder/two.yaml": OTHER})
    for side in ("one.yaml", "folder"):
        ran = command("diff", side, side, "--format", "json", "--fail-on", "info")
        document = json.loads(ran.out)
        assert (ran.code, document["findings"], document["verdict"]) == (0, [], "compatible")
        assert [(each["edits"], each["harmless"]) for each in document["contracts"]] == [(0, 0)]


def test_two_contracts(command, write):
    write(**{"one.yaml": SPEC, "two.yaml": OTHER})
    ran = command("diff", "one.yaml", "two.yaml", "--format", "json")
    assert ran.code == 1
    assert running.found(ran) == [
        ("response-type-widened", "error", "GET /orders 200 application/json $.id", "two.yaml:15:24"),
        ("response-property-removed", "warning", "GET /orders 200 application/json $.note", "two.yaml:14:17"),
    ]
    assert command("diff", "one.yaml", "two.yaml", "--fail-on", "never").code == 0
    document = json.loads(ran.out)
    assert (document["base"], document["revision"]) == ("one.yaml", "two.yaml")


def test_swapping_the_sides_swaps_what_is_added_and_removed(command, write):
    write(**{"one/a.yaml": SPEC, "two/a.yaml": OTHER, "two/b.yaml": SPEC.replace("Shop", "Warehouse")})

    def rules(*sides):
        return [row[0] for row in running.found(command("diff", *sides, "--format", "json"))]

    assert rules("one", "two") == ["response-type-widened", "response-property-removed", "contract-added"]
    assert rules("two", "one") == ["response-type-widened", "contract-removed", "response-property-added"]


def test_two_revisions_of_one_repository(command, write, git):
    write(**{"api/a.yaml": SPEC})
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "one")
    write(**{"api/a.yaml": OTHER})
    for sides in (("HEAD:api/a.yaml", "api/a.yaml"), ("HEAD:api", "api"), ("HEAD:", ".")):
        assert [row[0] for row in running.found(command("diff", *sides, "--format", "json"))] == [
            "response-type-widened",
            "response-property-removed",
        ]


def test_a_file_and_a_folder(command, write):
    write(**{"one.yaml": SPEC, "folder/two.yaml": OTHER})
    for sides, error in (
        (("one.yaml", "folder"), "one.yaml is a file and folder a folder"),
        (("folder", "one.yaml"), "one.yaml is a file and folder a folder"),
    ):
        ran = command("diff", *sides)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.splitlines() == [f"contractcheck: {error}", "  next: compare two files, or two folders"]


def test_a_folder_where_everything_was_skipped_says_the_first(command, write):
    write(**{"one/a.yaml": SPEC, "two/a.yaml": "asyncapi: 3.0.0\ninfo: {title: x, version: '1'}\n"})
    ran = command("diff", "one", "two")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err.startswith("contractcheck: two: no OpenAPI document found\n  next: ")


# effects


def test_effects(command):
    ran = command("effects", "CREATE TABLE t (id int)", "--server", "postgresql:14")
    answer = json.loads(ran.out)
    assert (ran.code, answer["id"], answer["fails"], answer["in_txn_ok"]) == (0, "1", None, True)
    assert json.loads(command("effects", "SELECT 1", "--server", "postgresql").out)["fails"] is None
    ran = command("effects")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == "contractcheck: no SQL given"


def test_effects_of_a_batch(command, feed):
    case = {"dialect": "postgresql", "version": "16", "setup": ["CREATE TABLE t (id int)"], "settings": {}}
    lines = [{"id": name, **case, "sql": sql} for name, sql in (("a", "DROP TABLE t"), ("b", "DROP TABLE u"))]
    feed("".join(json.dumps(line) + "\n" for line in lines).encode())
    ran = command("effects", "--batch")
    answers = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err) == (0, "")
    assert [(each["id"], each["max_lock"], each["fails"] is None) for each in answers] == [
        ("a", "AccessExclusiveLock", True),
        ("b", None, False),
    ]


# rules, explain


def test_every_rule_is_listed_and_explained(command):
    ran = command("rules")
    assert [line.split()[0] for line in ran.out.splitlines()] == list(rulebook())
    assert ran.err == f"{len(rulebook())} rules; contractcheck explain RULE says more\n"
    listed = json.loads(command("rules", "--format", "json").out)
    assert [each["id"] for each in listed] == list(rulebook())
    for rule in rulebook().values():
        ran = command("explain", rule.id)
        assert (ran.code, ran.out.splitlines()[0]) == (0, f"{rule.id}: {rule.title}")
        assert "\nExample\n" in ran.out


def test_rules_are_chosen_by_words_category_and_severity(command):
    def ids(*arguments):
        return [line.split()[0] for line in command("rules", *arguments).out.splitlines()]

    assert ids("DOWNGRADE", "broken") == ["downgrade-broken"]
    assert ids("--category", "lock", "--severity", "error") == [
        rule.id for rule in rulebook().values() if (rule.category, rule.severity) == ("lock", "error")
    ]
    ran = command("rules", "downgrade", "broken")
    assert ran.err == "1 rule; contractcheck explain RULE says more\n"
    assert command("rules", "no such words") == running.Ran(0, "", "0 rules; contractcheck explain RULE says more\n")


def test_a_rule_that_there_is_not(command):
    ran = command("explain", "qqqqqqqq")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        "contractcheck: unknown rule 'qqqqqqqq'",
        "  next: contractcheck rules lists them",
    ]


# schema


def test_schema(command, feed):
    ran = command("schema")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "contractcheck: two schemas are needed")
    line = {"id": "1", "dialect": "draft2020-12", "base": {"type": "integer"}, "revision": {"type": "number"}}
    feed(json.dumps(line).encode())
    ran = command("schema", "--batch")
    answer = json.loads(ran.out)
    assert (ran.code, answer["id"], answer["fwd"], answer["bwd"]) == (0, "1", "contained", "broken")


@pytest.mark.parametrize(
    ("direction", "code", "verdicts"),
    [
        ("request", 0, {"request": "contained"}),
        ("response", 1, {"response": "broken"}),
        ("both", 1, {"request": "contained", "response": "broken"}),
    ],
)
def test_two_schemas(command, write, direction, code, verdicts):
    write(**{"a.json": '{"type": "integer"}', "b.yaml": "type: number\n"})
    ran = command("schema", "a.json", "b.yaml", "--direction", direction)
    assert (ran.code, ran.err) == (code, "")
    answer = json.loads(command("schema", "a.json", "b.yaml", "--direction", direction, "--format", "json").out)
    assert {side: judged["verdict"] for side, judged in answer.items()} == verdicts


# hook


def test_the_hook(command, git, write):
    write(**{"openapi.yaml": SPEC})
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-qm", "one")
    assert command("hook", "--base", "HEAD") == running.Ran(0, "", "")
    write(**{"openapi.yaml": OTHER})
    git("add", ".")
    ran = command("hook", "--base", "HEAD")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[0].startswith("openapi.yaml")
    assert command("hook", "--pre-push", "--base", "gone").code == 3


def test_the_installed_command(monkeypatch, capsys, tmp_path, git, write):
    write(**{"README.md": "hello\n"})
    git("init", "-q", "-b", "main")

    def run(folder, *arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["contractcheck", *arguments])
        start.main()

    run(tmp_path, "hook")
    with pytest.raises(SystemExit, match=r"^0$"):
        run(tmp_path, "--version")
    with pytest.raises(SystemExit, match=r"^3$"):
        run(tmp_path.parent, "hook")
    assert capsys.readouterr().err.startswith(f"contractcheck: {tmp_path.parent}: not a git repository\n")


# what goes wrong


class Boom:
    def __init__(self, error):
        self.error = error

    def __call__(self, **_options):
        raise self.error


@pytest.mark.parametrize("error", [ValueError("x" * 400), MemoryError(), RecursionError("deep")])
def test_a_bug_is_two_lines_and_exit_code_4(command, monkeypatch, error):
    monkeypatch.setattr(cli, "app", Boom(error))
    ran = command("rules")
    assert (ran.code, ran.out) == (4, "")
    first, second = ran.err.splitlines()
    assert first == f"contractcheck: internal error: {type(error).__name__}: {str(error)[:300]}"
    assert second.startswith("  next: please report it")


def test_a_bug_shows_where_it_happened_when_asked(command, monkeypatch):
    monkeypatch.setattr(cli, "app", Boom(ValueError("boom")))
    monkeypatch.setattr("tests.cli.running.environment", lambda: {"CONTRACTCHECK_DEBUG": "1"})
    with pytest.raises(ValueError, match="boom"):
        command("rules")


def test_an_interrupt_is_no_bug(command, monkeypatch):
    monkeypatch.setattr(cli, "app", Boom(KeyboardInterrupt()))
    ran = command("rules")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


def test_a_reader_that_goes_away_is_no_failure(contractcheck, tmp_path):
    code = "from contractcheck.cli.start import main; main()"
    first = subprocess.Popen(
        [sys.executable, "-c", code, "rules", "--format", "json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=running.environment(PYTHONPATH=str(running.ROOT)),
    )
    first.stdout.close()
    _, errors = first.communicate()
    assert (first.returncode, errors) == (0, b"")
