"""The largest groups of a chart, chosen from its points."""

from __future__ import annotations

from pilothouse.platform.store import ranking
from pilothouse.platform.store.measures import measure_of

COST, COUNT = measure_of("sum(cost.total)"), measure_of("count")
CALLS = (COST.of, COUNT.of)
POINTS: list[ranking.Point] = [
    (0, ("a",), (2.0, 1)),
    (0, ("b",), (None, 5)),
    (0, ("c",), (1.0, 1)),
    (3600, ("a",), (None, 1)),
    (3600, ("c",), (3.0, 7)),
    (3600, ("d",), (None, 1)),
]


def test_groups_are_ordered_by_what_their_points_add_up_to_and_unknown_ones_come_last() -> None:
    assert ranking.largest(POINTS, CALLS, COST, 9) == [("c",), ("a",), ("b",), ("d",)]
    assert ranking.largest(POINTS, CALLS, COUNT, 2) == [("c",), ("b",)]


def test_a_ratio_orders_groups_by_the_sums_above_and_below() -> None:
    ratio = measure_of("sum(cost.total) / count")
    assert ranking.largest(POINTS, CALLS, ratio, 2) == [("a",), ("c",)]


def test_what_is_left_over_is_added_up_by_time_and_stays_unknown_where_nothing_is_known() -> None:
    left = ranking.others(POINTS, [("c",)])
    assert left == [POINTS[2], POINTS[4], (0, None, (2.0, 6)), (3600, None, (None, 2))]


def test_only_counts_and_sums_add_up() -> None:
    assert ranking.adds_up(COST.of)
    assert not ranking.adds_up(measure_of("p50(duration_ms)").of)
    assert not ranking.adds_up(measure_of("uniq(user_id)").of)
    assert not ranking.adds_up(measure_of("count(scores.quality)").of)
