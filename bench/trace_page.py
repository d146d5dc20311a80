"""Prints how a trace of 20,000 spans opens and scrolls: `python bench/trace_page.py`.

Starts a server on a folder of its own, sends the trace by OTLP, opens it in Chromium ($CHROMIUM or
the PATH) several times, and prints medians. The time of the main thread is CPU time, so that it can
be compared on a machine that others use too; the rest is what a person with a clock would see.

`--url` measures a running server instead; `--spans`, `--layer` and `--repeats` vary the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

PROJECT = "bench"
TRACE_ID = "be" * 16
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
PART = 2000
"""So many spans a request."""
WORDS = [
    "the",
    "order",
    "was",
    "sent",
    "on",
    "Monday",
    "and",
    "should",
    "reach",
    "you",
    "within",
    "three",
    "days",
    "of",
    "that",
]

WATCH = """
window.bench = {tasks: []};
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.bench.tasks.push([one.startTime, one.duration]);
}).observe({type: "longtask", buffered: true});
window.bench.rows = new Promise((resolve) => {
  const look = () => {
    const row = document.querySelector("[role=treeitem], [role=tabpanel] li[data-index]");
    if (row) requestAnimationFrame(() => resolve(performance.now()));
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
});
"""
"""Notes tasks above 50 ms, and when the first frame with a row in it has been drawn."""

SCROLL = """async (steps) => {
  const boxes = [...document.querySelectorAll("[role=tabpanel] *")];
  const box = boxes.find((one) => one.scrollHeight > one.clientHeight + 5000);
  const frames = [];
  let before = await new Promise(requestAnimationFrame);
  for (let step = 0; step < steps; step += 1) {
    box.scrollTop += step % 20 === 19 ? 30000 : 240;
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - before);
    before = now;
  }
  return frames;
}"""
"""Scrolls by eight rows a frame, and every twentieth frame a leap of a thousand."""


def main() -> None:
    asked = _arguments()
    with _server(asked.url) as url:
        sent = _send(url, asked.spans)
        with sync_playwright() as playwright:
            path = os.environ.get("CHROMIUM") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            for layer in asked.layer:
                runs = [_opened(browser, url, layer) for _ in range(asked.repeats)]
                print(f"{layer}, {sent:,} spans, medians of {len(runs)}")
                for name in runs[0]:
                    values = [run[name] for run in runs]
                    print(f"  {name:<44}{median(values):9.0f}   ({min(values):.0f})")
            browser.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a server that runs; else one is started")
    parser.add_argument("--spans", type=int, default=20_000)
    parser.add_argument("--layer", action="append", choices=["conversation", "tree", "waterfall"])
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    asked.layer = asked.layer or ["conversation", "tree", "waterfall"]
    return asked


def _opened(browser: Browser, url: str, layer: str) -> dict[str, float]:
    """One visit with a cold cache, from the address to the rows, then scrolling; milliseconds."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.add_init_script(WATCH)
    page.goto(f"{url}/p/{PROJECT}/trace/{TRACE_ID}?layer={layer}&span=-", wait_until="commit")
    rows = page.evaluate("window.bench.rows")
    found = _figures(page, devtools, rows)
    page.wait_for_timeout(500)
    page.evaluate("window.bench.tasks = []")
    before = _metrics(devtools)
    frames = page.evaluate(SCROLL, 120)
    after = _metrics(devtools)
    blocked = page.evaluate("window.bench.tasks.map(([, length]) => length)")
    found |= {
        "scroll: frame, median": median(frames),
        "scroll: frame, p95": sorted(frames)[int(len(frames) * 0.95)],
        "scroll: main thread a frame, CPU": (after["TaskDuration"] - before["TaskDuration"])
        * 1000
        / len(frames),
        "scroll: longest task": max(blocked, default=0.0),
    }
    context.close()
    return found


def _figures(page: Page, devtools: CDPSession, rows: float) -> dict[str, float]:
    tasks = page.evaluate("window.bench.tasks")
    first = page.evaluate(
        "performance.getEntriesByType('resource').filter((one) => one.name.includes('/traces/'))"
        ".map((one) => [one.requestStart, one.responseStart, one.responseEnd,"
        " one.decodedBodySize, one.encodedBodySize])[0]"
    )
    asked, began, ended, size, sent = first
    cpu = _metrics(devtools)
    return {
        "first rows drawn": rows,
        "trace asked for": asked,
        "answer: first byte": began - asked,
        "answer: last byte": ended - asked,
        "answer: kB": size / 1000,
        "answer: kB sent": sent / 1000,
        "from the last byte to the rows": rows - ended,
        "main thread until the rows, CPU": cpu["TaskDuration"] * 1000,
        "of it scripts, CPU": cpu["ScriptDuration"] * 1000,
        "blocked (tasks beyond 50 ms)": sum(length - 50 for start, length in tasks if start < rows),
    }


def _metrics(devtools: CDPSession) -> dict[str, float]:
    answer = devtools.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in answer["metrics"]}


def _send(url: str, spans: int) -> int:
    """Sends the trace; the number of its spans once the server shows them all."""
    made = list(_spans(spans))
    resource = {"attributes": [_pair("service.name", PROJECT)]}
    for at in range(0, len(made), PART):
        scope = {"scope": {"name": "bench"}, "spans": made[at : at + PART]}
        body = {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}
        _call(f"{url}/v1/traces", body)
    _call(f"{url}/api/v1/spans/count", {"project": PROJECT})
    return len(made)


def _spans(count: int) -> Iterator[dict[str, Any]]:
    """An agent that works for hours: a step holds a model call, two tools, a search, requests."""
    start = time.time() - 7200
    yield _span(0, None, "long_agent", "AGENT", start, count * 0.01)
    for number in range(1, count):
        step, part = divmod(number - 1, 10)
        first = step * 10 + 1
        name, kind, parent = (
            (f"step {step}", "CHAIN", 0),
            ("chat gpt-4o", "LLM", first),
            ("POST api.openai.com", "", first + 1),
            ("lookup_order", "TOOL", first),
            ("GET /orders", "", first + 3),
            ("search_policies", "RETRIEVER", first),
            ("text-embedding-3-small", "EMBEDDING", first + 5),
            ("rerank", "RERANKER", first + 5),
            ("update_ticket", "TOOL", first),
            ("PATCH /tickets", "", first + 8),
        )[part]
        yield _span(number, parent, name, kind, start + number * 0.01, 0.1 if not part else 0.01)


def _span(
    number: int, parent: int | None, name: str, kind: str, start: float, length: float
) -> dict[str, Any]:
    said = " ".join(WORDS[(number + at) % len(WORDS)] for at in range(40))
    known: dict[str, Any] = {"openinference.span.kind": kind} if kind else {}
    if kind == "LLM":
        known |= {
            "llm.model_name": "gpt-4o",
            "llm.token_count.prompt": 900 + number % 100,
            "llm.token_count.completion": 80 + number % 10,
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": f"{number}: {said}",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": f"Done {number}. {said}",
        }
    elif kind:
        known |= {"input.value": f"{number} {said}", "output.value": f"{said} {number}"}
    return {
        "traceId": TRACE_ID,
        "spanId": f"{number + 1:016x}",
        "parentSpanId": "" if parent is None else f"{parent + 1:016x}",
        "name": name,
        "startTimeUnixNano": str(round(start * 1e9)),
        "endTimeUnixNano": str(round((start + length) * 1e9)),
        "attributes": [_pair(key, value) for key, value in known.items()],
        "status": {"code": 2, "message": "no answer"} if number % 997 == 9 else {"code": 1},
    }


def _pair(key: str, value: str | int) -> dict[str, Any]:
    kind = "intValue" if isinstance(value, int) else "stringValue"
    return {"key": key, "value": {kind: str(value)}}


def _call(url: str, body: Any) -> None:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        answer.read()


@contextmanager
def _server(url: str | None) -> Iterator[str]:
    """The address of a server: the one that was named, or a new one on an empty folder."""
    if url is not None:
        yield url.rstrip("/")
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).parent / "pilothouse"), "up", "--port", str(port)]
        command += ["--otlp-grpc-port", "0", "--data", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait(f"http://127.0.0.1:{port}", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(90)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the server left with {process.returncode}")


if __name__ == "__main__":
    main()
