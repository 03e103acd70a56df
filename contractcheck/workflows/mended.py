"""Files as they are to be: shown as a diff, or put in place all together."""

import os
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from tempfile import NamedTemporaryFile

from msgspec import Struct

from contractcheck.errors import UndecidableError


class Changed(Struct, frozen=True):
    """One file that is mended: the content before (None: there was none) and after, and the rules it is about."""

    root: Path
    path: str
    before: bytes | None
    after: bytes
    rules: tuple[str, ...]


class Fixed(Struct, frozen=True):
    """What is mended, by path; how many migrations were left alone, being released; what is not written, and why."""

    files: tuple[Changed, ...]
    released: int = 0
    left: tuple[tuple[str, str], ...] = ()


def write(fixed: Fixed) -> None:
    """Put every file in its place as a whole; if one cannot be written, those before it get back what they held.

    Raises UndecidableError for a file that somebody else has changed meanwhile, or that cannot be written.
    """
    for each in fixed.files:
        target = each.root / each.path
        now = target.read_bytes() if target.is_file() and not target.is_symlink() else None
        if now != each.before or target.is_symlink():
            raise UndecidableError("was changed meanwhile", where=each.path, next_step="run it again")
    done: list[Changed] = []
    try:
        for each in fixed.files:
            _place(each.root / each.path, each.after)
            done.append(each)
    except OSError as error:
        for each in reversed(done):
            if each.before is None:
                (each.root / each.path).unlink()
            else:
                _place(each.root / each.path, each.before)
        where = fixed.files[len(done)].path
        raise UndecidableError(
            f"cannot be written: {error.strerror}", where=where, next_step="nothing was changed"
        ) from None


def _place(target: Path, content: bytes) -> None:
    """Replace a file at once: whoever reads it sees the one or the other."""
    mode = target.stat().st_mode & 0o7777 if target.exists() else 0o644
    with NamedTemporaryFile(dir=target.parent, prefix=".contractcheck-", delete=False) as stream:
        fresh = Path(stream.name)
        try:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            fresh.chmod(mode)
            fresh.replace(target)
        except OSError:
            fresh.unlink()
            raise


def diff(fixed: Fixed) -> Iterator[str]:
    """The lines of a unified diff, with their ends."""
    for each in fixed.files:
        old, new = ("" if text is None else text.decode("utf-8", "replace") for text in (each.before, each.after))
        name = "/dev/null" if each.before is None else f"a/{each.path}"
        lines = unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), name, f"b/{each.path}")
        for line in lines:
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
