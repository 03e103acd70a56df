"""A position in the tokens of one statement, and what every reader asks of it."""

from contractcheck.migrations.mysql.tokens import NUMBER, OPERATOR, QUOTED, STRING, WORD, Token

Expression = tuple[str, ...]
"""An expression as its tokens, in one spelling: keywords and functions in lower case, names bare, strings quoted."""


class ReadError(Exception):
    """A statement outside the grammar that is read: `why` names the token."""

    def __init__(self, why: str) -> None:
        """Say why."""
        super().__init__(why)
        self.why = why


class ForeignError(ReadError):
    """A statement in words that only the other server knows: this one certainly refuses it."""


class Cursor:
    """Tokens and how far they are read. Every reader takes what it understands; what is left over is an error.

    `dialect` is that of the server, "" for either.
    """

    __slots__ = ("at", "dialect", "tokens")

    def __init__(self, tokens: tuple[Token, ...], dialect: str = "") -> None:
        """Stand before the first token."""
        self.tokens = tokens
        self.dialect = dialect
        self.at = 0

    def only(self, dialect: str, what: str) -> None:
        """Note words that one of the two servers knows. Raises ForeignError for the other."""
        if self.dialect not in {dialect, ""}:
            names = {"mysql": "MySQL", "mariadb": "MariaDB"}
            raise ForeignError(f"{what} is known to {names[dialect]} only")

    def guarded(self, *words: str) -> bool:
        """Read IF EXISTS or IF NOT EXISTS where only MariaDB knows it. Raises ForeignError for MySQL."""
        if not self.take(*words):
            return False
        self.only("mariadb", f"{' '.join(words)} here")
        return True

    @property
    def done(self) -> bool:
        """Whether every token is read."""
        return self.at >= len(self.tokens)

    def peek(self, ahead: int = 0) -> Token | None:
        """The next token, or one further on."""
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def sees(self, *words: str) -> bool:
        """Whether the next tokens are these keywords or operators."""
        for ahead, word in enumerate(words):
            token = self.peek(ahead)
            if token is None or token.upper != word:
                return False
        return True

    def sees_any(self, *words: str) -> bool:
        """Whether the next token is one of these keywords or operators."""
        token = self.peek()
        return token is not None and token.upper in words

    def take(self, *words: str) -> bool:
        """Read these keywords if they come next."""
        if self.sees(*words):
            self.at += len(words)
            return True
        return False

    def take_any(self, *words: str) -> str:
        """Read one of these keywords if it comes next: which; "" for none."""
        if self.sees_any(*words):
            token = self.tokens[self.at]
            self.at += 1
            return token.upper
        return ""

    def expect(self, *words: str) -> None:
        """Read these keywords. Raises ReadError if something else comes."""
        for word in words:
            if not self.take(word):
                raise self.error(word)

    def next(self) -> Token:
        """Read a token, whatever it is. Raises ReadError at the end."""
        if self.done:
            raise self.error("more")
        self.at += 1
        return self.tokens[self.at - 1]

    def error(self, wanted: str) -> ReadError:
        """An error that says what was wanted and what came."""
        token = self.peek()
        came = "the end" if token is None else repr(token.text[:40])
        return ReadError(f"{wanted} expected, {came} found")

    def name(self) -> str:
        """Read a name. Raises ReadError for anything else."""
        token = self.peek()
        if token is None or token.kind not in {WORD, QUOTED}:
            raise self.error("a name")
        self.at += 1
        return token.text

    def sees_name(self) -> bool:
        """Whether a name or keyword comes next."""
        token = self.peek()
        return token is not None and token.kind in {WORD, QUOTED}

    def string(self) -> str:
        """Read a string, with those that follow it. Raises ReadError for anything else."""
        token = self.peek()
        if token is None or token.kind != STRING:
            raise self.error("a string")
        text = ""
        while token is not None and token.kind == STRING:
            text += token.text
            self.at += 1
            token = self.peek()
        return text

    def sees_string(self) -> bool:
        """Whether a string comes next."""
        token = self.peek()
        return token is not None and token.kind == STRING

    def number(self) -> int:
        """Read a whole number. Raises ReadError for anything else."""
        token = self.peek()
        if token is None or token.kind != NUMBER or not token.text.isdigit() or len(token.text) > 20:
            raise self.error("a number")
        self.at += 1
        return int(token.text)

    def sees_number(self) -> bool:
        """Whether a number comes next."""
        token = self.peek()
        return token is not None and token.kind == NUMBER

    def value(self) -> str:
        """Read a word, string or number: the value of an option. Raises ReadError for anything else."""
        token = self.peek()
        if token is None or token.kind == OPERATOR:
            raise self.error("a value")
        if token.kind == STRING:
            return self.string()
        self.at += 1
        return token.text

    @staticmethod
    def upper_is_date(token: Token) -> bool:
        """Whether a word begins a typed literal: `DATE '2024-01-01'`."""
        return token.upper in {"DATE", "TIME", "TIMESTAMP"}

    def group(self) -> Expression:
        """Read what stands in brackets, without them. Raises ReadError if no bracket comes or it is not closed."""
        return spell(self.group_tokens())

    def group_tokens(self) -> tuple[Token, ...]:
        """The tokens between brackets. Raises ReadError if no bracket comes or it is not closed."""
        if not self.sees("("):
            raise self.error("(")
        start, depth = self.at, 0
        while not self.done:
            token = self.next()
            if token.kind == OPERATOR and token.text == "(":
                depth += 1
            elif token.kind == OPERATOR and token.text == ")":
                depth -= 1
                if depth == 0:
                    return self.tokens[start + 1 : self.at - 1]
        raise ReadError("a bracket is not closed")

    def until(self, *stops: str) -> tuple[Token, ...]:
        """The tokens up to one of these keywords or operators outside of brackets, or to the end."""
        start, depth = self.at, 0
        while not self.done:
            token = self.tokens[self.at]
            if depth == 0 and token.upper in stops:
                break
            if token.kind == OPERATOR:
                depth += {"(": 1, ")": -1}.get(token.text, 0)
                if depth < 0:
                    break
            self.at += 1
        return self.tokens[start : self.at]


def spell(tokens: tuple[Token, ...]) -> Expression:
    """An expression in one spelling, so that two can be compared."""
    return tuple(_spell(token) for token in tokens)


def _spell(token: Token) -> str:
    match token.kind:
        case "string":
            return "'" + token.text.replace("'", "''") + "'"
        case _:
            return token.text.lower()
