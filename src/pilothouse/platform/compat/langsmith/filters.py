"""LangSmith's filters as expressions of our own filter language."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Final

from pilothouse.filters import And, Expression, FilterError, Not, Quantified, Whole, both
from pilothouse.platform.compat.langsmith.filter_fields import (
    ENTRIES,
    FIELDS,
    anywhere,
    entry_condition,
    field_of,
)
from pilothouse.platform.compat.langsmith.filter_text import Argument, Call, Literal, read
from pilothouse.platform.compat.langsmith.filter_values import NEGATIVE, either, literal
from pilothouse.platform.errors import BadRequest

_BOOLEAN: Final = ("and", "or", "not")
_COMPARING: Final = (
    *("eq", "neq", "gt", "gte", "lt", "lte", "in", "nin", "has", "exists", "search"),
    *("like", "ilike", "contains"),
)
_KEYS: Final = ("key", "name")
_Pair = tuple[Call, str]
"""A call about an entry, and the part of it that it is about."""


def filter_of(text: str | None, parameter: str = "filter") -> Expression | None:
    """The expression that a filter means, None for none. Raises BadRequest."""
    if text is None or not text.strip():
        return None
    try:
        return parsed(text)
    except FilterError as e:
        raise BadRequest(f"{parameter}: {e}", {"parameter": parameter, **e.details()}) from e


def parsed(text: str) -> Expression:
    """The expression that a filter means. Raises FilterError."""
    return _expression(read(text))


def _expression(call: Call) -> Expression:
    match call.name:
        case "and":
            return _conjunction(_calls(call))
        case "or":
            return either(*(_expression(one) for one in _calls(call)))
        case "not":
            [one] = _calls(call, 1)
            return Not(_expression(one))
        case _:
            return _conjunction([call])


def _calls(call: Call, number: int | None = None) -> list[Call]:
    """The conditions that a boolean operator joins. Raises FilterError."""
    if not call.arguments or (number is not None and len(call.arguments) != number):
        wanted = "one condition" if number == 1 else "a condition"
        raise FilterError(
            f"{call.name} has {len(call.arguments)} arguments",
            column=call.column,
            expected=(wanted,),
        )
    return [_condition(argument) for argument in call.arguments]


def _condition(argument: Argument) -> Call:
    if isinstance(argument, Call):
        return argument
    raise FilterError(
        "a value stands where a condition belongs",
        column=argument.column,
        expected=('a condition such as eq(name, "x")',),
    )


def _conjunction(calls: Sequence[Call]) -> Expression:
    """All of some conditions; those about entries of one thing are about the same entry."""
    terms: list[Expression] = []
    entries: dict[Whole, list[_Pair]] = {}
    for call in calls:
        if call.name in _BOOLEAN:
            terms.append(_expression(call))
            continue
        if call.name not in _COMPARING:
            raise _unknown(call)
        if call.name == "search" and len(call.arguments) == 1:
            terms.append(anywhere(literal(call.arguments[0])))
            continue
        field = field_of(call)
        if field in ENTRIES:
            over, part = ENTRIES[field]
            entries.setdefault(over, []).append((call, part))
        else:
            terms.append(FIELDS[field](call))
    for over, pairs in entries.items():
        terms += _of_one_entry(over, pairs)
    found = both(*terms)
    assert found is not None
    return found


def _of_one_entry(over: Whole, pairs: Sequence[_Pair]) -> list[Expression]:
    """The pairing rule: with a key that is named, all speak of the entry under it; a key that must
    not be and a value that must not be are each to be found nowhere."""
    named = [pair for pair in pairs if pair[1] in _KEYS and pair[0].name not in NEGATIVE]
    absent = [pair for pair in pairs if pair[1] in _KEYS and pair[0].name in NEGATIVE]
    values = [pair for pair in pairs if pair[1] not in _KEYS]
    terms: list[Expression] = [Not(_any(over, [_positive(pair)])) for pair in absent]
    if named:
        terms.insert(0, _any(over, [*named, *values]))
        return terms
    there = [pair for pair in values if pair[0].name not in NEGATIVE]
    if there:
        terms.append(_any(over, there))
    terms += [Not(_any(over, [_positive(pair)])) for pair in values if pair[0].name in NEGATIVE]
    return terms


def _any(over: Whole, pairs: Sequence[_Pair]) -> Expression:
    terms = tuple(entry_condition(call, part) for call, part in pairs)
    return Quantified(False, terms[0] if len(terms) == 1 else And(terms), over)


def _positive(pair: _Pair) -> _Pair:
    call, part = pair
    return Call(NEGATIVE[call.name], call.arguments, call.column), part


def _unknown(call: Call) -> FilterError:
    known = [*_BOOLEAN, *_COMPARING]
    near = difflib.get_close_matches(call.name.lower(), known, 1, 0.6)
    return FilterError(
        f"there is no operator {call.name[:60]!r}",
        column=call.column,
        expected=tuple(known),
        suggestion=near[0] if near else None,
    )


def search_of(query: str | None) -> Expression | None:
    """Free text anywhere in a run, None for none."""
    return anywhere(Literal(query)) if query and query.strip() else None
