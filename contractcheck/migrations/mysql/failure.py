"""What the server refuses, and what the model does not know."""


class FailureError(Exception):
    """The server certainly refuses the statement: `why`, with the number of its error."""

    def __init__(self, number: int, why: str) -> None:
        """Say which error, and why."""
        super().__init__(why)
        self.number = number
        self.why = f"{number}: {why}"


class DoubtError(Exception):
    """What the statement does cannot be told from what is known: `why`."""

    def __init__(self, why: str) -> None:
        """Say why."""
        super().__init__(why)
        self.why = why


def unknown_column(name: str, table: str) -> FailureError:
    """Error 1054."""
    return FailureError(1054, f"unknown column {name} in {table}")


def cannot_drop(name: str, kind: str) -> FailureError:
    """Error 1091."""
    return FailureError(1091, f"cannot drop {kind} {name}: it does not exist")
