"""One trace and one span: what was sent, read by its dialect, and what was left out on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pilothouse.platform.store import outline
from pilothouse.spans import Event, Usage
from query_world import Cost, Given, World, opened

pytestmark = pytest.mark.slow

LLM = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "gpt-4o",
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.content": "Where is my order?",
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "On its way.",
    "input.value": "Where is my order?",
    "custom.number": 7,
    "custom.list": ["a", 1, None],
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        world.put(
            Given(
                trace_id="t1", span_id="root", name="ask", ms=1500, input="Where?", output="Here"
            ),
            Given(
                trace_id="t1",
                span_id="call",
                parent="root",
                at=0.25,
                kind="llm",
                name="ChatCompletion",
                input="Where is my order?",
                usage=Usage(input_tokens=10, output_tokens=5, total_tokens=15),
                cost=Cost(input=0.01, output=0.02, total=0.03, price_date="2026-09-01"),
                attributes=LLM,
                events=[
                    Event(name="first", time_ns=1_790_000_000_000_000_000, attributes={"x": 1})
                ],
                fields={"model": "gpt-4o", "input_key": "input.value", "first_token_ns": None},
            ),
            Given(trace_id="both", span_id="s1", project="shop"),
            Given(trace_id="both", span_id="s1", project="desk"),
            Given(trace_id="long", span_id="l0", at=0),
            Given(trace_id="long", span_id="l1", parent="l0", at=3 * 3600),
        )
        world.post("/scores", {"trace_id": "t1", "span_id": "call", "name": "q", "value": 1})
        world.post("/scores", {"trace_id": "t1", "name": "mood", "label": "fine"})
        yield world


def test_a_trace_opens_with_its_spans_in_order(world: World) -> None:
    found = world.get("/traces/t1")

    assert found["trace"]["trace_id"] == "t1"
    assert found["trace"]["usage"]["total_tokens"] == 15
    assert [span["span_id"] for span in found["spans"]] == ["root", "call"]
    assert {score["name"] for score in found["trace"]["scores"]} == {"q", "mood"}
    assert [score["name"] for score in found["spans"][1]["scores"]] == ["q"]


def test_a_span_comes_with_what_its_dialect_reads_out_of_it(world: World) -> None:
    span = world.get("/traces/t1/spans/call")

    assert span["messages_in"][0]["role"] == "user"
    assert span["messages_in"][0]["parts"] == [{"type": "text", "text": "Where is my order?"}]
    assert span["messages_out"][0]["parts"][0]["text"] == "On its way."
    assert span["input"] == "Where is my order?"
    assert span["attributes"] == LLM
    assert span["events"][0]["name"] == "first"
    assert span["cost"]["total"] == 0.03
    assert span["cost"]["price_date"] == "2026-09-01"
    assert span["duration_ms"] == 100
    assert span["start_time"] == "2026-09-21T14:00:00.250000Z"
    assert span["scores"][0]["project"] == "shop"


def test_a_span_is_found_by_its_own_id(world: World) -> None:
    assert world.get("/spans/call") == world.get("/traces/t1/spans/call")


def test_without_payloads_the_outline_says_the_same(world: World) -> None:
    narrow_trace = world.get("/traces/t1", payloads="false")
    whole = world.get("/traces/t1")

    assert narrow_trace["trace"] == whole["trace"]
    for narrow, wide in zip(narrow_trace["spans"], whole["spans"], strict=True):
        assert not {"input", "output", "messages_in", "attributes", "events"} & narrow.keys()
        for name, value in narrow.items():
            if name.endswith("_preview"):
                assert value == (wide[name.removesuffix("_preview")] or None), name
            elif name in ("cost", "prompt"):
                assert value.items() <= wide[name].items()
            else:
                assert wide[name] == value, name


def test_the_outline_says_the_same_by_columns(world: World) -> None:
    answer = world.get("/traces/t1/outline")
    spans = world.get("/traces/t1", payloads="false")["spans"]

    assert answer["trace"] == world.get("/traces/t1")["trace"]
    columns = answer["columns"]
    assert columns["span_id"] == ["root", "call"]
    assert listed(columns, "parent", columns["span_id"] + columns["outside"]) == ["", "root"]
    for name, words in (("name", "names"), ("kind", "kinds"), ("status", "statuses")):
        assert listed(columns, name, columns[words]) == [span[name] for span in spans]
    assert columns["start_time"] == spans[0]["start_time"]
    assert columns["start_us"] == [0, 250_000]
    assert columns["duration_us"] == [span["duration_ms"] * 1000 for span in spans]
    for name in ("status_message", "error_type", "model", "user_id", "input_preview"):
        assert known(columns, name) == [span[name] for span in spans], name
    for name in ("input_tokens", "output_tokens", "total_tokens"):
        assert known(columns, name) == [span["usage"][name] for span in spans], name
    assert known(columns, "cost_total") == [span["cost"]["total"] for span in spans]


def listed(columns: dict[str, Any], name: str, words: list[str]) -> list[str]:
    """A column of places as the words that stand there."""
    return [words[at] for at in columns[name]]


def known(columns: dict[str, Any], name: str) -> list[Any]:
    """What few spans have, for all spans."""
    values: list[Any] = [None] * len(columns["span_id"])
    for at, value in zip(columns[name]["spans"], columns[name]["values"], strict=True):
        values[at] = value
    return values


def test_an_outline_tells_which_spans_still_run_and_which_call_a_tool_answers(
    world: World,
) -> None:
    world.put(
        Given(
            trace_id="runs",
            span_id="r1",
            parent="lost",
            at=1,
            kind="tool",
            attributes={"gen_ai.tool.call.id": "call-7"},
        ),
        Given(trace_id="runs", span_id="r0", ms=None),
    )

    columns = world.get("/traces/runs/outline")["columns"]

    assert columns["span_id"] == ["r0", "r1"], "in the order in which they started"
    assert listed(columns, "parent", columns["span_id"] + columns["outside"]) == ["", "lost"]
    assert columns["duration_us"] == [0, 100_000]
    assert columns["running"] == [0]
    assert known(columns, "tool_call_id") == [None, "call-7"]
    narrow = world.get("/traces/runs", payloads="false")["spans"]
    assert [span["tool_call_id"] for span in narrow] == [None, "call-7"]


def test_the_outline_of_a_large_trace_leaves_its_previews_to_another_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = world.get("/traces/t1/outline")["columns"]
    monkeypatch.setattr(outline, "LARGE", 1)

    columns = world.get("/traces/t1/outline")["columns"]
    previews = world.get("/traces/t1/previews")

    for side in ("input_preview", "output_preview"):
        assert side not in columns
        said = dict(zip(previews["span_id"], previews[side], strict=True))
        there = [said.get(span_id) or None for span_id in whole["span_id"]]
        assert there == known(whole, side)
    assert any(previews["input_preview"])


def test_some_spans_come_whole_by_their_ids_or_page_by_page_by_kind(world: World) -> None:
    whole = world.get("/traces/t1")["spans"]
    path = "/traces/t1/spans"

    assert world.get(path, span_id=["call", "unknown"])["items"] == [whole[1]]
    assert world.get(path, kind="llm") == {"items": [whole[1]], "next_cursor": None}
    first = world.get(path, limit=1)
    assert first["items"] == [whole[0]]
    assert world.get(path, limit=1, cursor=first["next_cursor"])["items"] == [whole[1]]
    assert world.error(path, 400, cursor="nonsense")["code"] == "bad_request"


def test_a_trace_that_lasts_for_hours_opens_whole(world: World) -> None:
    assert [s["span_id"] for s in world.get("/traces/long")["spans"]] == ["l0", "l1"]


def test_an_id_in_two_projects_asks_which(world: World) -> None:
    for path in ("/traces/both", "/traces/both/spans/s1", "/spans/s1"):
        error = world.error(path, 409)
        assert error["code"] == "conflict"
        assert error["details"]["projects"] == ["desk", "shop"]

    assert world.get("/traces/both", project="desk")["trace"]["project"] == "desk"
    assert world.get("/spans/s1", project="shop")["project"] == "shop"


@pytest.mark.parametrize(
    "path",
    [
        "/traces/none",
        "/traces/none/outline",
        "/traces/none/previews",
        "/traces/t1/spans/none",
        "/spans/none",
        "/blobs/none",
        "/sessions/none",
    ],
)
def test_what_is_not_there_is_answered_404(path: str, world: World) -> None:
    assert world.error(path, 404)["code"] == "not_found"


def test_a_span_sent_again_replaces_itself(world: World) -> None:
    world.put(Given(trace_id="again", span_id="a", name="first"))
    world.put(Given(trace_id="again", span_id="a", name="second"))

    assert [s["name"] for s in world.get("/traces/again")["spans"]] == ["second"]
    assert [s["name"] for s in world.get("/traces/again", payloads="false")["spans"]] == ["second"]
    assert world.post("/spans/count", {"filter": 'trace_id = "again"'}) == {"count": 1}
    assert world.trace_ids('any(span: name = "first")') == []
