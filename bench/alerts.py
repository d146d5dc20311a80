"""What alert rules cost: CPU of a look at 200 rules over 20 groups, as a share of each minute.

    python bench/alerts.py [--spans 400000] [--looks 20]
    python bench/alerts.py --data DIRECTORY --project support-agent --to 2026-11-20T00:00:00Z

Fills a server with a day of traffic and some of the two weeks before, adds ten rules (thresholds,
changes, anomalies, absences) to each of 20 combinations of scope, filter and window, and looks at
one minute after the other in this process, as the server's worker does each minute. Printed are the
CPU time of a look and its share of a core; some looks also read what was to be expected. With
--data a store that is there is looked at instead, at its last minutes, and its rules are deleted.
Last comes what the preview of 30 days takes of one rule of each kind, over calls in windows of five
minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from pilothouse.platform.alerts.conditions import Bound, Condition
from pilothouse.platform.alerts.models import AlertRule, Question, Scope
from pilothouse.platform.alerts.preview import Previews
from pilothouse.platform.app import open_platform
from pilothouse.platform.parts import Platform
from pilothouse.platform.settings import Settings

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

PROJECT = "bench"
DAY_S = 86_400
MINUTE_US = 60_000_000
BATCH = 1_000
MODELS = ("gpt-5", "gpt-5-mini", "claude-opus-5", "llama-4")
PLACES: list[tuple[Scope, str]] = [
    ("traces", ""),
    ("traces", 'status = "error"'),
    ("spans", 'kind = "llm"'),
    ("spans", 'kind = "tool"'),
]
WINDOWS = ("5m", "10m", "30m", "1h", "6h")
MEASURES = (
    "count", "error_rate", "p50(duration_ms)", "p95(duration_ms)", "p99(duration_ms)",
    "mean(duration_ms)", "error_count", "rate(count)", "max(duration_ms)", "min(duration_ms)",
)  # fmt: skip


def fill(data: Path, spans: int) -> None:
    """Traces of four spans each: most are of the last day, the others of two weeks before."""
    from otlp import JSON, request
    from servers import ServerProcess

    drawn = random.Random(7)
    server = ServerProcess(data).start()
    try:
        for _ in range(0, spans, BATCH):
            sent = [each for _ in range(BATCH // 4) for each in one_trace(drawn)]
            body = json.dumps(request(*sent, project=PROJECT)).encode()
            status, said = server.call("POST", "/v1/traces", body, JSON)
            assert status == 200, said
    finally:
        server.stop()


def one_trace(drawn: random.Random) -> list[dict[str, Any]]:
    """A root, two model calls and a tool."""
    from otlp import attributes, span, trace_id

    today = drawn.random() < 0.75
    trace = trace_id()
    age = drawn.uniform(60, DAY_S) if today else drawn.uniform(DAY_S, 15 * DAY_S)
    root = span(trace, at_s=-age, name="answer")
    kinds = ("LLM", "LLM", "TOOL")
    return [root] + [
        span(
            trace,
            parent=root["spanId"],
            at_s=-age,
            name=kind.lower(),
            attributes=attributes(
                {"openinference.span.kind": kind, "llm.model_name": drawn.choice(MODELS)}
            ),
            status={"code": 2 if drawn.random() < 0.02 else 1},
        )
        for kind in kinds
    ]


def rules(project_id: int) -> list[AlertRule]:
    """Ten rules for each of 20 groups."""
    now = datetime.now(UTC)
    first = AlertRule(
        id="",
        project_id=project_id,
        name="",
        question=Question(),
        condition=Condition(kind="threshold", alert=Bound(bound=1e12)),
        created_at=now,
        updated_at=now,
    )
    kinds = itertools.cycle(
        [
            *[first.condition] * 6,
            Condition(kind="change", direction="either", alert=Bound(bound=1e9), periods=2),
            Condition(kind="anomaly", alert=Bound(bound=1e9), season="day", periods=7),
            Condition(kind="absence", alert=Bound(bound=1e9)),
            first.condition,
        ]
    )
    return [
        replace(
            first,
            id=f"{scope}:{filter_text}:{window}:{measure}",
            name=f"{measure} {window}",
            question=Question(scope=scope, filter=filter_text, window=window, measure=measure),
            condition=next(kinds),
        )
        for (scope, filter_text), window, measure in itertools.product(PLACES, WINDOWS, MEASURES)
    ]


async def look(platform: Platform, project: str, looks: int, until_s: float) -> list[float]:
    """Milliseconds of CPU of each look, one minute after the other."""
    for made in rules(platform.projects.id_of(project)):
        platform.alerts.parts.rules.create(made)
    start = int(until_s * 1e6) // MINUTE_US - looks
    taken = []
    for number in range(looks):
        before = time.process_time()
        await platform.alerts.parts.worker.look((start + number) * MINUTE_US)
        taken.append((time.process_time() - before) * 1000)
    return taken


async def preview(platform: Platform, project: str, until_s: float) -> None:
    """Print what 30 days of each kind of rule take."""
    now = datetime.fromtimestamp(until_s, UTC)
    previews = Previews(platform.store)
    tried: dict[str, AlertRule] = {}
    for rule in rules(platform.projects.id_of(project)):
        if rule.question.scope == "spans" and rule.question.window_s == 300:
            tried.setdefault(rule.condition.kind, rule)
    for kind, rule in tried.items():
        cpu, wall = time.process_time(), time.perf_counter()
        found = await previews.of(rule, project, 30, now)
        took = f"{(time.process_time() - cpu) * 1000:.0f} ms of CPU"
        took += f", {(time.perf_counter() - wall) * 1000:.0f} ms by the clock"
        print(f"preview of 30 days, {kind}: {found.evaluations:,} windows, {took}")


def main() -> None:
    """Measure, and print."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    asked.add_argument("--spans", type=int, default=400_000)
    asked.add_argument("--looks", type=int, default=20)
    asked.add_argument("--data", type=Path, help="of a store to look at in place of a new one")
    asked.add_argument("--project", default=PROJECT)
    asked.add_argument("--to", default=datetime.now(UTC).isoformat(), help="the last look")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = given.data or Path(folder) / "data"
        if given.data is None:
            fill(data, given.spans)
        until_s = datetime.fromisoformat(given.to).timestamp()
        platform = open_platform(Settings(data=data))
        try:
            taken = asyncio.run(look(platform, given.project, given.looks, until_s))
            states = platform.alerts.parts.rules.list()
            broken = [one.error for one in states if one.error]
            asyncio.run(preview(platform, given.project, until_s))
        finally:
            for rule in platform.alerts.parts.rules.list():
                platform.alerts.parts.rules.delete(rule.id)
            platform.close()
    assert not broken, broken
    usual, first = median(taken[1:]), taken[0]
    mean = sum(taken) / len(taken)
    print(f"{len(states)} rules, {len(PLACES) * len(WINDOWS)} groups")
    print(f"CPU of a look: first {first:.0f} ms, median {usual:.0f} ms, mean {mean:.0f} ms")
    print(f"share of a core: {mean / 600:.2f} % (mean of {len(taken)} minutes)")


if __name__ == "__main__":
    main()
