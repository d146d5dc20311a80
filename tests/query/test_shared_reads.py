"""Charts of a board that share a read say what each says by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pilothouse.spans import Usage
from query_world import START_S, Cost, Given, World, opened

START = datetime.fromtimestamp(START_S, UTC)
TRACES = [
    *("count", "error_rate", "p50(duration_ms)", "p99(duration_ms)", "uniq(user_id)"),
    *("sum(cost.total) / count", "rate(count)", "mean(scores.quality)", "share(status = 'error')"),
]
CALLS = ["count", "p95(duration_ms)", "sum(usage.total_tokens)", "tokens_per_second"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        world.put(*(call(n) for n in range(90)))
        yield world


def call(number: int) -> Given:
    return Given(
        trace_id=f"t{number}",
        span_id=f"s{number}",
        at=number * 1700,
        ms=number * number % 977,
        kind="llm" if number % 3 else "tool",
        status="error" if number % 7 == 0 else "ok",
        usage=Usage(output_tokens=number, total_tokens=number * 3),
        cost=Cost(total=number / 8),
        fields={"user_id": f"u{number % 5}"},
    )


def asked(world: World, charts: list[dict[str, Any]], hours: float = 20) -> Any:
    until = START + timedelta(hours=40)
    since = until - timedelta(hours=hours)
    window = {"from": since.isoformat(), "to": until.isoformat()}
    return world.post("/metrics/query", window | {"charts": charts})["charts"]


@pytest.mark.parametrize("condition", ["", 'status = "error"', 'name = "nothing"'])
@pytest.mark.parametrize("compare", [None, "previous", "12h"])
@pytest.mark.parametrize("rows", [("traces", TRACES), ("spans", CALLS)])
def test_figures_of_all_time_come_with_the_lines_and_are_the_same(
    rows: tuple[str, list[str]], compare: str | None, condition: str, world: World
) -> None:
    scope, measures = rows
    chart = {"scope": scope, "filter": condition, "compare": compare}
    charts = [
        chart | {"measures": measures},
        chart | {"measures": measures[:2], "interval": "4h"},
        chart | {"measures": [measures[-1]], "interval": "4h"},
        chart | {"measures": ["count"], "interval": "1h"},
        chart | {"measures": ["count"], "group_by": ["status"]},
    ]

    together = asked(world, charts)

    assert together == [asked(world, [one])[0] for one in charts]


def test_a_time_before_that_the_interval_makes_longer_is_read_for_each(world: World) -> None:
    charts = [
        {"measures": ["count"], "compare": "previous"},
        {"measures": ["count"], "compare": "previous", "interval": "3h"},
    ]

    whole, lines = asked(world, charts, hours=20)

    assert whole["previous"]["from"] != lines["previous"]["from"]
    assert [whole, lines] == [asked(world, [one], hours=20)[0] for one in charts]


def test_a_board_reads_its_rows_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    real = world.store.rows

    async def rows(sql: str, *how: Any, **more: Any) -> Any:
        read.append(sql)
        return await real(sql, *how, **more)

    monkeypatch.setattr(world.store, "rows", rows)

    asked(world, [{"measures": ["count"]}, {"measures": ["p50(duration_ms)"], "interval": "1h"}])

    assert len([sql for sql in read if "FROM traces" in sql]) == 1


@pytest.mark.parametrize("rank", ["count", "sum(usage.input_tokens)", "sum(cost.total) / count"])
def test_the_largest_groups_and_all_others_add_up_to_all_groups(rank: str, world: World) -> None:
    measures = [rank, "count", "error_count", "sum(cost.total)", "sum(usage.output_tokens)"]
    chart = {"scope": "spans", "measures": measures, "group_by": ["user_id", "kind"]}

    [whole] = asked(world, [chart])
    [cut] = asked(world, [chart | {"limit": 3, "other": True}])

    assert (cut["truncated"], cut["group_count"], len(cut["series"])) == (True, 10, 4)
    assert cut["series"][:3] == whole["series"][:3]
    [rest] = cut["series"][3]["points"]
    left = [series["points"][0] for series in whole["series"][3:]]
    for name in ("count", "error_count", "sum(cost.total)", "sum(usage.output_tokens)"):
        known = [point[name] for point in left if point[name] is not None]
        assert rest[name] == (sum(known) if known else None)
