"""A syntax error of a filter in the words of its language, with what could stand there instead."""

from __future__ import annotations

import re
from typing import Final

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from pilothouse.filters.errors import FilterError
from pilothouse.filters.tokens import ENTRY, path_of

_WORD_BEFORE: Final = re.compile(r'[^\W\d]\w*(?:\.(?:[\w\-:/@$*+]+|"(?:\\.|[^"\\])*"))*\s*$')
_TERMINALS: Final = {
    "STRING": "a text in quotes",
    "PATH": "a field",
    "COMPARE": "an operator",
    "WORD_COMPARE": "an operator",
    "_IN": "an operator",
    "_EXISTS": "exists",
    "NUMBER": "a number",
    "DATE": "a time",
    "NOW": "a time",
    "BOOLEAN": "true or false",
    "NULL": "null",
    "QUANTIFIER": "any(span: …)",
    "_SPAN": "span:",
    "ABOVE": "root:",
    "ENTRIES": "metadata:",
    "_AND": "and",
    "_OR": "or",
    "_NOT": "not",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": ",",
    "COLON": ":",
    "SIGN": "+ or -",
    "OFFSET": "a duration such as 2h",
    "$END": "the end",
}
_HIDDEN: Final = {"exists", "null", "+ or -"}
"""Right at many places, worth saying at none."""


def explained(error: UnexpectedInput, text: str) -> FilterError:
    """A syntax error in the words of the language."""
    at = error.pos_in_stream
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    position = len(text) if ended or at is None else at
    misspelt = _misspelt_before(text, position)
    if misspelt is not None:
        return misspelt
    names: set[str] = set()
    if isinstance(error, UnexpectedToken):
        names = error.accepts or error.expected
    elif isinstance(error, UnexpectedCharacters):
        names = set(error.allowed or ())
    expected = tuple(
        word
        for word in dict.fromkeys(w for name, w in _TERMINALS.items() if name in names)
        if word not in _HIDDEN
    )
    if ended:
        return FilterError("the filter ends too early", column=len(text) + 1, expected=expected)
    rest = text[position:]
    if rest[:1] in ('"', "'"):
        closed = len(rest) > 1 and re.match(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'', rest, re.DOTALL)
        if not closed:
            return FilterError(
                "a text that is not closed", column=position + 1, expected=(f"a closing {rest[0]}",)
            )
    word = re.match(r'"(?:\\.|[^"\\])*"|[\w.]+|\S', rest)
    found = word[0] if word else rest[:1]
    if "a text in quotes" in expected and re.match(r"(?!(and|or|in)$)[^\W\d]", found):
        return FilterError(
            f"{found!r} is not in quotes", column=position + 1, expected=(f'"{found}"',)
        )
    return FilterError(f"{found!r} is out of place", column=position + 1, expected=expected)


def _misspelt_before(text: str, position: int) -> FilterError | None:
    """The complaint about an unknown field just before a mistake: it explains more."""
    word = _WORD_BEFORE.search(text, 0, position)
    if word is None:
        return None
    name = word[0].rstrip()
    if name.lower() in ("and", "or", "not", "in", "has", "any", "all", "now", "span"):
        return None
    if name.lower() in ("contains", "matches", "exists", "true", "false", "null"):
        return None
    if name in ENTRY:
        return None
    try:
        path_of(Token("PATH", name, start_pos=word.start()))
    except FilterError as e:
        return e
    return None
