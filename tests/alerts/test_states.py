"""The states of a rule, look by look."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from alerts.traffic import rule
from pilothouse.platform.alerts.conditions import Bound, Condition, check
from pilothouse.platform.alerts.evaluation import Seen
from pilothouse.platform.alerts.judging import judge
from pilothouse.platform.alerts.models import GroupState, Reading
from pilothouse.platform.alerts.states import (
    LOST_US,
    MINUTE_US,
    Silence,
    State,
    Timing,
    advance,
    end,
)
from pilothouse.platform.errors import BadRequest

SLOW = Condition(kind="threshold", warn=Bound(bound=10, recover=8), alert=Bound(bound=20))
Look = float | None | tuple[float | None, Silence]


def looked(*looks: Look, timing: Timing | None = None, start: State | None = None) -> list[Any]:
    """What is said of one look a minute: (minute, kind, level, why nobody is told)."""
    state = start or State()
    said = []
    for minute, look in enumerate(looks):
        figure, silence = look if isinstance(look, tuple) else (look, "")
        now = minute * MINUTE_US
        state, change = advance(state, SLOW, timing or Timing(), figure, now, silence)
        if change is not None:
            said.append((minute, change.kind, change.level, change.silence))
    return said


def test_each_level_is_told_once_an_episode_and_the_end_too() -> None:
    assert looked(5, 12, 25, 15, 25, 9, 7, 5) == [
        (1, "raised", "warn", ""),
        (2, "raised", "alert", ""),
        (3, "lowered", "warn", "told"),
        (4, "raised", "alert", "told"),
        (5, "lowered", "warn", "told"),
        (6, "recovered", "ok", ""),
    ]


def test_the_next_episode_is_told_anew() -> None:
    assert [said[1] for said in looked(12, 5, 12, 5)] == ["raised", "recovered"] * 2


def test_a_bound_has_to_be_met_without_a_break_for_as_long_as_asked() -> None:
    patient = Timing(for_us=3 * MINUTE_US)

    assert looked(12, 12, 5, 12, 12, 12, 12, timing=patient) == [(6, "raised", "warn", "")]


def test_a_server_that_was_away_does_not_count_as_patience() -> None:
    patient = Timing(for_us=3 * MINUTE_US)
    state, _ = advance(State(), SLOW, patient, 12, 0)

    back, change = advance(state, SLOW, patient, 12, 60 * MINUTE_US)

    assert change is None
    assert advance(back, SLOW, patient, 12, 63 * MINUTE_US)[1] is not None


def test_what_began_in_silence_is_told_when_it_ends_and_still_is_so() -> None:
    assert looked((12, "muted"), (12, "muted"), 12, 5) == [
        (0, "raised", "warn", "muted"),
        (2, "reminded", "warn", ""),
        (3, "recovered", "ok", ""),
    ]


def test_what_came_and_went_in_silence_is_told_to_nobody() -> None:
    assert looked((12, "maintenance"), (5, "maintenance")) == [
        (0, "raised", "warn", "maintenance"),
        (1, "recovered", "ok", "maintenance"),
    ]


def test_who_knows_of_an_episode_is_told_of_its_end_in_silence_too() -> None:
    assert looked(12, (5, "muted")) == [(0, "raised", "warn", ""), (1, "recovered", "ok", "")]


def test_without_a_value_nothing_changes_until_a_day_is_over() -> None:
    raised, _ = advance(State(), SLOW, Timing(), 12, 0)

    kept, nothing = advance(raised, SLOW, Timing(), None, LOST_US)
    lost, said = advance(kept, SLOW, Timing(), None, LOST_US + MINUTE_US)

    assert (kept.level, nothing) == ("warn", None)
    assert said is not None
    assert (lost.level, said.kind) == ("ok", "lost")
    assert end(lost, "ended") is None


def test_a_group_of_which_nothing_comes_is_forgotten_and_its_episode_ends() -> None:
    watch = rule(kind="threshold", warn=10)
    watch = replace(watch, question=replace(watch.question, group_by="model"))
    states = {"gpt": GroupState(group="gpt"), "claude": GroupState(group="claude")}
    said = []
    for minute in range(2 * 1440):
        values = {"gpt": 12.0, "claude": 1.0} if minute == 0 else dict.fromkeys(states)
        seen = {
            group: Seen(Reading(value=value, figure=value), value is not None)
            for group, value in values.items()
        }
        judged = judge(watch, seen, states, minute * MINUTE_US, "")
        states = {one.group: one for one in judged.states}
        said += [(group, change.kind) for group, change, _ in judged.changes]

    assert said == [("gpt", "raised"), ("gpt", "lost")]
    assert states == {}


@pytest.mark.parametrize(
    ("condition", "wrong"),
    [
        ({"kind": "threshold"}, "give warn or alert"),
        ({"kind": "threshold", "warn": 5, "alert": 4}, "lies below that of warn"),
        ({"kind": "threshold", "direction": "below", "warn": 5, "alert": 6}, "lies above"),
        ({"kind": "threshold", "alert": (5, 6)}, "recover of alert must be at most"),
        ({"kind": "threshold", "direction": "either", "alert": 5}, "above or below, not either"),
        ({"kind": "change", "unit": "ratio", "direction": "either", "alert": 5}, "use percent"),
        ({"kind": "change", "alert": -50}, "must be above 0"),
        ({"kind": "change", "alert": 50, "periods": 9}, "1 to 8 weeks"),
        ({"kind": "absence", "direction": "below", "alert": 5}, "minutes without data"),
    ],
)
def test_a_condition_that_contradicts_itself_is_refused_in_words(
    condition: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(BadRequest, match=wrong):
        check(rule(**condition).condition)
