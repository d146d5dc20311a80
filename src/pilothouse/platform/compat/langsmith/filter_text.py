"""LangSmith's filter text as a tree of calls, as it was written; what it means is `filters`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final, TypeAlias, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from pilothouse.filters import FilterError

LONGEST: Final = 50_000
DEEPEST: Final = 50
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_EXPECTED: Final = {
    "NAME": "an operator or a field",
    "STRING": "a text in quotes",
    "NUMBER": "a number",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "COMMA": ",",
    "$END": "the end",
}


@dataclass(frozen=True, slots=True)
class Name:
    """A word without quotes: a field."""

    text: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number, true, false or null."""

    value: str | int | float | bool | None
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Several:
    """A list of values."""

    items: tuple[Argument, ...]
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """An operator with its arguments."""

    name: str
    arguments: tuple[Argument, ...]
    column: int = field(default=1, compare=False)
    depth: int = field(default=1, compare=False)


Argument: TypeAlias = Call | Several | Literal | Name


def read(text: str) -> Call:
    """The outermost call of a filter. Raises FilterError."""
    if len(text) > LONGEST:
        raise FilterError(f"a filter has at most {LONGEST:,} characters", column=LONGEST + 1)
    try:
        return cast("Call", _parser().parse(text))
    except VisitError as e:
        if isinstance(e.orig_exc, FilterError):
            raise e.orig_exc from None
        raise
    except UnexpectedInput as e:
        raise _explained(e, text) from None


@cache
def _parser() -> Lark:
    package = resources.files("pilothouse.platform.compat.langsmith")
    grammar = package.joinpath("filter_grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", transformer=_Tree(), maybe_placeholders=False)


@v_args(inline=True)
class _Tree(Transformer[Token, Any]):
    """Builds the tree while the text is read, so that nesting costs no stack."""

    def start(self, call: Call) -> Call:
        return call

    def call(self, name: Token, *arguments: Argument) -> Call:
        depth = 1 + max((_depth(one) for one in arguments), default=0)
        if depth > DEEPEST:
            raise FilterError(f"nested deeper than {DEEPEST} levels", column=_column(name))
        return Call(str(name), arguments, _column(name), depth)

    def list(self, *items: Argument) -> Several:
        nested = next((one for one in items if not isinstance(one, Literal | Name)), None)
        if nested is not None:
            raise FilterError(
                "a list holds plain values", column=nested.column, expected=("a value",)
            )
        return Several(items, items[0].column if items else 1)

    def string(self, token: Token) -> Literal:
        return Literal(_unquoted(token), _column(token))

    def number(self, token: Token) -> Literal:
        try:
            number: int | float = int(token)
        except ValueError:
            number = float(token)
        if abs(number) >= 1e300:
            raise FilterError("that number is too large", column=_column(token))
        return Literal(number, _column(token))

    def name(self, token: Token) -> Literal | Name:
        words = {"true": True, "false": False, "null": None, "None": None}
        word = str(token)
        word = word.lower() if word in ("True", "False", "NULL") else word
        if word in words:
            return Literal(words[word], _column(token))
        return Name(str(token), _column(token))


def _depth(argument: Argument) -> int:
    return argument.depth if isinstance(argument, Call) else 0


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _unquoted(token: str) -> str:
    if token[0] == '"':
        try:
            return str(json.loads(token, strict=False))
        except ValueError:
            pass  # escapes that JSON does not know stand for their letter

    def plain(match: re.Match[str]) -> str:
        said = match[1]
        return chr(int(said[1:], 16)) if len(said) == 5 else _ESCAPED.get(said, said)

    return _ESCAPE.sub(plain, token[1:-1])


def _explained(error: UnexpectedInput, text: str) -> FilterError:
    at = error.pos_in_stream
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    names: set[str] = set()
    if isinstance(error, UnexpectedToken):
        names = error.accepts or error.expected
    elif isinstance(error, UnexpectedCharacters):
        names = set(error.allowed or ())
    expected = tuple(word for name, word in _EXPECTED.items() if name in names)
    if ended or at is None:
        return FilterError("the filter ends too early", column=len(text) + 1, expected=expected)
    rest = text[at:]
    if rest[:1] in ('"', "'") and not re.match(
        r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'', rest, re.DOTALL
    ):
        return FilterError(
            "a text that is not closed", column=at + 1, expected=(f"a closing {rest[0]}",)
        )
    word = re.match(r"[\w.]+|\S", rest)
    found = word[0] if word else rest[:1]
    return FilterError(f"{found[:60]!r} is out of place", column=at + 1, expected=expected)
