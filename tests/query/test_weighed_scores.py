"""Verdicts of sampled rules in charts: each counts for those of its like that were not judged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from query_world import Given, World, opened

ERRORS, OTHERS = 10, 90
DRAWN = 9
"""Of the others a tenth was judged."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Ten traces that failed, all judged bad, and ninety of which the judged tenth is good."""
    with opened(tmp_path_factory.mktemp("store")) as world:
        world.put(
            *(
                Given(
                    trace_id=f"t{n:03}",
                    span_id=f"{n:03}",
                    at=n,
                    name="failed" if n < ERRORS else "went well",
                    fields={"user_id": f"u{n % 2}"},
                )
                for n in range(ERRORS + OTHERS)
            )
        )
        drawn = [(f"t{n:03}", 0.0, "bad", "1") for n in range(ERRORS)]
        drawn += [(f"t{n:03}", 1.0, "good", "0.1") for n in range(ERRORS, ERRORS + DRAWN)]
        world.post(
            "/scores",
            [
                {
                    "trace_id": trace,
                    "name": "fine",
                    "value": value,
                    "label": label,
                    "metadata": {"sampling_share": share},
                }
                for trace, value, label, share in drawn
            ],
        )
        world.post(
            "/scores",
            [
                {"trace_id": f"t{n:03}", "name": "odd", "value": n, "metadata": metadata}
                for n, metadata in enumerate(
                    [{"sampling_share": share} for share in ("much", "0", "-1", "1000")] + [{}]
                )
            ],
        )
        yield world


def figures(world: World, *measures: str, **more: Any) -> list[dict[str, Any]]:
    asked = {"scope": "traces", "measures": list(measures), **more}
    series = world.post("/metrics/query", asked)["series"]
    return [{"group": one["group"], **point} for one in series for point in one["points"]]


def test_a_mean_and_a_share_are_those_of_all_that_was_drawn_from(world: World) -> None:
    [found] = figures(
        world, "avg(scores.fine)", "share(scores.fine >= 0.5)", 'share(scores.fine = "bad")'
    )

    assert found["avg(scores.fine)"] == pytest.approx(0.9)
    assert found["share(scores.fine >= 0.5)"] == pytest.approx(0.9)
    assert found['share(scores.fine = "bad")'] == pytest.approx(0.1)


def test_what_counts_verdicts_counts_those_that_were_given(world: World) -> None:
    [found] = figures(world, "count(scores.fine)", "sum(scores.fine)", "p50(scores.fine)")

    assert found == found | {
        "count(scores.fine)": ERRORS + DRAWN,
        "sum(scores.fine)": DRAWN,
        "p50(scores.fine)": 0.0,
    }


def test_groups_are_weighed_by_themselves(world: World) -> None:
    found = figures(world, "avg(scores.fine)", group_by=["name"])

    assert {point["group"]["name"]: point["avg(scores.fine)"] for point in found} == {
        "failed": 0.0,
        "went well": 1.0,
    }


def test_a_share_that_is_none_counts_once(world: World) -> None:
    [found] = figures(world, "avg(scores.odd)")

    assert found["avg(scores.odd)"] == 2.0


def test_the_means_of_facets_and_of_users_are_weighed_too(world: World) -> None:
    values = {v["value"]: v for v in world.get("/facets", field="scores")["values"]}
    users = world.get("/users")["items"]

    assert values["fine"]["mean"] == pytest.approx(0.9)
    means = {u["user_id"]: s["value"] for u in users for s in u["scores"] if s["name"] == "fine"}
    # Of ten bad and nine good each user has five bad ones, and five or four good ones.
    assert sorted(means.values()) == pytest.approx([40 / 45, 50 / 55])


def test_verdicts_that_were_stored_before_shares_had_a_column_are_weighed(world: World) -> None:
    async def older() -> list[tuple[Any, ...]]:
        await world.store.command("ALTER TABLE scores DROP COLUMN share")
        await world.store.command(
            "ALTER TABLE scores ADD COLUMN share Float64"
            " DEFAULT toFloat64OrZero(trimLeft(metadata['sampling_share'], char(1))) AFTER metadata"
        )
        return await world.store.rows("SELECT name, share FROM scores WHERE share = 0.1")

    assert len(asyncio.run(older())) == DRAWN
    [found] = figures(world, "avg(scores.fine)")
    assert found["avg(scores.fine)"] == pytest.approx(0.9)
