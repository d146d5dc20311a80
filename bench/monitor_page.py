"""Prints what a visit of the ready-made board costs: `python bench/monitor_page.py --url URL`.

Opens a project's Monitor page in Chromium, each time with an empty cache, and tells from the first
question of the page about its charts to the last answer, with all parts of the board: figures,
lines, the period before, tools, errors, guardrails and scores. `--pid` adds the server's CPU time.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from statistics import median
from typing import Final

from playwright.sync_api import Browser, Request, sync_playwright

_FLAGS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_CHARTS: Final = ("/metrics/", "/facets")


def main() -> None:
    asked = _arguments()
    page = f"{asked.url}/p/{asked.project}/monitor?range={asked.range}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=asked.chromium, args=_FLAGS)
        _visit(browser, page)
        found = []
        for _ in range(asked.repeats):
            before = _cpu_ms(asked.pid)
            count, took = _visit(browser, page)
            found.append((took, _cpu_ms(asked.pid) - before))
            print(f"{count} questions: {took:6.0f} ms, CPU of the server {found[-1][1]:6.0f} ms")
        browser.close()
    print(f"median {median(t for t, _ in found):.0f} ms, CPU {median(c for _, c in found):.0f} ms")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://localhost:8484")
    parser.add_argument("--pid", type=int, help="the server's process")
    parser.add_argument("--project", required=True)
    parser.add_argument("--range", default="30d")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--repeats", type=int, default=5)
    return parser.parse_args()


def _visit(browser: Browser, url: str) -> tuple[int, float]:
    """How many questions there were, and the milliseconds from the first to the last answer."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    times: list[tuple[float, float]] = []

    def note(request: Request) -> None:
        if any(part in request.url for part in _CHARTS):
            timing = request.timing
            times.append((timing["startTime"], timing["startTime"] + timing["responseEnd"]))

    page.on("requestfinished", note)
    page.goto(url)
    page.locator("[data-board]").get_by_role("img").first.wait_for(timeout=120_000)
    page.wait_for_load_state("networkidle")
    context.close()
    return len(times), max(end for _, end in times) - min(start for start, _ in times)


def _cpu_ms(pid: int | None) -> float:
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
