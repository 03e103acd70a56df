"""The configuration: what is read, and the one line that every mistake gives."""

import jsonschema
import pytest

from contractcheck.errors import ConfigurationError
from contractcheck.policy.configuration import Configuration, Selection, configuration, schema


def read(**files):
    return {name.replace("_", "."): text.encode() for name, text in files.items()}.get


def test_without_a_file_the_defaults_apply():
    assert configuration(read()) == Configuration()


def test_a_pyproject_without_our_table_is_not_ours():
    assert configuration(read(pyproject_toml='[tool.other]\nname = "contractcheck"\n')) == Configuration()
    assert configuration(read(pyproject_toml="[project]\n")) == Configuration()


def test_every_key_is_read():
    text = """
profile = "strict"
fail-on = "warning"
base = "origin/main"
[contracts]
include = ["api/*.yaml"]
exclude = ["api/old.yaml"]
[migrations]
include = ["db"]
exclude = ["db/old"]
server = "postgresql:14"
[migrations.tools]
"db/sql/" = "flyway"
[severity]
contract-added = "off"
"""
    assert configuration(read(contractcheck_toml=text)) == Configuration(
        file="contractcheck.toml",
        profile="strict",
        fail_on="warning",
        base="origin/main",
        contracts=Selection(("api/*.yaml",), ("api/old.yaml",)),
        migrations=Selection(("db",), ("db/old",)),
        server="postgresql:14",
        tools={"db/sql": "flyway"},
        severity={"contract-added": "off"},
    )


def test_the_own_file_wins_over_pyproject():
    files = read(contractcheck_toml='profile = "wire"\n', pyproject_toml='[tool.contractcheck]\nprofile = "strict"\n')
    assert configuration(files).profile == "wire"


def test_the_table_of_pyproject_is_read():
    found = configuration(read(pyproject_toml='[project]\nname = "x"\n[tool.contractcheck]\nprofile = "strict"\n'))
    assert (found.file, found.profile) == ("pyproject.toml", "strict")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('profil = "strict"\n', "contractcheck.toml:1: unknown key 'profil'; did you mean 'profile'?"),
        (
            "\n[contracts]\nexcluded = []\n",
            "contractcheck.toml:3: unknown key 'excluded' in [contracts]; did you mean 'exclude'?",
        ),
        (
            "[zzz]\n",
            (
                "contractcheck.toml:1: unknown key 'zzz'; known here: api, base, baseline, columns, contract, contracts, deprecation, extends, "
                "fail-on, migrations, override, profile, releases, severity, versioning, waivers"
            ),
        ),
        (
            '[severity]\ncontract-addd = "off"\n',
            "contractcheck.toml:2: unknown rule 'contract-addd'; did you mean 'contract-added'?",
        ),
        ('[severity]\nzzzzzz = "off"\n', "contractcheck.toml:2: unknown rule 'zzzzzz'; contractcheck rules lists them"),
        (
            '\nprofile = "harsh"\n',
            "contractcheck.toml:2: profile: 'harsh' is not one of ['strict', 'standard', 'wire']; see docs/configuration.md",
        ),
        (
            '[contracts]\ninclude = "x"\n',
            "contractcheck.toml:2: contracts.include: 'x' is not of type 'array'; see docs/configuration.md",
        ),
        ("profile = \n", "contractcheck.toml:1: not valid TOML: Invalid value; mend the file"),
    ],
)
def test_a_mistake_is_one_line_with_place_and_remedy(text, line):
    with pytest.raises(ConfigurationError) as error:
        configuration(read(contractcheck_toml=text))
    assert str(error.value) == line
    assert error.value.exit_code == 2


def test_text_that_is_not_utf8():
    with pytest.raises(ConfigurationError) as error:
        configuration({"contractcheck.toml": b'profile = "strict"\n# \xff\n'}.get)
    assert str(error.value) == "contractcheck.toml:2: not UTF-8; save it as UTF-8"


def test_deep_toml_is_an_error_not_a_crash():
    with pytest.raises(ConfigurationError):
        configuration({"contractcheck.toml": b"a = " + b"[" * 100_000}.get)


def test_the_shipped_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(schema())
