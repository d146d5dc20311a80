"""Values of LangSmith's filters as values of our own, and comparisons put together of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from pilothouse.filters import (
    Comparison,
    Exists,
    Expression,
    FilterError,
    Membership,
    Moment,
    Not,
    Number,
    Or,
    Path,
    Text,
    Truth,
    Value,
    moment_of,
)
from pilothouse.filters.tree import Operator
from pilothouse.platform.compat.langsmith.filter_text import Argument, Call, Literal, Name, Several

ORDERED: Final[dict[str, Operator]] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
EQUALITY: Final = ("eq", "neq", "in", "nin")
NEGATIVE: Final[dict[str, str]] = {"neq": "eq", "nin": "in"}
PATTERNS: Final = ("search", "contains", "like", "ilike")
_LATENCY: Final = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(ms|s|m|h|d)?\s*")

Read = Callable[[Literal], Value]


def literal(argument: Argument) -> Literal:
    """The argument if it is a plain value. Raises FilterError."""
    if isinstance(argument, Literal):
        return argument
    if isinstance(argument, Name):
        raise FilterError(
            f"{argument.text!r} is not in quotes",
            column=argument.column,
            expected=(f'"{argument.text}"',),
        )
    what = "an operator" if isinstance(argument, Call) else "a list"
    raise FilterError(f"{what} stands where a value belongs", column=argument.column)


def literals(argument: Argument, operator: str) -> list[Literal]:
    """The values of a list. Raises FilterError."""
    if not isinstance(argument, Several):
        raise FilterError(
            f"{operator} asks for a list", column=argument.column, expected=('["a", "b"]',)
        )
    return [literal(item) for item in argument.items]


def text(value: Literal) -> Text:
    """A text; numbers and truths as they are written. Raises FilterError for null."""
    return Text(plain(value))


def plain(value: Literal) -> str:
    """The value as text. Raises FilterError for null."""
    said = value.value
    if said is None:
        raise FilterError("null is only equal or not", column=value.column, expected=("a text",))
    if isinstance(said, bool):
        return "true" if said else "false"
    return said if isinstance(said, str) else repr(said)


def number(value: Literal) -> Number:
    """A number, truths as 0 and 1. Raises FilterError."""
    said: Any = value.value
    if isinstance(said, str):
        try:
            said = float(said) if re.search(r"[.eEnN]", said) else int(said)
        except ValueError:
            said = None
    if said is None or (isinstance(said, float) and abs(said) > 1e300) or said != said:
        raise FilterError("that is no number", column=value.column, expected=("a number",))
    if isinstance(said, bool):
        return Number(int(said))
    return Number(float(said) if isinstance(said, int) and abs(said) >= 2**53 else said)


def seconds(value: Literal) -> Number:
    """A duration: seconds, or a text such as "500ms". Raises FilterError."""
    said = value.value
    if isinstance(said, str):
        match = _LATENCY.fullmatch(said)
        if match is None:
            raise FilterError(
                f"{said[:40]!r} is no duration", column=value.column, expected=('5, "5s", "500ms"',)
            )
        return Number(float(match[1]), match[2] or "s")
    return Number(number(value).number, "s")


def moment(value: Literal) -> Moment:
    """A time in ISO 8601; without a zone it is UTC. Raises FilterError."""
    found = moment_of(value.value) if isinstance(value.value, str) else None
    if found is None:
        raise FilterError(
            "that is no time",
            column=value.column,
            expected=('a time such as "2026-11-21T09:00:00Z"',),
        )
    return Moment(found)


def truth(value: Literal) -> Truth:
    """true or false. Raises FilterError."""
    said = value.value
    if isinstance(said, str) and said.lower() in ("true", "false"):
        return Truth(said.lower() == "true")
    if not isinstance(said, bool):
        raise FilterError(
            "that is not true or false", column=value.column, expected=("true", "false")
        )
    return Truth(said)


def any_value(value: Literal) -> Value:
    """A value of whatever kind was written."""
    said = value.value
    if isinstance(said, bool):
        return Truth(said)
    return text(value) if said is None or isinstance(said, str) else number(value)


def compared(call: Call, path: Path, read: Read, *, known: tuple[str, ...]) -> Expression:
    """A field against the value of a call. Raises FilterError."""
    operator = call.name
    if operator not in known:
        raise misfit(call, known)
    if operator in NEGATIVE:
        positive = Call(NEGATIVE[operator], call.arguments, call.column)
        return inverted(compared(positive, path, read, known=known + tuple(NEGATIVE.values())))
    if operator == "exists":
        count(call, 1)
        return Exists(path)
    count(call, 2)
    wanted = call.arguments[1]
    if operator == "in":
        values = [read(one) for one in literals(wanted, operator)]
        return Membership(path, tuple(values)) if values else never()
    value = literal(wanted)
    if operator == "eq":
        return Not(Exists(path)) if value.value is None else Comparison(path, "=", read(value))
    if operator in ORDERED:
        return Comparison(path, ORDERED[operator], read(value))
    return pattern(operator, path, value)


def pattern(operator: str, path: Path, value: Literal) -> Expression:
    """A field that has a piece of text in it, or looks like a pattern of SQL."""
    said = plain(value)
    if operator in ("search", "contains"):
        if not said:
            raise FilterError("nothing to search for", column=value.column)
        return Comparison(path, "contains", Text(said))
    parts = [re.escape(part) for part in re.split(r"([%_])", said)]
    like = "".join({"%": ".*", "_": "."}.get(part, part) for part in parts)
    flags = "(?is)" if operator == "ilike" else "(?s)"
    return Comparison(path, "matches", Text(rf"{flags}\A{like}\z"))


def inverted(expression: Expression) -> Expression:
    """What holds where the expression does not."""
    return expression.term if isinstance(expression, Not) else Not(expression)


def never() -> Expression:
    """What holds nowhere: every span has a trace."""
    return Not(Exists(Path("trace_id")))


def either(*terms: Expression) -> Expression:
    """One of some terms."""
    flat: list[Expression] = []
    for term in terms:
        flat += term.terms if isinstance(term, Or) else (term,)
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def count(call: Call, *numbers: int) -> None:
    """Refuse another number of arguments. Raises FilterError."""
    if len(call.arguments) not in numbers:
        wanted = " or ".join(map(str, numbers))
        raise FilterError(
            f"{call.name} has {len(call.arguments)} arguments",
            column=call.column,
            expected=(wanted,),
        )


def misfit(call: Call, known: tuple[str, ...]) -> FilterError:
    """An operator that a field does not have."""
    field = call.arguments[0]
    name = (
        field.text
        if isinstance(field, Name)
        else plain(field)
        if isinstance(field, Literal)
        else ""
    )
    return FilterError(f"{call.name} does not go with {name}", column=call.column, expected=known)
