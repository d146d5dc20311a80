"""Releases and versions of prompts that came in a time, against what was put."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from query_world import START_S, Given, World, opened

pytestmark = pytest.mark.slow


def at(seconds: float) -> str:
    moment = datetime.fromtimestamp(START_S, UTC) + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def span(number: int, seconds: float, project: str = "shop", **fields: Any) -> Given:
    return Given(
        trace_id=f"{project}{number}",
        span_id=f"s{number}",
        project=project,
        at=seconds,
        fields=fields,
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        world.put(
            span(1, 10, release="1.0"),
            span(2, 7_300, release="1.0", prompt_name="answer", prompt_version="1"),
            span(3, 9_000.25, release="2.0", prompt_name="answer", prompt_version="2"),
            span(4, 8_999, release="2.0", prompt_name="answer", prompt_version="2"),
            span(5, 9_100, release="1.0", prompt_name="plain"),
            span(6, 8_000, project="desk", release="d1"),
            span(7, 9_200, project="desk", release="1.0"),
        )
        yield world


def told(answer: dict[str, Any]) -> list[tuple[str, str, str | None, str]]:
    return [
        (one["kind"], one["name"], one["version"], one["first_seen_at"]) for one in answer["items"]
    ]


def test_what_came_in_a_time_is_told_the_newest_first(world: World) -> None:
    answer = world.get("/metrics/first-seen", project="shop", from_=at(0), to=at(20_000))

    assert told(answer) == [
        ("prompt", "plain", None, at(9_100)),
        ("release", "2.0", None, at(8_999)),
        ("prompt", "answer", "2", at(8_999)),
        ("prompt", "answer", "1", at(7_300)),
        ("release", "1.0", None, at(10)),
    ]
    assert (answer["count"], answer["truncated"]) == (5, False)


def test_what_was_there_before_is_not_new_though_its_hour_is_the_same(world: World) -> None:
    answer = world.get("/metrics/first-seen", project="shop", from_=at(9_000), to=at(20_000))

    assert told(answer) == [("prompt", "plain", None, at(9_100))]
    assert answer["count"] == 1


def test_what_comes_after_the_time_is_left_out(world: World) -> None:
    answer = world.get("/metrics/first-seen", project="shop", from_=at(100), to=at(8_999))

    assert told(answer) == [("prompt", "answer", "1", at(7_300))]


def test_each_project_has_releases_of_its_own(world: World) -> None:
    answer = world.get("/metrics/first-seen", project="desk")

    assert [(name, moment) for _, name, _, moment in told(answer)] == [
        ("1.0", at(9_200)),
        ("d1", at(8_000)),
    ]


def test_of_many_the_newest_are_told_and_how_many_there_are(world: World) -> None:
    world.put(*(span(100 + n, 50_000 + n, release=f"build-{n}") for n in range(1_200)))

    answer = world.get("/metrics/first-seen", project="shop", from_=at(40_000), limit=2)

    assert [name for _, name, _, _ in told(answer)] == ["build-1199", "build-1198"]
    assert (answer["count"], answer["truncated"]) == (1_200, True)


def test_bad_input_is_refused(world: World) -> None:
    world.error("/metrics/first-seen", 404, project="nobody")
    world.error("/metrics/first-seen", 400, project="shop", from_="yesterday")
    world.error("/metrics/first-seen", 400, project="shop", limit=0)
