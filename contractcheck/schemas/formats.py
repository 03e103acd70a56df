"""What is known of `format`, where it is asserted: which formats include which, and texts that conform beyond doubt."""

import re
from functools import lru_cache
from typing import Final

# Narrow -> wide, by the definitions of the RFCs that JSON Schema validation §7.3 names.
_INCLUDED: Final = {
    "email": ("idn-email",),
    "hostname": ("idn-hostname",),
    "uri": ("uri-reference", "iri", "iri-reference"),
    "uri-reference": ("iri-reference",),
    "iri": ("iri-reference",),
}

SAMPLES: Final = {
    "date": ("2024-01-31", "1999-12-01"),
    "date-time": ("2024-01-31T12:00:00Z", "1999-12-01T00:00:00Z"),
    "time": ("12:00:00Z", "00:00:00Z"),
    "duration": ("P1D", "PT1H"),
    "email": ("a@example.com", "b@example.com"),
    "idn-email": ("a@example.com", "b@example.com"),
    "hostname": ("example.com", "a.example.com"),
    "idn-hostname": ("example.com", "a.example.com"),
    "ipv4": ("127.0.0.1", "10.0.0.1"),
    "ipv6": ("::1", "::2"),
    "uri": ("https://example.com/", "https://example.com/a"),
    "uri-reference": ("https://example.com/", "/a"),
    "iri": ("https://example.com/", "https://example.com/a"),
    "iri-reference": ("https://example.com/", "/a"),
    "uuid": ("123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174001"),
    "uri-template": ("https://example.com/{id}", "/a"),
    "json-pointer": ("/a", ""),
    "relative-json-pointer": ("0", "1"),
    "regex": ("a", "b"),
}

# Texts that are in none of the formats above but `regex`, `uri-reference`, `iri-reference` and `uri-template`
_NOWHERE: Final = frozenset(("not of this format", "no such thing"))
_LENGTHENED: Final = re.compile("https://example[.]com/a*")  # RFC 3986 sets no bound
_RELATIVE: Final = frozenset(("uri", "iri"))
_LOOSE: Final = frozenset(("regex", "uri-reference", "iri-reference", "uri-template"))


def includes(wide: str, narrow: str) -> bool:
    """Whether every text of the narrow format is known to be of the wide one."""
    return wide == narrow or wide in _INCLUDED.get(narrow, ())


@lru_cache(maxsize=16_384)
def conforms(name: str, text: str) -> bool | None:
    """Whether the text is of the format, where that is beyond doubt; None where it is not."""
    if any(text in samples and includes(name, narrow) for narrow, samples in SAMPLES.items()):
        return True
    if text == "/a" and name in _RELATIVE:
        return False
    if _LENGTHENED.fullmatch(text) and includes(name, "uri"):
        return True
    return False if text in _NOWHERE and name in SAMPLES and name not in _LOOSE else None


def candidates(least: int = 0) -> tuple[str, ...]:
    """Texts about which `conforms` knows something, one of them at least so long."""
    samples = dict.fromkeys(text for samples in SAMPLES.values() for text in samples)
    return (*sorted(_NOWHERE), *samples, f"https://example.com/{'a' * max(least - 20, 1)}")
