"""What rules of online evaluation cost beside ingest: CPU of the server per span, with and without.

    python bench/online_rules.py [--spans 12288] [--batch 128] [--rounds 2] [--rate 1500]
    python bench/online_rules.py --turns 6

Each round sends the same requests to a new server, at a steady rate, and counts the CPU of its
process until nothing happens any more; before that it is warmed in the same way. Arms take turns:
without rules; with three rules that choose next to nothing (looking, by itself); with three that
choose what one would (a tenth of the traces, a hundredth of the model calls, all errors), which
adds the evaluations themselves. Printed are all rounds, and what a server with rules and no traffic
takes of a core.

New servers differ by more than what looking costs. With `--turns` one server gets the same load
again and again, by turns without rules that are on and with the three that look; merges of the
engine are left out, and what counts is the median of the pairs' ratios.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from ingest import bodies  # noqa: E402 # the path is set above
from servers import ServerProcess  # noqa: E402 # as above

API = "/api/v1"
PROJECT = "bench"
VALID = {"metric": "json_validity"}
PATTERN = {"metric": "regex_match", "options": {"pattern": "sorry", "mode": "search"}}
Rules = list[dict[str, Any]]  # Any: bodies of requests
ARMS: dict[str, Rules] = {
    "no rules": [],
    "looking": [
        {"definition": VALID, "sampling_rate": 0.0},
        {"definition": PATTERN, "unit": "span", "filter": 'kind = "llm"', "sampling_rate": 0.0},
        {"definition": VALID, "filter": 'status = "error" and name = "nobody"'},
    ],
    "judging": [
        {"definition": VALID, "sampling_rate": 0.1},
        {"definition": PATTERN, "unit": "span", "filter": 'kind = "llm"', "sampling_rate": 0.01},
        {"definition": VALID, "filter": 'status = "error"'},
    ],
}
WARM = 12
IDLE_S = 8.0
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(server: ServerProcess) -> float:
    """Seconds of CPU that the server has taken, in all its threads."""
    assert server.process is not None
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def merging_s(server: ServerProcess) -> float:
    """Seconds of CPU that merges of the engine have taken: they come when they come."""
    assert server.process is not None
    found = 0.0
    for thread in Path(f"/proc/{server.process.pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it has ended meanwhile
            name, _, fields = (thread / "stat").read_text().partition("(")[2].rpartition(") ")
            if name.startswith("MergeMutate"):
                found += sum(map(int, fields.split()[11:13])) * _TICK_S
    return found


def send(server: ServerProcess, body: bytes) -> None:
    """One request of spans."""
    head = {"Content-Type": "application/x-protobuf", "x-pilothouse-project": PROJECT}
    request = urllib.request.Request(f"{server.url}/v1/traces", data=body, headers=head)
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()


def made(server: ServerProcess, path: str, body: Any) -> Any:
    """What a POST made."""
    status, answer = server.call("POST", API + path, body)
    assert status in {200, 201}, answer
    return answer


def add_rules(server: ServerProcess, rules: Rules) -> None:
    """The rules in the project that everything goes to."""
    for number, rule in enumerate(rules):
        about = {"name": f"rule {number}", "definition": rule["definition"]}
        evaluator = made(server, "/evaluators", {"project": PROJECT, **about})["id"]
        rest = {key: value for key, value in rule.items() if key != "definition"}
        given = {"project": PROJECT, "name": about["name"], "evaluator_id": evaluator}
        made(server, "/rules", {**given, **rest})


def settled(server: ServerProcess) -> float:
    """The CPU once nothing happens any more."""
    before = cpu_s(server)
    while True:
        time.sleep(12)  # longer than it takes until rules have looked for the last time
        now = cpu_s(server)
        if now - before < 0.15:
            return now
        before = now


def one_round(rules: Rules, requests: list[bytes], batch: int, rate: float) -> dict[str, float]:
    """µs of CPU a span, entities looked at, and the share of a core when nothing comes."""
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder) / "data")
        server.start()
        try:
            send(server, requests[0])
            add_rules(server, rules)
            for body in requests[1:WARM]:
                send(server, body)
            settled(server)
            before = settled(server)
            measured = requests[WARM:]
            began = time.monotonic()
            for number, body in enumerate(measured):
                send(server, body)
                time.sleep(max(0.0, began + (number + 1) * batch / rate - time.monotonic()))
            after = settled(server)
            time.sleep(IDLE_S)
            idle = (cpu_s(server) - after) / IDLE_S
            counts = [one["stats"] for one in server.get(f"{API}/rules")["items"]]
            return {
                "us_per_span": (after - before) / (len(measured) * batch) * 1e6,
                "scored": sum(one["scored"] for one in counts),
                "sampled_out": sum(one["skipped"]["sampling"] for one in counts),
                "idle_percent": idle * 100,
            }
        finally:
            server.stop()


def turn_rules(server: ServerProcess, *, on: bool) -> None:
    """Have all rules look, or none."""
    for rule in server.get(f"{API}/rules")["items"]:
        status, answer = server.call("PATCH", f"{API}/rules/{rule['id']}", {"enabled": on})
        assert status == 200, answer


def by_turns(turns: int, spans: int, batch: int, rate: float) -> None:
    """What looking adds to the same load on one server, with and without by turns."""
    with tempfile.TemporaryDirectory() as folder:
        server = ServerProcess(Path(folder) / "data")
        server.start()
        try:
            requests = bodies(spans * 2 * turns + WARM * batch, batch)
            send(server, requests[0])
            add_rules(server, ARMS["looking"])
            for body in requests[1:WARM]:
                send(server, body)
            settled(server)
            left = iter(requests[WARM:])
            ratios = []
            for turn in range(turns):
                cost = {}
                for on in (True, False) if turn % 2 else (False, True):
                    turn_rules(server, on=on)
                    before, began = settled(server) - merging_s(server), time.monotonic()
                    for number in range(spans // batch):
                        send(server, next(left))
                        time.sleep(max(0.0, began + (number + 1) * batch / rate - time.monotonic()))
                    after = settled(server) - merging_s(server)
                    cost[on] = (after - before) / spans * 1e6
                ratios.append(cost[True] / cost[False])
                print(f"off {cost[False]:.1f}, looking {cost[True]:.1f} µs a span", flush=True)
            median, every = statistics.median(ratios), [round(one, 3) for one in sorted(ratios)]
            print(f"looking takes {median:.3f} of it; each pair: {every}")
        finally:
            server.stop()


def main() -> None:
    """Measure, and print each round."""
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    asked.add_argument("--spans", type=int, default=12288)
    asked.add_argument("--batch", type=int, default=128)
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--rate", type=float, default=1500, help="spans a second")
    asked.add_argument("--turns", type=int, default=0, help="on one server, by turns")
    given = asked.parse_args()
    if given.turns:
        by_turns(given.turns, given.spans, given.batch, given.rate)
        return
    requests = bodies(given.spans + WARM * given.batch, given.batch)
    for number in range(given.rounds):
        arms = list(ARMS.items())
        for name, rules in arms if number % 2 == 0 else arms[::-1]:
            found = one_round(rules, requests, given.batch, given.rate)
            print(f"{name:9}", json.dumps({key: round(v, 2) for key, v in found.items()}))


if __name__ == "__main__":
    main()
