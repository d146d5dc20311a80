"""What measures mean, written down a second time: in Python, for rows as the API gives them."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable
from typing import Any

import pytest

Items = list[dict[str, Any]]


def at(item: dict[str, Any], path: str) -> Any:
    """What stands under a path; None for a key of metadata that is not there."""
    head, _, rest = path.partition(".")
    return item[head].get(rest) if rest else item[head]


def known(items: Items, path: str) -> list[Any]:
    """The values that are known; tokens and money of counted spans only."""
    counted = [
        i for i in items if path.split(".", maxsplit=1)[0] not in ("usage", "cost") or counts(i)
    ]
    return [value for item in counted if (value := at(item, path)) is not None]


def counts(item: dict[str, Any]) -> bool:
    return bool(item.get("usage_counted", True))


def total(path: str) -> Callable[[Items], Any]:
    return lambda items: sum(values) if (values := known(items, path)) else None


def mean(path: str) -> Callable[[Items], Any]:
    return lambda items: statistics.mean(values) if (values := known(items, path)) else None


def quantile(path: str, level: float) -> Callable[[Items], Any]:
    def of(items: Items) -> Any:
        values = sorted(known(items, path))
        if len(values) < 2:
            return values[0] if values else None
        place = level * (len(values) - 1)
        low = min(int(place), len(values) - 2)
        return values[low] + (values[low + 1] - values[low]) * (place - low)

    return of


def share(holds: Callable[[dict[str, Any]], bool]) -> Callable[[Items], Any]:
    return lambda items: sum(map(holds, items)) / len(items)


def over(a: Callable[[Items], Any], b: Callable[[Items], Any]) -> Callable[[Items], Any]:
    def of(items: Items) -> Any:
        above, below = a(items), b(items)
        return None if above is None or not below else above / below

    return of


def fails(item: dict[str, Any]) -> bool:
    return bool(item["status"] == "error")


def users(items: Items) -> int:
    return len(set(known(items, "user_id")))


def tokens_per_second(items: Items) -> Any:
    timed = [i for i in items if counts(i) and i["usage"]["output_tokens"] is not None]
    timed = [i for i in timed if i["duration_ms"]]
    if not timed:
        return None
    took_ms = sum(i["duration_ms"] for i in timed)
    return 1000 * sum(i["usage"]["output_tokens"] for i in timed) / took_ms


def scores(items: Items, name: str) -> Items:
    return [s for i in items for s in i["scores"] if s["name"] == name]


def passing(items: Items) -> Any:
    values = [s["value"] for s in scores(items, "quality")]
    return sum(v >= 0.5 for v in values) / len(values) if values else None


def quality(items: Items) -> Any:
    values = [s["value"] for s in scores(items, "quality")]
    return statistics.mean(values) if values else None


def moods(items: Items) -> Any:
    labels = [s["label"] for s in scores(items, "mood")]
    found = [{"value": v, "count": labels.count(v)} for v in set(labels)]
    return sorted(found, key=lambda row: (-row["count"], row["value"]))


def quarters(items: Items) -> Any:
    values = [s["value"] for s in scores(items, "quality")]
    found = {n: sum(n / 4 <= v < (n + 1) / 4 for v in values) for n in range(4)}
    return [{"from": n / 4, "to": (n + 1) / 4, "count": c} for n, c in found.items() if c]


def durations(items: Items) -> Any:
    bounds = [0, *(digit * 10.0**power for power in range(-6, 7) for digit in (1, 2, 5))]
    values = known(items, "duration_ms")
    pairs = itertools.pairwise(bounds)
    found = [(low, high, sum(low <= v < high for v in values)) for low, high in pairs]
    return [
        {"from": pytest.approx(low), "to": pytest.approx(high), "count": count}
        for low, high, count in found
        if count
    ]
