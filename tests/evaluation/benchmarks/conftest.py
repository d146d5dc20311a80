"""Benchmarks are experiments: each of these tests keeps its own in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def experiments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "experiments"
    monkeypatch.setenv("PILOTHOUSE_EXPERIMENTS", str(folder))
    return folder
