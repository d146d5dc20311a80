"""What the list shows of a trace, from its spans."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pilothouse.platform.store.trace_rows import (
    TRACE_COLUMNS,
    Summary,
    tombstone,
    trace_row,
)

_versions = itertools.count(1)
HOUR = 1_790_000_000 // 3600 * 3600


def span(span_id: str = "a", parent: str = "", at: int = 0, **given: Any) -> Summary:
    """A span that starts `at` seconds into the hour."""
    values: dict[str, Any] = dict.fromkeys(Summary._fields, "")
    values |= dict.fromkeys(f for f in Summary._fields if f.endswith("_tokens"))
    values |= {"cost_input": None, "cost_output": None, "cost_total": None, "first_token_us": None}
    values |= {
        "hour": HOUR + at // 3600 * 3600,
        "span_id": span_id,
        "parent_span_id": parent,
        "name": span_id,
        "kind": "span",
        "status": "ok",
        "start_time": (HOUR + at) * 1_000_000,
        "duration_us": 1_000_000,
        "session_explicit": 0,
        "tags": [],
        "metadata": {},
        "usage_counted": 1,
        "version": next(_versions),
    }
    return Summary(**(values | given))


def row(*spans: Summary, uncounted: set[str] | None = None) -> dict[str, Any]:
    return dict(zip(TRACE_COLUMNS, trace_row(1, "t", spans, uncounted or set(), 99), strict=True))


def test_the_root_names_the_trace_although_a_child_started_before_it() -> None:
    found = row(span("child", "root", at=0), span("root", at=1))

    assert (found["name"], found["root_span_id"]) == ("root", "root")
    assert found["start_time"] == HOUR * 1_000_000
    assert found["duration_us"] == 2_000_000


def test_the_earliest_span_whose_parent_never_came_stands_for_the_trace() -> None:
    found = row(span("b", "gone", at=5), span("a", "gone", at=2), span("of b", "b", at=1))

    assert (found["name"], found["root_span_id"]) == ("a", "a")
    assert found["start_time"] == (HOUR + 1) * 1_000_000


def test_of_spans_that_are_each_others_parents_none_is_the_root() -> None:
    found = row(span("a", "b", at=2), span("b", "a", at=1))

    assert (found["name"], found["root_span_id"]) == ("b", "")


def test_a_name_that_a_span_gives_the_trace_wins() -> None:
    assert row(span("root"), span("x", "root", trace_name="checkout"))["name"] == "checkout"


def test_an_error_that_the_root_recovered_from_counts_but_does_not_fail_the_trace() -> None:
    found = row(
        span("root"), span("x", "root", status="error", error_type="Timeout", status_message="slow")
    )

    assert (found["status"], found["error_count"], found["error_type"]) == ("ok", 1, "Timeout")
    assert found["status_message"] == ""


def test_without_a_root_any_error_fails_the_trace() -> None:
    found = row(span("a", "gone"), span("x", "gone", at=1, status="error", status_message="late"))

    assert (found["status"], found["status_message"]) == ("error", "late")


def test_only_counted_spans_are_summed() -> None:
    found = row(
        span("agent", total_tokens=30, input_tokens=20, output_tokens=10, cost_total=0.5),
        span("call", "agent", total_tokens=30, input_tokens=20, output_tokens=10, cost_total=0.5),
        uncounted={"agent"},
    )

    assert (found["input_tokens"], found["output_tokens"], found["total_tokens"]) == (20, 10, 30)
    assert found["cost_total"] == 0.5


def test_unknown_usage_stays_unknown() -> None:
    found = row(span("a"), span("b", "a"))

    assert found["total_tokens"] is None
    assert found["cost_total"] is None


def test_a_session_id_anywhere_beats_a_conversation_id_at_the_root() -> None:
    found = row(
        span("root", session_id="run-uuid"),
        span("x", "root", session_id="real", session_explicit=1),
    )

    assert found["session_id"] == "real"


def test_the_models_that_answered_come_before_those_that_embedded() -> None:
    found = row(
        span("a", model="a-reranker", kind="reranker"),
        span("b", "a", at=1, model="z-chat", kind="llm"),
        span("c", "a", at=2, model="b-chat", kind="llm"),
    )

    assert found["models"] == ["z-chat", "b-chat", "a-reranker"]


def test_an_unfinished_trace_has_no_duration() -> None:
    assert row(span("a", duration_us=None))["duration_us"] is None


def test_first_token_is_counted_from_the_start_of_the_trace() -> None:
    found = row(span("root"), span("call", "root", at=2, first_token_us=300_000))

    assert found["first_token_us"] == 2_300_000


def test_the_row_lies_in_the_hour_of_the_earliest_span_and_says_the_latest() -> None:
    found = row(span("root", at=7200), span("early", "root", at=10))

    assert (found["hour"], found["last_hour"]) == (HOUR, HOUR + 7200)


def test_the_output_is_that_of_the_root_else_of_the_last_span_that_has_one() -> None:
    assert row(span("r"), span("x", "r", at=1, output_preview="late"))["output_preview"] == "late"
    assert (
        row(span("r", output_preview="own"), span("x", "r", at=1, output_preview="late"))[
            "output_preview"
        ]
        == "own"
    )


def test_a_failed_root_without_output_borrows_none() -> None:
    found = row(span("r", status="error"), span("x", "r", at=1, output_preview="partial"))

    assert found["output_preview"] == ""


@given(st.permutations(range(5)))
def test_the_order_in_which_spans_came_makes_no_difference(order: list[int]) -> None:
    spans = [
        span("root", version=1),
        span("a", "root", at=1, model="m1", total_tokens=3, tags=["x"], version=2),
        span("b", "root", at=1, model="m2", cost_total=0.1, session_id="s", version=3),
        span("c", "a", at=2, status="error", error_type="E", version=4),
        span("d", "gone", at=3, input_preview="hello", user_id="u", version=5),
    ]

    assert row(*[spans[i] for i in order]) == row(*spans)


def test_a_tombstone_deletes_at_the_old_hour() -> None:
    buried = dict(zip(TRACE_COLUMNS, tombstone(1, HOUR, "t", 7), strict=True))

    assert (buried["project"], buried["hour"], buried["trace_id"]) == (1, HOUR, "t")
    assert (buried["version"], buried["deleted"]) == (7, 1)
