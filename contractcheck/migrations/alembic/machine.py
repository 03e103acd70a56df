"""The state of reading one script: what was emitted, what changed, and what differs between ways not decided."""

import ast
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct, field
from msgspec.structs import replace

from contractcheck.migrations.alembic import budget as limits
from contractcheck.migrations.alembic.emission import Emitter, is_data
from contractcheck.migrations.alembic.modules import Modules
from contractcheck.migrations.alembic.values import (
    Break,
    Continue,
    Maybe,
    Module,
    Raised,
    Return,
    Scope,
    Signal,
    Unknown,
)
from contractcheck.migrations.trees import Existing, Opaque, Statement, Step
from contractcheck.migrations.world import World
from contractcheck.model.place import Place

EITHER = "<either>"  # the part of an unknown statement that holds the statements it may be
VARIANTS = 4
SOURCE = 240  # characters of code shown for an opaque step


_TEXT = re.compile(r"\s*(?:(BEGIN|START\s+TRANSACTION)|COMMIT|END|ROLLBACK)\s*(?:TRANSACTION|WORK)?\s*$", re.IGNORECASE)


class Frame(Struct):
    """One interpreted call: in which module, and the node that is being evaluated there."""

    module: Module
    scope: Scope
    node: ast.AST | None = None
    receive: Callable[[object], object] | None = None  # what `yield` does
    function: object = None


class Outcome(Struct, frozen=True):
    """One way through code under an unknown condition."""

    steps: tuple[Step, ...]
    signal: Signal
    names: dict[int, dict[str, object]]
    contents: dict[int, tuple[object, object]]  # containers changed on the way: the object and what it held afterwards


class Machine(Struct):
    """What reading one script knows. `split` cuts a text of SQL into its statements."""

    emitter: Emitter
    modules: Modules
    split: Callable[[str], Sequence[str]]
    budget: limits.Budget = field(default_factory=limits.Budget)
    steps: list[Step] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    at: ast.AST | None = None  # the statement of the migration's own file that runs
    in_transaction: bool = True
    checkfirst: bool = False
    uncertain: int = 0
    unknown_calls: int = 0
    journals: list[dict[int, tuple[object, object]]] = field(default_factory=list)
    tainted: dict[int, object] = field(default_factory=dict)
    # Where the operations of a batch were called, and what they say of columns.
    places: dict[int, tuple[object, ast.AST, Existing | None]] = field(default_factory=dict)
    loose: dict[int, object] = field(default_factory=dict)  # tables reflected at run time, by identity
    spoken: set[tuple[int, int, str]] = field(default_factory=set)
    world: World | None = None  # what questions about the schema are answered from
    asked: bool = False  # whether there was such a question
    earlier: list[list[Step]] = field(default_factory=list)  # what was sent before each way that is being explored

    @property
    def dialect(self) -> str:
        return self.emitter.dialect.name

    @property
    def node(self) -> ast.AST:
        """The call that is being evaluated, or else the statement."""
        return self.frames[-1].node or self.at or ast.Pass()

    # Steps

    def receive(self, sql: str, node: ast.AST, *, autocommit: bool = False, existing: Existing | None = None) -> None:
        """Record a text of SQL that is sent at a node."""
        place = self.place(node)
        for statement in self.split(sql):
            self.budget.statement()
            self.steps.append(
                Statement(
                    statement,
                    place,
                    self.in_transaction and not autocommit,
                    checkfirst=self.checkfirst,
                    existing=existing,
                )
            )
            ended = _TEXT.match(statement) if len(statement) < 40 else None
            if ended is not None and not autocommit:
                # psycopg2 does not notice a COMMIT in a text, and begins no other transaction.
                self.in_transaction = ended[1] is not None

    def opaque(
        self,
        node: ast.AST,
        reason: str,
        alternatives: tuple[tuple[Step, ...], ...] = (),
        tables: tuple[str, ...] | None = None,
        *,
        fails: bool = False,
        worst: tuple[str, ...] = (),
    ) -> None:
        """Record that something runs at a node that cannot be known; once for each place and reason."""
        shown = self.shown(node)
        place = self.place(shown)
        key = (place.line or 0, place.column or 0, reason)
        if key in self.spoken and not alternatives:
            return
        self.spoken.add(key)
        self.budget.statement()
        feared = tuple(Statement(sql, place, self.in_transaction) for sql in worst)
        self.steps.append(Opaque(place, reason, source(shown), alternatives, tables, fails, feared))

    def shown(self, node: ast.AST) -> ast.AST:
        """The node of the migration's own file that leads to the node: itself, or the call of what it stands in."""
        if self.frames and self.frames[-1].module.own:
            return node
        for frame in reversed(self.frames):
            if frame.module.own and frame.node is not None:
                return frame.node
        return node

    def place(self, node: ast.AST) -> Place:
        """Where a node stands; code of another file is placed at the call in the migration that leads there."""
        module = next((frame.module for frame in reversed(self.frames) if frame.module.own), self.frames[-1].module)
        return position(module, self.shown(node))

    def sent(self) -> tuple[Step, ...]:
        """Everything that was sent until now, on the way that is being explored."""
        return tuple(step for steps in (*self.earlier, self.steps) for step in steps)

    # Changes of containers

    def touch(self, value: object) -> None:
        """Note a container before it is changed, so that the change can be taken back."""
        for journal in self.journals:
            if id(value) not in journal:
                journal[id(value)] = (value, held(value))

    def scopes(self) -> Iterator[Scope]:
        """Every scope whose names the running code can change."""
        seen: set[int] = set()
        for frame in self.frames:
            scope: Scope | None = frame.scope
            while scope is not None and id(scope) not in seen:
                seen.add(id(scope))
                yield scope
                scope = scope.parent

    # Ways

    def explore(self, runs: Sequence[Callable[[], Signal]]) -> list[Outcome]:
        """Run each way from the same state and put that state back. A way that raises is left out.

        Raises Raised if every way does.
        """
        scopes = list(self.scopes())
        before = [dict(scope.names) for scope in scopes]
        steps, in_transaction = self.steps, self.in_transaction
        outcomes = []
        raised: Raised | None = None
        for run in runs:
            journal: dict[int, tuple[object, object]] = {}
            self.journals.append(journal)
            self.steps = []
            self.earlier.append(steps)
            self.uncertain += 1
            try:
                signal = run()
            except Raised as error:
                raised = error
            else:
                names = {id(scope): dict(scope.names) for scope in scopes}
                contents = {key: (value, held(value)) for key, (value, _old) in journal.items()}
                outcomes.append(Outcome(tuple(self.steps), signal, names, contents))
            finally:
                self.uncertain -= 1
                self.journals.pop()
                self.earlier.pop()
                for value, old in journal.values():
                    restore(value, old)
                for scope, bound in zip(scopes, before, strict=True):
                    scope.names.clear()
                    scope.names.update(bound)
                self.steps, self.in_transaction = steps, in_transaction
        if not outcomes and raised is not None:
            raise raised
        return outcomes

    def join(self, outcomes: Sequence[Outcome], node: ast.AST, reason: str) -> Signal:
        """Go on from all the ways at once: what they agree on is known."""
        self.merge([outcome.steps for outcome in outcomes], node, reason)
        going = [outcome for outcome in outcomes if not isinstance(outcome.signal, Return | Break | Continue)]
        self._join_names(going or list(outcomes), reason)
        signals: list[Return | Break | Continue] = []
        for outcome in outcomes:
            if isinstance(outcome.signal, Maybe):
                signals.extend(outcome.signal.signals)
            elif outcome.signal is not None:
                signals.append(outcome.signal)
        if not signals:
            return None
        if going or len({type(signal) for signal in signals}) > 1:
            return Maybe(tuple(signals), reason)
        if isinstance(signals[0], Return):
            return Return(agreed([signal.value for signal in signals if isinstance(signal, Return)], reason))
        return signals[0]

    def _join_names(self, outcomes: Sequence[Outcome], reason: str) -> None:
        for scope in list(self.scopes()):
            sides = [outcome.names.get(id(scope), {}) for outcome in outcomes]
            for name in {name for side in sides for name in side} | set(scope.names):
                if all(name not in side for side in sides):
                    scope.names.pop(name, None)
                elif all(name in side for side in sides):
                    scope.names[name] = agreed([side[name] for side in sides], reason)
                else:
                    scope.names[name] = Unknown(reason)
        for key in {key for outcome in outcomes for key in outcome.contents}:
            afterwards = [outcome.contents.get(key) for outcome in outcomes]
            value = next(pair[0] for pair in afterwards if pair is not None)
            contents = [held(value) if pair is None else pair[1] for pair in afterwards]
            self.touch(value)
            if all(same(contents[0], other) for other in contents[1:]):
                restore(value, contents[0])
            else:
                self.taint(value)

    def taint(self, value: object) -> None:
        """From now on nobody knows what the container holds."""
        self.tainted[id(value)] = value

    def merge(self, ways: Sequence[tuple[Step, ...]], node: ast.AST, reason: str) -> None:
        """Record what may have been emitted: certain where all ways agree, opaque where they differ on the schema."""
        if all(alike(ways[0], way) for way in ways[1:]):
            self.steps.extend(ways[0])
            return
        together = [step for way in ways for step in way]
        if any(isinstance(step, Statement) and not is_data(step.sql) for step in together):
            self.opaque(node, reason, tuple(ways))
            return
        seen: set[object] = set()
        for step in together:
            key = (step.sql, step.place) if isinstance(step, Statement) else step
            if key not in seen:
                seen.add(key)
                self.steps.append(replace(step, certain=False) if isinstance(step, Statement) else step)

    @contextmanager
    def frame(self, frame: Frame) -> Iterator[None]:
        """Enter an interpreted call. Raises Exhausted when calls are nested too deep."""
        if len(self.frames) >= limits.CALLS:
            raise limits.Exhausted(f"calls more than {limits.CALLS} functions inside one another")
        self.frames.append(frame)
        try:
            yield
        finally:
            self.frames.pop()


def position(module: Module, node: ast.AST) -> Place:
    """File, line and column (in characters, from 1) of a node."""
    line = getattr(node, "lineno", 1)
    offset = getattr(node, "col_offset", 0)
    text = module.lines[line - 1] if 0 < line <= len(module.lines) else ""
    column = offset if text.isascii() else len(text.encode()[:offset].decode(errors="replace"))
    return Place(module.path, line, column + 1)


def source(node: ast.AST) -> str:
    """The code without comments on one line, cut with a hash of the whole where it is long."""
    try:
        whole = ast.unparse(node)
    except (RecursionError, ValueError):
        return type(node).__name__
    line = " ".join(whole.split())
    if len(line) <= SOURCE:
        return line
    return f"{line[:SOURCE]}... #{hashlib.sha256(whole.encode(errors='surrogatepass')).hexdigest()[:8]}"


def held(value: object) -> object:
    """A copy of what a container holds."""
    if isinstance(value, list | set | dict):
        return value.copy()
    names = getattr(value, "names", None)
    return dict(names) if isinstance(names, dict) else None


def restore(value: object, old: object) -> None:
    """Make a container hold what it held."""
    if isinstance(value, list) and isinstance(old, list):
        value[:] = old
    elif isinstance(value, set) and isinstance(old, set):
        value.clear()
        value.update(old)
    elif isinstance(old, dict):
        names = value if isinstance(value, dict) else getattr(value, "names", None)
        if isinstance(names, dict):
            names.clear()
            names.update(old)


def same(one: object, other: object) -> bool:
    """Whether two values are certainly the same: identical, or equal and plain."""
    if one is other:
        return True
    if isinstance(one, Unknown) or type(one) is not type(other):
        return False
    if isinstance(one, str | int | float | bytes | bool):
        return one == other
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        limits.weigh(one, other)
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict) and isinstance(other, dict):
        limits.weigh(one, other)
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return False


def agreed(values: Sequence[object], reason: str) -> object:
    """The value all ways agree on, or Unknown."""
    if all(same(values[0], value) for value in values[1:]):
        return values[0]
    several = [each for value in values for each in variants(value)]
    if len(several) <= VARIANTS and all(_statement(each) for each in several):
        return Unknown(reason, parts={EITHER: tuple(several)})
    return Unknown(reason, database=any(isinstance(value, Unknown) and value.database for value in values))


def variants(value: object) -> tuple[object, ...]:
    """What a value may be: itself, or the statements an unknown one is one of."""
    either = value.parts.get(EITHER) if isinstance(value, Unknown) else None
    return either if isinstance(either, tuple) else (value,)


def _statement(value: object) -> bool:
    """Whether it is an SQL statement that reads or writes rows."""
    return bool(getattr(value, "is_select", False) is True or getattr(value, "is_dml", False) is True)


def alike(one: Iterable[Step], other: Iterable[Step]) -> bool:
    """Whether two ways emit the same, wherever it is written."""
    return [meaning(step) for step in one] == [meaning(step) for step in other]


def meaning(step: Step) -> object:
    """What a step does, without where it is written."""
    if isinstance(step, Statement):
        return (step.sql, step.in_transaction, step.certain, step.checkfirst)
    return (step.reason, step.source, tuple(tuple(meaning(inner) for inner in way) for way in step.alternatives))
