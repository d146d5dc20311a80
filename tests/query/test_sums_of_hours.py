"""Charts over the kept sums of hours say what charts over the spans say."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pilothouse.filters import parse
from pilothouse.platform.store import aggregates, extent, once, rollups
from pilothouse.platform.store.aggregates import Answer, Question
from pilothouse.platform.store.intervals import interval_s
from pilothouse.platform.store.measures import field_of, measure_of
from pilothouse.platform.store.selection import Selection
from pilothouse.spans import Usage
from query_world import START_S, Cost, Given, World, opened

HOURS = 40
MEASURES = (
    *("count", "error_count", "error_rate", "count(duration_ms)", "avg(duration_ms)"),
    *("min(duration_ms)", "max(duration_ms)", "p50(duration_ms)", "p99.9(duration_ms)"),
    *("sum(duration_ms)", "p90(time_to_first_token_ms)", "uniq(duration_ms)"),
    *("sum(usage.total_tokens)", "avg(usage.input_tokens)", "count(usage.output_tokens)"),
    *("sum(cost.total)", "avg(cost.total)", "count(cost.input)"),
    *("success_rate", "tokens_per_second", "share(streaming = true and not status = 'error')"),
    *("histogram(duration_ms)", "histogram(time_to_first_token_ms, 50)"),
    *("sum(cost.total) / count", "error_count / all(count)"),
)
FILTERS = (
    "",
    'kind = "llm"',
    'not (kind = "llm" and status = "error") or model ~ "gpt*"',
    "model exists and streaming = true",
    'kind in ("tool", "llm") and prompt.name = "greet"',
    'kind = "nothing"',
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        yield world


@pytest.fixture(autouse=True)
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a few spans for many."""
    monkeypatch.setattr(rollups, "FEW_ROWS", 0)
    monkeypatch.setattr(rollups, "AT_ONCE", 30)
    monkeypatch.setattr(once, "FEW_ROWS", 0)
    monkeypatch.setattr(extent, "FRESH_S", 0.0)


def some_span(chance: random.Random, name: str) -> Given:
    kind = chance.choice(["llm", "tool", "chain"])
    tokens = chance.randint(0, 5000)
    return Given(
        trace_id=f"t{name}",
        span_id=name,
        project=chance.choice(["shop", "shop", "desk"]),
        at=chance.uniform(0, HOURS * 3600),
        ms=chance.choice([None, chance.randint(0, 9000), 12.5]),
        kind=kind,
        status=chance.choice(["ok", "ok", "error"]),
        usage=Usage(
            input_tokens=tokens,
            output_tokens=chance.choice([None, 7]),
            total_tokens=tokens + 7,
        )
        if kind == "llm"
        else None,
        cost=Cost(total=tokens / 7) if chance.random() < 0.4 else None,
        fields={
            "model": chance.choice(["gpt-4o", "claude-3", ""]),
            "tool_name": chance.choice(["search", ""]),
            "prompt_name": chance.choice(["greet", ""]),
            "streaming": chance.choice([True, False, None]),
        },
    )


def question(chance: random.Random) -> Question:
    start = datetime.fromtimestamp(START_S, UTC)
    since, until = sorted(chance.choices(range(-3600, (HOURS + 1) * 3600), k=2))
    if chance.random() < 0.5:
        since, until = since // 3600 * 3600, until // 3600 * 3600
    every = chance.choice([None, "1h", "3h", "1d"])
    text = chance.choice(FILTERS)
    return Question(
        scope="spans",
        selection=Selection(
            projects=chance.choice([{1: "shop"}, {1: "shop", 2: "desk"}]),
            since=chance.choice([None, start + timedelta(seconds=since)]),
            until=chance.choice([None, start + timedelta(seconds=until)]),
            filter=parse(text) if text else None,
        ),
        measures=[measure_of(text) for text in chance.sample(MEASURES, k=4)],
        group_by=[
            field_of(text, "group_by")
            for text in chance.choice([(), (), ("model",), ("kind", "streaming"), ("tool_name",)])
        ],
        interval_s=None if every is None else interval_s(every),
        limit=chance.choice([2, 50]),
        other=chance.random() < 0.5,
    )


async def both(world: World, asked: Question, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The answer from the sums of hours, and the one from the spans with FINAL."""
    summed = await aggregates.measure(world.store, asked)
    with monkeypatch.context() as patched:
        patched.setattr(aggregates, "_told_by_hours", lambda _question, _calls: False)
        patched.setattr(once, "FEW_ROWS", 1 << 40)
        return plain(summed), plain(await aggregates.measure(world.store, asked), near)


def plain(answer: Answer, shown: Callable[[Any], Any] = lambda value: value) -> Any:
    """In one order, with the values as they are shown."""
    rows = [(time or 0, group, values) for time, group, values in answer.rows]
    others = [(time or 0, (), values) for time, values in answer.other]
    return (answer.truncated, answer.group_count), [
        (time, group, {name: shown(value) for name, value in values.items()})
        for time, group, values in sorted(rows + others, key=lambda row: row[:2])
    ]


def near(value: Any) -> Any:
    """Costs are floats, whose last digits depend on what is added first."""
    return pytest.approx(value, rel=1e-12) if isinstance(value, float) else value


async def kept_hours(world: World) -> tuple[int, int]:
    """How many hours are kept now, once nothing is missing, and how many are not."""
    selection = Selection(projects={1: "shop", 2: "desk"})
    for _ in range(3):
        await rollups.kept(world.store, selection)
        await asyncio.sleep(0.05)  # the hours of new parts are read beside
        await rollups.settled(world.store)
    kept = await rollups.kept(world.store, selection)
    return (len(kept.marks), len(kept.others)) if kept else (0, -1)


def test_sums_of_hours_say_what_the_spans_say_whatever_comes_late_twice_or_goes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(3)
    spans = [some_span(chance, f"s{n}") for n in range(150)]

    async def compare() -> tuple[int, int]:
        hours = await kept_hours(world)
        for _ in range(8):
            asked = question(chance)
            summed, read = await both(world, asked, monkeypatch)
            assert summed == read, asked
        return hours

    world.put(*spans)
    assert asyncio.run(compare()) == (0, -1), "an hour that was not merged yet changes soon"
    asyncio.run(world.store.command("OPTIMIZE TABLE spans FINAL"))
    whole = asyncio.run(compare())
    assert whole[0] > HOURS
    assert whole[1] == 0
    late = [some_span(chance, f"late{n}") for n in range(5)]
    again = [replace(span, ms=77.0, status="error") for span in chance.sample(spans, k=5)]
    world.put(*late, *again)
    touched = asyncio.run(compare())
    assert touched[0] < whole[0]
    assert touched[1] > 0
    asyncio.run(world.store.command("DELETE FROM spans WHERE span_id = 's7' OR trace_id = 'ts9'"))
    asyncio.run(compare())
    asyncio.run(world.store.command("OPTIMIZE TABLE spans FINAL"))
    assert asyncio.run(compare())[1] == 0
    monkeypatch.setattr(rollups, "LONGER_THAN_ANY_READ_S", 0.0)
    world.put(some_span(chance, "last"))
    asyncio.run(world.store.command("OPTIMIZE TABLE spans FINAL"))
    whole = asyncio.run(compare())
    [(marks,)] = world.store.rows_sync("SELECT uniqExact(parts) FROM span_hours")
    assert marks == whole[0], "sums that nobody reads any more are dropped"


def test_sums_of_hours_are_found_again_by_the_next_process_and_never_written_twice(
    world: World,
) -> None:
    before = asyncio.run(kept_hours(world))
    rows = world.store.rows_sync("SELECT count(), uniqExact(parts) FROM span_hours")

    del rollups._known[world.store]  # as at the start of a process
    assert asyncio.run(kept_hours(world)) == before
    assert world.store.rows_sync("SELECT count(), uniqExact(parts) FROM span_hours") == rows
