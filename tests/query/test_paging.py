"""Pages: each row once, in order, whatever ties and gaps there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pilothouse.spans import Usage
from query_world import Cost, Given, World, opened

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        world.put(
            *(
                Given(
                    trace_id=f"t{n:03d}",
                    span_id=f"s{n:03d}-{part}",
                    parent="" if part == 0 else f"s{n:03d}-0",
                    project="shop" if n % 4 else "desk",
                    at=(n // 10) * 1800,  # ten traces start at one moment
                    ms=None if n % 9 == 0 else 100 * (n % 5),
                    name=f"n{n % 3}",
                    input="hello world" if n % 2 else "",
                    usage=Usage(total_tokens=n % 6) if n % 7 else None,
                    cost=Cost(total=(n % 4) / 3) if n % 5 else None,
                    fields={
                        "user_id": f"u{n % 11}" if n % 3 else "",
                        "session_id": f"c{n % 8}" if n % 2 else "",
                        "model": f"m{n % 2}",
                    },
                )
                for n in range(80)
                for part in range(2)
            )
        )
        yield world


def all_pages(world: World, path: str, **params: Any) -> list[dict[str, Any]]:
    items, cursor = [], None
    while True:
        page = world.get(path, **params, **({"cursor": cursor} if cursor else {}))
        assert len(page["items"]) <= params["limit"]
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


def member(item: dict[str, Any], name: str) -> Any:
    value: Any = item
    for part in name.split("."):
        value = value[part]
    return value


TRACE_ORDERS = (
    *("start_time", "end_time", "first_seen_at", "duration_ms", "name", "status", "user_id"),
    *("session_id", "usage.total_tokens", "cost.total", "span_count", "error_count", "trace_id"),
    *("llm_call_count", "environment", "input_preview", "time_to_first_token_ms"),
)


@pytest.mark.parametrize("way", ["", "-"])
@pytest.mark.parametrize("order", TRACE_ORDERS)
def test_traces_come_once_each_in_any_order(order: str, way: str, world: World) -> None:
    items = all_pages(world, "/traces", order_by=way + order, limit=7)

    assert len({item["trace_id"] for item in items}) == len(items) == 80
    values = [member(item, order) for item in items]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (80 - len(known)), "unknown values come last"
    assert known == sorted(known, reverse=way == "-")


@pytest.mark.parametrize("order", ["-start_time", "start_time", "model", "-usage.total_tokens"])
def test_spans_come_once_each(order: str, world: World) -> None:
    items = all_pages(world, "/spans", order_by=order, limit=11, project="shop")

    assert len({item["span_id"] for item in items}) == len(items) == 120


@pytest.mark.parametrize("order", ["-start_time", "user_id", "-cost.total", "trace_count"])
def test_sessions_come_once_each(order: str, world: World) -> None:
    items = all_pages(world, "/sessions", order_by=order, limit=3)

    keys = {(item["project"], item["session_id"]) for item in items}
    assert len(keys) == len(items) == len(world.get("/sessions", limit=1000)["items"]) > 3


@pytest.mark.parametrize("order", ["-last_seen_at", "user_id", "-cost.total", "-trace_count"])
def test_users_come_once_each(order: str, world: World) -> None:
    items = all_pages(world, "/users", order_by=order, limit=4)

    keys = {(item["project"], item["user_id"]) for item in items}
    assert len(keys) == len(items) == len(world.get("/users", limit=1000)["items"]) > 4


def test_pages_of_a_search_come_once_each(world: World) -> None:
    for q in ("hello", "ello", '"o wor"', "world hello"):
        items = all_pages(world, "/traces", q=q, limit=7)

        assert len({item["trace_id"] for item in items}) == len(items) == 40
        starts = [item["start_time"] for item in items]
        assert starts == sorted(starts, reverse=True)


def test_pages_of_a_search_in_another_order_come_once_each(world: World) -> None:
    items = all_pages(world, "/spans", q="ello", limit=7, order_by="-usage.total_tokens")

    assert len({item["span_id"] for item in items}) == len(items) == 80


def test_a_page_with_a_filter_goes_on_where_it_ended(world: World) -> None:
    items = all_pages(world, "/traces", filter='model = "m1" and name = "n1"', limit=4)

    assert sorted(i["trace_id"] for i in items) == world.trace_ids('model = "m1" and name = "n1"')


def test_a_cursor_of_another_order_is_refused(world: World) -> None:
    cursor = world.get("/traces", limit=5)["next_cursor"]

    error = world.error("/traces", 400, limit=5, cursor=cursor, order_by="name")

    assert "start again without it" in error["message"]


def test_new_traces_do_not_move_the_pages_behind_them(world: World) -> None:
    first = world.get("/traces", limit=40)
    world.put(Given(trace_id="t999", span_id="s999", at=90_000))

    second = world.get("/traces", limit=1000, cursor=first["next_cursor"])

    ids = [item["trace_id"] for item in first["items"] + second["items"]]
    assert len(ids) == len(set(ids)) == 80


def test_totals_are_of_the_whole_result(world: World) -> None:
    wanted = 'name = "n1" and model = "m1"'
    page = world.get("/traces", filter=wanted, limit=1, totals=True)
    items = world.get("/traces", filter=wanted, limit=1000)["items"]

    assert page["totals"]["count"] == len(items)
    tokens = [i["usage"]["total_tokens"] for i in items if i["usage"]["total_tokens"] is not None]
    assert page["totals"]["total_tokens"] == sum(tokens)
    costs = [i["cost"]["total"] for i in items if i["cost"]["total"] is not None]
    assert page["totals"]["total_cost"] == pytest.approx(sum(costs))
    durations = sorted(i["duration_ms"] for i in items if i["duration_ms"] is not None)
    assert durations[0] <= page["totals"]["p50_duration_ms"] <= durations[-1]
