"""What is said of an event: as JSON for programs, as sentences for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from pilothouse.platform.alerts.conditions import Condition, Level
from pilothouse.platform.alerts.models import AlertRule, Event, trouble_id

Json = dict[str, Any]
VERSION: Final = 1
"""Of the body: it gains fields, and loses none without another number."""
_WORSE: Final = {"alert": 0, "warn": 1, "ok": 2}
_HEADLINES: Final = {
    "recovered": "Recovered",
    "lost": "No data any more",
    "ended": "Ended",
    "error": "Cannot be evaluated",
    "mended": "Can be evaluated again",
    "test": "Test",
    "release": "Release",
}
_UNITS: Final = {"anomaly": "times the usual spread", "absence": "minutes without data"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event with the rule that it is of; of one that is mended, as it was before."""

    event: Event
    rule: AlertRule
    project: str


def event_json(told: Told, server_url: str) -> Json:
    """An event as a webhook gets it."""
    event, rule, question = told.event, told.rule, told.rule.question
    opened_at = event.opened_at if event.episode_id else rule.error_at
    page = f"{server_url}/p/{quote(told.project, safe='')}/alerts/{rule.id}"
    return {
        "id": event.id,
        "kind": event.kind,
        "level": event.level,
        "before": event.before,
        "episode_id": event.episode_id or trouble_id(rule),
        "opened_at": None if opened_at is None else _time(opened_at),
        "at": _time(event.at),
        "window_from": _time(event.at - timedelta(seconds=question.window_s)),
        "rule": {"id": rule.id, "name": rule.name, "condition": rule.condition.kind},
        "project": told.project,
        "scope": question.scope,
        "measure": question.measure,
        "filter": question.filter,
        "window": question.window,
        "group": {question.group_by: event.group or None} if question.group_by else None,
        "value": event.reading.value,
        "figure": event.reading.figure,
        "expected": event.reading.expected,
        "text": sentence(told),
        "url": page,
    }


def body_of(events: Sequence[Json]) -> str:
    """What is sent about events of one evaluation, as it is kept until then."""
    return json.dumps({"version": VERSION, "events": list(events)})


def people_read(body: Mapping[str, Any]) -> tuple[str, str, Level]:
    """Title, text and worst level of what is sent."""
    events: list[Json] = sorted(body["events"], key=lambda one: _WORSE[one["level"]])
    first = events[0]
    title = f"{_headline(first)}: {first['rule']['name']} ({first['project']})"
    if len(events) > 1:
        title = f"{title} and {len(events) - 1} more"
    text = "\n\n".join(f"{one['text']}\n{one['url']}" for one in events)
    return title, text, first["level"]


def _headline(event: Json) -> str:
    if event["kind"] in _HEADLINES:
        return _HEADLINES[event["kind"]]
    word = "Alert" if event["level"] == "alert" else "Warning"
    return f"{word}, still" if event["kind"] == "reminded" else word


def sentence(told: Told) -> str:
    """What happened, in one sentence."""
    event, rule, question = told.event, told.rule, told.rule.question
    if not event.episode_id:
        said = "the rule cannot be evaluated: " if event.kind == "error" else ""
        return f"{rule.name} in {told.project}: {said}{event.detail}"
    what = f"{question.measure} of {question.scope} in {told.project}"
    if question.group_by:
        what += f" where {question.group_by} is {event.group or 'unknown'}"
    if question.filter:
        what += f" ({question.filter})"
    match event.kind:
        case "lost":
            return f"{what} has had no value for a day: the episode is closed."
        case "ended":
            return f"{what}: the rule was changed or switched off, which closes the episode."
    value = "without data" if event.reading.value is None else _number(event.reading.value)
    said = f"{what} is {value} over {question.window}"
    if event.reading.expected is not None:
        said += f", expected {_number(event.reading.expected)}"
    if event.kind == "recovered":
        return f"{said}: it has recovered."
    bound = rule.condition.severities.get("alert" if event.level == "alert" else "warn")
    if bound is None:
        return f"{said}."
    return f"{said}; {event.level} is {_words(rule.condition, bound.bound)}."


def _words(condition: Condition, bound: float) -> str:
    """A bound in words."""
    number = _number(bound)
    match condition.kind:
        case "threshold":
            return f"{'at least' if condition.rising else 'at most'} {number}"
        case "change" if condition.unit == "ratio":
            return f"{'at least' if condition.rising else 'at most'} {number} times what is usual"
        case "change":
            side = {"above": "above", "below": "below", "either": "off"}[condition.direction]
            return f"{number} % {side} the usual"
    return f"{number} {_UNITS[condition.kind]}"


def _number(value: float) -> str:
    """A number as people read it, to four digits where it has decimals."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 10_000 else f"{value:.4g}"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
