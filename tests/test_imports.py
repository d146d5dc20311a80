"""Who may import whom, and how much a lean start loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src" / "pilothouse"

FORBIDDEN = {
    # whoever stands here → what it must never import
    "detectors": (
        "spans",
        "filters",
        "dialects",
        "tracing",
        "client",
        "evaluation",
        "platform",
        "cli",
    ),
    "spans": ("dialects", "filters", "tracing", "client", "platform", "cli"),
    "filters": ("spans", "dialects", "tracing", "client", "platform", "cli"),
    "dialects": ("filters", "tracing", "client", "platform", "cli"),
    "tracing": ("platform", "cli", "dialects"),
    "client": ("platform", "cli", "tracing", "dialects"),
    "evaluation": ("platform", "cli"),
    "serving": ("platform", "cli"),
    "gateway": ("platform", "cli"),
    "search": ("platform", "cli"),
    "platform": ("tracing", "cli"),
    "platform.store": ("platform.query", "platform.app", "platform.run", "platform.answers"),
    "platform.ingest": ("platform.query", "platform.app", "platform.run", "platform.answers"),
    "platform.query": ("platform.app", "platform.run"),
    "platform.records": ("platform.store", "platform.ingest", "platform.query", "platform.app"),
}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(SRC.rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        yield ".".join(p for p in parts if p != "__init__"), path


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Modules of ours that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name.startswith("pilothouse."):
                yield name.removeprefix("pilothouse."), node.lineno


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_imports_point_down_only() -> None:
    wrong = [
        f"{path.relative_to(SRC)}:{line}: {here} must not import {there}"
        for module, path in modules()
        for there, line in imported(path)
        for here, banned in FORBIDDEN.items()
        if is_in(module, here) and any(is_in(there, b) for b in banned)
    ]

    assert not wrong, "\n".join(sorted(set(wrong)))


@pytest.mark.parametrize(
    "start", ["import pilothouse", "import pilothouse.cli.main"], ids=["sdk", "cli"]
)
def test_a_lean_start_loads_nothing_of_the_server(start: str) -> None:
    heavy = {"chdb", "clickhouse_connect", "fastapi", "uvicorn", "sqlalchemy", "grpc", "orjson"}

    loaded = subprocess.run(
        [sys.executable, "-c", f"{start}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert not heavy & set(loaded)
    assert not [m for m in loaded if m.startswith("pilothouse.platform")]
