"""The errors a user can meet, and the exit code of each.

Every error says what happened, where, and what to do next. A defect inside something readable is a finding instead.
"""

from typing import ClassVar

OK = 0
FINDINGS = 1
USAGE = 2
UNDECIDABLE = 3
INTERNAL = 4


class ContractcheckError(Exception):
    """What went wrong, at which place (`file`, `file:line:column`, a revision or an option), and the next step."""

    exit_code: ClassVar[int] = INTERNAL

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        """Return one line: where, what, and the next step."""
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line}; {self.next_step}" if self.next_step else line


class UsageError(ContractcheckError):
    """The command line asks for something that cannot be."""

    exit_code = USAGE


class ConfigurationError(ContractcheckError):
    """The configuration is not valid."""

    exit_code = USAGE


class UndecidableError(ContractcheckError):
    """There is no ground to decide on: no such revision, no such file, a shallow clone, input that cannot be read."""

    exit_code = UNDECIDABLE


class UnreadableError(UndecidableError):
    """A file exists but what it holds cannot be read as what it should be, or exceeds a budget."""
