"""What halves of runs come to, whatever their order, and what a stored run is read back as."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.platform.errors import Unprocessable
from pilothouse.platform.ingest.langsmith.known import KnownRuns
from pilothouse.platform.ingest.langsmith.runs import RUN_TYPES, Half, half_of
from pilothouse.platform.ingest.langsmith.source import run_of_source, source_of_run
from pilothouse.spans import Source

RUN = "01a1ff06-ec26-7904-badf-5a033d768d3a"
ROOT = "01a1ff06-ec62-7835-b9f3-27f83dacaca2"
ORDER = f"20261121T165326182321Z{ROOT}.20261121T165326242208Z{RUN}"
POST = {
    "name": "work",
    "run_type": "llm",
    "trace_id": ROOT,
    "dotted_order": ORDER,
    "start_time": "2026-11-21T16:53:26.242208+00:00",
    "inputs": {"a": 1},
    "serialized": {"lc": 1},
    "tags": ["early"],
    "extra": {"metadata": {"m": 1}},
}
PATCH = {
    "trace_id": ROOT,
    "dotted_order": ORDER,
    "end_time": "2026-11-21T16:53:27.242208",
    "outputs": {"b": 2},
    "extra": {"metadata": {"m": 2}},
    "events": [{"name": "end", "time": "2026-11-21T16:53:27"}],
    "error": None,
    "name": None,
}
LATE = {"tags": ["late"], "error": "ValueError('x')"}


def known() -> KnownRuns:
    numbers = itertools.count(1)
    return KnownRuns(lambda: next(numbers))


def after(halves: list[Half], one: KnownRuns | None = None) -> Source:
    """The state after halves that each came in a request of their own."""
    runs = one or known()
    for half in halves:
        [source] = runs.merge([half], lambda _: "p").sources
    return source


@pytest.mark.parametrize("order", itertools.permutations(("post", "patch", "late")))
def test_a_run_is_the_same_whatever_the_order_of_its_halves(order: tuple[str, ...]) -> None:
    bodies: dict[str, Any] = {"post": POST, "patch": PATCH, "late": LATE}
    halves = [half_of("post" if name == "post" else "patch", RUN, bodies[name]) for name in order]
    source = after(halves)
    said = source.attributes
    assert (source.name, source.trace_id, source.parent_span_id) == ("work", ROOT, ROOT)
    assert said["langsmith.run.inputs"] == '{"a":1}'
    assert said["langsmith.run.outputs"] == '{"b":2}'
    assert said["langsmith.run.extra"] == '{"metadata":{"m":2}}'
    assert said["langsmith.run.tags"] == ["late"]
    assert source.status_code == 2
    assert (source.end_ns or 0) - source.start_ns == 1_000_000_000
    assert "langsmith.run.half" not in said


@given(st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=4))
def test_repeated_halves_and_what_is_read_back_between_them_change_nothing(
    order: list[int], again: list[int]
) -> None:
    halves = [
        half_of("post", RUN, POST),
        half_of("patch", RUN, PATCH),
        half_of("patch", RUN, {"extra": {"metadata": {"m": 2}}, "inputs": {"a": 2}}),
        half_of("post", RUN, POST),
    ]
    sequence = [*order, *again]
    whole = after([halves[at] for at in sequence])
    runs = known()
    for at in sequence:  # the process starts anew after each
        source = after([halves[at]], runs)
        runs = known()
        runs.learn([run_of_source(source)])
    assert source.attributes == whole.attributes
    assert (source.start_ns, source.end_ns, source.name) == (
        whole.start_ns,
        whole.end_ns,
        whole.name,
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.text() | st.none(),
            "run_type": st.sampled_from(RUN_TYPES),
            "inputs": st.dictionaries(st.text(), json_values, max_size=3),
            "outputs": st.dictionaries(st.text(), json_values, max_size=3) | st.none(),
            "events": st.lists(json_values, max_size=2),
            "extra": st.dictionaries(st.text(), json_values, max_size=2),
            "error": st.text() | st.none(),
            "tags": st.lists(st.text(), max_size=3),
            "end_time": st.datetimes().map(lambda at: at.isoformat()),
        },
    )
)
def test_a_run_survives_being_stored_and_read_back(body: dict[str, Any]) -> None:
    runs = known()
    [source] = runs.merge([half_of("post", RUN, {**body, "trace_id": RUN})], lambda _: "p").sources
    run = run_of_source(source)
    again = source_of_run(run, source.version)
    assert again == source


@pytest.mark.parametrize(
    "body",
    [
        {"run_type": "robot"},
        {"start_time": "yesterday"},
        {"start_time": True},
        {"tags": "one"},
        {"name": 5},
        {"trace_id": "../x"},
        {"dotted_order": "x"},
        {"dotted_order": f"20261121T165326182321Z{ROOT}"},
        {"dotted_order": ORDER, "trace_id": RUN},
        {"session_id": "default"},
    ],
)
def test_halves_that_are_wrong_are_refused(body: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable):
        half_of("post", RUN, body)


def test_the_store_is_asked_for_runs_that_may_be_there_and_for_no_others() -> None:
    runs = known()
    new = {**POST, "start_time": None, "dotted_order": f"20991121T165326182321Z{ROOT}"}
    assert not runs.strangers([half_of("post", ROOT, {**new, "trace_id": ROOT})])
    assert not runs.strangers([half_of("patch", ROOT, {**new, "trace_id": ROOT})])
    assert runs.strangers([half_of("patch", RUN, {"outputs": {}})])
    old = {**POST, "start_time": "2020-01-01T00:00:00", "dotted_order": None}
    assert runs.strangers([half_of("post", RUN, old)])
    after([half_of("post", RUN, old)], runs)
    assert not runs.strangers([half_of("patch", RUN, {"outputs": {}})])
