"""Experiments on a real Ray cluster of two workers: what they find, and what a kill costs."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pilothouse as ph
from pilothouse.cli.main import run
from pilothouse.evaluation.models import Limiter, limits
from pilothouse.evaluation.runner import ClusterError, Experiment, RowResult, load_experiment
from pilothouse.evaluation.runner.worker import unpacked
from ray_app import answer, high, third

ray = pytest.importorskip("ray")
ROWS, AT_ONCE = 120, 8
SUITE = """\
name: on-ray
target: deadly_app:answer
data: data.jsonl
evaluators: [{use: "ray_app:third"}]
max_error_rate: 1
"""
APP = """\
import os

def answer(inputs):
    if inputs["n"] == 3:
        os._exit(1)
    return {"n": inputs["n"]}
"""


@pytest.fixture(scope="module")
def _cluster() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RAY_USAGE_STATS_ENABLED", "0")
        _start_ray()
        yield
        ray.shutdown()


def _start_ray() -> None:
    """Start a cluster; Ray itself gives up after 30 seconds, which a busy machine may need."""
    for left in (2, 1, 0):
        try:
            ray.init(
                num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error"
            )
        except Exception as error:
            ray.shutdown()
            if not left or "timed out during startup" not in str(error):
                raise
        else:
            return


def rows(log: Path) -> list[dict[str, Any]]:
    return [{"id": str(n), "inputs": {"n": n, "log": str(log)}} for n in range(ROWS)]


def found(result: Experiment) -> list[Any]:
    """What an experiment says of each row, without how long it took."""
    return [
        (row.row.example_id, row.row.outputs, row.error, [(r.name, r.score) for r in row.results])
        for row in result.rows()
    ]


def calls(log: Path) -> list[tuple[int, str, str]]:
    """(process, target or judge, row)"""
    lines = [line.split() for line in log.read_text().splitlines()]
    return [(int(process), what, n) for process, what, n in lines]


@pytest.mark.slow
@pytest.mark.usefixtures("_cluster")
def test_a_killed_worker_costs_no_row_and_changes_no_result(tmp_path: Path) -> None:
    log, here = tmp_path / "log", tmp_path / "here"
    options: dict[str, Any] = {
        "max_concurrency": AT_ONCE, "max_error_rate": None, "progress": "none"
    }  # fmt: skip
    killed = []

    def kill(_: RowResult) -> None:
        if not killed:  # whether the other worker has begun by now is a matter of its start
            killed.append(calls(log)[0][0])
            os.kill(killed[0], signal.SIGKILL)

    on_ray = ph.evaluate(answer, rows(log), [high, third], ray="auto", on_row=kill, **options)
    locally = ph.evaluate(answer, rows(here), [high, third], **options)

    processes = {process for process, _, _ in calls(log)}
    assert killed
    assert os.getpid() not in processes
    times = Counter((what, n) for _, what, n in calls(log))
    assert sum(times.values()) - len(times) <= 2 * AT_ONCE, "only what was in flight is paid twice"
    assert len(found(on_ray)) == ROWS
    assert found(on_ray) == found(locally)


@pytest.mark.slow
@pytest.mark.usefixtures("_cluster")
def test_a_row_that_kills_its_workers_is_an_error_and_takes_no_other_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])  # the command adds to it
    (tmp_path / "deadly_app.py").write_text(APP)
    data = rows(tmp_path / "log")[:30]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in data))
    (tmp_path / "suite.yaml").write_text(SUITE)

    code = run(["eval", "run", str(tmp_path / "suite.yaml"), "-e", "x", "--ray", "auto"])

    assert code == 0
    failures = {
        row.row.example_id: row.error.type
        for row in load_experiment("x").rows()
        if row.error is not None
    }
    assert failures == {"3": "WorkerDied"}


@pytest.mark.slow
@pytest.mark.usefixtures("_cluster")
def test_what_is_stopped_leaves_no_worker_and_goes_on_where_it_was(tmp_path: Path) -> None:
    log = tmp_path / "log"
    options: dict[str, Any] = {
        "experiment": "x", "max_concurrency": AT_ONCE, "max_error_rate": None, "progress": "none"
    }  # fmt: skip

    async def stopped() -> None:
        enough = asyncio.Event()
        running = asyncio.create_task(
            ph.aevaluate(
                answer, rows(log), [third], ray="auto", on_row=lambda _: enough.set(), **options
            )
        )
        await enough.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(stopped())
    for process in {process for process, _, _ in calls(log)}:
        while Path(f"/proc/{process}/cmdline").exists():
            time.sleep(0.01)
    result = ph.evaluate(answer, rows(log), [third], resume=True, **options)

    assert result.summary.rows == ROWS
    assert 0 < result.earlier < ROWS
    times = Counter((what, n) for _, what, n in calls(log))
    assert sum(times.values()) - len(times) <= 2 * AT_ONCE


@pytest.mark.slow
@pytest.mark.usefixtures("_cluster")
def test_a_target_that_cannot_be_sent_is_refused_before_anything_is_asked() -> None:
    lock = threading.Lock()

    def locked(inputs: int) -> int:
        with lock:
            return inputs

    with pytest.raises(ClusterError, match=r"cannot be sent to workers: .*lock"):
        ph.evaluate(locked, [{"inputs": 1}], ray="auto", progress="none")


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(ImportError, match=r"pip install 'pilothouse\[ray\]'"):
        ph.evaluate(answer, [{"inputs": 1}], ray="local")


def test_a_cluster_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray, "is_initialized", lambda: False)  # it is in that of other tests

    with pytest.raises(ClusterError, match=r"no Ray cluster at '127\.0\.0\.1:1': .*refused"):
        ph.evaluate(answer, [{"inputs": 1}], ray="127.0.0.1:1", progress="none")


def test_workers_share_what_a_provider_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = pickle.dumps(Limiter(max_concurrency=50))
    monkeypatch.setattr(limits.PROCESS, "share", 1.0)  # put back afterwards

    limits.divide(4)

    assert unpacked(packed).concurrency == 12
    assert Limiter(max_concurrency=2).concurrency == 1
