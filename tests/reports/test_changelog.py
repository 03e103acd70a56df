"""The release note of all changes: exact text."""

from msgspec.structs import replace

from contractcheck.model.finding import Affected, Category, Direction, Finding, Proof, ProofKind, Severity
from contractcheck.model.place import Place
from contractcheck.model.report import ContractReport, MigrationReport, Report, Reversibility, ReversibilityVerdict
from contractcheck.reports.changelog import render

NEW = Finding(
    rule="operation-added",
    severity=Severity.INFO,
    category=Category.WIRE,
    message="the operation was added",
    subject="POST /b",
    place=Place("openapi.yaml", 1, 1, "/paths/~1b/post"),
    proof=Proof(ProofKind.STRUCTURAL, "w"),
    affects=(Affected("POST /b", Direction.REQUEST),),
)


def finding(rule, severity, subject, message, *operations, **more):
    affects = tuple(Affected(name, Direction.REQUEST) for name in operations)
    return replace(NEW, rule=rule, severity=severity, subject=subject, message=message, affects=affects, **more)


GONE = finding("operation-removed", Severity.ERROR, "GET /old", "the operation was removed", "GET /old")
NARROW = finding("request-enum-narrowed", Severity.ERROR, "GET /a query size $", 'no longer allowed: "l"', "GET /a")
ADDED = finding(
    "request-parameter-added", Severity.INFO, "GET /a query page", "the query parameter page was added", "GET /a"
)
HIDDEN = finding("operation-tags-changed", Severity.INFO, "GET /a", "tags", "GET /a", suppressed="the rule is off")
SHARED = finding(
    "response-type-widened",
    Severity.WARNING,
    "schemas.User $.id",
    "string is allowed now",
    *(f"GET /{n}" for n in range(10)),
    proof=Proof(ProofKind.UNPROVEN, "w"),
)
WHOLE = finding("server-added", Severity.INFO, "servers", "served at [x](y) @octocat too")
MIGRATION = finding(
    "data-lost-on-upgrade", Severity.WARNING, "0002 orders.note", "orders.note is lost", place=Place("m/0002.py", 3, 1)
)
ELSEWHERE = finding(
    "contract-removed", Severity.ERROR, "gone.yaml", "the contract is gone", place=Place("gone.yaml", 1, 1)
)
REPORT = Report(
    findings=(GONE, NARROW, ELSEWHERE, SHARED, MIGRATION, NEW, ADDED, HIDDEN, WHOLE),
    contracts=(ContractReport("openapi.yaml", "1.0.0", None, 7, 4), ContractReport("other.yaml", "1", "1")),
    migrations=(
        MigrationReport(
            "0002",
            "m/0002.py",
            "alembic",
            "contract",
            Reversibility(ReversibilityVerdict.LOSSY, "orders.note does not come back"),
        ),
    ),
    base="v1",
    revision="working tree",
    notes=("a *note*",),
)

EXPECTED = """\
# Changes from `v1` to `working tree`

🔴 Breaking: 3 errors, 2 warnings; 3 additions or harmless changes.

## `openapi.yaml` `1.0.0` → `none`

### New operations

- `POST /b`

### Removed operations

- 🔴 `GET /old`

### Changed operations

#### `GET /a`

- 🔴 `query size $`: no longer allowed: "l"
- 🟢 `query page`: the query parameter page was added
- 🟢 tags *(suppressed: the rule is off)*

### Shared by several operations

#### `schemas.User`

Reaches `GET /0`, `GET /1`, `GET /2`, `GET /3`, `GET /4`, `GET /5`, `GET /6`, `GET /7` and 2 more operations.

- 🟡 `schemas.User $.id` in responses: string is allowed now *(unproven)*

### The contract as a whole

- 🟢 `servers`: served at \\[x\\]\\(y\\) @&#8203;octocat too

## `other.yaml` `1` → `1`

No changes.

## `m/0002.py` (contract)

- 🟡 `0002 orders.note`: orders.note is lost

## `gone.yaml`

- 🔴 `gone.yaml`: the contract is gone

## Migrations

| migration | phase | undo |
|---|---|---|
| `0002` | contract | lossy: orders.note does not come back |

a \\*note\\*
"""


def test_everything_is_listed_by_operation():
    assert render(REPORT) == EXPECTED


def test_nothing():
    assert render(Report()) == "# Changes\n\n🟢 Compatible: 0 errors, 0 warnings; 0 additions or harmless changes.\n"


def test_hostile_names_stay_in_their_spans():
    hostile = finding(
        "request-enum-narrowed", Severity.ERROR, "GET /`a`|<b>\u202e $", "<script>x</script> | @a", "GET /`a`|<b>\u202e"
    )
    page = render(Report((hostile,), (ContractReport("openapi.yaml", None, None),)))
    assert page.splitlines()[-3:] == [
        "#### ``GET /`a`\\|<b>\\u202e``",
        "",
        "- 🔴 `$`: \\<script\\>x\\</script\\> \\| @&#8203;a",
    ]
