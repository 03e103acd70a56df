"""What one statement did on the model, gathered while it is carried out."""

from msgspec import Struct, field

from contractcheck.migrations.effects import Effects, Lock, Online, TableData


class Outcome(Struct):
    """The parts of Effects that a statement of MySQL, MariaDB or SQLite can have.

    `rebuilt` are tables InnoDB keeps under a new number: what the server itself would show; `rewrites` those whose rows
    are copied, whatever the engine.
    """

    algorithm: str | None = None
    lock: str | None = None
    rebuilt: list[str] = field(default_factory=list)
    rewrites: list[str] = field(default_factory=list)
    scans: list[str] = field(default_factory=list)
    index_builds: list[str] = field(default_factory=list)
    locks: dict[str, Lock] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    data: dict[str, TableData] = field(default_factory=dict)
    emptied: list[str] = field(default_factory=list)
    cleared: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    blurred: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)

    def take(self, table: str, lock: Lock, kind: str = "table") -> None:
        """A lock on a table that was there before; the strongest stays."""
        self.locks[table] = max(lock, self.locks.get(table, lock))
        self.kinds[table] = kind

    def doubt(self, why: str, *, blurs: bool = True) -> None:
        """Something that is not known; `blurs` if the schema afterwards is not known either."""
        self.unproven.append(why)
        if blurs:
            self.blurred.append(why)

    def effects(self, *, fails: str | None = None) -> Effects:
        """As Effects. A statement that fails does nothing."""
        unproven = "; ".join(dict.fromkeys(self.unproven)) or None
        if fails is not None:
            return Effects(
                in_transaction=None,
                fails=fails,
                unproven=unproven,
                blurred="; ".join(self.blurred) or None,
                assumed=tuple(self.assumed),
                online=Online(None, None, ()),
            )
        return Effects(
            locks=dict(self.locks),
            kinds=dict(self.kinds),
            rewrites=tuple(dict.fromkeys(self.rewrites)),
            scans=tuple(dict.fromkeys([*self.rewrites, *self.scans])),
            index_rebuilds=tuple(self.index_builds),
            select_blocked=tuple(sorted(name for name, lock in self.locks.items() if lock.blocks_reads)),
            write_blocked=tuple(sorted(name for name, lock in self.locks.items() if lock.blocks_writes)),
            data=dict(self.data),
            unproven=unproven,
            blurred="; ".join(dict.fromkeys(self.blurred)) or None,
            assumed=tuple(dict.fromkeys(self.assumed)),
            emptied=tuple(self.emptied),
            cleared=tuple(self.cleared),
            notes=tuple(self.notes),
            online=Online(self.algorithm, self.lock, tuple(sorted(set(self.rebuilt)))),
        )
