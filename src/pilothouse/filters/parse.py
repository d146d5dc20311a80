"""Text to tree: the grammar does the form, this file builds the tree from it."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, Final, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, VisitError

from pilothouse.filters.checks import WANTED, check_entry, compared, membership
from pilothouse.filters.errors import FilterError
from pilothouse.filters.fields import FIELDS
from pilothouse.filters.mistakes import explained
from pilothouse.filters.tokens import (
    ENTRY,
    At,
    column_of,
    entry_path,
    moment_of,
    number_of,
    path_of,
    unquote,
)
from pilothouse.filters.tree import (
    And,
    Exists,
    Expression,
    FullText,
    Moment,
    Not,
    Now,
    Number,
    Or,
    Path,
    Quantified,
    Text,
    Truth,
    Whole,
)

LONGEST: Final = 20_000
"""Characters of a filter; longer ones are programs, not filters."""
DEEPEST: Final = 60
"""Levels of parentheses and `not`."""


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
        raise explained(e, text) from None
    expression = cast("Expression", parsed)
    _check_depth(expression)
    return expression


def parse_field(text: str) -> Path:
    """The field of a name such as `metadata.customer.tier`. Raises FilterError."""
    return path_of(Token("PATH", text.strip(), start_pos=0))


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
                "nothing to search for", column=column_of(token), expected=("a text in quotes",)
            )
        return FullText(text, column_of(token))

    def quantified(self, word: Token, term: Expression) -> Expression:
        return Quantified(word.lower() == "all", term, column=column_of(word))

    def quantified_above(self, word: Token, over: Token, term: Expression) -> Expression:
        return Quantified(
            word.lower() == "all", term, cast("Whole", over.lower()), column=column_of(word)
        )

    def quantified_entries(self, word: Token, over: Token, term: Expression) -> Expression:
        whole = cast("Whole", over.lower())
        check_entry(term, whole)
        return Quantified(word.lower() == "all", term, whole, column=column_of(word))

    def exists(self, token: Token) -> Expression:
        return Exists(path_of(token))

    def missing(self, token: Token) -> Expression:
        return Not(Exists(path_of(token)))

    def comparison(self, path: Token, operator: Token, value: At) -> Expression:
        return compared(path_of(path), operator, value)

    def inverse_comparison(self, path: Token, operator: Token, value: At) -> Expression:
        return Not(compared(path_of(path), operator, value))

    def membership(self, path: Token, *values: At) -> Expression:
        return membership(path_of(path), values, FIELDS)

    def inverse_membership(self, path: Token, *values: At) -> Expression:
        return Not(self.membership(path, *values))

    entry_any_of, entry_all_of, entry_inverse = any_of, all_of, inverse

    def entry_exists(self, token: Token) -> Expression:
        return Exists(entry_path(token))

    def entry_missing(self, token: Token) -> Expression:
        return Not(Exists(entry_path(token)))

    def entry_comparison(self, path: Token, operator: Token, value: At) -> Expression:
        return compared(entry_path(path), operator, value, ENTRY)

    def entry_inverse_comparison(self, path: Token, operator: Token, value: At) -> Expression:
        return Not(compared(entry_path(path), operator, value, ENTRY))

    def entry_membership(self, path: Token, *values: At) -> Expression:
        return membership(entry_path(path), values, ENTRY)

    def entry_inverse_membership(self, path: Token, *values: At) -> Expression:
        return Not(membership(entry_path(path), values, ENTRY))

    def string(self, token: Token) -> At:
        return At(Text(unquote(token)), column_of(token))

    def number(self, token: Token) -> At:
        return At(number_of(token), column_of(token))

    def boolean(self, token: Token) -> At:
        return At(Truth(token.lower() == "true"), column_of(token))

    def null(self, token: Token) -> At:
        return At(None, column_of(token))

    def date(self, token: Token) -> At:
        moment = moment_of(token)
        if moment is None:
            raise FilterError(
                f"{str(token)!r} is no time", column=column_of(token), expected=(WANTED["time"],)
            )
        return At(Moment(moment), column_of(token))

    def now(self, token: Token, sign: Token | None = None, offset: Token | None = None) -> At:
        if offset is None:
            return At(Now(), column_of(token))
        number = number_of(offset)
        signed = -number.number if sign == "-" else number.number
        return At(Now(Number(signed, number.suffix)), column_of(token))


def _flat(kind: type, terms: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """`(a and b) and c` is `a and b and c`: one shape for one meaning."""
    flat: list[Expression] = []
    for term in terms:
        if isinstance(term, kind):
            flat.extend(cast("And | Or", term).terms)
        else:
            flat.append(term)
    return tuple(flat)
