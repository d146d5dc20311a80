"""Rules on hosts: what they read of metrics, and which incidents of a week they find."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from alerts.receivers import web
from alerts.traffic import rule
from otlp import JSON, used_memory
from pilothouse.platform.alerts.evaluation import Evaluation, Seen
from pilothouse.platform.alerts.models import AlertRule, Question
from pilothouse.platform.alerts.preview import Preview, Previews
from pilothouse.platform.errors import BadRequest
from query_world import World, opened
from servers import ServerProcess

NOW_S = int(time.time()) // 3600 * 3600
DAY_S, STEP_S, DAYS = 86_400, 300, 9
COLUMNS = ["project", "name", "series", "time", "attributes", "sum", "version"]
INCIDENT = range(NOW_S - 7200, NOW_S - 3600)


def point(host: str, name: str, at_s: float, value: float, **more: str) -> tuple[Any, ...]:
    """A row; `_` in the name of an attribute stands for a dot."""
    attributes = {"host.name": host} | {key.replace("_", "."): it for key, it in more.items()}
    return (1, name, host + repr(more), round(at_s * 1e6), attributes, value, 1)


def week() -> Iterator[tuple[Any, ...]]:
    """`busy` works its processor and fills a disk for an hour; in it `gone` says nothing."""
    for at_s in range(NOW_S - DAYS * DAY_S, NOW_S, STEP_S):
        wrong = at_s in INCIDENT
        wave = 0.02 * (at_s // STEP_S % 3)
        yield point("busy", "system.cpu.utilization", at_s, 0.05 if wrong else 0.7 - wave)
        for mount, share in (("/", 0.3), ("/data", 0.97 if wrong else 0.5)):
            yield point("busy", "system.filesystem.utilization", at_s, share, mountpoint=mount)
        if not wrong:
            yield point("gone", "system.cpu.utilization", at_s, 0.75 + wave)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("hosts")) as made:
        asyncio.run(made.store.insert("metric_points", COLUMNS, list(week())))
        yield made


def watching(measure: str, **more: Any) -> AlertRule:
    question = {name: more.pop(name) for name in ("filter", "group_by") if name in more}
    made = rule(measure, **more)
    asked = Question(scope="hosts", measure=measure, window="5m", **question)
    return replace(made, project_id=1, question=asked)


def tried(world: World, asked: AlertRule) -> Preview:
    now = datetime.fromtimestamp(NOW_S, UTC)
    return asyncio.run(Previews(world.store).of(asked, "shop", 1, now))


@pytest.mark.parametrize(
    ("measure", "asked", "host"),
    [
        ("cpu", {"kind": "threshold", "alert": 0.9}, "busy"),
        ("disk", {"kind": "threshold", "alert": 0.9}, "busy"),
        ("cpu", {"kind": "change", "season": "day", "periods": 7, "alert": 100}, "busy"),
        ("cpu", {"kind": "anomaly", "season": "day", "periods": 7, "alert": 6}, "busy"),
        ("cpu", {"kind": "absence", "alert": 10}, "gone"),
    ],
    ids=["cpu", "disk", "change", "anomaly", "absence"],
)
def test_each_kind_of_rule_finds_the_hour_of_its_host(
    world: World, measure: str, asked: dict[str, Any], host: str
) -> None:
    found = tried(world, watching(measure, group_by="host.name", **asked))

    [episode] = found.episodes
    assert episode.group == host
    assert episode.ended_at is not None
    lasted = episode.ended_at - episode.opened_at
    assert timedelta(minutes=50) <= lasted <= timedelta(minutes=60)
    assert INCIDENT.start <= episode.opened_at.timestamp() <= INCIDENT.start + 900


def test_all_hosts_together_are_as_busy_as_the_busiest_and_are_counted(world: World) -> None:
    busy = tried(world, watching("cpu", kind="threshold", alert=0.9))
    fewer = tried(world, watching("count", kind="threshold", direction="below", alert=1))
    others = tried(world, watching("cpu", kind="threshold", alert=0.9, filter="g*, db-1"))

    assert [one.value for one in busy.episodes] == [pytest.approx(0.95)]
    assert [one.value for one in fewer.episodes] == [1]
    assert others.episodes == []


def test_a_look_reads_the_window_that_has_just_ended_and_knows_who_is_silent(
    world: World,
) -> None:
    both = watching("cpu", kind="threshold", alert=0.9, group_by="host.name")
    counted = watching("count", kind="threshold", alert=9, group_by="host.name")
    until = datetime.fromtimestamp(INCIDENT.start + 1800 + 60, UTC)

    found = asyncio.run(
        Evaluation(world.store).look([both, replace(counted, id="other")], {1: "shop"}, {}, until)
    )

    seen, others = found[both.id], found["other"]
    assert isinstance(seen, dict)
    assert {host: one.reading.value for host, one in seen.items()} == {"busy": pytest.approx(0.95)}
    assert isinstance(others, dict)
    assert [type(one) for one in others.values()] == [Seen]
    assert others["busy"].reading.value == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"measure": "p95(duration_ms)"},
            "no measure of hosts: cpu, memory, disk, gpu, gpu_mem",
        ),
        ({"measure": "cpu", "group_by": "model"}, "watched each for itself by 'host.name'"),
    ],
)
def test_what_hosts_do_not_tell_is_refused(
    world: World, tmp_path: Path, more: dict[str, str], said: str
) -> None:
    asked = watching(**more, kind="threshold", alert=1)

    with pytest.raises(BadRequest, match=said):
        asyncio.run(Evaluation(world.store).ask(asked, "shop", datetime.now(UTC)))


def test_a_host_that_is_too_busy_is_told_on_a_channel(server: ServerProcess) -> None:
    api = f"{server.url}/api/v1"
    body = used_memory("web-1", [(200, 0.95)], project="machines")
    assert server.call("POST", "/v1/metrics", body, JSON)[0] == 200

    with web() as receiver:
        hook = {"name": "machines", "kind": "webhook", "url": receiver.url, "secret": "s" * 16}
        channel = httpx.post(f"{api}/alerts/channels", json=hook).json()["id"]
        asked = {
            "project": "machines", "name": "Memory", "scope": "hosts", "measure": "memory",
            "group_by": "host.name", "filter": "web-*", "window": "10m", "channels": [channel],
            "condition": {"kind": "threshold", "alert": {"bound": 0.9}},
        }  # fmt: skip
        made = httpx.post(f"{api}/alerts", json=asked)
        assert made.status_code == 201, made.text
        [message] = receiver.wait(1)

    [event] = message["events"]
    assert (event["group"], event["value"]) == ({"host.name": "web-1"}, 0.95)
    assert event["text"] == (
        "memory of hosts in machines where host.name is web-1 (web-*) is 0.95 over 10m;"
        " alert is at least 0.9."
    )
