"""Spans by hand, sessions and scores."""

from __future__ import annotations

import asyncio
import datetime as dt
import json

import pytest
from opentelemetry import trace as otel

import pilothouse as ph
from fakes.receiver import Receiver


def test_a_span_carries_what_is_set_on_it(traced: Receiver) -> None:
    with ph.span("ask", kind="llm", input={"q": "why"}) as span:
        span.set_model("gpt-5-mini", provider="openai", parameters={"temperature": 0.2})
        span.set_usage(input_tokens=25, output_tokens=12, cached_tokens=8, reasoning_tokens=4)
        span.set_metadata({"tier": "gold"}).set_metadata(region="eu")
        span.set_tags(["a", "b"]).set_prompt("desk", 3, template="Hi {x}", variables={"x": 1})
        span.set_output([{"role": "assistant"}]).first_token()
    ph.flush()

    found = traced.named("ask").attributes
    assert found["openinference.span.kind"] == "LLM"
    assert json.loads(found["input.value"]) == {"q": "why"}
    assert json.loads(found["output.value"]) == [{"role": "assistant"}]
    assert found["llm.model_name"] == "gpt-5-mini"
    assert found["llm.provider"] == "openai"
    assert json.loads(found["llm.invocation_parameters"]) == {"temperature": 0.2}
    assert found["llm.token_count.prompt"] == 25
    assert found["llm.token_count.total"] == 37
    assert found["llm.token_count.prompt_details.cache_read"] == 8
    assert found["llm.token_count.completion_details.reasoning"] == 4
    assert json.loads(found["metadata"]) == {"tier": "gold", "region": "eu"}
    assert found["tag.tags"] == ["a", "b"]
    assert found["prompt.id"] == "desk"
    assert found["llm.prompt_template.version"] == "3"
    assert traced.named("ask").events[0][0] == "First Token Stream Event"


def test_a_caught_exception_can_be_recorded(traced: Receiver) -> None:
    with ph.span("retry") as span:
        span.record_exception(TimeoutError("5 s"))
    ph.flush()

    assert traced.named("retry").status_message == "TimeoutError: 5 s"


def test_trace_begins_a_new_root_and_keeps_the_session(traced: Receiver) -> None:
    with ph.session("conv-1"), ph.span("outer"), ph.trace("fresh"):
        pass
    ph.flush()

    fresh, outer = traced.named("fresh"), traced.named("outer")
    assert fresh.parent_span_id == ""
    assert fresh.trace_id != outer.trace_id
    assert fresh.attributes["session.id"] == "conv-1"


def test_a_session_reaches_each_span_inside_whoever_makes_it(traced: Receiver) -> None:
    with ph.session("conv-42", user="u-7", tags=["web"], metadata={"tier": "gold"}):
        tracer = otel.get_tracer("a.library")
        with ph.span("ours"), tracer.start_as_current_span("theirs"):
            pass
    with ph.span("after"):
        pass
    ph.flush()

    for name in ("ours", "theirs"):
        found = traced.named(name).attributes
        assert found["session.id"] == "conv-42"
        assert found["user.id"] == "u-7"
        assert found["tag.tags"] == ["web"]
        assert json.loads(found["metadata"]) == {"tier": "gold"}
    assert "session.id" not in traced.named("after").attributes


def test_sessions_nest_and_hold_across_await(traced: Receiver) -> None:
    async def turn(name: str) -> None:
        async with ph.session(name), ph.span(f"turn {name}"):
            await asyncio.sleep(0.01)
            with ph.span(f"step {name}"):
                pass

    async def main() -> None:
        with ph.session(user="u-1"):
            await asyncio.gather(turn("a"), turn("b"))

    asyncio.run(main())
    ph.flush()

    for name in ("a", "b"):
        found = traced.named(f"step {name}").attributes
        assert (found["session.id"], found["user.id"]) == (name, "u-1")


def test_a_score_goes_to_the_current_span(traced: Receiver) -> None:
    with ph.span("answer") as span:
        ph.score("helpful", 1, comment="quick")
    ph.flush()

    found = traced.scores[0]
    assert (found["name"], found["value"], found["comment"]) == ("helpful", 1.0, "quick")
    assert (found["trace_id"], found["span_id"]) == (span.trace_id, span.span_id)
    assert found["project"] == "tests"


def test_a_score_may_be_a_label_a_yes_or_on_a_session(traced: Receiver) -> None:
    ph.score("tone", "calm", session_id="conv-1", source="judge")
    ph.score("solved", True, trace_id="0" * 31 + "1", identifier="desk")
    ph.flush()

    tone, solved = sorted(traced.scores, key=lambda score: score["name"], reverse=True)
    assert (tone["label"], tone["session_id"], tone["source"]) == ("calm", "conv-1", "judge")
    assert (solved["value"], solved["label"], solved["identifier"]) == (1.0, "true", "desk")


def test_a_session_is_ended_with_the_moment_it_was_said(traced: Receiver) -> None:
    before = dt.datetime.now(dt.UTC)
    with ph.session("conv-1"), ph.span("turn"):
        ph.score("helpful", 1)
    ph.end_session("conv-1")
    ph.flush()

    [ended] = traced.ended
    assert before <= dt.datetime.fromisoformat(ended.pop("at")) <= dt.datetime.now(dt.UTC)
    assert ended == {"project": "tests", "session_id": "conv-1"}
    assert [score["name"] for score in traced.scores] == ["helpful"]


def test_an_end_that_the_server_refuses_costs_no_score(traced: Receiver) -> None:
    traced.answers += [400]

    ph.end_session("conv-1")
    traced.wait(lambda inbox: not inbox.answers)
    ph.score("tone", "calm", session_id="conv-1")
    ph.flush()

    assert (traced.ended, [score["name"] for score in traced.scores]) == ([], ["tone"])


def test_a_score_outside_of_any_span_is_warned_about_once(
    traced: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    ph.score("lost", 1)
    ph.score("lost", 1)
    ph.flush()

    assert traced.scores == []
    assert sum("no span is open" in record.message for record in caplog.records) == 1


def test_a_score_is_tried_again_until_its_trace_is_known(traced: Receiver) -> None:
    traced.answers += [404, 503, 200]

    ph.score("helpful", 1, trace_id="0" * 31 + "1")
    traced.wait(lambda inbox: len(inbox.scores) == 1)

    assert traced.requests == 3


def test_an_unknown_kind_is_warned_about_and_recorded(
    traced: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with ph.span("odd", kind="agnet"):
        pass
    ph.flush()

    assert traced.named("odd").attributes["openinference.span.kind"] == "UNKNOWN"
    assert "unknown span kind 'agnet'" in caplog.text
