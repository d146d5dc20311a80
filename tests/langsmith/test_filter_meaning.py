"""LangSmith's filters find in the store what they find when they are read over runs in Python."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilothouse.filters import parse, to_text
from pilothouse.platform.compat.langsmith.filter_text import Call, Literal, Name, Several, read
from pilothouse.platform.compat.langsmith.filters import filter_of, parsed
from pilothouse.platform.errors import BadRequest
from query_world import START_S, Given, World, opened

NAMES = ("plan", "look up", "50%_sure", "écrire")
KEYS = ("tier", "region", "a.b")
VALUES = ("gold", "silver", "4", 'it\'s "so"')
TAGS = ("beta", "prod")
JSONS: tuple[Any, ...] = (
    {},
    {"q": "gold"},
    {"q": 4, "a": {"b": "silver"}},
    {"messages": [{"content": "gold"}, {"content": "silver", "n": None}]},
    {"deep": {"list": [[{"x": True}], "gold"]}, "q": 'it\'s "so"'},
)


@dataclass(frozen=True, slots=True)
class Known:
    """A run as Python sees it."""

    id: str
    name: str
    parent: str
    kind: str
    failed: bool
    seconds: float | None
    start: datetime
    tags: list[str]
    metadata: dict[str, str]
    inputs: Any
    outputs: Any
    feedback: list[tuple[str, float, str]] = field(default_factory=list)


def made() -> Iterator[tuple[Given, Known]]:
    chance = random.Random(7)
    for number in range(60):
        parent = "" if number % 4 == 0 else f"s{number - number % 4:03d}"
        ms = chance.choice([None, 10, 250, 5000])
        kind = "chain" if not parent else chance.choice(["llm", "tool", "retriever", "agent"])
        failed = chance.random() < 0.3
        metadata = {k: chance.choice(VALUES) for k in KEYS if chance.random() < 0.5}
        inputs, outputs = chance.choice(JSONS), chance.choice(JSONS)
        tags = [tag for tag in TAGS if chance.random() < 0.5]
        known = Known(
            id=f"s{number:03d}",
            name=chance.choice(NAMES),
            parent=parent,
            kind=kind,
            failed=failed,
            seconds=None if ms is None else ms / 1000,
            start=datetime.fromtimestamp(START_S + number, tz=None).astimezone(),
            tags=tags,
            metadata=metadata,
            inputs=inputs,
            outputs=outputs,
            feedback=[
                (name, chance.choice([0.0, 1.0, 5.0]), chance.choice(["human", "code"]))
                for name in ("stars", "fit")
                if chance.random() < 0.3
            ],
        )
        yield (
            Given(
                trace_id=f"{number // 4:032x}",
                span_id=known.id,
                parent=parent,
                at=number,
                ms=ms,
                name=known.name,
                kind=kind,
                status="error" if failed else "ok",
                input=json.dumps(inputs),
                output=json.dumps(outputs),
                fields={"metadata": metadata, "tags": tags},
            ),
            known,
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        runs = list(made())
        world.put(*(span for span, _ in runs))
        scores = [
            {
                "trace_id": span.trace_id,
                "span_id": run.id,
                "name": name,
                "value": value,
                "source": source,
            }
            for span, run in runs
            for name, value, source in run.feedback
        ]
        world.post("/scores", scores)
        yield world


# ------------------------------------------------------------------------ the second opinion


def entries(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of every member below a value."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in members:
        path = f"{at}.{key}" if at else str(key)
        yield path, inner
        if isinstance(inner, dict | list):
            yield from entries(inner, path)


def as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def holds(call: Call, run: Known) -> bool:
    match call.name:
        case "or":
            return any(holds(each, run) for each in calls(call))
        case "not":
            return not holds(calls(call)[0], run)
        case "and":
            return conjunction(calls(call), run)
    return conjunction([call], run)


def calls(call: Call) -> list[Call]:
    return [each for each in call.arguments if isinstance(each, Call)]


ENTRY_FIELDS = re.compile(r"(metadata|input|output|feedback)_(key|value|score|source)")


def conjunction(terms: list[Call], run: Known) -> bool:
    by_kind: dict[str, list[tuple[str, str, Any]]] = {}
    for term in terms:
        first = term.arguments[0] if term.arguments else None
        match = ENTRY_FIELDS.fullmatch(first.text) if isinstance(first, Name) else None
        if match:
            wanted = value_in(term.arguments[1])
            by_kind.setdefault(match[1], []).append((match[2], term.name, wanted))
        elif not (
            holds(term, run) if term.name in ("and", "or", "not") else plain_holds(term, run)
        ):
            return False
    return all(paired(kind, asked, run) for kind, asked in by_kind.items())


def entries_of(kind: str, run: Known) -> list[dict[str, Any]]:
    if kind == "feedback":
        return [{"key": n, "score": v, "source": s} for n, v, s in run.feedback]
    if kind == "metadata":
        return [{"key": k, "value": v} for k, v in run.metadata.items()]
    whole = run.inputs if kind == "input" else run.outputs
    return [{"key": k, "value": as_text(v)} for k, v in entries(whole)]


def paired(kind: str, asked: list[tuple[str, str, Any]], run: Known) -> bool:
    """The pairing rule, sentence by sentence as the protocol has it."""
    every = entries_of(kind, run)

    def fits(entry: dict[str, Any], part: str, operator: str, wanted: Any) -> bool:
        value = entry[part]
        if part == "key" and kind in ("input", "output"):
            bare = re.sub(r"\.\d+", "", value)
            return compared(operator, value, wanted) or compared(operator, bare, wanted)
        return compared(operator, value, wanted)

    keys = [one for one in asked if one[0] == "key" and one[1] != "neq"]
    no_keys = [one for one in asked if one[0] == "key" and one[1] == "neq"]
    values = [one for one in asked if one[0] != "key"]
    for part, _, wanted in no_keys:
        if any(fits(entry, part, "eq", wanted) for entry in every):
            return False
    if keys:
        return any(
            all(
                not fits(entry, part, "eq", wanted)
                if operator == "neq"
                else fits(entry, part, operator, wanted)
                for part, operator, wanted in (*keys, *values)
            )
            for entry in every
        )
    there = [one for one in values if one[1] != "neq"]
    if there and not any(all(fits(entry, *one) for one in there) for entry in every):
        return False
    return not any(
        fits(entry, part, "eq", wanted)
        for part, operator, wanted in values
        if operator == "neq"
        for entry in every
    )


def compared(operator: str, value: Any, wanted: Any) -> bool:
    if operator == "in":
        return any(compared("eq", value, each) for each in wanted)
    if isinstance(wanted, int | float) and isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return False
    match operator:
        case "eq":
            return bool(value == wanted)
        case "gt":
            return bool(value > wanted) and value != ""
        case "lt":
            return bool(value < wanted) and value != ""
        case "search":
            return value != "" and wanted.lower() in value.lower()
    raise AssertionError(operator)


def value_in(argument: Any) -> Any:
    if isinstance(argument, Several):
        return [value_in(item) for item in argument.items]
    assert isinstance(argument, Literal)
    return argument.value


RUN_TYPES = {"agent": "chain"}


def plain_holds(call: Call, run: Known) -> bool:  # noqa: C901 - it is a table
    if call.name == "search" and len(call.arguments) == 1:
        wanted = value_in(call.arguments[0]).lower()
        texts = [run.name, json.dumps(run.inputs), json.dumps(run.outputs)]
        texts += [*run.tags, *run.metadata.values()]
        return any(wanted in text.lower() for text in texts)
    name = call.arguments[0]
    assert isinstance(name, Name)
    wanted = value_in(call.arguments[1])
    if call.name == "neq":
        return not plain_holds(Call("eq", call.arguments), run)
    match name.text:
        case "name":
            return compared(call.name, run.name, wanted)
        case "is_root":
            return (not run.parent) == wanted
        case "run_type":
            return compared(call.name, RUN_TYPES.get(run.kind, run.kind), wanted)
        case "error":
            return not run.failed
        case "status":
            done = "success" if run.seconds is not None else "pending"
            return compared(call.name, "error" if run.failed else done, wanted)
        case "latency":
            return run.seconds is not None and compared(call.name, run.seconds, wanted)
        case "tags":
            return wanted in run.tags
        case "metadata":
            said = json.loads(wanted)
            return all(run.metadata.get(key) == value for key, value in said.items())
    raise AssertionError(name.text)


# ------------------------------------------------------------------------------- the filters


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


texts = st.sampled_from([*VALUES, "go", "x"]).map(quoted)
keys = st.sampled_from(
    [*KEYS, "q", "messages", "messages.content", "messages.1.n", "deep.list.x", "none"]
).map(quoted)


def one_of_entry(kind: str) -> st.SearchStrategy[str]:
    key = st.one_of(
        st.builds("{}({}_key, {})".format, st.sampled_from(["eq", "neq"]), st.just(kind), keys),
        st.builds("in({}_key, [{}, {}])".format, st.just(kind), keys, keys),
    )
    value = st.one_of(
        st.builds(
            "{}({}_value, {})".format,
            st.sampled_from(["eq", "neq", "search"]),
            st.just(kind),
            texts,
        ),
        st.builds("gt({}_value, {})".format, st.just(kind), st.integers(0, 9)),
        st.builds("eq({}_value, 4)".format, st.just(kind)),
    )
    return st.one_of(key, value)


feedback = st.one_of(
    st.builds(
        "{}(feedback_key, {})".format,
        st.sampled_from(["eq", "neq"]),
        st.sampled_from(['"stars"', '"fit"']),
    ),
    st.builds(
        "{}(feedback_score, {})".format, st.sampled_from(["gt", "lt", "eq"]), st.integers(0, 5)
    ),
    st.builds('eq(feedback_source, "{}")'.format, st.sampled_from(["human", "code"])),
)
simple = st.one_of(
    st.builds(
        "{}(name, {})".format,
        st.sampled_from(["eq", "neq", "search"]),
        st.sampled_from(NAMES).map(quoted),
    ),
    st.builds("eq(is_root, {})".format, st.sampled_from(["true", "false"])),
    st.builds(
        '{}(run_type, "{}")'.format,
        st.sampled_from(["eq", "neq"]),
        st.sampled_from(["llm", "chain", "tool", "retriever"]),
    ),
    st.builds("{}(error, null)".format, st.sampled_from(["eq", "neq"])),
    st.builds('eq(status, "{}")'.format, st.sampled_from(["success", "error", "pending"])),
    st.builds(
        "{}(latency, {})".format, st.sampled_from(["gt", "lt"]), st.sampled_from([0.1, 1, 9])
    ),
    st.builds('has(tags, "{}")'.format, st.sampled_from(TAGS)),
    st.builds('has(metadata, \'{{"tier": "{}"}}\')'.format, st.sampled_from(["gold", "silver"])),
    st.builds("search({})".format, st.sampled_from(["gold", "PLAN", "beta", "écr"]).map(quoted)),
)
atoms = st.one_of(
    simple, one_of_entry("metadata"), one_of_entry("input"), one_of_entry("output"), feedback
)


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    listed = st.lists(inner, min_size=1, max_size=4).map(", ".join)
    return st.one_of(
        st.builds("and({})".format, listed),
        st.builds("or({})".format, listed),
        st.builds("not({})".format, inner),
    )


filters = st.recursive(atoms, joined, max_leaves=6)


@pytest.mark.slow
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(filters, min_size=4, max_size=4))
def test_any_filter_finds_the_same_in_the_store_as_on_paper(world: World, texts: list[str]) -> None:
    runs = [run for _, run in made()]
    for text in texts:
        call = read(text)
        expected = sorted(run.id for run in runs if holds(call, run))
        assert world.span_ids(to_text(parsed(text))) == expected, text


@settings(max_examples=100, deadline=None)
@given(filters)
def test_what_a_filter_means_can_be_said_in_our_own_language(text: str) -> None:
    meant = parsed(text)
    assert parse(to_text(meant)) == meant


def mangled(text: str) -> st.SearchStrategy[str]:
    """The text with a piece cut out or put in."""
    at = st.integers(0, len(text))
    cut = st.builds(lambda a, b: text[:a] + text[a + b :], at, st.integers(1, 3))
    sign = st.sampled_from(list("(),[]\"'x1. "))
    return st.one_of(cut, st.builds(lambda a, b: text[:a] + b + text[a:], at, sign))


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=40), filters.flatmap(mangled)))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    refusal = refusal_of(text)

    assert refusal is None or re.search(r"column \d+: \S", refusal)


def refusal_of(text: str) -> str | None:
    try:
        filter_of(text)
    except BadRequest as e:
        return e.message
    return None


@pytest.mark.parametrize(
    "text",
    [
        "and(" * 60 + 'eq(name, "x")' + ")" * 60,
        'eq(name, "' + "x" * 60_000 + '")',
        "eq(total_tokens, 1e400)",
        "eq(name, [1, [2]])",
        'in(name, [eq(name, "x")])',
    ],
)
def test_what_would_exhaust_the_server_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="column"):
        filter_of(text)
