"""Contracts are recognised by the key at their top, wherever it stands, and what is left out is named."""

import json
import subprocess

import pytest

from contractcheck.model.globs import matcher
from contractcheck.model.report import Skipped
from contractcheck.openapi.recognise import find, version
from contractcheck.sources.folder import folder
from contractcheck.sources.paths import READ_LIMIT
from contractcheck.sources.repository import Repository


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("openapi: 3.0.3\n", "3.0.3"),
        ("openapi: '3.1.0' # newest\r\ninfo: {}\r\n", "3.1.0"),
        ('info: {}\n"openapi" : "3.2.0"\n', "3.2.0"),
        ("swagger: 2.0", "2.0"),
        ("swagger: 2", "2"),
        ("openapi: 3.1.0-rc1\n", "3.1.0-rc1"),
        ("openapi: !!str &v 3.0.0\n", "3.0.0"),
        ("openapi:\n  3.0.0\n", "3.0.0"),
        ("openapi: 4.0.0\n", "4.0.0"),
        ("info: a\ropenapi: 3.0.0\r", "3.0.0"),
        ("\ufeffopenapi: 3.0.0\n", "3.0.0"),
        ("# openapi: 3.0.0\n%YAML 1.2\n---\n  info: {}\n  openapi: 3.0.0\n", "3.0.0"),
        ("x: |\n  openapi: 3.0.0\n", None),
        ("x:\n  openapi: 3.0.0\nswagger: {}\n", None),
        ("  x: 1\nopenapi: 3.0.0\n", None),
        ("openapi: true\n", None),
        ("openapi:\n  enabled: 3.0\n", None),
        ("openapi: 3.0.0 is what we use\n", None),
        ("openapi: 'latest'\n", None),
        ("asyncapi: 3.0.0\n", None),
        ("xopenapi: 3.0.0\n", None),
        ("", None),
        ("{openapi: 3.0.0, info: {}}", "3.0.0"),
        ("{{ template }}\nopenapi: 3.0.0\n", "3.0.0"),
        ('{"openapi": "3.0.0"}', "3.0.0"),
        ('{"paths": {"openapi": "3.0.0"}, "swagger":2.0}', "2.0"),
        ('{"paths": {"openapi": "3.0.0"}, "x": "openapi"}', None),
        ('["openapi", {"openapi": "3.0.0"}]', None),
        ('{"openapi": {"a": 1}, "swagger": "x"}', None),
        ('{"openapi": "3.0.0", "paths": {,}}', "3.0.0"),
        ('{"paths": {,}, "openapi": "3.0.0", "info": ', "3.0.0"),
        ('{"paths": {,}, "x": "openapi"}', None),
    ],
)
def test_the_version_is_read_at_the_top_only(text, found):
    for file in ("a.yaml", "a.json") if text.startswith(("{", "[")) else ("a.yaml",):
        assert version(text.encode(), file) == found
        assert version(text.removeprefix("\ufeff").encode("utf-16"), file) == found


def test_the_version_may_stand_at_the_end_of_a_large_file():
    paths = {f"/a{number}": {"get": {"description": "swagger: 2.0"}} for number in range(30_000)}
    assert version(json.dumps({"paths": paths, "openapi": "3.1.0"}).encode(), "a.json") == "3.1.0"
    lines = "".join(f"  /a{number}:\n    x: y\n" for number in range(60_000))
    assert version(f"paths:\n{lines}swagger: '2.0'\n".encode(), "a.yaml") == "2.0"


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("*.yaml", ["a.yaml", "x/y/a.yaml", "a.yaml/b"], ["a.yml", "a.yaml.j2"]),
        ("vendor/", ["vendor/a", "x/vendor/y/a"], ["vendor", "xvendor/a", "vendors/a"]),
        ("api/*.yaml", ["api/a.yaml"], ["x/api/a.yaml", "api/x/a.yaml"]),
        ("/a.yaml", ["a.yaml"], ["x/a.yaml"]),
        ("api/**", ["api/a", "api/x/a"], ["api", "x/api/a"]),
        ("**/api/**/a?.json", ["api/a1.json", "x/api/y/z/ab.json"], ["api/a.json", "api/x/a/.json"]),
        ("api", ["api", "x/api/a"], ["apis"]),
        ("a[1].y+ml", ["a[1].y+ml"], ["a1.yml"]),
        ("***.json", ["a.json"], ["a.yaml"]),
    ],
)
def test_patterns_are_those_of_gitignore(pattern, matching, other):
    match = matcher((pattern,))
    assert [path for path in (*matching, *other) if match(path) == pattern] == matching


def test_the_first_pattern_that_matches_is_given():
    assert matcher(("x", "*.yaml", "a.*"))("a.yaml") == "*.yaml"
    assert matcher(())("a.yaml") is None


@pytest.fixture
def project(tmp_path):
    for path, text in {
        "api/openapi.yaml": "openapi: 3.1.0\n",
        "api/v1.JSON": '{"swagger": "2.0"}',
        "api/paths/users.yml": "get: {}\n",
        "api/broken.json": '{"openapi": "3.0.0", ',
        "api/openapi.yaml.j2": "openapi: 3.1.0\n",
        "package.json": "{}",
        "node_modules/a/openapi.json": '{"openapi": "3.0.0"}',
        "node_modules/b/package.json": "{}",
        "tests/fixtures/a.yaml": "openapi: 3.1.0\n",
        "tests/api.golden.yaml": "openapi: 3.1.0\n",
        "web/old/api.yaml": "openapi: 3.1.0\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "link.yaml").symlink_to("api/openapi.yaml")
    return tmp_path


def test_contracts_are_found_and_what_is_left_out_is_named(project):
    assert find(folder(project), include=(), exclude=("web/old",)) == (
        ("api/broken.json", "api/openapi.yaml", "api/v1.JSON"),
        (
            Skipped("link.yaml", "symbolic link: not followed"),
            Skipped("node_modules/", "excluded by default (node_modules/)"),
            Skipped("tests/api.golden.yaml", "excluded by default (*.golden.*)"),
            Skipped("tests/fixtures/", "excluded by default (fixtures/)"),
            Skipped("web/old/", "excluded by web/old"),
        ),
    )


def test_what_is_included_by_name_is_not_excluded_by_default(project):
    include = ("tests/**", "api/*", "link.yaml")
    assert find(folder(project), include=include, exclude=("*.golden.*", "broken.json")) == (
        ("api/openapi.yaml", "api/v1.JSON", "tests/fixtures/a.yaml"),
        (
            Skipped("api/broken.json", "excluded by broken.json"),
            Skipped("api/paths/users.yml", "it has neither openapi nor swagger at the top"),
            Skipped("link.yaml", "symbolic link: not followed"),
            Skipped("tests/api.golden.yaml", "excluded by *.golden.*"),
        ),
    )


def test_submodules_and_files_too_large_are_named(tmp_path):
    def git(*arguments):
        subprocess.run(["git", "-C", tmp_path, *arguments], check=True, capture_output=True)

    git("init")
    git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},lib/api")
    (tmp_path / "a.yaml").write_text("openapi: 3.1.0\n")
    with (tmp_path / "large.json").open("wb") as stream:
        stream.truncate(READ_LIMIT + 1)
    with Repository.open(tmp_path) as repository:
        assert find(repository.index(), include=(), exclude=()) == (
            (),
            (Skipped("lib/api", "submodule: not followed"),),
        )
    assert find(folder(tmp_path), include=(), exclude=()) == (
        ("a.yaml",),
        (Skipped("large.json", "has more than 64 MiB"),),
    )
