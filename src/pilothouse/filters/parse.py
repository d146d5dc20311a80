"""Text to tree: the grammar does the form, this file the fields and the types of their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any, Final, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from pilothouse.filters.errors import FilterError
from pilothouse.filters.fields import ENTRY_FIELDS, FIELDS, Field, nearest
from pilothouse.filters.tree import (
    And,
    Comparison,
    Exists,
    Expression,
    FullText,
    Membership,
    Moment,
    Not,
    Now,
    Number,
    Operator,
    Or,
    Path,
    Quantified,
    Text,
    Truth,
    Value,
    Whole,
)

LONGEST: Final = 20_000
"""Characters of a filter; longer ones are programs, not filters."""
DEEPEST: Final = 60
"""Levels of parentheses and `not`."""

_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}
_NUMBER: Final = re.compile(r"([+-]?[\d.eE+_-]*?)(ms|s|m|h|d|k|M)?")
_WORD_BEFORE: Final = re.compile(r'[^\W\d]\w*(?:\.(?:[\w\-:/@$*+]+|"(?:\\.|[^"\\])*"))*\s*$')
_SEGMENT: Final = re.compile(r'"(?:\\.|[^"\\])*"|[^."]+')

_ORDERED: Final = ("=", "!=", "<", "<=", ">", ">=")
_PATTERNS: Final = ("~", "contains", "matches")
_OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    "text": (*_ORDERED, *_PATTERNS, "in"),
    "number": (*_ORDERED, "in"),
    "duration": (*_ORDERED, "in"),
    "money": (*_ORDERED, "in"),
    "time": _ORDERED,
    "boolean": ("=", "!="),
    "list": ("has", "=", "!=", *_PATTERNS, "in"),
    "open": (*_ORDERED, *_PATTERNS, "in", "has"),
    "scores": (*_ORDERED, *_PATTERNS, "in"),
    "value": (*_ORDERED, *_PATTERNS, "in"),
}
"""Which operators a type knows; `exists` goes with all."""

_WANTED: Final = {
    "text": "a text in quotes",
    "number": "a number",
    "duration": "a duration such as 1500 or 1.5s",
    "money": "a number of dollars",
    "time": "a time such as now - 2h or 2026-11-21T09:00:00Z",
    "boolean": "true or false",
    "list": "a text in quotes",
    "open": "a text in quotes or a number",
    "scores": "a number, or a label in quotes",
    "value": "a text in quotes or a number",
}

_VALUES: Final[dict[str, tuple[type, ...]]] = {
    "text": (Text,),
    "number": (Number,),
    "duration": (Number,),
    "money": (Number,),
    "time": (Moment, Now),
    "boolean": (Truth,),
    "list": (Text,),
    "open": (Text, Number, Truth, Moment, Now),
    "scores": (Text, Number, Truth),
    "value": (Text, Number, Truth, Moment, Now),
}
"""What a type is compared with."""
_UNITLESS: Final = ("number", "money")

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


def parse(text: str) -> Expression | None:
    """The tree of a filter; None for an empty one. Raises FilterError."""
    if not text.strip():
        return None
    if len(text) > LONGEST:
        raise FilterError(f"a filter has at most {LONGEST:,} characters", column=LONGEST + 1)
    try:
        parsed = _parser().parse(text)
    except VisitError as e:
        if isinstance(e.orig_exc, FilterError):
            raise e.orig_exc from None
        raise
    except UnexpectedInput as e:
        raise _explained(e, text) from None
    expression = cast("Expression", parsed)
    _check_depth(expression)
    return expression


def parse_field(text: str) -> Path:
    """The field of a name such as `metadata.customer.tier`. Raises FilterError."""
    return _path(Token("PATH", text.strip(), start_pos=0))


@cache
def _parser() -> Lark:
    grammar = resources.files("pilothouse.filters").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", transformer=_Tree(), propagate_positions=False)


def _check_depth(expression: Expression) -> None:
    """Refuse what would exhaust the stack of those who walk the tree. Itself walks without one."""
    waiting: list[tuple[Expression, int]] = [(expression, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            raise FilterError(f"nested deeper than {DEEPEST} levels", column=1)
        if isinstance(node, And | Or):
            waiting += [(term, depth + 1) for term in node.terms]
        elif isinstance(node, Not | Quantified):
            waiting.append((node.term, depth + 1))


@v_args(inline=True)
class _Tree(Transformer[Token, Any]):
    """Builds the tree while the text is read, so that nesting costs no stack."""

    def any_of(self, *terms: Expression) -> Expression:
        return Or(_flat(Or, terms))

    def all_of(self, *terms: Expression) -> Expression:
        return And(_flat(And, terms))

    def inverse(self, term: Expression) -> Expression:
        return Not(term)

    def text(self, token: Token) -> Expression:
        text = unquote(token)
        if not text.strip():
            raise FilterError(
                "nothing to search for", column=_column(token), expected=("a text in quotes",)
            )
        return FullText(text, _column(token))

    def quantified(self, word: Token, term: Expression) -> Expression:
        return Quantified(word.lower() == "all", term, column=_column(word))

    def quantified_above(self, word: Token, over: Token, term: Expression) -> Expression:
        return Quantified(
            word.lower() == "all", term, cast("Whole", over.lower()), column=_column(word)
        )

    def quantified_entries(self, word: Token, over: Token, term: Expression) -> Expression:
        whole = cast("Whole", over.lower())
        _check_entry(term, whole)
        return Quantified(word.lower() == "all", term, whole, column=_column(word))

    def exists(self, token: Token) -> Expression:
        return Exists(_path(token))

    def missing(self, token: Token) -> Expression:
        return Not(Exists(_path(token)))

    def comparison(self, path: Token, operator: Token, value: _At) -> Expression:
        return _compared(_path(path), operator, value)

    def inverse_comparison(self, path: Token, operator: Token, value: _At) -> Expression:
        return Not(_compared(_path(path), operator, value))

    def membership(self, path: Token, *values: _At) -> Expression:
        return _membership(_path(path), values, FIELDS)

    def inverse_membership(self, path: Token, *values: _At) -> Expression:
        return Not(self.membership(path, *values))

    entry_any_of, entry_all_of, entry_inverse = any_of, all_of, inverse

    def entry_exists(self, token: Token) -> Expression:
        return Exists(_entry_path(token))

    def entry_missing(self, token: Token) -> Expression:
        return Not(Exists(_entry_path(token)))

    def entry_comparison(self, path: Token, operator: Token, value: _At) -> Expression:
        return _compared(_entry_path(path), operator, value, _ENTRY)

    def entry_inverse_comparison(self, path: Token, operator: Token, value: _At) -> Expression:
        return Not(_compared(_entry_path(path), operator, value, _ENTRY))

    def entry_membership(self, path: Token, *values: _At) -> Expression:
        return _membership(_entry_path(path), values, _ENTRY)

    def entry_inverse_membership(self, path: Token, *values: _At) -> Expression:
        return Not(_membership(_entry_path(path), values, _ENTRY))

    def string(self, token: Token) -> _At:
        return _At(Text(unquote(token)), _column(token))

    def number(self, token: Token) -> _At:
        return _At(_number(token), _column(token))

    def boolean(self, token: Token) -> _At:
        return _At(Truth(token.lower() == "true"), _column(token))

    def null(self, token: Token) -> _At:
        return _At(None, _column(token))

    def date(self, token: Token) -> _At:
        moment = moment_of(token)
        if moment is None:
            raise FilterError(
                f"{str(token)!r} is no time", column=_column(token), expected=(_WANTED["time"],)
            )
        return _At(Moment(moment), _column(token))

    def now(self, token: Token, sign: Token | None = None, offset: Token | None = None) -> _At:
        if offset is None:
            return _At(Now(), _column(token))
        number = _number(offset)
        signed = -number.number if sign == "-" else number.number
        return _At(Now(Number(signed, number.suffix)), _column(token))


class _At:
    """A value with the column that it stands at; None is null."""

    __slots__ = ("column", "value")

    def __init__(self, value: Value | None, column: int) -> None:
        self.value, self.column = value, column


def _flat(kind: type, terms: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """`(a and b) and c` is `a and b and c`: one shape for one meaning."""
    flat: list[Expression] = []
    for term in terms:
        if isinstance(term, kind):
            flat.extend(cast("And | Or", term).terms)
        else:
            flat.append(term)
    return tuple(flat)


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _path(token: Token) -> Path:
    """The field that a token names. Raises FilterError."""
    word, column = str(token), _column(token)
    if word in FIELDS:
        return Path(word, column=column)
    head, _, rest = word.partition(".")
    field = FIELDS.get(head)
    if field is not None and field.type in ("open", "scores") and rest:
        segments = _SEGMENT.findall(rest)
        key = ".".join(unquote(s) if s.startswith('"') else s for s in segments)
        if key:
            return Path(head, key, column)
    raise FilterError(
        f"there is no field {word!r}",
        column=column,
        expected=("a field",),
        suggestion=nearest(word),
    )


_ENTRY: Final = {name: field for known in ENTRY_FIELDS.values() for name, field in known.items()}


def _entry_path(token: Token) -> Path:
    """The field of an entry that a token names. Raises FilterError."""
    if token not in _ENTRY:
        raise FilterError(
            f"an entry has no {str(token)!r}", column=_column(token), expected=tuple(_ENTRY)
        )
    return Path(str(token), column=_column(token))


def _check_entry(term: Expression, over: Whole) -> None:
    """Refuse fields that entries of another kind have. Raises FilterError."""
    known = ENTRY_FIELDS[over]
    waiting = [term]
    while waiting:
        match waiting.pop():
            case Comparison(path=path) | Membership(path=path) | Exists(path=path):
                if path.name not in known:
                    what = "a score" if over == "score" else f"an entry of {over}"
                    raise FilterError(
                        f"{what} has no {path.name!r}", column=path.column, expected=tuple(known)
                    )
            case And(terms=terms) | Or(terms=terms):
                waiting += terms
            case Not(term=inner):
                waiting.append(inner)


def _membership(path: Path, values: tuple[_At, ...], fields: Mapping[str, Field]) -> Expression:
    field = fields[path.name]
    _check_operator(path, field, "in", path.column)
    return Membership(path, tuple(_typed(path, field, "in", value) for value in values))


def _compared(
    path: Path, operator: Token, value: _At, fields: Mapping[str, Field] = FIELDS
) -> Expression:
    """The comparison, its operator and value checked against the type of the field."""
    field = fields[path.name]
    sign = "=" if operator == "==" else operator.lower()
    column = _column(operator)
    if value.value is None:
        if sign not in ("=", "!="):
            raise FilterError("null is only equal or not", column=column, expected=("=", "!="))
        return Not(Exists(path)) if sign == "=" else Exists(path)
    _check_operator(path, field, sign, column)
    return Comparison(path, cast("Operator", sign), _typed(path, field, sign, value))


def _check_operator(path: Path, field: Field, operator: str, column: int) -> None:
    if field.type in ("open", "scores") and not path.key:
        if operator != "has":
            raise FilterError(
                f"{field.name} holds many values",
                column=path.column,
                expected=(f"{field.name}.<name>", f'{field.name} has "<name>"'),
            )
        return
    known = _OPERATORS[field.type]
    if operator not in known:
        raise FilterError(
            f"{operator!r} does not go with {field.name}, which is a {field.type}"
            if field.type not in ("open", "scores")
            else f"{operator!r} does not go with {field.name}.{path.key}",
            column=column,
            expected=known,
        )


def _typed(path: Path, field: Field, operator: str, at: _At) -> Value:
    """The value, if the field can be compared with it. Raises FilterError."""
    value = at.value
    wanted = _WANTED[field.type]
    if operator in _PATTERNS or operator == "has":
        kinds: tuple[type, ...] = (Text,)
        wanted = "a text in quotes"
    else:
        kinds = _VALUES[field.type]
        if field.type == "time" and isinstance(value, Text):
            moment = moment_of(value.text)
            value = None if moment is None else Moment(moment)
    out_of_unit = isinstance(value, Number) and value.is_duration and field.type in _UNITLESS
    if value is None or out_of_unit or not isinstance(value, kinds):
        where = field.name if not path.key else f"{field.name}.{path.key}"
        raise FilterError(
            f"{where} cannot be compared with that", column=at.column, expected=(wanted,)
        )
    if operator == "matches" and isinstance(value, Text):
        _check_pattern(value.text, at.column)
    return value


def _check_pattern(pattern: str, column: int) -> None:
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as e:
        reason = e.args[0] if e.args else ""
        reason = reason.decode() if isinstance(reason, bytes) else str(reason)
        raise FilterError(
            f"broken pattern: {reason}", column=column, expected=("an RE2 pattern",)
        ) from None


def unquote(token: str) -> str:
    """The text between quotes. An escape that is none stays as written, so "\\d+" is a pattern."""
    return _ESCAPE.sub(lambda m: _ESCAPED.get(m[1], m[0]), token[1:-1])


def _number(token: Token) -> Number:
    match = _NUMBER.fullmatch(token)
    if match is None:  # the terminal NUMBER says otherwise
        raise AssertionError(token)
    digits, suffix = match[1].replace("_", ""), match[2] or ""
    try:
        number: int | float = int(digits)
    except ValueError:
        number = float(digits)
    if not abs(Number(number, suffix).value) < 1e300:
        raise FilterError("that number is too large", column=_column(token))
    if isinstance(number, int) and abs(number) >= 2**53:
        number = float(number)
    return Number(number, suffix)


def moment_of(text: str) -> datetime | None:
    """An RFC 3339 time, or a date, in UTC; None if the text is none."""
    if not re.match(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.strip().upper()))
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def _explained(error: UnexpectedInput, text: str) -> FilterError:
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
    if name in _ENTRY:
        return None
    try:
        _path(Token("PATH", name, start_pos=word.start()))
    except FilterError as e:
        return e
    return None
