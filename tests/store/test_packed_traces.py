"""Lists show of a trace what its columns say, whoever wrote the copy that lists are read from."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from pilothouse.spans import Usage
from query_world import Cost, Given, World, opened


def test_a_list_shows_what_the_columns_say(tmp_path: Path) -> None:
    with opened(tmp_path) as world:
        world.put(*_spans())
        world.put(Given(trace_id="moved", span_id="m0", at=-7200))  # its first span, come late
        shown = _listed(world)
        opened_one_by_one = {
            trace_id: world.get(f"/traces/{trace_id}", payloads=False)["trace"]
            for trace_id in shown
        }
        asyncio.run(_repack(world, "''"))
        without = _listed(world)
        asyncio.run(_repack(world, "'[999,\"of another release\"]'"))
        of_another_release = _listed(world)

    assert len(shown) == 4
    assert shown == opened_one_by_one
    assert without == shown
    assert of_another_release == shown
    assert shown["whole"]["metadata"] == {"tier": 'g"old', "n": "7"}
    assert shown["whole"]["usage"]["total_tokens"] == 12


def _spans() -> list[Given]:
    fields: dict[str, Any] = {
        "session_id": "c1",
        "user_id": "ü \\ \n",
        "environment": "prod",
        "release": "1.2",
        "tags": ["a", "b"],
        "metadata": {"tier": 'g"old', "n": "7"},
        "status_message": "it broke",
    }
    return [
        Given(trace_id="plain", span_id="p"),
        Given(trace_id="open", span_id="o", ms=None, input="é" * 400),
        Given(trace_id="whole", span_id="w", status="error", input="in", fields=fields),
        Given(
            trace_id="whole",
            span_id="w1",
            parent="w",
            kind="llm",
            ms=0.5,
            usage=Usage(input_tokens=5, output_tokens=7, total_tokens=12),
            cost=Cost(input=0.1, output=0.2, total=0.1 + 0.2),
            fields={"model": "gpt-4o", "provider": "openai"},
        ),
        Given(trace_id="moved", span_id="m1", at=0),
    ]


def _listed(world: World) -> dict[str, Any]:
    newest = world.get("/traces")["items"]
    by_cost = world.get("/traces", order_by="-cost.total")["items"]
    assert sorted(newest, key=_id) == sorted(by_cost, key=_id)
    return {item["trace_id"]: item for item in newest}


def _id(item: dict[str, Any]) -> str:
    return str(item["trace_id"])


async def _repack(world: World, value: str) -> None:
    await world.store.command(
        f"ALTER TABLE traces UPDATE packed = {value} WHERE 1 SETTINGS mutations_sync = 1"
    )
