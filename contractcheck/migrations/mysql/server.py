"""Which server a statement meets: dialect, version and the session settings that change what it does."""

from collections.abc import Mapping

from msgspec import Struct, field

VERSIONS = {
    "mysql": ((8, 0), (8, 4), (9, 7)),
    "mariadb": ((10, 6), (10, 11), (11, 4)),
}
"""The versions that are modelled; others between them answer as the one before."""

_OFF = {"0", "off", "false"}


class Target(Struct, frozen=True):
    """A server: `mysql` or `mariadb`, (major, minor), settings by lower-case name."""

    dialect: str = "mariadb"
    version: tuple[int, int] = (10, 11)
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def mariadb(self) -> bool:
        """Whether it is MariaDB."""
        return self.dialect == "mariadb"

    def on(self, name: str, *, default: bool = True) -> bool:
        """Whether a switch is on."""
        value = self.settings.get(name)
        return default if value is None else value.lower() not in _OFF

    @property
    def strict(self) -> bool:
        """Whether values that do not fit are refused (the default of every version modelled)."""
        mode = self.settings.get("sql_mode")
        return mode is None or "strict" in mode.lower() or "traditional" in mode.lower()

    @property
    def explicit_timestamps(self) -> bool:
        """Whether TIMESTAMP takes NULL and no default by itself (explicit_defaults_for_timestamp)."""
        return self.on("explicit_defaults_for_timestamp", default=not self.mariadb or self.version >= (10, 10))

    @property
    def old_blob_defaults(self) -> bool:
        """Whether TEXT and BLOB take no literal default (MySQL)."""
        return not self.mariadb
