"""Sessions, users, facets and measures, each against the same sums made in Python."""

from __future__ import annotations

import asyncio
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from pilothouse.filters import parse_field
from pilothouse.platform.store.measures import measure_of
from pilothouse.spans import Usage
from query_world import START_S, Cost, Given, World, opened

pytestmark = pytest.mark.slow

MODELS = ["gpt-4o", "claude-3", ""]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    chance = random.Random(5)
    with opened(tmp_path_factory.mktemp("store")) as world:
        for n in range(60):
            at = chance.randint(0, 5 * 86_400)
            fields = {
                "session_id": f"c{n % 9}" if n % 4 else "",
                "user_id": chance.choice(["u1", "u2", "ü3", ""]),
                "environment": chance.choice(["prod", "dev"]),
                "tags": chance.choice([[], ["a"], ["a", "b"]]),
                "metadata": {"tier": chance.choice(["gold", "tin"])},
            }
            world.put(
                Given(
                    trace_id=f"t{n}",
                    span_id=f"r{n}",
                    project="shop" if n % 5 else "desk",
                    at=at,
                    ms=chance.randint(1, 3000),
                    name=f"n{n % 3}",
                    input=f"question {n}",
                    output=f'{{"answer": {n}}}',
                    status=chance.choice(["ok", "ok", "error"]),
                    fields=fields,
                ),
                *(
                    Given(
                        trace_id=f"t{n}",
                        span_id=f"c{n}-{i}",
                        parent=f"r{n}",
                        project="shop" if n % 5 else "desk",
                        at=at + 0.001 * i,
                        ms=1,
                        kind="llm",
                        usage=Usage(input_tokens=n, output_tokens=i, total_tokens=n + i),
                        cost=Cost(total=n / 8) if n % 3 else None,
                        fields={
                            "model": chance.choice(MODELS),
                            "streaming": chance.choice([True, None]),
                        },
                    )
                    for i in range(chance.randint(0, 3))
                ),
            )
        world.post(
            "/scores",
            [{"trace_id": f"t{n}", "name": "q", "value": n / 60} for n in range(0, 60, 7)]
            + [{"trace_id": "t3", "span_id": "r3", "name": "mood", "label": "good"}]
            + [{"session_id": "c1", "project": "shop", "name": "csat", "value": 4}],
        )
        yield world


@pytest.fixture(scope="module")
def traces(world: World) -> list[dict[str, Any]]:
    return world.get("/traces", limit=1000)["items"]


@pytest.fixture(scope="module")
def spans(world: World) -> list[dict[str, Any]]:
    return world.get("/spans", limit=1000)["items"]


def total(values: Iterator[Any]) -> Any:
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def groups(items: list[dict[str, Any]], key: Callable[[dict[str, Any]], Any]) -> dict[Any, Any]:
    found: dict[Any, list[dict[str, Any]]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def test_a_session_is_the_sum_of_its_traces(world: World, traces: list[dict[str, Any]]) -> None:
    expected = groups(
        [t for t in traces if t["session_id"]], lambda t: (t["project"], t["session_id"])
    )

    sessions = world.get("/sessions", limit=1000)["items"]

    assert {(s["project"], s["session_id"]) for s in sessions} == set(expected)
    for session in sessions:
        own = expected[(session["project"], session["session_id"])]
        assert session["trace_count"] == len(own)
        assert session["error_count"] == sum(t["status"] == "error" for t in own)
        assert session["start_time"] == min(t["start_time"] for t in own)
        assert session["end_time"] == max(t["end_time"] for t in own)
        assert session["usage"]["total_tokens"] == total(t["usage"]["total_tokens"] for t in own)
        cost = total(t["cost"]["total"] for t in own)
        assert session["cost"]["total"] == (None if cost is None else pytest.approx(cost))
        assert session["models"] == sorted({m for t in own for m in t["models"]})
        assert session["tags"] == sorted({m for t in own for m in t["tags"]})


def test_a_session_in_a_window_is_summed_up_whole(world: World) -> None:
    whole = {
        (s["project"], s["session_id"]): s for s in world.get("/sessions", limit=1000)["items"]
    }
    middle = datetime.fromtimestamp(START_S + 2 * 86_400).astimezone().isoformat()

    for session in world.get("/sessions", from_=middle, limit=1000)["items"]:
        assert session == whole[(session["project"], session["session_id"])]


def test_a_session_opens_as_its_turns_in_order(world: World, traces: list[dict[str, Any]]) -> None:
    own = [t for t in traces if t["session_id"] == "c1" and t["project"] == "shop"]

    found = world.get("/sessions/c1", project="shop")

    assert [t["trace_id"] for t in found["turns"]] == [
        t["trace_id"] for t in sorted(own, key=lambda t: t["start_time"])
    ]
    number = int(found["turns"][0]["trace_id"][1:])
    assert found["turns"][0]["input"] == f"question {number}"
    assert found["turns"][0]["output"] == {"answer": number}
    assert found["session"]["trace_count"] == len(own)
    assert [s["name"] for s in found["session"]["scores"]] == ["csat"]
    paged = world.get("/sessions/c1", project="shop", limit=2)
    rest = world.get("/sessions/c1", project="shop", limit=1000, cursor=paged["next_cursor"])
    assert paged["turns"] + rest["turns"] == found["turns"]


def test_a_session_in_two_projects_asks_which(world: World) -> None:
    assert world.error("/sessions/c0", 409)["details"] == {"projects": ["desk", "shop"]}


def test_a_user_is_the_sum_of_their_traces(world: World, traces: list[dict[str, Any]]) -> None:
    wanted = 'environment = "prod"'
    kept = [t for t in traces if t["user_id"] and t["environment"] == "prod"]
    expected = groups(kept, lambda t: (t["project"], t["user_id"]))

    users = world.get("/users", filter=wanted, limit=1000)["items"]

    assert {(u["project"], u["user_id"]) for u in users} == set(expected)
    for user in users:
        own = expected[(user["project"], user["user_id"])]
        assert user["trace_count"] == len(own)
        assert user["session_count"] == len({t["session_id"] for t in own} - {None})
        assert user["first_seen_at"] == min(t["start_time"] for t in own)
        assert user["last_seen_at"] == max(t["start_time"] for t in own)
        values = [s["value"] for t in own for s in t["scores"] if s["name"] == "q"]
        means = {s["name"]: s["value"] for s in user["scores"] if s["name"] == "q"}
        assert means == ({"q": pytest.approx(statistics.mean(values))} if values else {})


@pytest.mark.parametrize("field", ["status", "name", "environment", "user_id", "metadata.tier"])
def test_a_facet_counts_the_traces_of_each_value(
    field: str, world: World, traces: list[dict[str, Any]]
) -> None:
    facet = world.get("/facets", field=field)

    def value(trace: dict[str, Any]) -> Any:
        return trace["metadata"].get("tier") if field == "metadata.tier" else trace[field]

    expected = Counter(v for t in traces if (v := value(t)))
    assert {v["value"]: v["count"] for v in facet["values"]} == dict(expected)
    assert facet["distinct"] == len(expected)
    counts = [v["count"] for v in facet["values"]]
    assert counts == sorted(counts, reverse=True)


def test_a_facet_of_spans_counts_traces_that_have_such_a_span(
    world: World, traces: list[dict[str, Any]], spans: list[dict[str, Any]]
) -> None:
    models = Counter(m for t in traces for m in t["models"])
    streamed = {s["trace_id"] for s in spans if s["streaming"]}

    facet = world.get("/facets", field="model")
    streaming = world.get("/facets", field="streaming")

    assert {v["value"]: v["count"] for v in facet["values"]} == dict(models)
    assert {v["value"]: v["count"] for v in streaming["values"]} == {"true": len(streamed)}


def test_a_facet_over_spans_and_over_sessions(world: World, spans: list[dict[str, Any]]) -> None:
    kinds = {
        v["value"]: v["count"] for v in world.get("/facets", field="kind", scope="spans")["values"]
    }
    sessions = world.get("/facets", field="environment", scope="sessions")["values"]

    assert kinds == dict(Counter(s["kind"] for s in spans))
    for each in sessions:
        found = world.get("/sessions", filter=f'environment = "{each["value"]}"', limit=1000)
        assert each["count"] == len(found["items"])


def test_a_facet_keeps_to_filter_search_and_limit(
    world: World, traces: list[dict[str, Any]]
) -> None:
    gold = [t for t in traces if t["metadata"]["tier"] == "gold"]
    facet = world.get("/facets", field="tags", filter='metadata.tier = "gold"')
    named = world.get("/facets", field="user_id", search="Ü")
    first = world.get("/facets", field="name", limit=1)

    assert {v["value"]: v["count"] for v in facet["values"]} == dict(
        Counter(tag for t in gold for tag in t["tags"])
    )
    assert [v["value"] for v in named["values"]] == ["ü3"]
    assert len(first["values"]) == 1
    assert first["distinct"] == 3


def test_numbers_come_in_buckets_that_hold_all_of_them(
    world: World, traces: list[dict[str, Any]]
) -> None:
    facet = world.get("/facets", field="duration_ms")

    durations = [t["duration_ms"] for t in traces]
    assert sum(b["count"] for b in facet["buckets"]) == len(durations)
    assert facet["min"] == min(durations)
    assert facet["max"] == max(durations) == facet["buckets"][-1]["to"]
    for before, after in zip(facet["buckets"], facet["buckets"][1:], strict=False):
        assert before["to"] == pytest.approx(after["from"])


def test_scores_are_a_facet_by_name_and_by_value(world: World) -> None:
    names = {v["value"]: v for v in world.get("/facets", field="scores")["values"]}
    moods = world.get("/facets", field="scores.mood")

    assert names["q"]["count"] == 9
    assert names["q"]["mean"] == pytest.approx(statistics.mean(n / 60 for n in range(0, 60, 7)))
    assert [(v["value"], v["count"]) for v in moods["values"]] == [("good", 1)]


def test_several_facets_come_as_a_list(world: World) -> None:
    answer = world.call("GET", "/facets?field=status&field=kind").json()

    assert [facet["field"] for facet in answer["items"]] == ["status", "kind"]


def test_an_unknown_facet_is_answered_400(world: World) -> None:
    assert "did you mean 'model'" in world.error("/facets", 400, field="modle")["message"]


def quantile(values: list[float], level: float) -> float:
    ordered = sorted(values)
    place = level * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@pytest.mark.parametrize(
    ("interval", "seconds"), [("1h", 3600), ("6h", 21_600), ("1d", 86_400), ("7m", 420)]
)
def test_measures_over_time_are_the_sums_of_the_traces(
    interval: str, seconds: int, world: World, traces: list[dict[str, Any]]
) -> None:
    measures = ["count", "error_count", "p50(duration_ms)", "p99(duration_ms)", "avg(duration_ms)"]
    measures += ["sum(usage.total_tokens)", "sum(cost.total)", "uniq(user_id)", "max(span_count)"]

    answer = world.post("/metrics/query", {"measures": measures, "interval": interval})

    def bucket(trace: dict[str, Any]) -> int:
        return int(datetime.fromisoformat(trace["start_time"]).timestamp()) // seconds * seconds

    expected = groups(traces, bucket)
    [series] = answer["series"]
    points = {datetime.fromisoformat(p["time"]).timestamp(): p for p in series["points"]}
    assert set(points) == set(expected)
    assert list(points) == sorted(points)
    for at, own in expected.items():
        point, durations = points[at], [t["duration_ms"] for t in own]
        assert point["count"] == len(own)
        assert point["error_count"] == sum(t["status"] == "error" for t in own)
        assert point["p50(duration_ms)"] == pytest.approx(quantile(durations, 0.5))
        assert point["p99(duration_ms)"] == pytest.approx(quantile(durations, 0.99))
        assert point["avg(duration_ms)"] == pytest.approx(statistics.mean(durations))
        assert point["sum(usage.total_tokens)"] == total(t["usage"]["total_tokens"] for t in own)
        cost = total(t["cost"]["total"] for t in own)
        assert point["sum(cost.total)"] == (None if cost is None else pytest.approx(cost))
        assert point["uniq(user_id)"] == len({t["user_id"] for t in own} - {None})
        assert point["max(span_count)"] == max(t["span_count"] for t in own)


def test_measures_over_spans_count_each_model_call_once(
    world: World, spans: list[dict[str, Any]]
) -> None:
    answer = world.post(
        "/metrics/query",
        {"scope": "spans", "measures": ["sum(usage.total_tokens)", "count"], "group_by": ["model"]},
    )

    expected = groups(spans, lambda s: s["model"])
    found = {s["group"]["model"]: s["points"][0] for s in answer["series"]}
    assert set(found) == set(expected)
    for model, own in expected.items():
        counted = (s["usage"]["total_tokens"] for s in own if s["usage_counted"])
        assert found[model]["sum(usage.total_tokens)"] == total(counted)
        assert found[model]["count"] == len(own)
    sums = [p["sum(usage.total_tokens)"] for p in found.values()]
    assert [x for x in sums if x is not None] == sorted(
        [x for x in sums if x is not None], reverse=True
    )


def test_only_the_largest_groups_come_when_there_are_more(world: World) -> None:
    question = {"measures": ["count"], "group_by": ["name", "environment"], "limit": 2}

    whole = world.post("/metrics/query", question | {"limit": 100})
    first = world.post("/metrics/query", question)
    by_day = world.post("/metrics/query", question | {"interval": "1d"})

    assert not whole["truncated"]
    assert first["truncated"]
    assert first["series"] == whole["series"][:2]
    assert by_day["truncated"]
    days = {
        tuple(s["group"].values()): sum(p["count"] for p in s["points"]) for s in by_day["series"]
    }
    assert days == {tuple(s["group"].values()): s["points"][0]["count"] for s in first["series"]}


def test_scores_are_measured_like_other_numbers(world: World, traces: list[dict[str, Any]]) -> None:
    answer = world.post(
        "/metrics/query",
        {"measures": ["count", "avg(scores.q)", "count(scores.q)"], "group_by": ["name"]},
    )

    for series in answer["series"]:
        own = [t for t in traces if t["name"] == series["group"]["name"]]
        values = [s["value"] for t in own for s in t["scores"] if s["name"] == "q"]
        [point] = series["points"]
        assert point["count"] == len(own)
        assert point["count(scores.q)"] == len(values)
        assert point["avg(scores.q)"] == (
            pytest.approx(statistics.mean(values)) if values else None
        )


@pytest.mark.parametrize(
    ("text", "function", "key"),
    [
        ("avg(scores.how helpful)", "avg", "how helpful"),
        (' p99.9 ( scores."how helpful" ) ', "p99.9", "how helpful"),
    ],
)
def test_the_name_of_a_measured_score_keeps_its_spaces(text: str, function: str, key: str) -> None:
    found = measure_of(text)

    assert (found.text, found.of.function, found.of.path) == (
        text,
        function,
        parse_field(f"scores.{key}"),
    )


def test_sessions_are_measured_too(world: World) -> None:
    sessions = world.get("/sessions", limit=1000)["items"]

    answer = world.post(
        "/metrics/query", {"scope": "sessions", "measures": ["count", "sum(cost.total)"]}
    )

    [point] = answer["series"][0]["points"]
    assert point["count"] == len(sessions)
    assert point["sum(cost.total)"] == pytest.approx(total(s["cost"]["total"] for s in sessions))


def test_no_request_waits_for_the_engine_to_compile_what_was_asked_for_before(
    world: World,
) -> None:
    def compiled() -> list[tuple[Any, ...]]:
        sql = "SELECT value FROM system.events WHERE event = 'CompileFunction'"
        return asyncio.run(world.store.rows(sql))

    before = compiled()
    question = {
        "project": "shop",
        "measures": ["count", "sum(cost.total)", "p99(duration_ms)"],
        "interval": "1h",
        "filter": "duration_ms > 10",
    }
    for _ in range(6):
        world.post("/metrics/query", question)
        world.trace_ids("duration_ms > 10 and cost.total > 1", project="shop")

    assert compiled() == before


@pytest.mark.parametrize(
    "question",
    [
        {"measures": []},
        {"measures": ["median(duration_ms)"]},
        {"measures": ["sum(name)"]},
        {"measures": ["sum(nothing)"]},
        {"measures": ["count"], "interval": "soon"},
        {"measures": ["count"], "group_by": ["duration_ms"]},
        {"measures": ["count"], "filter": "kimd = 1"},
        {"measures": ["count"], "unknown": 1},
        {"measures": ["sum(usage.cache_write_1h_tokens)"]},
    ],
)
def test_a_wrong_question_is_answered_400(question: dict[str, Any], world: World) -> None:
    answer = world.call("POST", "/metrics/query", json=question)

    assert answer.status_code in (400, 422), answer.text
    assert "internal" not in answer.text
