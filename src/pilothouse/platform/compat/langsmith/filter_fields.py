"""The fields of a LangSmith run that a filter can name, each as a condition on our spans."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import orjson

from pilothouse.dialects import langsmith_run as keys
from pilothouse.filters import (
    And,
    Comparison,
    Exists,
    Expression,
    FilterError,
    FullText,
    Membership,
    Not,
    Number,
    Or,
    Path,
    Quantified,
    Text,
    Whole,
)
from pilothouse.platform.compat.langsmith.filter_text import Argument, Call, Literal, Name
from pilothouse.platform.compat.langsmith.filter_values import (
    EQUALITY,
    NEGATIVE,
    ORDERED,
    PATTERNS,
    any_value,
    compared,
    count,
    either,
    inverted,
    literal,
    literals,
    misfit,
    moment,
    never,
    number,
    pattern,
    plain,
    seconds,
    text,
    truth,
)
from pilothouse.platform.compat.langsmith.in_dataset import IN_DATASET
from pilothouse.spans.run_ids import trace_ids

Condition = Callable[[Call], Expression]

_TEXT: Final = (*EQUALITY, *ORDERED, *PATTERNS, "exists")
_ID: Final = (*EQUALITY, "exists")
_NUMBER: Final = (*EQUALITY, *ORDERED, "exists")
_TIME: Final = ("eq", "neq", *ORDERED, "exists")

ERROR: Final = Path("attributes", keys.ERROR)
HAS_ERROR: Final = Or(
    (
        Comparison(Path("status"), "=", Text("error")),
        # A graph that waits for a person is no failure of ours, but an error of the protocol.
        Comparison(Path("status_message"), "=", Text("interrupted")),
    )
)
IS_ROOT: Final = Not(Exists(Path("parent_span_id")))
_ENDED: Final = Exists(Path("end_time"))
_STATUS: Final[dict[str, Expression]] = {
    "error": HAS_ERROR,
    "success": And((_ENDED, Not(HAS_ERROR))),
    "pending": And((Not(_ENDED), Not(HAS_ERROR))),
}
_TYPE: Final = Path("attributes", keys.TYPE)
_PARSER: Final = Comparison(_TYPE, "=", Text("parser"))
RUN_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "llm": ("llm",),
    "tool": ("tool",),
    "retriever": ("retriever", "reranker"),
    "embedding": ("embedding",),
    "prompt": ("prompt",),
    "chain": ("chain", "agent", "guardrail", "evaluator", "event", "span"),
}
"""Which of our kinds a type of run means."""
_FRAMEWORK_TAGS: Final = ("seq:step:", "graph:step:", "map:key:")
"""Tags that our own lists leave out; they stand in the source."""


def run_type(value: Literal) -> Expression:
    """The runs of a type."""
    wanted = plain(value)
    if wanted == "parser":
        return _PARSER
    kinds = RUN_TYPES.get(wanted)
    if kinds is None:
        raise FilterError(
            f"there is no run type {wanted[:60]!r}",
            column=value.column,
            expected=(*RUN_TYPES, "parser"),
        )
    held = Membership(Path("kind"), tuple(Text(kind) for kind in kinds))
    return And((held, Not(_PARSER))) if wanted == "chain" else held


def _status(value: Literal) -> Expression:
    wanted = plain(value)
    if wanted not in _STATUS:
        raise FilterError(
            f"there is no status {wanted[:60]!r}", column=value.column, expected=tuple(_STATUS)
        )
    return _STATUS[wanted]


def run_id(value: Literal) -> Expression:
    """The run of an id."""
    wanted = Text(plain(value).lower())
    return either(Comparison(Path("span_id"), "=", wanted), Comparison(Path("run_id"), "=", wanted))


def trace_id(value: Literal) -> Expression:
    """The runs of a trace."""
    return Membership(Path("trace_id"), tuple(map(Text, trace_ids(plain(value)))))


def parent_run_id(value: Literal) -> Expression:
    """The runs right below another; those at the top for null."""
    if value.value is None:
        return IS_ROOT
    wanted = Text(plain(value).lower())
    return either(
        Comparison(Path("parent_span_id"), "=", wanted),
        Comparison(Path("parent_run_id"), "=", wanted),
    )


def _matched(one: Callable[[Literal], Expression]) -> Condition:
    """Equality alone, of a field whose every value is a condition of its own."""

    def condition(call: Call) -> Expression:
        if call.name in NEGATIVE:
            return inverted(condition(replace(call, name=NEGATIVE[call.name])))
        if call.name == "exists":
            count(call, 1)
            return Exists(Path("trace_id"))
        if call.name not in EQUALITY:
            raise misfit(call, EQUALITY)
        count(call, 2)
        if call.name == "in":
            terms = [one(value) for value in literals(call.arguments[1], "in")]
            return either(*terms) if terms else never()
        return one(literal(call.arguments[1]))

    return condition


def _error(call: Call) -> Expression:
    if call.name in NEGATIVE:
        return inverted(_error(replace(call, name=NEGATIVE[call.name])))
    if call.name == "exists":
        return HAS_ERROR
    if call.name == "eq" and len(call.arguments) == 2 and literal(call.arguments[1]).value is None:
        return Not(HAS_ERROR)
    known = ("eq", "neq", "in", "nin", *PATTERNS, "exists")
    return either(
        *(compared(call, at, text, known=known) for at in (Path("status_message"), ERROR))
    )


def _top(wanted: Literal) -> Expression:
    return IS_ROOT if truth(wanted).value else Not(IS_ROOT)


def _in_dataset(wanted: Literal) -> Expression:
    return IN_DATASET if truth(wanted).value else Not(IN_DATASET)


def _order(value: Literal) -> Expression:
    if number(value).number != 1:
        raise FilterError(
            "execution_order is only known of the first run", column=value.column, expected=("1",)
        )
    return IS_ROOT


def _counted(name: str) -> Condition:
    """Tokens and cost: a run's own, or those of the whole trace for its root."""
    path = Path(name)

    def condition(call: Call) -> Expression:
        if call.name in NEGATIVE:
            return inverted(condition(replace(call, name=NEGATIVE[call.name])))
        own = compared(call, path, number, known=_NUMBER)
        whole = And((IS_ROOT, Not(Exists(path)), Quantified(False, own, "trace")))
        if isinstance(own, Not):  # eq null
            return And((own, Not(And((IS_ROOT, Quantified(False, Exists(path), "trace"))))))
        return Or((own, whole))

    return condition


def _tags(call: Call) -> Expression:
    if call.name in NEGATIVE:
        return inverted(_tags(replace(call, name=NEGATIVE[call.name])))
    if call.name == "exists":
        return Exists(Path("tags"))
    count(call, 2)
    if call.name in ("has", "eq"):
        value = literal(call.arguments[1])
        return Not(Exists(Path("tags"))) if value.value is None else _tag(plain(value))
    if call.name == "in":
        found = [_tag(plain(value)) for value in literals(call.arguments[1], "in")]
        return either(*found) if found else never()
    if call.name in PATTERNS:
        return pattern(call.name, Path("tags"), literal(call.arguments[1]))
    raise misfit(call, ("has", *EQUALITY, *PATTERNS, "exists"))


def _tag(name: str) -> Expression:
    if name.startswith(_FRAMEWORK_TAGS):
        return Comparison(Path("attributes", keys.TAGS), "has", Text(name))
    return Comparison(Path("tags"), "has", Text(name))


# ----------------------------------------------------------------------- metadata, inputs, outputs


def has_key(over: Whole, name: str) -> Expression:
    """Whether there is an entry of a name, or below it."""
    key = Path("key")
    own = Comparison(key, "=", Text(name))
    if over != "metadata":
        return Quantified(False, own, over)
    below = Comparison(key, "matches", Text(rf"\A{re.escape(name)}\."))
    return either(Quantified(False, own, over), Quantified(False, below, over))


def _whole(over: Whole, path: Path) -> Condition:
    """Metadata, inputs or outputs as a whole."""

    def condition(call: Call) -> Expression:
        if call.name in NEGATIVE:
            return inverted(condition(replace(call, name=NEGATIVE[call.name])))
        if call.name == "exists":
            count(call, 1, 2)
            if len(call.arguments) == 2:
                return has_key(over, plain(literal(call.arguments[1])))
            return _known(over, path)
        if call.name == "has":
            count(call, 2)
            return _contains(over, literal(call.arguments[1]))
        if call.name == "eq" and len(call.arguments) == 2 and _is_null(call.arguments[1]):
            return Not(_known(over, path))
        if over != "metadata":
            return compared(call, path, text, known=("eq", "neq", *PATTERNS, "has", "exists"))
        if call.name in PATTERNS:
            count(call, 2)
            value = literal(call.arguments[1])
            return Or(
                tuple(
                    Quantified(False, pattern(call.name, Path(part), value), over)
                    for part in ("key", "value")
                )
            )
        raise misfit(call, ("has", "exists", *PATTERNS))

    return condition


def _known(over: Whole, path: Path) -> Expression:
    if over == "metadata":
        return Quantified(False, Exists(Path("key")), over)
    return Exists(path)


def _is_null(argument: Argument) -> bool:
    return isinstance(argument, Literal) and argument.value is None


def _contains(over: Whole, value: Literal) -> Expression:
    """JSON containment: every leaf of an object stands at the same place."""
    said = plain(value)
    try:
        wanted = orjson.loads(said)
    except orjson.JSONDecodeError:
        return has_key(over, said)
    if not isinstance(wanted, dict):
        return has_key(over, said)
    leaves = list(_leaves(wanted, ""))
    if not leaves:
        return _known(over, Path(over))
    terms = [_leaf(over, key, leaf) for key, leaf in leaves]
    return terms[0] if len(terms) == 1 else And(tuple(terms))


def _leaves(value: Any, at: str) -> list[tuple[str, Any]]:
    if isinstance(value, dict) and (value or not at):
        return [
            found
            for key, inner in value.items()
            for found in _leaves(inner, f"{at}.{key}" if at else str(key))
        ]
    if isinstance(value, list) and value:
        return [found for inner in value for found in _leaves(inner, at)]
    return [(at, value)]


def _leaf(over: Whole, key: str, leaf: Any) -> Expression:
    at = Comparison(Path("key"), "=", Text(key))
    if leaf is None:
        if over == "metadata":  # which keeps no null
            return Not(has_key(over, key))
        return Quantified(False, And((at, Not(Exists(Path("value"))))), over)
    if isinstance(leaf, int | float) and not isinstance(leaf, bool):
        held: Expression = Comparison(Path("value"), "=", Number(leaf))
    else:
        said = leaf if isinstance(leaf, str) else orjson.dumps(leaf).decode()
        held = Comparison(Path("value"), "=", Text(said))
    return Quantified(False, And((at, held)), over)


# ------------------------------------------------------------------------------------- everything


def anywhere(value: Literal) -> Expression:
    """A piece of text in any text of a run."""
    said = plain(value)
    if not said.strip():
        raise FilterError("nothing to search for", column=value.column)
    wanted = Text(said)
    return Or(
        (
            Comparison(Path("name"), "contains", wanted),
            FullText(said, value.column),
            Comparison(Path("status_message"), "contains", wanted),
            Comparison(ERROR, "contains", wanted),
            Comparison(Path("tags"), "contains", wanted),
            Quantified(False, Comparison(Path("value"), "contains", wanted), "metadata"),
        )
    )


def _plain(name: str, read: Any = text, known: tuple[str, ...] = _TEXT) -> Condition:
    path = Path(name)
    return lambda call: compared(call, path, read, known=known)


FIELDS: Final[dict[str, Condition]] = {
    "id": _matched(run_id),
    "name": _plain("name"),
    "run_type": _matched(run_type),
    "status": _matched(_status),
    "error": _error,
    "start_time": _plain("start_time", moment, _TIME),
    "end_time": _plain("end_time", moment, _TIME),
    "first_token_time": _plain("first_token_time", moment, _TIME),
    "latency": _plain("duration_ms", seconds, _NUMBER),
    "trace_id": _matched(trace_id),
    "parent_run_id": _matched(parent_run_id),
    "is_root": _matched(_top),
    "execution_order": _matched(_order),
    "in_dataset": _matched(_in_dataset),
    "tags": _tags,
    "thread_id": _plain("session_id"),
    "reference_example_id": _plain("example_id", text, _ID),
    "total_tokens": _counted("usage.total_tokens"),
    "prompt_tokens": _counted("usage.input_tokens"),
    "completion_tokens": _counted("usage.output_tokens"),
    "total_cost": _counted("cost.total"),
    "prompt_cost": _counted("cost.input"),
    "completion_cost": _counted("cost.output"),
    "metadata": _whole("metadata", Path("metadata")),
    "inputs": _whole("input", Path("input")),
    "outputs": _whole("output", Path("output")),
}

ENTRIES: Final[dict[str, tuple[Whole, str]]] = {
    "metadata_key": ("metadata", "key"),
    "metadata_value": ("metadata", "value"),
    "input_key": ("input", "key"),
    "input_value": ("input", "value"),
    "output_key": ("output", "key"),
    "output_value": ("output", "value"),
    "feedback_key": ("score", "name"),
    "feedback_score": ("score", "score"),
    "feedback_value": ("score", "label"),
    "feedback_source": ("score", "source"),
}
"""Fields that speak of one entry together: of what, and which part of it."""


def entry_condition(call: Call, part: str) -> Expression:
    """A condition on one part of an entry."""
    match part:
        case "value":
            return compared(call, Path("value"), any_value, known=_TEXT)
        case "score":
            return compared(call, Path("value"), number, known=_NUMBER)
        case "label" if any(isinstance(a, Literal) and _is_number(a) for a in call.arguments):
            return compared(call, Path("value"), number, known=_NUMBER)
        case _:
            return compared(call, Path(part), text, known=_TEXT)


def _is_number(value: Literal) -> bool:
    return isinstance(value.value, int | float)


def field_of(call: Call) -> str:
    """The field that a call is about. Raises FilterError."""
    if not call.arguments:
        raise FilterError(
            f"{call.name} has no arguments", column=call.column, expected=("a field",)
        )
    first = call.arguments[0]
    name = first.text if isinstance(first, Name) else ""
    if isinstance(first, Literal) and isinstance(first.value, str):
        name = first.value
    if name in FIELDS or name in ENTRIES:
        return name
    if not name:
        raise FilterError("that is no field", column=first.column, expected=("a field",))
    near = difflib.get_close_matches(name, [*FIELDS, *ENTRIES], 1, 0.6)
    raise FilterError(
        f"there is no field {name[:60]!r}",
        column=first.column,
        expected=("a field",),
        suggestion=near[0] if near else None,
    )
