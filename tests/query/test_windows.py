"""A filter that asks the spans of traces looks at the newest first, and still finds the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from pilothouse.platform.store import lists
from query_world import Given, World, opened

pytestmark = pytest.mark.slow

DAY = 86_400
FILTERS = (
    'any(span: kind = "tool" and duration_ms > 40)',
    'not any(span: kind = "tool" and duration_ms > 40)',
    'all(span: kind = "llm" or duration_ms > 20)',
    'attributes.plan = "gold"',
    'any(span: attributes.plan = "gold") and any(span: name = "late")',
    'any(span: name = "late")',
    'any(span: name = "nowhere")',
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    chance = random.Random(11)
    with opened(tmp_path_factory.mktemp("store")) as world:
        spans = []
        for n in range(90):
            at = chance.randint(0, 20 * DAY)
            project = "shop" if n % 4 else "desk"
            spans.append(Given(trace_id=f"t{n}", span_id=f"r{n}", project=project, at=at))
            spans += [
                Given(
                    trace_id=f"t{n}",
                    span_id=f"c{n}-{i}",
                    parent=f"r{n}",
                    project=project,
                    at=at + 1,
                    ms=chance.randint(1, 80),
                    kind=chance.choice(["tool", "llm"]),
                    attributes={"plan": chance.choice(["gold", "tin", "iron"])},
                )
                for i in range(chance.randint(0, 3))
            ]
            if n % 6 == 0:  # goes on for days: its last span stands in a newer window
                spans.append(
                    Given(
                        trace_id=f"t{n}",
                        span_id=f"l{n}",
                        parent=f"r{n}",
                        project=project,
                        at=at + chance.randint(1, 4) * DAY,
                        name="late",
                    )
                )
        world.put(*spans)
        yield world


def _pages(world: World, limit: int, **params: Any) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = world.get("/traces", limit=limit, **params, **({"cursor": cursor} if cursor else {}))
        found += [item["trace_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("filter_text", FILTERS)
@pytest.mark.parametrize("project", ["shop", None])
def test_windows_change_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, filter_text: str, project: str | None
) -> None:
    params = {"filter": filter_text} | ({"project": project} if project else {})
    window = {"from_": "2026-09-24T03:30:00Z", "to": "2026-10-06T17:10:00Z"}
    params_within = params | {k.rstrip("_"): v for k, v in window.items()}

    monkeypatch.setattr(lists, "FIRST_SPANS", 1_000_000)
    at_once = _pages(world, 1000, **params)
    within = _pages(world, 1000, **params_within)
    monkeypatch.setattr(lists, "FIRST_SPANS", 7)
    monkeypatch.setattr(lists, "GROWTH", 4)
    monkeypatch.setattr(lists, "WORTH", 2)

    assert _pages(world, 4, **params) == at_once
    assert _pages(world, 1000, **params) == at_once
    assert _pages(world, 3, **params_within) == within
    assert set(within) <= set(at_once)


def test_the_filters_find_some_traces_and_not_others(world: World) -> None:
    counts = [len(_pages(world, 1000, filter=text)) for text in FILTERS]

    assert counts[-1] == 0
    assert all(0 < count < 90 for count in counts[:-1])


def test_a_page_that_the_newest_traces_fill_asks_no_older_ones(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0
    page = lists._page

    async def counted(*args: Any, **how: Any) -> Any:
        nonlocal read
        read += 1
        return await page(*args, **how)

    monkeypatch.setattr(lists, "_page", counted)
    monkeypatch.setattr(lists, "FIRST_SPANS", 15)
    monkeypatch.setattr(lists, "GROWTH", 2)
    monkeypatch.setattr(lists, "WORTH", 2)
    world.get("/traces", filter=FILTERS[0], limit=1)
    newest = read
    world.get("/traces", filter=FILTERS[-1], limit=1)

    assert newest < 3
    assert read - newest > 2  # what is nowhere is looked for everywhere


def test_the_next_window_is_as_large_as_the_page_needs_it() -> None:
    assert lists._next_window(1000, found=0, missing=50) == 8000
    assert lists._next_window(1000, found=1, missing=50) == 8000
    assert lists._next_window(1000, found=20, missing=30) == 2250
    assert lists._next_window(1000, found=49, missing=1) == 1000
