"""Conditions on one and the same entry, on the root and on the trace, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from pilothouse.spans import Usage
from pilothouse.spans.run_ids import run_id
from query_world import Given, World, opened

pytestmark = pytest.mark.slow

SPANS = (
    Given(
        trace_id="t1",
        span_id="r",
        input=json.dumps({"messages": [{"content": "hi", "n": 3}], "q": "x.y"}),
        output="no JSON",
        fields={"metadata": {"tier": "gold", "n": "4"}},
    ),
    Given(
        trace_id="t1",
        span_id="c",
        parent="r",
        at=1,
        kind="llm",
        input='{"a": null, "b": {"c": "d"}}',
        usage=Usage(total_tokens=5),
    ),
    Given(trace_id="t2", span_id="r2", at=2, fields={"metadata": {"tier": "silver"}}),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store"), "shop") as world:
        world.put(*SPANS)
        verdict = {"name": "q", "comment": "well", "source": "human"}
        world.post("/scores", {"trace_id": "t1", "span_id": "c", "value": 5, **verdict})
        world.post("/scores", {"trace_id": "t2", "name": "q", "value": 1})
        yield world


@pytest.mark.parametrize(
    ("text", "spans", "traces"),
    [
        ('any(input: key = "messages.content" and value = "hi")', ["r"], ["t1"]),
        ('any(input: key = "messages.0.n" and value > 2)', ["r"], ["t1"]),
        ('any(input: key = "b.c" and value = "hi")', [], []),
        ('any(input: key = "a" and not value exists)', ["c"], ["t1"]),
        ('all(input: key ~ "m*" or key = "q")', ["r", "r2"], ["t1", "t2"]),
        ("any(output: key exists)", [], []),
        ('any(metadata: key = "tier" and value != "gold")', ["r2"], ["t2"]),
        ('any(metadata: key = "n" and value = "gold")', [], []),
        ('any(metadata: value contains "SIL")', ["r2"], ["t2"]),
        ("any(metadata: value > 3)", ["r"], ["t1"]),
        (
            'any(score: name = "q" and value > 4 and source = "human" and comment contains "ELL")',
            ["c"],
            ["t1"],
        ),
        ('any(score: name = "q" and value > 4 and source = "code")', [], []),
        ('any(score: name = "q" and value < 2)', ["r2"], ["t2"]),
        ('any(root: any(metadata: key = "tier" and value = "gold"))', ["c", "r"], ["t1"]),
        ('any(root: kind = "span") and kind = "llm"', ["c"], ["t1"]),
        ("any(trace: usage.total_tokens = 5)", ["c", "r"], ["t1"]),
        ('any(span: kind = "llm")', ["c", "r"], ["t1"]),
        (f'run_id = "{run_id(1, "t1", "c")}"', ["c"], ["t1"]),
        (f'parent_run_id = "{run_id(1, "t1", "r")}"', ["c"], ["t1"]),
    ],
)
def test_a_condition_on_one_entry_finds_what_has_it(
    world: World, text: str, spans: list[str], traces: list[str]
) -> None:
    assert world.span_ids(text) == spans
    assert world.trace_ids(text) == traces


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ('any(metadata: name = "a")', 15, "an entry of metadata has no 'name'"),
        ("any(score: key = 1)", 18, "key cannot be compared with that"),
        ("any(metadata: foo = 1)", 15, "an entry has no 'foo'"),
        ("any(parent: a = 1)", 5, "'parent' is out of place"),
    ],
)
def test_a_wrong_entry_is_answered_with_its_column(
    world: World, text: str, column: int, told: str
) -> None:
    error = world.error("/spans", 400, filter=text)
    assert error["details"]["column"] == column
    assert told in error["message"]
