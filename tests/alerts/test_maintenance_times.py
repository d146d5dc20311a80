"""When a time of maintenance holds, by the clocks of a place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from pilothouse.platform.alerts.schedules import Once, Weekly, as_json, check, from_json
from pilothouse.platform.errors import BadRequest

NIGHT = Weekly(days=("sun",), start=time(23), minutes=180, timezone="Europe/Zurich")


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-11-22T21:59:00", False),
        ("2026-11-22T22:00:00", True),  # Sunday 23:00 in winter
        ("2026-11-23T00:59:00", True),  # Monday there
        ("2026-11-23T01:00:00", False),
        ("2026-07-19T21:00:00", True),  # Sunday 23:00 in summer
        ("2026-07-19T20:59:00", False),
        ("2026-11-23T22:30:00", False),
    ],
)
def test_a_weekly_time_follows_the_clocks_of_its_place_over_midnight(at: str, holds: bool) -> None:
    assert NIGHT.holds(datetime.fromisoformat(at).replace(tzinfo=UTC)) is holds


def test_a_time_is_kept_as_it_was_said() -> None:
    once = Once(since=datetime(2026, 11, 22, tzinfo=UTC), until=datetime(2026, 11, 23, tzinfo=UTC))

    assert [from_json(as_json(one)) for one in (NIGHT, once)] == [NIGHT, once]
    assert once.holds(once.since)
    assert not once.holds(once.until)


def test_a_time_that_never_comes_is_refused() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)

    for never in (Once(since=now, until=now), Weekly(days=(), start=time(1), minutes=5)):
        with pytest.raises(BadRequest):
            check(never)
    with pytest.raises(BadRequest, match="no timezone 'Mars/Olympus'"):
        check(Weekly(days=("mon",), start=time(1), minutes=5, timezone="Mars/Olympus"))


def test_a_time_at_a_place_that_the_system_does_not_know_any_more_does_not_hold() -> None:
    gone = replace(NIGHT, timezone="Mars/Olympus")

    assert not gone.holds(datetime(2026, 11, 22, 23, tzinfo=UTC))
