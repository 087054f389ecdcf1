"""The search language `q`: words, phrases, prefixes, regular expressions and fields, with AND, OR, NOT and brackets.

    query  = or
    or     = and {"OR" and}
    and    = not {["AND"] not}
    not    = ("NOT" | "-") not | term
    term   = "(" or ")" | /regex/[i] | "phrase" | field:value | field:"value",value | word with a * | word

A hand-written recursive descent over the characters, so that every error knows its position. docs/search-language.md is
the user's page. Bounds keep a hostile query cheap on every entry it is compared with.
"""

import re
from datetime import timedelta
from typing import Final, cast

from logstream.query.comparison import number_of
from logstream.query.conditions import (
    And,
    Compare,
    Condition,
    Contains,
    ContextCompare,
    ContextContains,
    ContextEquals,
    ContextLike,
    ContextNull,
    ContextPresent,
    Equals,
    Matches,
    Not,
    Operator,
    Or,
    Present,
    WordLike,
)
from logstream.query.fields import CONTEXT, EXACT, SUBSTRING, context_path, exact, exact_text, levels, moment
from logstream.query.regex import RegexError, compiled

MAX_LENGTH: Final = 8000
MAX_TERMS: Final = 50
"""Each is compared with thousands of messages at a time, whose folded forms it holds meanwhile: some 3 MB."""

MAX_DEPTH: Final = 50
MAX_REGEX: Final = 1000
"""Characters of one regular expression."""

MAX_PROGRAM: Final = 5000
"""Instructions of all compiled regular expressions of a query: what one character of a message costs at worst."""

MAX_STARS: Final = 3
"""Stars in one word: each is a regular expression's class of all letters."""

TEXT: Final = {**{field: field for field in ("user_agent", "category", "message")}, "search": SUBSTRING["search"]}
ANY: Final = "any"
"""Free text over message and context."""

FIELDS: Final = (*EXACT, "id", *TEXT, "timestamp", ANY)

_FIELD: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*(?:\.[^\s:()\"]+)?):")
_OPERATOR: Final = re.compile(r">=|<=|>|<")
_SPACE: Final = re.compile(r"\s*")
_BEFORE_QUOTE: Final = re.compile(r"""[^\s()"]*,(?=")""")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class InvalidSearch(ValueError):
    """A query that can't be understood: why, and at which character (0-based)."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


def parse(text: str) -> list[Condition]:
    """The conditions that must all hold; none for a blank query. Raises InvalidSearch."""
    if len(text) > MAX_LENGTH:
        raise InvalidSearch(f"the query is longer than {MAX_LENGTH} characters", MAX_LENGTH)
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._terms = 0
        self._program = 0

    def parse(self) -> list[Condition]:
        self._skip_space()
        if self._ended():
            return []
        condition = self._or()
        if not self._ended():
            raise InvalidSearch("this bracket closes nothing", self._at)
        return list(condition.conditions) if isinstance(condition, And) else [condition]

    def _or(self) -> Condition:
        parts = [self._and()]
        while self._operator("OR"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _and(self) -> Condition:
        parts = [self._not()]
        while not self._ended() and self._text[self._at] != ")" and not self._sees("OR"):
            self._operator("AND")
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _not(self) -> Condition:
        negations = 0
        while self._operator("NOT") or self._minus():
            negations += 1
        term = self._term()
        return Not(term) if negations % 2 else term

    def _minus(self) -> bool:
        """A `-` right before a term; `--verbose` and a `-` that stands alone are words."""
        text, at = self._text, self._at
        if text[at : at + 1] == "-" and text[at + 1 : at + 2].strip() and text[at + 1] not in "-)":
            self._at += 1
            return True
        return False

    def _term(self) -> Condition:
        text, at = self._text, self._at
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise InvalidSearch(f"more than {MAX_TERMS} words and other conditions", at)
        if self._ended() or text[at] == ")" or self._sees("AND") or self._sees("OR"):
            unexpected = "the query ends" if self._ended() else f"{text[at : at + 3].split()[0]!r} stands"
            raise InvalidSearch(f"{unexpected} where a word, a phrase or a field is expected", at)
        match text[at]:
            case "(":
                return self._brackets()
            case '"':
                return Contains("message", self._phrase())
            case "/":
                return self._regex()
        field = _FIELD.match(text, at)
        if field is not None and self._is_field(field[1], field.end()):
            return self._field(field[1], field.end())
        return self._words(self._word())

    def _brackets(self) -> Condition:
        start = self._at
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise InvalidSearch(f"brackets are nested deeper than {MAX_DEPTH} levels", start)
        self._at += 1
        self._skip_space()
        condition = self._or()
        if self._ended():
            raise InvalidSearch("this bracket is not closed", start)
        self._at += 1
        self._skip_space()
        self._depth -= 1
        return condition

    def _phrase(self) -> str:
        """A text between quotes that is not empty."""
        start = self._at
        text = self._quoted()
        if not text:
            raise InvalidSearch("there is nothing between the quotes", start)
        return text

    def _quoted(self) -> str:
        """The text between double quotes, after which the term ends."""
        text = self._literal()
        self._end_of_term()
        return text

    def _literal(self) -> str:
        r"""The text between double quotes; `\"` and `\\` stand for a quote and a backslash."""
        start = self._at
        parts: list[str] = []
        at = start + 1
        while at < len(self._text):
            character = self._text[at]
            if character == '"':
                self._at = at + 1
                return "".join(parts)
            if character == "\\" and self._text[at + 1 : at + 2] in ('"', "\\"):
                at += 1
                character = self._text[at]
            parts.append(character)
            at += 1
        raise InvalidSearch("this quote is not closed", start)

    def _regex(self) -> Condition:
        start = self._at
        at = start + 1
        while at < len(self._text) and self._text[at] != "/":
            at += 2 if self._text[at] == "\\" else 1
        if at >= len(self._text):
            raise InvalidSearch("this regular expression is not closed; text that begins with / needs quotes", start)
        pattern = self._text[start + 1 : at].replace("\\/", "/")
        self._at = at + 1
        flags = self._word() if not self._at_end_of_term() else ""
        self._skip_space()
        if flags not in ("", "i"):
            raise InvalidSearch(
                f"{flags[:20]!r} after a regular expression is not understood, only i is; "
                "text that begins with / needs quotes",
                at + 1,
            )
        self._check_regex(pattern, start, ignore_case=flags == "i")
        return Matches(pattern, flags == "i")

    def _check_regex(self, pattern: str, start: int, *, ignore_case: bool) -> None:
        if not pattern:
            raise InvalidSearch("the regular expression is empty", start)
        if len(pattern) > MAX_REGEX:
            raise InvalidSearch(f"the regular expression is longer than {MAX_REGEX} characters", start)
        try:
            self._program += compiled(pattern, ignore_case=ignore_case).programsize
        except RegexError as error:
            reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error.args[0])
            raise InvalidSearch(f"not a valid RE2 regular expression: {reason}", start) from None
        if self._program > MAX_PROGRAM:
            raise InvalidSearch("the regular expressions are too large when compiled; repeat less", start)

    def _is_field(self, name: str, value_at: int) -> bool:
        """Anything but `http://…` and `Error:` with nothing after it, which are words."""
        if name in FIELDS or name.startswith(CONTEXT):
            return True
        is_word = self._text.startswith("//", value_at) or self._at_end_of_term(value_at)
        return not is_word

    def _field(self, name: str, value_at: int) -> Condition:
        start = self._at
        self._at = value_at
        path: tuple[str, ...] | None = None
        if name.startswith(CONTEXT):
            try:
                path = context_path(name.removeprefix(CONTEXT))
            except ValueError as error:
                raise InvalidSearch(str(error), start) from None
        elif name not in FIELDS:
            raise InvalidSearch(
                f"there is no field {name[:50]!r}, only {', '.join(FIELDS)} and context.…; "
                "text with a colon needs quotes",
                start,
            )
        if self._at_end_of_term():
            raise InvalidSearch(f"a value is missing after {name[:50]}:", value_at)
        if operator := _OPERATOR.match(self._text, value_at):
            self._at = operator.end()
            return self._comparison(name, path, cast(Operator, operator[0]))
        if name in EXACT and (listed := self._listed(name)) is not None:
            return listed
        if self._text[value_at] == '"':
            return self._equal(name, path, self._quoted(), quoted=True)
        value = self._word()
        if value == "*" and name != ANY:
            return Present(TEXT.get(name, name)) if path is None else ContextPresent(path)
        return self._equal(name, path, value, quoted=False, at=value_at)

    def _listed(self, name: str) -> Condition | None:
        """One of several values, some of them quoted; None where a value stands alone, or none is quoted."""
        start, texts = self._at, list[str]()
        while True:
            before = _BEFORE_QUOTE.match(self._text, self._at)
            if before:
                texts.append(before[0][:-1])
                self._at = before.end()
            if not self._text.startswith('"', self._at):
                texts.append(self._word())
                break
            texts.append(exact_text([self._literal()]))
            if not self._text.startswith(",", self._at):
                self._end_of_term()
                break
            self._at += 1
        if len(texts) == 1:
            self._at = start
            return None
        try:
            return exact(name, *texts)
        except ValueError as error:
            raise InvalidSearch(str(error), start) from None

    def _equal(self, name: str, path: tuple[str, ...] | None, value: str, *, quoted: bool, at: int = 0) -> Condition:
        if path is not None:
            if quoted:
                return ContextEquals(path, value)
            if value == "null":
                return ContextNull(path)
            parts = self._parts(value)
            return ContextLike(path, parts) if len(parts) > 1 else ContextEquals(path, value)
        if name == ANY:
            return Or((self._words(value) if not quoted else Contains("message", value), ContextContains(value)))
        if name == "timestamp":
            return self._at_time(value, at)
        if quoted and not value:
            field = TEXT.get(name, name)
            return Or((Equals(field, ""), Not(Present(field))))
        if name in TEXT:
            if TEXT[name] == "message" and not quoted:
                return self._words(value)
            return Contains(TEXT[name], value)
        if name == "id":
            return Equals("id", value.upper())
        if quoted:
            return Equals(name, value)
        try:
            return exact(name, value)
        except ValueError as error:
            raise InvalidSearch(str(error), at) from None

    def _at_time(self, value: str, at: int) -> Condition:
        """Exactly then; a date alone is the whole day."""
        try:
            start = moment(value)
        except ValueError as error:
            raise InvalidSearch(str(error), at) from None
        if _DAY.fullmatch(value) and start.year < 9999:
            end = Compare("timestamp", "<", start + timedelta(days=1))
        else:
            end = Compare("timestamp", "<=", start)
        return And((Compare("timestamp", ">=", start), end))

    def _comparison(self, name: str, path: tuple[str, ...] | None, operator: Operator) -> Condition:
        at = self._at
        if self._at_end_of_term():
            raise InvalidSearch(f"a value is missing after {operator}", at)
        value = self._quoted() if self._text[at] == '"' else self._word()
        try:
            if path is not None:
                number = number_of(value)
                if number is None:
                    raise ValueError(f"{value[:100]!r} is not a number; {operator} compares the context as numbers")
                return ContextCompare(path, operator, number)
            if name == "level":
                return levels(operator, value)
            if name == "timestamp":
                return Compare("timestamp", operator, moment(value))
        except ValueError as error:
            raise InvalidSearch(str(error), at) from None
        raise InvalidSearch(f"{operator} only works for level, timestamp and context.…", at - len(operator))

    def _words(self, word: str) -> Condition:
        """A word, or what one is like where there is a star in it."""
        parts = self._parts(word)
        if not any(parts):
            return And(())
        return WordLike(parts) if len(parts) > 1 else Contains("message", word)

    def _parts(self, word: str) -> tuple[str, ...]:
        """What stands between the stars of a word."""
        parts = tuple(re.sub(r"\*+", "*", word).split("*"))
        if len(parts) > MAX_STARS + 1:
            raise InvalidSearch(f"more than {MAX_STARS} stars in a word; quotes make them stars to look for", self._at)
        return parts

    def _word(self) -> str:
        """What comes before a space, or before a bracket that closes one opened outside of the word."""
        start = at = self._at
        opened = 0
        while at < len(self._text) and not self._text[at].isspace():
            if self._text[at] == "(":
                opened += 1
            elif self._text[at] == ")":
                opened -= 1
                if opened < 0 and self._depth:
                    break
                if opened < 0:
                    raise InvalidSearch("this bracket closes nothing; text with brackets needs quotes", at)
            at += 1
        self._at = at
        self._skip_space()
        return self._text[start:at]

    def _operator(self, word: str) -> bool:
        if self._sees(word):
            self._at += len(word)
            self._skip_space()
            return True
        return False

    def _sees(self, word: str) -> bool:
        """Whether an operator stands here: a word of its own in capitals."""
        end = self._at + len(word)
        return self._text.startswith(word, self._at) and (
            end == len(self._text) or self._text[end].isspace() or self._text[end] in '()"'
        )

    def _end_of_term(self) -> None:
        """After a quote there may only be a space, a closing bracket or the end."""
        if not self._at_end_of_term():
            raise InvalidSearch("a space is missing after the quote", self._at)
        self._skip_space()

    def _at_end_of_term(self, at: int | None = None) -> bool:
        at = self._at if at is None else at
        return at >= len(self._text) or self._text[at].isspace() or self._text[at] == ")"

    def _skip_space(self) -> None:
        match = _SPACE.match(self._text, self._at)
        assert match is not None
        self._at = match.end()

    def _ended(self) -> bool:
        return self._at >= len(self._text)
