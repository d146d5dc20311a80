"""What a person sees while an experiment runs: a bar on a terminal, a line now and then elsewhere.

It looks at the counters a few times a second; rows themselves never call it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Final, Literal

from pilothouse.evaluation.runner.engine import Engine

Progress = Literal["auto", "bar", "plain", "none"]
BAR_S: Final = 0.125  # eight times a second
PLAIN_S: Final = 10.0  # a log is read, not watched


@asynccontextmanager
async def shown(engine: Engine, total: int | None, how: Progress) -> AsyncIterator[None]:
    """Shows how far the engine is until the block ends. `total` is None for an unknown end."""
    if how == "auto":
        how = "bar" if sys.stderr.isatty() else "plain"
    if how == "none":
        yield
        return
    view = _bar(total) if how == "bar" else _Lines(total)
    task = asyncio.create_task(_watch(engine, view, BAR_S if how == "bar" else PLAIN_S))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        view.update(engine)
        view.close()


async def _watch(engine: Engine, view: Any, every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        view.update(engine)


def said(engine: Engine, total: int | None, started: float) -> str:
    """How far it is, in one line."""
    tallies = engine.tallies
    took = max(monotonic() - started, 1e-6)
    fresh = tallies.rows - engine.earlier
    rate = fresh / took
    last = tallies.rows if total is None else total
    done = f"{tallies.rows:,}" if total is None else f"{tallies.rows:,} of {total:,}"
    parts = [f"{done} row{'' if last == 1 else 's'}"]
    parts.append(f"{tallies.rows - tallies.failed_rows:,} ok, {tallies.failed_rows:,} failed")
    parts.append(f"{rate:,.1f} a second")
    if total is not None and 0 < tallies.rows < total and rate > 0:
        parts.append(f"{_duration((total - tallies.rows) / rate)} to go")
    if tallies.cost:
        parts.append(f"cost {tallies.cost:.4f}")
    if tokens := _tokens(engine):
        parts.append(f"{tokens:,} tokens")
    return " · ".join(parts)


def _tokens(engine: Engine) -> int:
    usages = (engine.tallies.target_usage, engine.tallies.judge_usage)
    return sum((u.input_tokens or 0) + (u.output_tokens or 0) for u in usages if u is not None)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


class _Lines:
    """One line at a time, as a log takes it."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._started = monotonic()

    def update(self, engine: Engine) -> None:
        sys.stderr.write(said(engine, self._total, self._started) + "\n")
        sys.stderr.flush()

    def close(self) -> None:
        pass


def _bar(total: int | None) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    class View:
        def __init__(self) -> None:
            self._started = monotonic()
            self._bar = Bar(
                BarColumn(),
                TextColumn("{task.description}"),
                console=Console(stderr=True),
                auto_refresh=False,
            )
            self._task = self._bar.add_task("", total=total)
            self._bar.start()

        def update(self, engine: Engine) -> None:
            self._bar.update(
                self._task,
                completed=engine.tallies.rows,
                description=said(engine, total, self._started),
            )
            self._bar.refresh()

        def close(self) -> None:
            self._bar.stop()

    return View()
