"""Versions: what was made of one, what is enough, and the next."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contractcheck.policy.versions import BUMPS, order, preliminary, same, step, successor, tokens

MONTH = "YYYY.MM.MICRO"
YEAR = "YY.MINOR.MICRO"


def today():
    return date(2026, 11, 23)


@pytest.mark.parametrize(
    ("base", "revision", "demanded", "state", "following"),
    [
        ("1.4.0", "2.0.0", "major", "right", "2.0.0"),
        ("1.4.0", "1.5.0", "major", "too-small", "2.0.0"),
        ("1.4.0", "1.4.0", "patch", "missing", "1.4.1"),
        ("1.4.0", "1.4.0", "none", "right", "1.4.0"),
        ("1.4.0", "1.4.1", "none", "right", "1.4.0"),
        ("1.4.0", "1.5.0", "none", "larger", "1.4.0"),
        ("1.4.0", "2.0.0", "minor", "larger", "1.5.0"),
        ("1.4.0", "1.3.9", "major", "back", "2.0.0"),
        ("1.4.0", "1.10.0", "minor", "right", "1.5.0"),
        ("1.4.0+a", "1.4.0+b", "patch", "missing", "1.4.1"),
        ("v1.4.0", "1.5.0", "minor", "right", "v1.5.0"),
        # Below 1.0.0 a break moves the minor version; to leave it is never too much.
        ("0.3.1", "0.4.0", "major", "right", "0.4.0"),
        ("0.3.1", "0.3.2", "major", "too-small", "0.4.0"),
        ("0.3.1", "0.3.2", "minor", "right", "0.3.2"),
        ("0.3.1", "1.0.0", "none", "right", "0.3.1"),
        ("0.0.3", "0.0.4", "major", "right", "0.0.4"),
        # Before a release anything may change.
        ("2.0.0-rc.1", "2.0.0-rc.1", "minor", "missing", "2.0.0-rc.2"),
        ("2.0.0-rc.1", "2.0.0-rc.2", "major", "right", "2.0.0-rc.2"),
        ("2.0.0-rc.1", "2.0.0", "major", "right", "2.0.0-rc.2"),
        ("2.0.0-rc.10", "2.0.0-rc.9", "none", "back", "2.0.0-rc.10"),
        ("2.0.0-beta", "2.0.0-beta.1", "major", "right", "2.0.0-beta.1"),
        ("2.0.0", "2.0.0-rc.1", "none", "back", "2.0.0"),
        ("1.4.0", "2.0.0-rc.1", "major", "right", "2.0.0"),
        # A version that does not show minor steps cannot demand one.
        ("2", "2", "minor", "right", "2"),
        ("2", "2", "major", "missing", "3"),
        ("v1.2", "v1.3", "major", "too-small", "v2.0"),
        ("1.2", "1.2", "patch", "right", "1.2"),
    ],
)
def test_semver(base, revision, demanded, state, following):
    found = step("semver", base, revision, demanded, today=today)
    assert (found.state, found.next) == (state, following)
    assert step("semver", base, None, demanded, today=today).next == following


def test_below_one_a_team_may_be_free():
    assert step("semver", "0.3.1", "0.3.2", "major", zero="free", today=today).state == "right"


@pytest.mark.parametrize("version", ["01.2.3", "1.2.3.4", "", "next", "1.2.3-01..a", "-1", "1.2.3+", "٣.0.0"])
def test_no_semver(version):
    assert step("semver", version, None, "none", today=today) is None
    assert step("semver", "1.0.0", version, "none", today=today) is None


@pytest.mark.parametrize(
    ("form", "base", "revision", "demanded", "state", "following"),
    [
        (MONTH, "2026.10.0", "2026.11.0", "major", "right", "2026.11.0"),
        (MONTH, "2026.11.0", "2026.11.0", "major", "missing", "2026.11.1"),
        (MONTH, "2026.11.0", "2026.11.1", "major", "right", "2026.11.1"),
        (MONTH, "2026.10.2", "2026.10.2", "patch", "missing", "2026.10.3"),
        (MONTH, "2026.12.0", "2026.11.0", "none", "back", "2026.12.0"),
        (MONTH, "2026.11.0rc1", "2026.11.0", "major", "right", "2026.11.1"),
        (MONTH, "2026.9.0", "2026.10.0", "none", "right", "2026.9.0"),
        (YEAR, "26.1.2", "26.1.3", "major", "too-small", "26.2.0"),
        (YEAR, "26.1.2", "26.2.0", "major", "right", "26.2.0"),
        (YEAR, "25.1.2", "25.1.2", "minor", "missing", "26.0.0"),
        ("YYYY.0M.0D", "2026.11.23", "2026.11.23", "patch", "missing", "2026.11.24"),
        ("YYYY.0M.0D", "2026.11.30", "2026.11.30", "patch", "missing", "2026.12.01"),
        ("YYYY.0M.0D", "9999.12.31", "9999.12.31", "patch", "missing", "9999.12.31"),
        ("YYYY.0W", "2026.47", "2026.47", "major", "missing", "2026.48"),
    ],
)
def test_calver(form, base, revision, demanded, state, following):
    found = step("calver", base, revision, demanded, form=form, today=today)
    assert (found.state, found.next) == (state, following)


@pytest.mark.parametrize("version", ["2026.13.0", "2026.0.0", "2026.01.0", "1.2.3", "2026.1"])
def test_no_calver(version):
    assert step("calver", version, None, "none", form=MONTH, today=today) is None


def test_a_format_without_a_calendar_is_none():
    assert tokens("MAJOR.MINOR") == ()
    assert step("calver", "1.2", None, "none", form="MAJOR.MINOR", today=today) is None


@pytest.mark.parametrize(
    ("base", "revision", "demanded", "state", "following"),
    [
        ("2026-01-01", "2026-01-01", "minor", "right", "2026-01-01"),
        ("2026-01-01", "2026-01-01", "major", "missing", "2026-11-23"),
        ("2026-12-01", "2026-12-01", "major", "missing", "2026-12-02"),
        ("2026-01-01", "2026-02-01", "major", "right", "2026-11-23"),
        ("2026-01-01", "2026-02-01", "none", "larger", "2026-01-01"),
        ("2026-01-01", "2025-02-01", "none", "back", "2026-01-01"),
        ("2026-01-01-preview", "2026-01-01", "major", "right", "2026-11-23"),
    ],
)
def test_dates(base, revision, demanded, state, following):
    found = step("date", base, revision, demanded, today=today)
    assert (found.state, found.next) == (state, following)


def test_no_date():
    assert step("date", "2026-02-30", None, "none", today=today) is None
    assert step("date", "2026-02-20", "1.0", "none", today=today) is None


@pytest.mark.parametrize(
    ("base", "revision", "demanded", "state", "following"),
    [("v1", "v1", "major", "missing", "v2"), ("v1", "v2", "major", "right", "v2"), ("3", "2", "none", "back", "3")],
)
def test_counted(base, revision, demanded, state, following):
    found = step("header", base, revision, demanded, today=today)
    assert (found.state, found.next) == (state, following)


def test_order_and_successor():
    names = ["2.0.0", "1.10.0", "v1.2.0", "1.2.0-rc.10", "1.2.0-rc.2", "1.2"]
    assert sorted(names, key=order) == ["1.2.0-rc.2", "1.2.0-rc.10", "v1.2.0", "1.2", "1.10.0", "2.0.0"]
    assert sorted(["v1", "v1beta2", "v1beta1"], key=order) == ["v1beta1", "v1beta2", "v1"]
    assert sorted(["2026-01-02", "2026-01-01"], key=order) == ["2026-01-01", "2026-01-02"]
    assert [successor(each) for each in ("v1", "1.3", "v1beta2")] == ["v2", "2.0", "v2beta0"]
    assert same("v1.0", "1.0.0")
    assert not same("1.0", "1.1")


numbers = st.tuples(*[st.integers(0, 12)] * 3)


@given(numbers, st.sampled_from(BUMPS))
def test_the_next_version_is_always_right(numbers, demanded):
    base = ".".join(map(str, numbers))
    following = step("semver", base, None, demanded, today=today).next
    found = step("semver", base, following, demanded, today=today)
    assert found.state == "right"
    assert step("semver", following, base, "none", today=today).state == ("right" if base == following else "back")


@given(st.dates(date(2001, 1, 1), date(2098, 1, 1)), st.integers(0, 9), st.integers(0, 9), st.sampled_from(BUMPS[1:]))
def test_the_next_version_of_the_calendar_is_always_right(day, minor, micro, demanded):
    for form, base in (
        (MONTH, f"{day.year}.{day.month}.{micro}"),
        (YEAR, f"{day.year - 2000}.{minor}.{micro}"),
        ("YYYY.0M.0D", f"{day:%Y.%m.%d}"),
    ):
        following = step("calver", base, None, demanded, form=form, today=today).next
        assert step("calver", base, following, demanded, form=form, today=today).state == "right"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        *(
            (version, True)
            for version in ("2.0.0-rc.1", "v1.0-beta", "2026.11.0rc1", "2026.11.0.dev2", "2026.11-alpha")
        ),
        *((version, False) for version in ("2.0.0", "1.0.0+rc.1", "2026.11.0", "2026.11.0post1", "v2", "next")),
    ],
)
def test_what_comes_before_a_release(version, expected):
    assert preliminary(version) is expected
