"""Prints how long the charts of a monitoring board take: `python bench/monitor_board.py --url URL`.

Asks a running server for the ready-made board in one request, for each of its charts alone, for
splits that sums of hours do not tell, for those by attributes, and for charts of a year. Wall time
is what a page waits for; `--pid` adds the CPU time of the server, which can be compared on a
machine that others use too.
The user and the key of metadata are those of traces made by `bench/harness/gen.py`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final

LLM: Final = 'kind = "llm"'
CALLS: Final = {"scope": "spans", "filter": LLM}
TOOLS: Final = {"scope": "spans", "filter": 'kind = "tool"'}
RETRIEVERS: Final = {"scope": "spans", "filter": 'kind = "retriever"'}
LATENCY: Final = ["p50(duration_ms)", "p99(duration_ms)"]
FIRST_TOKEN: Final = ["p50(time_to_first_token_ms)", "p99(time_to_first_token_ms)"]
CACHED: Final = "sum(usage.cached_tokens) / sum(usage.input_tokens)"
BOARD: Final[Mapping[str, Mapping[str, Any]]] = {
    "traces": {"measures": ["count", "rate(count)"]},
    "success of traces": {"measures": ["success_rate"]},
    "latency of traces": {"measures": LATENCY},
    "calls a trace": {"measures": ["mean(llm_call_count)"]},
    "tokens": {"measures": ["sum(usage.total_tokens)", "mean(usage.total_tokens)"]},
    "streamed traces": {"measures": ["share(time_to_first_token_ms exists)"]},
    "first token of traces": {"measures": FIRST_TOKEN},
    "cost": {"measures": ["sum(cost.total)", "sum(cost.total) / count"]},
    "cost a user": {"measures": ["sum(cost.total) / uniq(user_id)"]},
    "calls": {**CALLS, "measures": ["count"]},
    "success of calls": {**CALLS, "measures": ["success_rate"]},
    "latency of calls": {**CALLS, "measures": LATENCY},
    "tokens a second": {**CALLS, "measures": ["tokens_per_second"]},
    "tokens a call": {**CALLS, "measures": ["mean(usage.total_tokens)"]},
    "streamed calls": {**CALLS, "measures": ["share(streaming = true)"]},
    "first token of calls": {**CALLS, "measures": FIRST_TOKEN},
    "cache": {**CALLS, "measures": [CACHED]},
    "cost by model": {**CALLS, "group_by": ["model"], "measures": ["sum(cost.total)"]},
    "errors by type": {
        **CALLS, "group_by": ["error_type"], "measures": ["error_count / all(count)"],
    },
    "tools": {**TOOLS, "group_by": ["tool_name"], "measures": ["count", *LATENCY, "error_rate"]},
    "retrievers": {**RETRIEVERS, "measures": ["count", *LATENCY, "error_rate"]},
    "scores": {"measures": ["mean(scores.quality)", "share(scores.quality >= 0.5)"]},
}  # fmt: skip
OTHERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "calls by name": {**CALLS, "group_by": ["name"], "measures": ["count", *LATENCY]},
    "calls by a key of metadata": {
        **CALLS, "group_by": ["trace.metadata.channel"], "measures": ["count", *LATENCY],
    },
    "calls by the trace's tags": {
        **CALLS, "group_by": ["trace.tags"], "measures": ["count", "sum(cost.total)"],
    },
    "calls by the trace's name": {
        **CALLS, "group_by": ["trace.name"], "measures": ["count", "sum(cost.total)"],
    },
    "calls of a user": {
        "scope": "spans", "filter": f'{LLM} and user_id = "user-0d3d6bde"', "measures": ["count"],
    },
    "calls in traces of an environment": {
        "scope": "spans", "filter": f'{LLM} and any(trace: environment = "production")',
        "measures": ["count", *LATENCY],
    },
    "cached calls": {**CALLS, "measures": ["share(usage.cached_tokens > 0)"]},
    "slow calls": {
        "scope": "spans", "filter": f"{LLM} and duration_ms > 5s", "measures": ["count"],
    },
    "traces by user": {"group_by": ["user_id"], "measures": ["count", "sum(cost.total)"]},
    "traces by model": {"group_by": ["model"], "measures": ["count", "error_rate"]},
    "traces by version of a prompt": {"group_by": ["prompt.version"], "measures": ["count"]},
    "traces with a failed tool": {
        "filter": 'any(span: kind = "tool" and status = "error")', "measures": ["count"],
    },
}  # fmt: skip
TEMPERATURE: Final = "attributes.gen_ai.request.temperature"
KEYS: Final[Mapping[str, Mapping[str, Any]]] = {
    "calls by temperature": {**CALLS, "group_by": [TEMPERATURE], "measures": ["count", *LATENCY]},
    "calls by temperature, count alone": {
        **CALLS, "group_by": [TEMPERATURE], "measures": ["count"],
    },
    "calls of a temperature": {
        "scope": "spans", "filter": f"{LLM} and {TEMPERATURE} = 0.7",
        "measures": ["count", *LATENCY],
    },
    "cool calls by model": {
        "scope": "spans", "filter": f"{LLM} and {TEMPERATURE} < 0.3", "group_by": ["model"],
        "measures": ["count", "sum(cost.total)"],
    },
    "mean temperature": {**CALLS, "measures": [f"mean({TEMPERATURE})"]},
    "calls by temperature and name": {
        **CALLS, "group_by": [TEMPERATURE, "name"], "measures": ["count"],
    },
    "spans by service": {
        "scope": "spans", "group_by": ["resource.service.name"], "measures": ["count", *LATENCY],
    },
}  # fmt: skip
"""Splits and filters by attributes, of which sums are made once they are asked for."""
YEAR: Final[Mapping[str, Mapping[str, Any]]] = {
    "traces": {"measures": ["count", "error_rate", *LATENCY]},
    "calls": {**CALLS, "measures": ["count", "error_rate", *LATENCY]},
    "cost by model": {**CALLS, "group_by": ["model"], "measures": ["sum(cost.total)"]},
}


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is asked, and whose CPU time may be known."""

    url: str
    pid: int | None

    def ask(self, question: Mapping[str, Any]) -> tuple[float, float]:
        """Milliseconds until the answer: of the clock, and of the server's CPU."""
        body = json.dumps(question).encode()
        request = urllib.request.Request(
            f"{self.url}/api/v1/metrics/query", body, {"content-type": "application/json"}
        )
        cpu, start = self._cpu_ms(), time.perf_counter()
        with urllib.request.urlopen(request, timeout=120) as answer:
            answer.read()
        return (time.perf_counter() - start) * 1000, self._cpu_ms() - cpu

    def rest(self) -> None:
        """Wait until the server does next to nothing for two seconds."""
        cpu = self._cpu_ms()
        while True:
            time.sleep(2)
            if self.pid is None or self._cpu_ms() - cpu < 200:
                return
            cpu = self._cpu_ms()

    def _cpu_ms(self) -> float:
        if self.pid is None:
            return 0.0
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def main() -> None:
    asked = _arguments()
    server = Server(asked.url, asked.pid)
    until = datetime.fromisoformat(asked.to).replace(tzinfo=UTC)
    month = {"project": asked.project, "to": until.isoformat(), "interval": "1h"}
    month["from"] = (until - timedelta(days=30)).isoformat()
    year = month | {"from": (until - timedelta(days=365)).isoformat(), "interval": "1d"}
    print(f"{'':<40}{'median':>8}{'p95':>8}{'least':>8}{'CPU':>8}   ms")
    _measure(server, "the whole board", [month | {"charts": list(BOARD.values())}], asked.repeats)
    for name, chart in KEYS.items():
        print(f"first: {name:<33}{server.ask(month | chart)[0]:8.0f}", flush=True)
        server.rest()
    for title, charts, where in (
        ("each chart", BOARD, month), ("other splits", OTHERS, month),
        ("by attributes", KEYS, month), ("a year", YEAR, year),
    ):  # fmt: skip
        _measure(server, f"{title}, all", [where | of for of in charts.values()], asked.repeats)
        for name, chart in charts.items():
            _measure(server, f"  {name}", [where | chart], asked.repeats)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:8484")
    parser.add_argument("--pid", type=int, help="the server's process")
    parser.add_argument("--project", required=True)
    parser.add_argument("--to", default=datetime.now(UTC).isoformat(), help="where the time ends")
    parser.add_argument("--repeats", type=int, default=10)
    return parser.parse_args()


def _measure(
    server: Server, name: str, questions: Sequence[Mapping[str, Any]], repeats: int
) -> None:
    """Print what the questions took, each asked so often after once to warm up."""
    for question in questions:
        server.ask(question)
    found = [server.ask(question) for _ in range(repeats) for question in questions]
    times = sorted(ms for ms, _ in found)
    p95 = times[math.ceil(0.95 * len(times)) - 1]
    cpu = median(ms for _, ms in found)
    print(f"{name:<40}{median(times):8.0f}{p95:8.0f}{times[0]:8.0f}{cpu:8.0f}", flush=True)


if __name__ == "__main__":
    main()
