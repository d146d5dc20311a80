"""Sums of hours by keys of the user's own: made when they are asked for, gone with their spans."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from pilothouse.filters import Path, parse, path_text
from pilothouse.platform.store import aggregates, extent, housekeeping, rollups, versions
from pilothouse.platform.store.aggregates import Question
from pilothouse.platform.store.measures import measure_of, split_of
from pilothouse.platform.store.selection import Selection
from query_world import START_S, Given, World, opened

pytestmark = pytest.mark.slow

SINCE = datetime.fromtimestamp(START_S, UTC)


@pytest.fixture
def world(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A store of forty merged spans of four tiers, a few taken for many."""
    monkeypatch.setattr(rollups, "FEW_ROWS", 0)
    monkeypatch.setattr(rollups, "WORTH_SUMMING", -1)
    monkeypatch.setattr(extent, "FRESH_S", 0.0)
    with opened(tmp_path_factory.mktemp("store")) as world:
        world.put(*(call(n) for n in range(40)))
        world.store.command_sync("OPTIMIZE TABLE spans FINAL")
        yield world


def call(number: int, **fields: Any) -> Given:
    return Given(
        **{
            "trace_id": f"t{number}",
            "span_id": f"s{number}",
            "at": number * 1800,
            "attributes": {"app.tier": f"tier{number % 4}"},
        }
        | fields
    )


def question(group: str = "attributes.app.tier", text: str = "") -> Question:
    return Question(
        scope="spans",
        selection=Selection(
            projects={1: "shop"}, since=SINCE, filter=parse(text) if text else None
        ),
        measures=[measure_of("count")],
        group_by=[split_of(group, "spans")] if group else [],
        interval_s=None,
        limit=50,
    )


async def asked(world: World, about: Question) -> dict[tuple[str, ...], int]:
    """The number of spans of each group, once nothing is being summed any more."""
    answer = await aggregates.measure(world.store, about)
    await rollups.settled(world.store)
    return {group: figures["count"] for _, group, figures in answer.rows}


async def warmed(world: World) -> None:
    """Have the hours of all parts read."""
    await rollups.kept(world.store, Selection(projects={1: "shop"}))
    await versions.looked(world.store)


def kept_values(world: World) -> list[tuple[str, int]]:
    rows = world.store.rows_sync(
        "SELECT value0, sum(n) FROM key_hours GROUP BY value0 ORDER BY value0"
    )
    return [(value, int(count)) for value, count in rows]


def test_the_first_question_by_a_key_makes_the_sums_that_the_next_ones_read(
    world: World,
) -> None:
    tiers = {(f"tier{n}",): 10 for n in range(4)}

    assert asyncio.run(asked(world, question())) == tiers
    assert kept_values(world) == [(f"tier{n}", 10) for n in range(4)]

    world.store.command_sync("ALTER TABLE key_hours UPDATE n = n * 3 WHERE 1")
    world.store.command_sync("OPTIMIZE TABLE key_hours FINAL")
    assert asyncio.run(asked(world, question())) == dict.fromkeys(tiers, 30)
    only = question("", "attributes.app.tier in ('tier1', 'tier2')")
    assert asyncio.run(asked(world, only)) == {(): 60}


def test_where_a_value_went_to_the_input_the_spans_of_its_hour_are_read(world: World) -> None:
    said = {"request.text": "hello"}
    world.put(
        call(50, attributes=said, input="hello", fields={"input_key": "request.text"}),
        call(52, attributes=said),
        call(54, attributes=said),
    )
    world.store.command_sync("OPTIMIZE TABLE spans FINAL")
    about = question("", "attributes.request.text = 'hello'")

    assert asyncio.run(asked(world, about)) == {(): 3}
    assert asyncio.run(asked(world, about)) == {(): 3}


def test_sums_that_nobody_asks_for_make_room_and_those_in_use_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "MOST_KEYED", 1)
    asyncio.run(asked(world, question()))

    asyncio.run(asked(world, question("metadata.channel")))
    assert kept_values(world) == [(f"tier{n}", 10) for n in range(4)]

    monkeypatch.setattr(rollups, "UNASKED_S", 0.0)
    asyncio.run(asked(world, question("metadata.channel")))
    assert kept_values(world) == [("", 40)]
    assert asyncio.run(asked(world, question("metadata.channel"))) == {("",): 40}


def test_values_of_deleted_spans_do_not_stay_behind(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "LONGER_THAN_ANY_READ_S", 0.01)
    monkeypatch.setattr(versions, "AT_ONCE", 0)  # as if they were too many to be waited for
    asyncio.run(warmed(world))
    asyncio.run(asked(world, question()))
    rollups._known.pop(world.store)  # as at the start of a process, when nobody asks any more

    async def deleted() -> None:
        await housekeeping.delete_traces(world.store, 1, [f"t{n}" for n in range(0, 40, 4)])
        await rollups.forget_gone(world.store, at_once=True)

    asyncio.run(deleted())

    assert "tier0" not in dict(kept_values(world))
    parts = world.store.rows_sync(
        "SELECT sum(rows) FROM system.parts WHERE active AND table = 'key_hours'"
    )
    [(rows,)] = world.store.rows_sync("SELECT count() FROM key_hours")
    assert int(parts[0][0]) == int(rows), "erasure means that the bytes go too"


@pytest.mark.parametrize(
    "about",
    [
        question("user_id"),
        question("", "attributes.app.tier contains 'tier'"),
        question("", "attributes.app.tier exists"),
        question("attributes.messages.0.role"),
        question("", "any(span: attributes.app.tier = 'x')"),
    ],
)
def test_no_sums_are_made_for_what_they_would_not_tell(world: World, about: Question) -> None:
    asyncio.run(asked(world, about))

    assert kept_values(world) == []


def test_sums_that_a_kill_could_leave_in_part_are_not_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollups, "MOST_BYTES", 100)

    for _ in range(2):
        assert sum(asyncio.run(asked(world, question())).values()) == 40
    assert kept_values(world) == []


ODD = (
    *('we"ird\nkey\\', "a'b); DROP TABLE spans; --", "ключ", "k" * 5000, "{p0:String}", "%s"),
    "app.tier\napp.size",
)


@pytest.mark.parametrize("key", ODD)
def test_keys_of_any_letters_have_sums_of_their_own(world: World, key: str) -> None:
    world.put(*(call(100 + n, attributes={key: f"v{n % 2}"}) for n in range(4)))
    world.store.command_sync("OPTIMIZE TABLE spans FINAL")
    about = question(path_text(Path("attributes", key)))

    first = asyncio.run(asked(world, about))

    assert first == {("",): 40, ("v0",): 2, ("v1",): 2}
    assert kept_values(world) == [("", 40), ("v0", 2), ("v1", 2)]
    assert asyncio.run(asked(world, about)) == first


@pytest.mark.parametrize("asks", [{"group_by": ["attributes"]}, {"measures": ["sum(metadata)"]}])
def test_a_map_without_a_key_is_refused_with_the_way_to_say_one(
    world: World, asks: dict[str, Any]
) -> None:
    answer = world.call(
        "POST", "/metrics/query", json={"scope": "spans", "measures": ["count"]} | asks
    )

    assert answer.status_code == 400
    assert "say which key: " in answer.json()["error"]["message"]
