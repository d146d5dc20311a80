"""Which rules say what of weeks of traffic with incidents, when, and how often."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.traffic import DAY_S, HOUR_S, MONDAY, WINDOW_S, Incident, at, rule, watched
from pilothouse.platform.alerts.expected import slots
from pilothouse.platform.alerts.models import WINDOWS

ERRORS = Incident(begin_s=at(4, 1, 12), lasts_s=40 * 60, errors=0.3)
SLOW = Incident(begin_s=at(4, 2, 9), lasts_s=2 * HOUR_S, slower=3)
OUTAGE = Incident(begin_s=at(4, 3, 14), lasts_s=HOUR_S, traffic=0)
HALF = Incident(begin_s=at(5, 1, 11), lasts_s=3 * HOUR_S, traffic=0.4)
NIGHT = Incident(begin_s=at(5, 4, 2), lasts_s=30 * 60, traffic=8)
EVERYTHING = (ERRORS, SLOW, OUTAGE, HALF, NIGHT)

RULES: list[tuple[str, dict[str, Any], list[Incident]]] = [
    ("error_rate", {"kind": "threshold", "warn": 0.05, "alert": 0.2}, [ERRORS]),
    ("p95(duration_ms)", {"kind": "threshold", "alert": 2500, "for_minutes": 15}, [SLOW]),
    ("count", {"kind": "absence", "alert": 5}, [OUTAGE]),
    (
        "count",
        {"kind": "change", "direction": "below", "alert": 50, "for_minutes": 15},
        [OUTAGE, HALF],
    ),
    ("count", {"kind": "change", "unit": "ratio", "alert": 4}, [NIGHT]),
    ("count", {"kind": "anomaly", "direction": "either", "alert": 6}, [OUTAGE, HALF, NIGHT]),
    ("p95(duration_ms)", {"kind": "anomaly", "alert": 8}, [SLOW]),
    ("count", {"kind": "anomaly", "season": "day", "periods": 7, "alert": 14}, [NIGHT]),
]


@pytest.mark.parametrize(
    ("measure", "asked", "fires_at"), RULES, ids=[f"{m}-{a['kind']}" for m, a, _ in RULES]
)
def test_a_rule_finds_its_incidents_and_nothing_else_in_two_weeks(
    measure: str, asked: dict[str, Any], fires_at: list[Incident]
) -> None:
    found = watched(rule(measure, **asked), *EVERYTHING)

    patience_s = asked.get("for_minutes", 0) * 60
    begun = [int(one.opened_at.timestamp()) for one in reversed(found.episodes)]
    ended = [int(one.ended_at.timestamp()) for one in reversed(found.episodes) if one.ended_at]
    assert begun == [one.begin_s + WINDOW_S + patience_s for one in fires_at]
    assert ended == [one.begin_s + one.lasts_s + WINDOW_S for one in fires_at]
    assert found.evaluations == 2 * 7 * DAY_S // WINDOW_S
    assert found.notifications == 2 * len(fires_at)  # that it began, and that it ended


def test_what_gets_worse_is_told_once_a_level_and_reminded_of() -> None:
    growing = [
        Incident(begin_s=at(4, 1, 12), lasts_s=3 * HOUR_S, errors=0.1),
        Incident(begin_s=at(4, 1, 13), lasts_s=HOUR_S, errors=0.4),
    ]
    asked = {"kind": "threshold", "warn": 0.05, "alert": 0.3}

    once = watched(rule("error_rate", **asked), *growing)
    reminded = watched(rule("error_rate", remind_minutes=30, **asked), *growing)

    assert [(one.level, one.notifications) for one in once.episodes] == [("alert", 3)]
    # Warn at 12:05, again 12:35; alert at 13:05, again 13:35; that it is a warning at 14:05 is
    # no news, but half an hour has passed: 14:10 and 14:40; the end at 15:05.
    assert [one.notifications for one in reminded.episodes] == [7]


def test_a_value_that_swings_around_its_bound_is_one_episode_with_a_recover_bound() -> None:
    swinging = [
        Incident(begin_s=at(4, 1, 12) + 2 * n * WINDOW_S, lasts_s=WINDOW_S, errors=0.06)
        for n in range(20)
    ] + [
        Incident(begin_s=at(4, 1, 12) + (2 * n + 1) * WINDOW_S, lasts_s=WINDOW_S, errors=0.045)
        for n in range(20)
    ]

    plain = watched(rule("error_rate", kind="threshold", warn=0.05), *swinging)
    patient = watched(rule("error_rate", kind="threshold", warn=(0.05, 0.03)), *swinging)

    assert len(plain.episodes) == 20
    assert [one.notifications for one in patient.episodes] == [2]


def test_an_outage_does_not_teach_a_rule_that_outages_are_usual() -> None:
    weekly = [Incident(begin_s=at(week, 3, 14), lasts_s=HOUR_S, traffic=0) for week in (4, 5)]

    found = watched(rule(kind="anomaly", direction="below", alert=6), *weekly)

    assert [int(one.opened_at.timestamp()) for one in reversed(found.episodes)] == [
        one.begin_s + WINDOW_S for one in weekly
    ]


def test_a_rule_that_compares_says_nothing_before_there_is_something_to_compare_with() -> None:
    picky = rule(kind="change", direction="either", alert=1)
    found = watched(picky, since_s=at(0, 0, 0), until_s=at(1, 0, 6))

    assert found.episodes
    assert min(one.opened_at.timestamp() for one in found.episodes) > at(1, 0, 0)


@pytest.mark.parametrize("season", ["week", "day"])
@pytest.mark.parametrize("window", WINDOWS)
def test_a_window_is_never_compared_with_a_part_of_itself(window: str, season: Any) -> None:
    window_s = WINDOWS[window]
    condition = rule(kind="anomaly", alert=3, season=season, periods=2).condition

    for after_s in range(0, window_s, max(60, window_s // 12)):
        start_s = MONDAY + after_s
        samples = [begin for period in slots(condition, window_s, start_s) for begin in period]
        assert max(samples) + window_s <= start_s
