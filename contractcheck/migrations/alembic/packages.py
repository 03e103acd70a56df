"""Types of columns that widely used packages bring: what they are on each dialect, without importing the package."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Made = Any  # a type of SQLAlchemy


def type_(dotted: str) -> object | None:
    """The type that a dotted name of a package is; None for one that is not known here."""
    top, _, rest = dotted.partition(".")
    name = rest.rpartition(".")[2]
    if top == "sqlmodel":
        return {"AutoString": _plain("String"), "GUID": _plain("Uuid")}.get(name)
    if top in _PACKAGES and name in _PACKAGES[top]:
        return _made(top, name)
    return None


def _plain(name: str) -> object:
    import sqlalchemy

    return getattr(sqlalchemy, name)


def _text(length: int | None) -> Callable[..., Made]:
    """A type that is a text with a length among its arguments (`length` or `max_length`)."""

    def make(**given: object) -> Made:
        from sqlalchemy import Unicode

        asked = given.get("length", given.get("max_length", length))
        return Unicode(asked if isinstance(asked, int) else length)

    return make


def _of(name: str, **options: object) -> Callable[..., Made]:
    def make(**_given: object) -> Made:
        import sqlalchemy

        return getattr(sqlalchemy, name)(**options)

    return make


def _choice(**given: object) -> Made:
    from sqlalchemy import Unicode
    from sqlalchemy.types import TypeEngine

    impl = given.get("impl")
    return impl if isinstance(impl, TypeEngine) else impl() if isinstance(impl, type) else Unicode(255)


def _moment(**given: object) -> Made:
    from sqlalchemy import DateTime

    return DateTime(timezone=given.get("timezone") is True)


def _uuid(**given: object) -> Made:
    from sqlalchemy import CHAR
    from sqlalchemy.dialects import mysql, postgresql

    impl = CHAR(32) if given.get("binary", True) is False else mysql.BINARY(16)
    return impl.with_variant(postgresql.UUID(), "postgresql")


def _guid(length: int) -> Callable[..., Made]:
    def make(**_given: object) -> Made:
        from sqlalchemy import CHAR
        from sqlalchemy.dialects import postgresql

        return CHAR(length).with_variant(postgresql.UUID(), "postgresql")

    return make


def _of_postgresql(name: str, elsewhere: str) -> Callable[..., Made]:
    def make(**_given: object) -> Made:
        import sqlalchemy
        from sqlalchemy.dialects import postgresql

        return getattr(sqlalchemy, elsewhere)().with_variant(getattr(postgresql, name)(), "postgresql")

    return make


# By package and class: the names of what it takes by position, and what it is made from (0.43, 15.0, 1.4, ...).
_PACKAGES: Mapping[str, Mapping[str, tuple[tuple[str, ...], Callable[..., Made]]]] = {
    "sqlalchemy_utils": {
        "UUIDType": (("binary", "native"), _uuid),
        "EmailType": (("length",), _text(255)),
        "JSONType": ((), _of_postgresql("JSON", "UnicodeText")),
        "ChoiceType": (("choices", "impl"), _choice),
        "ArrowType": (("timezone",), _moment),
        "EnrichedDateTimeType": ((), _of("DateTime")),
        "IPAddressType": (("max_length",), _text(50)),
        "URLType": ((), _of("UnicodeText")),
        "PhoneNumberType": (("region", "max_length"), _text(20)),
        "ColorType": (("max_length",), _text(20)),
        "TSVectorType": ((), _of_postgresql("TSVECTOR", "UnicodeText")),
        "CountryType": ((), _of("String", length=2)),
        "CurrencyType": ((), _of("String", length=3)),
        "LocaleType": ((), _of("Unicode", length=10)),
        "TimezoneType": ((), _of("Unicode", length=50)),
        "ScalarListType": ((), _of("UnicodeText")),
        "StringEncryptedType": ((), _of("String")),
        "EncryptedType": ((), _of("LargeBinary")),
    },
    "fastapi_users_db_sqlalchemy": {"GUID": ((), _guid(36)), "TIMESTAMPAware": ((), _of("TIMESTAMP", timezone=True))},
    "fastapi_utils": {"GUID": ((), _guid(36))},
    "sqlalchemy_utc": {"UtcDateTime": ((), _of("DateTime", timezone=True))},
    "citext": {"CIText": ((), _of_postgresql("CITEXT", "Text"))},
}


@cache
def _made(package: str, name: str) -> type:
    from sqlalchemy.types import NullType, TypeDecorator

    order, make = _PACKAGES[package][name]

    def begin(self: Made, *positional: object, **keywords: object) -> None:
        TypeDecorator.__init__(self)
        self.impl = make(**(dict(zip(order, positional, strict=False)) | keywords))

    return type(
        name,
        (TypeDecorator,),
        {
            "impl": NullType,
            "cache_ok": True,
            "__init__": begin,
            "coerce_compared_value": lambda self, _op, _value: self,
        },
    )
