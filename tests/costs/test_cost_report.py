"""A cost report says what adding up the spans by hand says."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pilothouse.platform.costs.wiring import costs_router
from pilothouse.spans import Usage
from pilothouse.spans.prices import Pricer
from query_world import START_S, Cost, Given, World, opened

DAY = 86_400
START = datetime.fromtimestamp(START_S, UTC)
SINCE = START.replace(hour=0) + timedelta(days=10)
UNTIL = SINCE + timedelta(days=10)
WINDOW = {"from": SINCE.isoformat(), "to": UNTIL.isoformat()}
Span = dict[str, Any]  # Any: JSON


@dataclass(frozen=True, slots=True)
class Sum:
    """What a report says of some spans, counted here."""

    cost: Any  # Any: a number, nearly
    client: Any  # Any: as cost
    tokens: int | None
    calls: int
    unpriced: int


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        world.app.include_router(costs_router(world.store, world.projects, Pricer()))
        chance = random.Random(20)
        world.put(*(span for n in range(120) for span in a_trace(chance, n)))
        yield world


def a_trace(chance: random.Random, number: int) -> Iterator[Given]:
    """An agent that repeats what its calls used; some of them without model, price or tokens."""
    at = chance.uniform(0, 25 * DAY)
    of = {"trace_id": f"t{number}", "project": chance.choice(["shop", "shop", "desk"])}
    whose = {
        "user_id": chance.choice(["ann", "bob", "=1+1", ""]),
        "tags": chance.choice([[], ["beta"], ["beta", "eu"]]),
        "environment": chance.choice(["prod", "dev", ""]),
    }
    calls = [a_call(chance, f"s{number}-{n}", at + n, of) for n in range(chance.randint(1, 3))]
    counts = [call.usage.total_tokens or 0 for call in calls if call.usage]
    yield Given(
        span_id=f"r{number}",
        at=at,
        ms=5000,
        kind="agent",
        usage=Usage(total_tokens=sum(counts)) if counts else None,
        cost=Cost(total=99.0),
        fields=whose,
        **of,
    )
    for call in calls:
        call.parent = f"r{number}"
        yield call


def a_call(chance: random.Random, name: str, at: float, of: dict[str, Any]) -> Given:
    model = chance.choice(["gpt-4o", "claude-sonnet-4-5", "own-model", ""])
    into, out = chance.randint(100, 5000), chance.randint(1, 900)
    usage = Usage(
        input_tokens=into,
        output_tokens=out,
        total_tokens=into + out,
        cached_tokens=chance.choice([None, into // 2]),
        reasoning_tokens=chance.choice([None, out // 3]),
    )
    paid = (into / 1e5, out / 1e4)
    priced = chance.choice([None, "list", "client"])
    return Given(
        span_id=name,
        at=at,
        kind="llm",
        usage=usage if chance.random() < 0.85 else None,
        cost=Cost(input=paid[0], output=paid[1], total=sum(paid), source=priced)
        if priced and model
        else None,
        fields={
            "model": model,
            "provider": "openai" if model == "gpt-4o" else "",
            "prompt_name": chance.choice(["greet", ""]),
            "prompt_version": chance.choice(["1", "2"]),
        },
        **of,
    )


@pytest.fixture(scope="module")
def spans(world: World) -> list[Span]:
    """All spans as the API tells them, each with what its trace says."""
    items: list[Span] = world.get("/spans", limit=1000, from_=START.isoformat())["items"]
    traces = {t["trace_id"]: t for t in world.get("/traces", limit=1000)["items"]}
    assert len(items) < 1000
    for span in items:
        span["trace"] = traces[span["trace_id"]]
        span["at"] = datetime.fromisoformat(span["start_time"])
    return items


def within(spans: Iterable[Span], since: datetime = SINCE, until: datetime = UNTIL) -> list[Span]:
    return [span for span in spans if since <= span["at"] < until]


def summed(spans: Iterable[Span]) -> Sum:
    counted = [span for span in spans if span["usage_counted"]]
    costs = [c for span in counted if (c := span["cost"]["total"]) is not None]
    tokens = [n for span in counted if (n := span["usage"]["total_tokens"]) is not None]
    client = [s["cost"]["total"] for s in counted if s["cost"]["source"] == "client"]
    return Sum(
        cost=pytest.approx(sum(costs)) if costs else None,
        client=pytest.approx(sum(client)),
        tokens=sum(tokens) if tokens else None,
        calls=len(counted),
        unpriced=len(counted) - len(costs),
    )


def told(row: dict[str, Any]) -> Sum:
    cost = row["cost"]
    tokens = row["usage"]["total_tokens"]
    return Sum(cost["total"], cost["client"], tokens, row["calls"], row["unpriced_calls"])


def grouped(spans: Iterable[Span], keys: Callable[[Span], Iterable[Any]]) -> dict[Any, Sum]:
    found: dict[Any, list[Span]] = {}
    for span in spans:
        for key in keys(span):
            found.setdefault(key, []).append(span)
    sums = {key: summed(own) for key, own in found.items()}
    return {key: each for key, each in sums.items() if each.calls}


SPLITS: dict[str, Callable[[Span], Iterable[Any]]] = {
    "model": lambda s: [(s["model"],)],
    "provider": lambda s: [(s["provider"],)],
    "project": lambda s: [(s["project"],)],
    "user": lambda s: [(s["trace"]["user_id"],)],
    "environment": lambda s: [(s["trace"]["environment"],)],
    "tag": lambda s: [(tag,) for tag in s["trace"]["tags"] or [None]],
    "prompt": lambda s: [(s["prompt"]["name"],)],
    "prompt_version": lambda s: [(s["prompt"]["name"], s["prompt"]["version"])],
    "day": lambda s: [(s["at"].date().isoformat(),)],
    "week": lambda s: [((s["at"] - timedelta(days=s["at"].weekday())).date().isoformat(),)],
    "month": lambda s: [(s["at"].date().replace(day=1).isoformat(),)],
    "model,day": lambda s: [(s["model"], s["at"].date().isoformat())],
    "user,model": lambda s: [(s["trace"]["user_id"], s["model"])],
    "project,tag": lambda s: [(s["project"], tag) for tag in s["trace"]["tags"] or [None]],
}


@pytest.mark.parametrize("by", SPLITS)
def test_rows_say_what_adding_up_their_spans_says(world: World, spans: list[Span], by: str) -> None:
    report = world.get("/costs/report", by=by, **WINDOW)

    rows = {tuple(row["group"].values()): row for row in report["rows"]}
    billed = {key: told(row) for key, row in rows.items() if row["calls"]}
    assert billed == grouped(within(spans), SPLITS[by])
    assert len(rows) == len(report["rows"])
    assert report["overlapping"] == ("tag" in by)


def test_a_wrapper_counts_no_call_twice_and_silent_answers_are_said(
    world: World, spans: list[Span]
) -> None:
    total = world.get("/costs/report", **WINDOW)["total"]

    silent = [
        s
        for s in within(spans)
        if s["kind"] == "llm" and s["usage"]["total_tokens"] is None and s["cost"]["total"] is None
    ]
    named = [s for s in within(spans) if s["trace"]["user_id"] and not s["parent_span_id"]]
    assert told(total) == summed(within(spans))
    assert any(span["kind"] == "agent" and not span["usage_counted"] for span in spans)
    assert total["calls_without_usage"] == len(silent) > 0
    assert total["users"] == len({s["trace"]["user_id"] for s in named})


def test_the_time_before_is_as_long_and_ends_where_the_report_begins(
    world: World, spans: list[Span]
) -> None:
    report = world.get("/costs/report", by="model", **WINDOW)

    earlier = within(spans, SINCE - (UNTIL - SINCE), SINCE)
    before = grouped(earlier, SPLITS["model"])
    assert report["total"]["before"]["cost"] == summed(earlier).cost
    for row in report["rows"]:
        was = before.get((row["group"]["model"],))
        assert row["before"]["cost"] == (was and was.cost)
        if row["before"]["cost"] and row["cost"]["total"]:
            grown = row["cost"]["total"] / row["before"]["cost"] - 1
            assert row["change"] == pytest.approx(grown)


def test_a_day_is_compared_with_the_day_before_it_unless_it_is_not_whole(
    world: World, spans: list[Span]
) -> None:
    report = world.get(
        "/costs/report", by="day", **WINDOW | {"to": (UNTIL - timedelta(hours=1)).isoformat()}
    )

    days = grouped(spans, SPLITS["day"])
    for row in report["rows"]:
        day = datetime.fromisoformat(row["group"]["day"])
        was = days.get(((day - timedelta(days=1)).date().isoformat(),))
        assert row["before"]["cost"] == (was and was.cost)
    assert [row["partial"] for row in report["rows"]] == [False] * 9 + [True]
    assert report["rows"][-1]["change"] is None


def test_types_of_tokens_share_out_the_whole_cost(world: World, spans: list[Span]) -> None:
    report = world.get("/costs/report", **WINDOW)

    counted = [s for s in within(spans) if s["usage_counted"]]
    types = {each["type"]: each for each in report["token_types"]}

    def tokens(name: str) -> int:
        return sum(span["usage"][name] or 0 for span in counted)

    assert types["cached"]["tokens"] == tokens("cached_tokens")
    assert types["input"]["tokens"] == tokens("input_tokens") - tokens("cached_tokens")
    assert types["reasoning"]["tokens"] == tokens("reasoning_tokens")
    assert types["output"]["tokens"] == tokens("output_tokens") - tokens("reasoning_tokens")
    costs = [each["cost"] for each in types.values() if each["cost"] is not None]
    assert sum(costs) == pytest.approx(report["total"]["cost"]["total"])
    paid_out = sum(s["cost"]["output"] or 0 for s in counted)
    assert types["cached"]["cost"] < types["input"]["cost"]  # as many, at a lower price
    assert types["output"]["cost"] + types["reasoning"]["cost"] <= paid_out + 1e-9


def test_groups_beyond_the_limit_come_together(world: World, spans: list[Span]) -> None:
    report = world.get("/costs/report", by="model", limit=1, **WINDOW)

    first, others = report["rows"]
    rest = [s for s in within(spans) if s["model"] != first["group"]["model"]]
    assert report["truncated"]
    assert others["other"]
    assert told(others) == summed(rest)


def test_the_filter_of_a_row_finds_the_traces_behind_it(world: World, spans: list[Span]) -> None:
    for by in ("model", "tag", "user", "prompt_version"):
        for row in world.get("/costs/report", by=by, **WINDOW)["rows"]:
            key = tuple(row["group"].values())
            behind = {s["trace_id"] for s in spans if key in SPLITS[by](s) and s["usage_counted"]}
            found = set(world.trace_ids(row["filter"]))
            assert behind <= found
            assert behind == found or None in key or by in ("tag", "user")


def test_a_table_holds_the_rows_and_no_formula(world: World) -> None:
    answer = world.call("GET", "/costs/report", params={"by": "user", **WINDOW, "format": "csv"})
    accepted = world.call(
        "GET", "/costs/report", params={"by": "user", **WINDOW}, headers={"accept": "text/csv"}
    )
    rows = world.get("/costs/report", by="user", **WINDOW)["rows"]

    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content == accepted.content
    users = [row["group"]["user"] for row in rows]
    assert [line["user"] for line in lines] == [
        "'=1+1" if user == "=1+1" else user or "" for user in users
    ]
    assert [line["cost"] and float(line["cost"]) for line in lines] == [
        "" if row["cost"]["total"] is None else row["cost"]["total"] for row in rows
    ]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"by": "modl"}, "did you mean 'model'?"),
        ({"by": "model,user,day"}, "split by 2 at most"),
        ({"by": "day,week"}, "split by day or by week"),
        ({"filter": "model ="}, "column"),
        ({"filter": "a) or (b"}, "column"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "before it ends"),
        ({"from": "yesterday"}, "from is no time"),
    ],
)
def test_a_mistake_is_told(world: World, params: dict[str, str], said: str) -> None:
    answer = world.call("GET", "/costs/report", params=params)

    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


def test_nothing_recorded_is_unknown_and_not_free(world: World) -> None:
    report = world.get(
        "/costs/report", by="model", **{"from": "2020-01-01T00:00:00Z", "to": "2020-02-01"}
    )

    assert report["rows"] == []
    assert report["total"]["cost"]["total"] is None
    assert report["total"]["calls"] == 0


@pytest.mark.parametrize(
    "times",
    [
        {"from": "1970-01-01T00:00:00Z", "to": "9999-01-01T00:00:00Z"},
        {"to": "0001-01-05T00:00:00Z"},
    ],
    ids=["nothing lies so long before", "begins before all years"],
)
def test_a_time_that_has_none_before_it_is_refused(world: World, times: dict[str, str]) -> None:
    assert world.call("GET", "/costs/report", params=times).status_code == 400
