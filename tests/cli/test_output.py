"""How a report reaches a terminal, a pipe that is gone, and what is said while one waits."""

import io
import sys
import time

import pytest

from contractcheck.cli import output, progress
from contractcheck.cli.output import Format
from contractcheck.cli.settings import beside
from contractcheck.errors import ConfigurationError
from contractcheck.model.finding import Category, Finding, Proof, ProofKind, Severity
from contractcheck.model.place import Place
from contractcheck.model.report import Report


def finding(severity, suppressed=None):
    return Finding(
        "contract-removed",
        severity,
        Category.WIRE,
        "gone",
        f"api.yaml {severity}",
        Place("api.yaml", 1, 1),
        Proof(ProofKind.STRUCTURAL, "why"),
        suppressed=suppressed,
    )


REPORT = Report(findings=(finding(Severity.ERROR),))


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Make standard output and error a terminal, from the moment it is called: pytest has its own before."""

    def run():
        shown = Terminal()
        monkeypatch.setattr(sys, "stdout", shown)
        monkeypatch.setattr(sys, "stderr", shown)
        return shown

    for name in ("NO_COLOR", "TERM", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "90")
    return run


def emit(shown, **options):
    output.emit(REPORT, **({"form": Format.TEXT, "output": None, "everything": False} | options))
    return shown.getvalue()


def test_colours_on_a_terminal_only(terminal, monkeypatch, tmp_path):
    assert "\x1b[" in emit(terminal())
    emit(terminal(), output=tmp_path / "report.txt")
    assert "\x1b[" not in (tmp_path / "report.txt").read_text(encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", plain := io.StringIO())
    assert "\x1b[" not in emit(plain)


@pytest.mark.parametrize(
    ("name", "value", "coloured"), [("NO_COLOR", "1", 0), ("NO_COLOR", "", 1), ("TERM", "dumb", 0)]
)
def test_who_wants_no_colours_gets_none(terminal, monkeypatch, name, value, coloured):
    monkeypatch.setenv(name, value)
    assert ("\x1b[" in emit(terminal())) is bool(coloured)


@pytest.mark.parametrize(("columns", "width"), [("20", 80), ("100", 100), ("400", 140)])
def test_lines_fit_the_terminal_within_reason(terminal, monkeypatch, columns, width):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", columns)
    assert max(len(line) for line in emit(terminal()).splitlines()) <= width


def test_a_reader_that_went_away(monkeypatch, capfd):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

        def fileno(self):
            return 1

    monkeypatch.setattr(sys, "stdout", Gone())
    moved = []
    monkeypatch.setattr(output.os, "dup2", lambda old, new: moved.append(new))
    emit(io.StringIO())
    assert moved == [1]


@pytest.mark.parametrize(
    ("severities", "codes"),
    [
        ([], (0, 0, 0, 0)),
        ([Severity.INFO], (0, 0, 1, 0)),
        ([Severity.WARNING], (0, 1, 1, 0)),
        ([Severity.INFO, Severity.ERROR], (1, 1, 1, 0)),
    ],
)
def test_the_exit_code_of_a_report(severities, codes):
    levels = ("error", "warning", "info", "never")
    counted = Report(findings=tuple(finding(each) for each in severities))
    assert tuple(output.status(counted, level) for level in levels) == codes
    waived = Report(findings=tuple(finding(each, "waived") for each in severities))
    assert {output.status(waived, level) for level in levels} == {0}


def test_work_that_takes_long_says_what_it_does_and_wipes_it(terminal, monkeypatch):
    monkeypatch.setattr(progress, "_PATIENCE", 0.01)
    shown = terminal()
    with progress.progress() as say:
        say("reading")
        deadline = time.monotonic() + 5
        while "reading" not in shown.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
        say("comparing \x1b" + "x" * 200)
    assert shown.getvalue() == f"\r\x1b[Kreading …\r\x1b[Kcomparing \\u001b{'x' * 84} …\r\x1b[K"


def test_work_that_is_quick_says_nothing(terminal):
    shown = terminal()
    with progress.progress() as say:
        say("reading")
    assert shown.getvalue() == ""


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("TERM", "dumb")])
def test_nothing_is_said_where_nobody_looks(terminal, monkeypatch, name, value):
    monkeypatch.setattr(progress, "_PATIENCE", 0)
    shown = terminal()
    monkeypatch.setenv(name, value)
    with progress.progress() as say:
        say("reading")
        time.sleep(0.02)
    assert shown.getvalue() == ""


def test_the_nearest_configuration_counts_but_none_above_the_repository(tmp_path):
    (tmp_path / "contractcheck.toml").write_text("above", encoding="utf-8")
    inner = tmp_path / "repository" / "folder"
    inner.mkdir(parents=True)
    assert beside(inner)("contractcheck.toml") == b"above"
    (tmp_path / "repository" / ".git").mkdir()
    assert beside(inner)("contractcheck.toml") is None
    (tmp_path / "repository" / "contractcheck.toml").write_text("top", encoding="utf-8")
    assert beside(inner)("contractcheck.toml") == b"top"
    (inner / "contractcheck.toml").symlink_to(tmp_path / "contractcheck.toml")
    assert beside(inner)("contractcheck.toml") == b"top"


def test_without_a_configuration_up_to_the_root(tmp_path):
    assert beside(tmp_path)("no-such-configuration.toml") is None


def test_a_configuration_that_cannot_be_read(tmp_path, monkeypatch):
    (tmp_path / "contractcheck.toml").write_text("", encoding="utf-8")

    def refuse(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "read_bytes", refuse)
    with pytest.raises(ConfigurationError) as error:
        beside(tmp_path)("contractcheck.toml")
    assert str(error.value) == "contractcheck.toml: cannot be read: Permission denied"
