"""What halves of runs come to, whatever their order, and what a stored run is read back as."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilothouse.platform.errors import Unprocessable
from pilothouse.platform.ingest.langsmith.known import KnownRuns
from pilothouse.platform.ingest.langsmith.runs import RUN_TYPES, Half, Verb, half_of, json_text
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


VERBS: tuple[Verb, ...] = ("post", "patch")


def known(*, alone: bool = True) -> KnownRuns:
    numbers = itertools.count(1)
    return KnownRuns(lambda: next(numbers), alone=alone)


def anywhere(_: Half) -> str:
    return "p"


def after(halves: list[Half], one: KnownRuns | None = None) -> Source:
    """The state after halves that each came in a request of their own."""
    runs = one or known()
    for half in halves:
        [source] = runs.merge([half], anywhere).sources
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
    [source] = runs.merge([half_of("post", RUN, {**body, "trace_id": RUN})], anywhere).sources
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
    begun, ended = (half_of(verb, ROOT, {**new, "trace_id": ROOT}) for verb in VERBS)
    nowhere = half_of("patch", RUN, {"outputs": {}})
    old = half_of("post", RUN, {**POST, "start_time": "2020-01-01", "dotted_order": None})
    assert not runs.strangers([begun], anywhere)
    assert not runs.strangers([ended], anywhere)
    assert known(alone=False).strangers([ended], anywhere), "another server may know its beginning"
    assert not known(alone=False).strangers([begun, ended], anywhere)
    assert runs.strangers([nowhere], anywhere)
    assert runs.strangers([old], anywhere)
    after([old], runs)
    assert not runs.strangers([nowhere], anywhere)


def test_the_store_is_waited_for_only_where_a_run_went_from_memory_since_the_last_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{KnownRuns.__module__}.RUNS_KEPT", 1)
    runs = known()
    for run_id in (ROOT, RUN):
        runs.merge([half_of("post", run_id, {"trace_id": ROOT})], anywhere)
    assert not runs.must_wait([RUN])
    assert runs.must_wait([ROOT])
    assert not runs.must_wait([ROOT])


@pytest.mark.parametrize("first", ["theirs", "mine"])
def test_whoever_posts_an_id_first_with_a_projects_key_gets_nothing_of_anothers_run(
    first: str,
) -> None:
    runs = known()
    forged = half_of("post", RUN, {**POST, "name": "forged", "inputs": {"a": 9}})
    mine = [half_of(verb, RUN, body) for verb, body in (("post", POST), ("patch", PATCH))]

    def send(halves: list[Half], project: str, only: str | None) -> list[Source]:
        return [runs.merge([half], lambda _: project, only).sources[0] for half in halves]

    for only in ("b", None):
        runs = known()
        if first == "theirs":
            send([forged], "a", "a")
        sent = send(mine, "b", only)
        if first == "mine":
            send([forged], "a", "a")
            sent += send(mine[1:], "b", only)
        stored = [run_of_source(source) for source in sent]
        assert {(run.project, run.name, run.inputs) for run in stored} == {("b", "work", '{"a":1}')}
        assert stored[-1].outputs == '{"b":2}'


def test_a_change_by_hand_reaches_the_run_of_a_projects_key_if_there_is_no_other() -> None:
    runs = known()
    begun = half_of("post", RUN, POST)
    runs.merge([begun], lambda _: "a", "a")
    tagged = half_of("patch", RUN, {"tags": ["seen"]})
    [source] = runs.merge([tagged], anywhere).sources
    assert (source.project, source.name) == ("a", "work")
    runs.merge([begun], lambda _: "b")
    [source] = runs.merge([tagged], anywhere).sources
    assert source.project == "b"


def test_halves_that_two_servers_took_are_joined_when_one_sees_the_others() -> None:
    here, there = known(alone=False), known(alone=False)
    changes = here.merge([half_of("patch", RUN, PATCH)], anywhere)
    beginning = there.merge([half_of("post", RUN, POST)], anywhere)
    assert (changes.unbegun, beginning.unbegun) == ([RUN], [])
    joined = here.join([run_of_source(source) for source in beginning.sources])
    [source] = joined.sources
    whole = after([half_of("post", RUN, POST), half_of("patch", RUN, PATCH)])
    assert source.attributes == whole.attributes
    assert (source.name, source.end_ns) == (whole.name, whole.end_ns)
    assert not here.join([run_of_source(source)]).sources, "it is whole"


def test_what_an_example_says_stands_among_the_metadata_of_roots_and_never_over_their_own() -> None:
    about = {"ls_example_level": "hard", "m": 7}
    said = {"example_metadata": json_text(about), "example_id": RUN}
    runs = known()
    order = POST["dotted_order"].rpartition(".")[0]
    root = half_of("post", ROOT, {**POST, "dotted_order": order})
    ended = half_of("patch", ROOT, {"extra": {"metadata": {"m": 2}, "runtime": {}}})
    child = half_of("post", RUN, POST)
    for half in (root, child):
        half.said.update(said)
    sources = [runs.merge([half], anywhere).sources[0] for half in (root, ended, child)]
    found = [json.loads(source.attributes["langsmith.run.extra"]) for source in sources]
    assert found[0]["metadata"] == {"ls_example_level": "hard", "m": 1}
    assert found[1] == {"metadata": {"ls_example_level": "hard", "m": 2}, "runtime": {}}
    assert found[2]["metadata"] == {"m": 1}
