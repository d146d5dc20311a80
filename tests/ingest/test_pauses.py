"""What was sent is ready before somebody looks, once its sender pauses."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from pilothouse.platform.ingest import writer
from pilothouse.platform.ingest.batch import Batch
from pilothouse.platform.ingest.pipeline import Ingest
from pilothouse.platform.prices.service import Prices
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.records import Records
from pilothouse.platform.store.engine import Store
from pilothouse.spans import Source


def test_traces_are_settled_when_nothing_comes_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "LINGER_S", 3600.0)
    monkeypatch.setattr(writer, "SETTLE_S", 3600.0)
    records = Records(f"sqlite:///{tmp_path / 'records.db'}")
    records.migrate()
    store = Store(f"chdb://{tmp_path / 'spans'}")
    ingest = Ingest(store, ProjectDirectory(records), Prices(records), lambda _: None, tmp_path)
    start = int(time.time() * 1e9)
    spans = [
        Source(
            project="shop",
            trace_id=f"{n:032x}",
            span_id=f"{n:016x}",
            name="call",
            start_ns=start,
            end_ns=start + 1000,
        )
        for n in range(1, writer.MUCH + 1)
    ]
    try:
        asyncio.run(ingest.accept(Batch(sources=spans)))

        found = 0
        for _ in range(600):
            [(found,)] = store.rows_sync("SELECT count() FROM traces FINAL")
            if found:
                break
            time.sleep(0.1)
        assert found == writer.MUCH
    finally:
        ingest.close()
        store.close()
        records.close()
