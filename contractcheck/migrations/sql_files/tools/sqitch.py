"""sqitch: `sqitch.plan` says the order; `deploy/NAME.sql` and `revert/NAME.sql` are handed to psql."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from posixpath import basename, dirname, join, normpath

from msgspec import Struct

from contractcheck.migrations import defects
from contractcheck.migrations.recognise import Location
from contractcheck.migrations.sql_files.script import Read, Sending, Way, whole
from contractcheck.migrations.sql_files.tool import Folder, Seen, Tool, Written, line
from contractcheck.migrations.trees import Script, ScriptKind, Tree
from contractcheck.model.finding import Finding
from contractcheck.model.place import Place

PLAN = "sqitch.plan"
# sqitchchanges(5): a change is a name, dependencies in brackets, when, by whom, and a note; a tag begins with @.
CHANGE = re.compile(
    r"^[ \t]*[+-]?[ \t]*(?P<name>[^\s\[\]#@:%][^\s\[\]#@:]*)[ \t]*(?:\[(?P<needs>[^\]]*)\])?"
    r"[ \t]+(?P<when>\d{4}-\d\d-\d\dT[\d:]+Z)[ \t]+(?P<who>[^<\n]*<[^>\n]*>)[ \t]*(?:\#.*)?$"
)
TAG = re.compile(r"^[ \t]*@(?P<tag>[^\s#]+)")
LONGEST = 4000  # characters of a line
SECTION = re.compile(r"^\s*\[(?P<name>\w+)(?:\s+\"(?P<sub>[^\"]*)\")?\]")
SETTING = re.compile(r"^\s*(?P<key>[\w-]+)\s*=\s*(?P<value>.*)$")
# Scripts run as `psql --file`: nobody wraps them, their BEGIN and COMMIT count.
SENDING = Sending("sqitch", Way.SINGLE, psql=True)
ENGINES = {"pg": "postgresql", "cockroach": "postgresql", "yugabyte": "postgresql"}


class Change(Struct, frozen=True):
    """One line of a plan. `script` is the name of its files: that of a change reworked later carries a tag."""

    name: str
    script: str
    needs: tuple[str, ...]
    line: int


def find(seen: Seen) -> Iterator[Location]:
    """Every plan is a tree: its file, and the scripts in the folders that `sqitch.conf` names."""
    for path in seen.paths:
        if basename(path) != PLAN:
            continue
        settings = _settings(seen.text(join(dirname(path), "sqitch.conf")))
        folders = {_folder(path, settings, side) for side in ("deploy", "revert")}
        scripts = [each for each in seen.paths if _below(each, folders)]
        engine = ENGINES.get(settings.get("core.engine", ""), settings.get("core.engine"))
        yield Location("sqitch", dirname(path) or ".", tuple(sorted({path, *scripts})), dialect=engine)


def _below(path: str, folders: set[str]) -> bool:
    return path.endswith(".sql") and any(path.startswith(f"{folder}/") for folder in folders)


def _folder(plan: str, settings: Mapping[str, str], side: str) -> str:
    """Where the scripts of one side are, below the folder of the plan."""
    top = settings.get("core.top_dir", ".")
    inner = settings.get(f"core.{side}_dir", join(top, side))
    here = dirname(plan)
    place = normpath(join(here, inner))
    # A plan inside of the top folder names it once.
    return place if top == "." or basename(normpath(here or ".")) != normpath(top) else normpath(join(here, side))


def read(folder: Folder) -> Tree:
    """The changes in the order of the plan."""
    path = next((each for each in folder.location.files if basename(each) == PLAN), None)
    text = folder.text(path) if path is not None else None
    if path is None or text is None:
        return line(folder, ())
    settings = _settings(folder.text(join(dirname(path), "sqitch.conf")) or "")
    deploy, revert = (_folder(path, settings, side) for side in ("deploy", "revert"))
    wrong: list[Finding] = []
    changes = plan(text, path, wrong)
    written = []
    earlier: set[str] = set()
    for change in changes:
        place = Place(path, change.line, 1)
        missing = [n for n in change.needs if n.partition("@")[0] not in earlier and not n.startswith("@")]
        wrong += [defects.orphan(change.script, need, place) for need in missing]
        earlier.add(change.name)
        up, down = join(deploy, f"{change.script}.sql"), join(revert, f"{change.script}.sql")
        known = folder.snapshot.entries()
        if up not in known:
            wrong.append(defects.unreadable(path, place, f"its script {up} is not there"))
            up_read = Read(Script(ScriptKind.MISSING, (), place))
        else:
            up_read = whole(folder, up, SENDING)
        back = whole(folder, down, SENDING) if down in known else None
        written.append(
            Written(change.script, up if up in known else path, up_read, back, depends_on=(), number=change.script)
        )
    return line(folder, written, wrong)


def plan(text: str, path: str, wrong: list[Finding]) -> Sequence[Change]:
    """The changes of a plan; a line that cannot be read is a finding."""
    names: list[tuple[str, tuple[str, ...], int]] = []
    tags: dict[int, str] = {}  # by the number of changes before them: the first tag after a change
    for number, row in enumerate(text.splitlines(), 1):
        bare = row.strip()
        if not bare or bare.startswith(("#", "%")):
            continue
        tag = TAG.match(bare)
        change = CHANGE.match(bare) if len(bare) <= LONGEST else None
        if tag is not None:
            tags.setdefault(len(names), tag["tag"])
        elif change is not None:
            needs = tuple(
                word for word in (change["needs"] or "").split() if not word.startswith("!") and ":" not in word
            )
            names.append((change["name"], needs, number))
        else:
            wrong.append(
                defects.unreadable(path, Place(path, number, 1), "no line of a plan: a name, a time and a planner")
            )
    later: dict[str, list[int]] = defaultdict(list)
    for index, (name, _, _) in enumerate(names):
        later[name].append(index)
    found = []
    for index, (name, needs, number) in enumerate(names):
        again = [each for each in later[name] if each > index]
        tag_name = next((tags[at] for at in sorted(tags) if at > index and (not again or at <= again[0])), None)
        script = f"{name}@{tag_name}" if again and tag_name is not None else name
        found.append(Change(name, script, needs, number))
    return found


def _settings(text: str) -> Mapping[str, str]:
    """The settings of a `sqitch.conf` by section and key."""
    found: dict[str, str] = {}
    section = ""
    for line_ in text.splitlines():
        row = line_.strip()
        head = SECTION.match(row)
        if head is not None:
            section = head["name"] if head["sub"] is None else f"{head['name']}.{head['sub']}"
            continue
        setting = SETTING.match(row)
        if setting is not None and not row.lstrip().startswith(("#", ";")):
            found[f"{section}.{setting['key']}"] = setting["value"].strip().strip('"')
    return found


TOOL = Tool("sqitch", find, read)
