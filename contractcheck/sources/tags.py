"""The tags of a repository: which commits were released, under which name, when."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from msgspec import Struct

from contractcheck.sources.paths import shown

FORMAT = "--format=%(refname:strip=2)%00%(objectname)%00%(*objectname)%00%(creatordate:unix)"
"""For `git for-each-ref`: name, object, what an annotated tag points to, and its day; of a plain tag the commit's."""


class Tag(Struct, frozen=True):
    """A tag, the id of what it names, and the day (UTC) on which it, or for a plain one its commit, was made."""

    name: str
    oid: str
    day: date


def parse(output: bytes) -> Iterator[Tag]:
    """The tags in the output of `git for-each-ref` with FORMAT. Those of trees and blobs have no day: left out."""
    for line in output.split(b"\n"):
        name, oid, peeled, moment = (*line.split(b"\0"), b"", b"", b"")[:4]
        if moment.strip():
            day = datetime.fromtimestamp(int(moment), UTC).date()
            yield Tag(shown(name), (peeled or oid).decode("ascii"), day)
