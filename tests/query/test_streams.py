"""What is answered piece by piece: exports and the live tail."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from pilothouse.platform.ingest.otlp.json import decode_traces
from pilothouse.platform.query import export
from pilothouse.platform.query.tail import Tail
from pilothouse.platform.store import spans_read
from pilothouse.platform.store.selection import Selection
from pilothouse.spans import Event, Usage
from query_world import Cost, Given, World, opened

pytestmark = pytest.mark.slow

ATTRIBUTES = {
    "n": 7,
    "f": 0.5,
    "flag": True,
    "list": ["a", 1],
    "deep": {"x": None},
    "text": "ü" * 300,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("store")) as world:
        world.put(
            *(
                Given(
                    trace_id=f"{n:032x}",
                    span_id=f"{n:012x}{i:04x}",
                    parent="" if i == 0 else f"{n:012x}{0:04x}",
                    project="shop" if n % 2 else "desk",
                    at=n * 60 + i,
                    name=f'=n, "{n}"\n',
                    input="line 1\nline 2",
                    usage=Usage(total_tokens=n),
                    cost=Cost(total=0.25),
                    attributes=ATTRIBUTES,
                    resource={"service.name": "api"},
                    events=[
                        Event(name="e", time_ns=1_790_000_000_000_000_000, attributes={"k": 1})
                    ],
                    fields={"session_id": f"c{n % 3}", "tags": ["a"], "metadata": {"k": "v"}},
                )
                for n in range(1, 120)
                for i in range(2)
            )
        )
        world.post("/scores", {"trace_id": f"{1:032x}", "name": "q", "value": 1})
        yield world


def exported(world: World, **params: Any) -> bytes:
    answer = world.call("GET", "/export", params=params)
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    return answer.content


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "WINDOW", 50)


def test_jsonl_has_each_trace_with_its_spans(world: World) -> None:
    lines = [json.loads(line) for line in exported(world, format="jsonl").splitlines()]

    assert len({line["trace"]["trace_id"] for line in lines}) == len(lines) == 119
    assert all(len(line["spans"]) == 2 for line in lines)
    assert lines[0]["spans"][0]["attributes"] == ATTRIBUTES
    scored = next(line for line in lines if line["trace"]["scores"])
    assert scored["trace"]["trace_id"] == f"{1:032x}"


def test_jsonl_of_spans_keeps_to_the_filter(world: World) -> None:
    body = exported(world, format="jsonl", scope="spans", filter="usage.total_tokens > 100")

    lines = [json.loads(line) for line in body.splitlines()]
    assert len(lines) == 38
    assert all(line["attributes"] == ATTRIBUTES for line in lines)


def test_csv_has_one_row_each(world: World) -> None:
    for scope, rows in (("traces", 119), ("spans", 238), ("sessions", 6)):
        text = exported(world, format="csv", scope=scope).decode()
        found = list(csv.DictReader(io.StringIO(text)))
        assert len(found) == rows
        assert all(row["usage.total_tokens"] for row in found)
        # No spreadsheet runs a name that somebody else gave.
        assert all(row.get("name", "'=").startswith("'=") for row in found)


def test_parquet_has_one_row_each(world: World) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for scope, rows in (("traces", 119), ("spans", 238), ("sessions", 6)):
        table = parquet.read_table(io.BytesIO(exported(world, format="parquet", scope=scope)))
        assert table.num_rows == rows
        assert {"project", "start_time", "cost.total"} <= set(table.column_names)
        if scope != "sessions":
            items = world.get(f"/{scope}", limit="1000")["items"]
            same = ("trace_id", "session_id", "user_id", "status_message", "release")
            assert [[row[name] for name in same] for row in table.to_pylist()] == [
                [item[name] for name in same] for item in items
            ]
            assert [
                [(score["name"], score["value"]) for score in row["scores"]]
                for row in table.to_pylist()
            ] == [[(score["name"], score["value"]) for score in item["scores"]] for item in items]


def test_otlp_comes_back_as_what_was_sent(world: World) -> None:
    lines = exported(world, format="otlp", project="shop").splitlines()

    sources = [source for line in lines for source in decode_traces(line, {}).batch.sources]
    assert len({(s.trace_id, s.span_id) for s in sources}) == 120
    first = min(sources, key=lambda s: s.start_ns)
    assert first.attributes == ATTRIBUTES
    assert first.resource["service.name"] == "api"
    assert first.project == "shop"
    assert first.events[0].attributes == {"k": 1}
    assert first.name == '=n, "1"\n'


def test_sessions_have_no_otlp_form(world: World) -> None:
    assert world.error("/export", 400, format="otlp", scope="sessions")["code"] == "bad_request"


def test_a_very_large_trace_is_outlined_by_the_engine_with_the_same_members(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/traces/{5:032x}"
    here = world.get(path, payloads="false")
    monkeypatch.setattr(spans_read, "SHAPED_HERE", 0)

    for span in here["spans"]:  # unknown members of these are left out there
        for name in ("usage", "cost", "prompt"):
            span[name] = {k: v for k, v in span[name].items() if v is not None}
    assert world.get(path, payloads="false") == here


def test_the_tail_tells_of_new_and_changed_traces_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pilothouse.platform.query.tail.EVERY_S", 0.02)
    stopping = asyncio.Event()
    tail = Tail(world.store, stopping)
    selection = Selection(projects={1: "shop"})

    async def listen() -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        events = tail.events(selection)
        assert b"event: ready" in await anext(events)
        await asyncio.to_thread(
            world.put,
            Given(trace_id="new", span_id="new-1", at=90_000, project="shop"),
            Given(trace_id="other", span_id="other-1", at=90_000, project="desk"),
        )
        async for event in events:
            told.append(json.loads(event.split(b"data: ")[1]))
            if len(told) == 1:
                change = Given(trace_id="new", span_id="new-2", parent="new-1", at=90_001)
                await asyncio.to_thread(world.put, change)
            else:
                stopping.set()
        return told

    told = asyncio.run(asyncio.wait_for(listen(), 120))

    assert [(t["trace_id"], t["span_count"]) for t in told] == [("new", 1), ("new", 2)]
