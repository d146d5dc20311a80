"""Three sets of values, and what `pilothouse deploy init` writes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pilothouse.deploy import TARGETS, Values, files_of, values_of, write

ROOT: Final = Path(__file__).parents[2]

SETS: Final[dict[str, dict[str, Any]]] = {
    "platform": {},
    "everything": {
        "platform": True,
        "app": "shop.answers:chain.final",
        "search": "/srv/indexes/docs",
        "name": "shop",
        "host": "llm.shop.example",
        "registry": "registry.shop.example:5000/team",
        "tag": "2026.11.22-rc1",
        "stores": "servers",
        "port": 9000,
        "app_port": 9001,
        "search_port": 9002,
        "most": 20,
        "upstreams": ("127.0.0.1:9000", "127.0.0.1:9100", "127.0.0.1:9200"),
        "listen": 8088,
        "source": ROOT / "tests/deploy",
    },
    "an-app": {"app": "my_app:answer", "search": "my.index", "most": 1, "name": "a"},
}
PAIRS: Final = [
    (target, name)
    for target in TARGETS
    for name in SETS
    if (target, name) not in {("modal", "platform"), ("ray", "platform")}
]
"""Each target with each set that it is for."""


def values(name: str) -> Values:
    return values_of(**SETS[name])


def written(target: str, name: str, folder: Path) -> Path:
    """The folder with the files of a target and a set of values."""
    out = folder / f"{target}-{name}"
    write(files_of(target, values(name)), out)
    return out
