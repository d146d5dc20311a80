"""Every measure of a board against the same figure made in Python, edge cases included."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from measures_on_paper import (
    Items,
    at,
    durations,
    fails,
    known,
    mean,
    moods,
    over,
    passing,
    quality,
    quantile,
    quarters,
    scores,
    share,
    tokens_per_second,
    total,
    users,
)
from pilothouse.platform.store import intervals
from pilothouse.spans import Usage
from query_world import START_S, Cost, Given, World, opened

pytestmark = pytest.mark.slow

HOURS = 4
START = datetime.fromtimestamp(START_S, UTC)
WINDOW = {"from": START.isoformat(), "to": (START + timedelta(hours=HOURS)).isoformat()}
LLM = 'kind = "llm"'


def some_trace(n: int, chance: random.Random) -> list[Given]:
    """A trace: some without model calls, some with errors only, zero durations, no tokens."""
    hour = n % HOURS
    at = hour * 3600 + chance.uniform(0, 3500)
    fails = hour == 1 or chance.random() < 0.2
    root = Given(
        trace_id=f"t{n}",
        span_id=f"r{n}",
        at=at,
        ms=chance.choice([0, chance.randint(1, 4000), None]),
        name=f"n{n % 5}",
        kind="chain",
        status="error" if fails else "ok",
        fields={
            "user_id": chance.choice(["u1", "u2", "u3", ""]),
            "tags": chance.choice([[], ["a"], ["a", "b"]]),
            "environment": chance.choice(["prod", "dev"]),
            "release": f"2.{n % 2}",
            "metadata": {"tier": chance.choice(["gold", "tin"])},
            "error_type": chance.choice(["Timeout", "Refused"]) if fails else "",
        },
    )
    return [root, *(some_call(n, i, at, chance) for i in range(0 if hour == 2 else n % 4))]


def some_call(n: int, i: int, at: float, chance: random.Random) -> Given:
    kind = chance.choice(["llm", "llm", "tool", "retriever", "guardrail"])
    fails = n % HOURS == 1 or chance.random() < 0.1
    tokens = {"input_tokens": 10 + n, "output_tokens": 5 * i, "cached_tokens": n % 7}
    known = kind == "llm" and not fails and chance.random() < 0.8
    fields: dict[str, Any] = {"error_type": chance.choice(["Timeout", "Limit"]) if fails else ""}
    if kind == "llm":
        fields |= {"model": f"m{n % 3}", "provider": "p", "streaming": chance.choice([True, None])}
        fields |= {"prompt_name": "greet", "prompt_version": f"v{n % 2}"}
        if fields["streaming"] and not fails:
            fields["first_token_ns"] = round((START_S + at + 0.25) * 1e9)
    return Given(
        trace_id=f"t{n}",
        span_id=f"c{n}-{i}",
        parent=f"r{n}",
        at=at + 0.01 * i,
        ms=chance.choice([0, chance.randint(1, 2000)]),
        name=f"{kind}-{i}",
        kind=kind,
        status="error" if fails else "ok",
        output=chance.choice(['{"passed": true}', '{"passed": false}'])
        if kind == "guardrail"
        else "",
        usage=Usage(**tokens, total_tokens=10 + n + 5 * i) if known else None,
        cost=Cost(input=n / 100, output=i / 50, total=n / 100 + i / 50) if known else None,
        fields=fields | ({"tool_name": f"tool{i}"} if kind == "tool" else {}),
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    chance = random.Random(11)
    with opened(tmp_path_factory.mktemp("store")) as world:
        world.put(*(span for n in range(80) for span in some_trace(n, chance)))
        world.post(
            "/scores",
            [{"trace_id": f"t{n}", "name": "quality", "value": n / 80} for n in range(0, 80, 3)]
            + [
                {"trace_id": f"t{n}", "name": "mood", "label": chance.choice(["good", "bad"])}
                for n in range(0, 80, 4)
            ],
        )
        yield world


@pytest.fixture(scope="module")
def items(world: World) -> dict[str, Items]:
    return {of: world.get(f"/{of}", limit=1000)["items"] for of in ("traces", "spans")}


TTFT = "time_to_first_token_ms"
BOARD: list[tuple[str, str, str, Callable[[Items], Any]]] = [
    # The classic fourteen: traces, then model calls.
    ("traces", "", "count", len),
    ("spans", LLM, "count", len),
    ("traces", "", "success_rate", share(lambda i: not fails(i))),
    ("spans", LLM, "success_rate", share(lambda i: not fails(i))),
    ("traces", "", "p50(duration_ms)", quantile("duration_ms", 0.5)),
    ("traces", "", "p99(duration_ms)", quantile("duration_ms", 0.99)),
    ("spans", LLM, "p95(duration_ms)", quantile("duration_ms", 0.95)),
    ("traces", "", "mean(llm_call_count)", mean("llm_call_count")),
    ("spans", LLM, "tokens_per_second", tokens_per_second),
    ("traces", "", "sum(usage.total_tokens)", total("usage.total_tokens")),
    ("traces", "", "mean(usage.total_tokens)", mean("usage.total_tokens")),
    ("spans", LLM, "mean(usage.total_tokens)", mean("usage.total_tokens")),
    ("traces", "", f"share({TTFT} exists)", share(lambda i: i[TTFT] is not None)),
    ("spans", LLM, "share(streaming = true)", share(lambda i: i["streaming"] is True)),
    ("traces", "", f"p50({TTFT})", quantile(TTFT, 0.5)),
    ("spans", LLM, f"p90({TTFT})", quantile(TTFT, 0.9)),
    # Cost, rates, errors, tools, caches.
    ("traces", "", "sum(cost.total)", total("cost.total")),
    ("traces", "", "sum(cost.total) / count", over(total("cost.total"), len)),
    ("traces", "", "sum(cost.total) / uniq(user_id)", over(total("cost.total"), users)),
    ("spans", "", "sum(cost.input)", total("cost.input")),
    ("spans", "", "sum(cost.output)", total("cost.output")),
    ("traces", "", "rate(count)", lambda items: len(items) / 3600),
    ("traces", "", "error_rate", share(fails)),
    ("spans", 'kind = "tool"', "error_count", lambda items: sum(map(fails, items))),
    ("spans", 'kind = "retriever"', "max(duration_ms)", lambda i: max(known(i, "duration_ms"))),
    (
        "spans",
        LLM,
        "sum(usage.cached_tokens) / sum(usage.input_tokens)",
        over(total("usage.cached_tokens"), total("usage.input_tokens")),
    ),
    (
        "spans",
        LLM,
        "share(usage.cached_tokens > 0)",
        share(lambda i: bool(i["usage"]["cached_tokens"])),
    ),
    (
        "spans",
        'kind = "guardrail"',
        'share(any(output: key = "passed" and value = "false"))',
        share(lambda i: "false" in i["output_preview"]),
    ),
    ("spans", "", "histogram(duration_ms)", durations),
    # Scores.
    ("traces", "", "mean(scores.quality)", quality),
    ("traces", "", "share(scores.quality >= 0.5)", passing),
    ("traces", "", "histogram(scores.quality, 0.25)", quarters),
    ("traces", "", "values(scores.mood)", moods),
    (
        "traces",
        "",
        'share(scores.mood = "good")',
        lambda items: (
            sum(s["label"] == "good" for s in found) / len(found)
            if (found := scores(items, "mood"))
            else None
        ),
    ),
    (
        "traces",
        "",
        "count(scores.mood) / count",
        lambda items: len(scores(items, "mood")) / len(items),
    ),
]


@pytest.fixture(scope="module")
def board(world: World) -> list[dict[str, Any]]:
    """All measures by the hour in one question."""
    charts = [
        {"scope": scope, "filter": filter, "measures": [measure]}
        for scope, filter, measure, _ in BOARD
    ]
    answer: list[dict[str, Any]] = world.post(
        "/metrics/query", WINDOW | {"interval": "1h", "charts": charts}
    )["charts"]
    return answer


@pytest.mark.parametrize("number", range(len(BOARD)), ids=lambda n: f"{BOARD[n][0]} {BOARD[n][2]}")
def test_a_measure_is_what_the_rows_of_each_hour_say(
    number: int, board: list[dict[str, Any]], items: dict[str, Items]
) -> None:
    scope, filter, measure, expected = BOARD[number]
    kind = filter.partition('"')[2][:-1]
    by_hour: dict[str, Items] = {}
    for item in items[scope]:
        if not kind or item["kind"] == kind:
            by_hour.setdefault(item["start_time"][:14] + "00:00.000000Z", []).append(item)

    [series] = board[number]["series"]

    found = {point["time"]: point[measure] for point in series["points"]}
    assert found == {hour: near(expected(of)) for hour, of in sorted(by_hour.items())}


def near(value: Any) -> Any:
    return pytest.approx(value) if isinstance(value, float) else value


PER_ALL = "error_count / all(count)"
GATHERED = {
    "model": "models",
    "provider": "providers",
    "kind": "kinds",
    "prompt.name": "prompt_names",
}


def values_of(item: dict[str, Any], field: str, items: dict[str, Items]) -> list[Any]:
    """What a trace or span has in a field that charts are split by."""
    if field.startswith("trace."):
        [trace] = [t for t in items["traces"] if t["trace_id"] == item["trace_id"]]
        return values_of(trace, field.removeprefix("trace."), items)
    beside = [s for s in items["spans"] if s["trace_id"] == item["trace_id"]]
    own = [] if "span_id" in item else beside
    if field == "prompt.version" and own:
        return sorted({v for s in own if (v := s["prompt"]["version"])}) or [None]
    lists = {
        "model": "models",
        "provider": "providers",
        "kind": "kinds",
        "prompt.name": "prompt_names",
    }
    value = item[lists[field]] if own and field in lists else at(item, field)
    return (value or [None]) if isinstance(value, list) else [value]


@pytest.mark.parametrize("scope", ["traces", "spans"])
@pytest.mark.parametrize(
    "field",
    [
        *("model", "provider", "prompt.name", "prompt.version", "user_id", "tags", "environment"),
        *("release", "metadata.tier", "kind", "name", "error_type"),
        *("trace.tags", "trace.metadata.tier", "trace.name", "trace.model"),
    ],
)
def test_a_measure_is_split_by_any_field(
    scope: str, field: str, world: World, items: dict[str, Items]
) -> None:
    groups: dict[Any, Items] = {}
    for item in items[scope]:
        for value in values_of(item, field, items):
            groups.setdefault(value, []).append(item)

    answer = world.post(
        "/metrics/query", {"scope": scope, "measures": ["count", "error_rate"], "group_by": [field]}
    )

    found = {s["group"][field]: s["points"][0] for s in answer["series"]}
    assert answer["group_count"] == len(groups)
    assert {value: point["count"] for value, point in found.items()} == {
        value: len(of) for value, of in groups.items()
    }
    assert {value: point["error_rate"] for value, point in found.items()} == {
        value: pytest.approx(share(fails)(of)) for value, of in groups.items()
    }


@pytest.mark.parametrize("interval", [None, "1h"])
def test_the_groups_beyond_the_limit_come_together_and_shares_are_of_all(
    interval: str | None, world: World, items: dict[str, Items]
) -> None:
    question = {
        "scope": "traces",
        "measures": [
            "count",
            "p50(duration_ms)",
            PER_ALL,
            "avg(scores.quality)",
        ],
        "group_by": ["name"],
        "interval": interval,
    }

    answer = world.post("/metrics/query", question | {"limit": 2, "other": True})

    first, second, rest = answer["series"]
    assert (answer["truncated"], answer["group_count"]) == (True, 5)
    assert (rest["group"], rest["other"]) == ({"name": None}, True)
    named = {first["group"]["name"], second["group"]["name"]}
    for point in rest["points"]:
        hour = [t for t in items["traces"] if interval is None or in_hour(t, point["time"])]
        own = [t for t in hour if t["name"] not in named]
        assert point["count"] == len(own)
        assert point["p50(duration_ms)"] == near(quantile("duration_ms", 0.5)(own))
        assert point[PER_ALL] == near(sum(map(fails, own)) / len(hour))
        assert point["avg(scores.quality)"] == near(quality(own))


def in_hour(item: dict[str, Any], time: str) -> bool:
    return bool(item["start_time"][:13] == time[:13])


def test_errors_by_type_are_shares_of_all_calls(world: World, items: dict[str, Items]) -> None:
    calls = [s for s in items["spans"] if s["kind"] == "llm"]

    answer = world.post(
        "/metrics/query",
        {
            "scope": "spans",
            "filter": LLM,
            "measures": [PER_ALL],
            "group_by": ["error_type"],
        },
    )

    assert {s["group"]["error_type"]: s["points"][0][PER_ALL] for s in answer["series"]} == {
        kind: near(sum(fails(c) for c in calls if c["error_type"] == kind) / len(calls))
        for kind in {c["error_type"] for c in calls}
    }


def test_the_period_before_has_the_same_groups_and_intervals(world: World) -> None:
    middle = (START + timedelta(hours=2)).isoformat()
    question = {"measures": ["count"], "group_by": ["name"], "limit": 2, "interval": "1h"}

    now = world.post(
        "/metrics/query", question | {"from": middle, "to": WINDOW["to"], "compare": "previous"}
    )
    earlier = world.post(
        "/metrics/query", question | {"from": WINDOW["from"], "to": middle, "limit": 50}
    )

    groups = [s["group"] for s in now["series"]]
    assert now["previous"]["from"] == START.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert sorted(now["previous"]["series"], key=str) == sorted(
        (s for s in earlier["series"] if s["group"] in groups), key=str
    )


def test_the_charts_of_a_board_say_what_each_says_alone(world: World) -> None:
    charts = [
        {"measures": ["count", "p50(duration_ms)"]},
        {"measures": ["p99(duration_ms)"]},
        {"measures": ["sum(cost.total)"], "interval": None},
        {"measures": ["count"], "group_by": ["name"], "limit": 2},
        {"measures": ["error_rate"], "group_by": ["name"], "limit": 2},
        {"measures": ["max(duration_ms)"], "compare": None},
        {"measures": ["count"], "compare": "1h"},
    ]
    board = WINDOW | {"interval": "1h", "compare": "previous"}

    together = world.post("/metrics/query", board | {"charts": charts})

    assert together["charts"] == [world.post("/metrics/query", board | chart) for chart in charts]
    assert ["previous" in chart for chart in together["charts"]] == [
        *(True, True, True, True, True, False, True)
    ]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"measures": ["cuont"]}, "did you mean 'count'?"),
        ({"measures": ["median(duration_ms)"]}, "did you mean 'p50'?"),
        ({"measures": ["sum(usage.totl_tokens)"]}, "did you mean 'usage.total_tokens'?"),
        ({"measures": ["share(kimd = 1)"]}, "did you mean 'kind'?"),
        ({"measures": ["rate(p50(duration_ms))"]}, "around count"),
        ({"measures": ["rate(count)"]}, "say from"),
        ({"measures": ["histogram(duration_ms) / count"]}, "no number"),
        ({"measures": ["histogram(duration_ms, 0)"]}, "above 0"),
        ({"measures": ["values(name)"]}, "group by name"),
        ({"measures": ["tokens_per_second"]}, "over spans"),
        ({"measures": ["share(status = 'ok')"], "scope": "sessions"}, "traces or spans"),
        ({"measures": ["count"], "compare": "previous"}, "say from"),
        ({"measures": ["count"], "charts": [{"measures": ["count"]}]}, "measures, or charts"),
        ({}, "measures, or charts"),
        (
            {"measures": ["count"], "from": "2016-01-01", "to": "2026-01-01", "interval": "1m"},
            "the nearest interval that is allowed is 12h",
        ),
        (
            {"measures": ["count"], "from": "0001-01-01", "interval": "1m"},
            "the nearest interval that is allowed is 52w",
        ),
        (
            WINDOW | {"measures": ["count"], "interval": "1d", "compare": "1h"},
            "not a whole number of intervals",
        ),
    ],
)
def test_a_wrong_question_is_told_what_is_near(
    question: dict[str, Any], said: str, world: World
) -> None:
    answer = world.call("POST", "/metrics/query", json=question)

    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


def test_more_points_than_a_chart_can_show_are_refused_rather_than_cut_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intervals, "MOST_POINTS", 12)
    question = WINDOW | {"measures": ["count"], "group_by": ["name"], "interval": "1h"}

    refused = world.call("POST", "/metrics/query", json=question)
    error = refused.json()["error"]
    nearest = world.post("/metrics/query", question | {"interval": error["details"]["nearest"]})
    fewer = world.post("/metrics/query", question | {"limit": 3})

    assert (refused.status_code, error["details"]["nearest"]) == (400, "6h")
    assert "of 5 groups; ask for fewer groups" in error["message"]
    assert (len(nearest["series"]), len(fewer["series"])) == (5, 3)


def test_a_filter_that_matches_nothing_has_no_groups(world: World) -> None:
    answer = world.post(
        "/metrics/query",
        {"measures": ["count"], "filter": 'name = "nothing"', "group_by": ["name"]},
    )

    assert (answer["series"], answer["group_count"]) == ([], 0)
