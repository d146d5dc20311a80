"""Who may import whom, and how much a lean start loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
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
    "addresses": (
        "spans",
        "filters",
        "dialects",
        "tracing",
        "client",
        "evaluation",
        "search",
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
    "platform.store": (
        "platform.ingest",
        "platform.query",
        "platform.app",
        "platform.run",
        "platform.answers",
    ),
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


def package(module: str) -> str:
    """The part of the platform that a module is of: a folder, or a file beside the folders."""
    parts = module.split(".")
    return parts[1] if parts[0] == "platform" and len(parts) > 1 else ""


def test_the_platforms_packages_know_one_another_in_one_direction() -> None:
    knows: dict[str, dict[str, str]] = {}
    for module, path in modules():
        for there, line in imported(path):
            here, other = package(module), package(there)
            if here and other and here != other:
                where = f"{path.relative_to(SRC)}:{line} ({here} imports {other})"
                knows.setdefault(here, {}).setdefault(other, where)

    try:
        TopologicalSorter({here: set(others) for here, others in knows.items()}).prepare()
        circle: list[str] = []
    except CycleError as found:
        circle = [
            knows[here][other] for other, here in pairwise(found.args[1]) if other in knows[here]
        ]

    assert not circle, "packages import one another in a circle:\n" + "\n".join(circle)


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
