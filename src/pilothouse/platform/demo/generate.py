"""When the example traces happen, to whom, and in which release."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from itertools import accumulate
from random import Random

from pilothouse.platform.demo import audit, desk, docs, mail
from pilothouse.platform.demo.story import DEMO_PROJECT, MS, Setting, Story
from pilothouse.platform.ingest.batch import Batch
from pilothouse.spans import Source

__all__ = ["DEMO_PROJECT", "demo_batches"]

SEED = 8484
DAYS = 3
VISITS = {"desk": 130, "docs": 105, "mail": 96}
"""Conversations, visits and e-mails in all; with their turns some 470 traces."""
RELEASED_BEFORE_NOW = dt.timedelta(hours=31)
"""When 2.14.0 went out."""
INCIDENT = (dt.time(9, 15), dt.time(10, 45))
"""From when to when (UTC), on the last day that is past it, the warehouse hardly answered."""
BUSY_DURING_INCIDENT = 16
"""More people write when their parcels are late."""
LATELY = (("docs", 3), ("desk", 5), ("mail", 8))
"""What happened minutes ago, so that the newest is new at any hour."""
SHOWN = dt.timedelta(minutes=10)
"""How long ago the conversation took place that has a bit of everything."""
SPANS_IN_A_BATCH = 400


def demo_batches(now: dt.datetime) -> Iterator[Batch]:
    """All example traces of the three days before `now`, in batches by time of their start."""
    random = Random(SEED)  # noqa: S311 - repeatable on purpose, guards nothing
    traces: list[list[Source]] = []
    for app, count in VISITS.items():
        for moment in _moments(random, now, count):
            traces += _visit(random, app, moment, now)
    begin, end = _incident(now)
    for _ in range(BUSY_DURING_INCIDENT):
        traces += _visit(random, "desk", begin + (end - begin) * random.random(), now)
    for app, minutes in LATELY:
        traces += _visit(random, app, now - dt.timedelta(minutes=minutes), now)
    traces += _visit(random, "desk", now - SHOWN, now, shown=True)
    review = Story(random, _ns(now - dt.timedelta(hours=20)), _setting(
        random, "range-planner", now - dt.timedelta(hours=20), now, "", ("long", "internal"),
    ))  # fmt: skip
    audit.review(review)
    traces.append(review.sources)
    traces.sort(key=lambda sources: sources[-1].start_ns)
    batch: list[Source] = []
    for sources in traces:
        batch += sources
        if len(batch) >= SPANS_IN_A_BATCH:
            yield Batch(sources=batch)
            batch = []
    if batch:
        yield Batch(sources=batch)


def _visit(
    random: Random, app: str, moment: dt.datetime, now: dt.datetime, *, shown: bool = False
) -> list[list[Source]]:
    """The traces of one conversation, visit or e-mail; what would end after now is left out."""
    stories: list[Story] = []
    user = f"u-{1000 + int(random.random() ** 2 * 160) * 23}"
    if app == "desk":
        begin, end = _incident(now)
        weather: desk.Weather = "incident" if begin <= moment <= end else "calm"
        weather = "hiccup" if shown else weather
        talk = desk.begin(random, moment, weather)
        setting = _setting(random, "fjordline-desk", moment, now, user, talk.scenario.tags)
        start_ns = _ns(moment)
        for place in range(len(talk.scenario.turns)):
            if place and not shown and random.random() < 0.22:
                break
            stories.append(Story(random, start_ns, setting))
            desk.answer(stories[-1], talk, place, weather)
            start_ns = stories[-1].now_ns + random.randrange(9_000, 140_000) * MS
    elif app == "docs":
        start_ns = _ns(moment)
        questions = docs.pick(random)
        setting = _setting(random, "tidemark-help", moment, now, user, questions[0].tags)
        for question in questions:
            stories.append(Story(random, start_ns, setting))
            docs.answer(stories[-1], question, setting.release == "2.13.2")
            start_ns = stories[-1].now_ns + random.randrange(12_000, 90_000) * MS
    else:
        picked = mail.pick(random)
        setting = _setting(random, "fjordline-mail", moment, now, "", (f"lang:{picked.language}",))
        stories.append(Story(random, _ns(moment), setting))
        mail.triage(stories[-1], picked)
    return [story.sources for story in stories if story.now_ns < _ns(now)]


def _setting(
    random: Random,
    service: str,
    moment: dt.datetime,
    now: dt.datetime,
    user: str,
    tags: tuple[str, ...],
) -> Setting:
    old = moment < now - RELEASED_BEFORE_NOW
    staging = random.random() < 0.09
    session = f"conv-{random.getrandbits(24):06x}" if user else ""
    tier = random.choices(("standard", "club", "team"), weights=(6, 3, 1))[0]
    return Setting(
        service=service,
        scope="openinference.instrumentation.pilothouse-demo",
        release="2.13.2" if old else "2.14.0",
        environment="staging" if staging else "production",
        session=session,
        user=user,
        tags=(*tags, "internal") if staging else tags,
        metadata={"customer": {"tier": tier}, "channel": random.choice(("web", "app", "mail"))}
        if user
        else {"mailbox": "hello"},
    )


def _moments(random: Random, now: dt.datetime, count: int) -> list[dt.datetime]:
    """Moments with a quiet night, a busy forenoon and a smaller peak after work."""
    step = dt.timedelta(minutes=10)
    steps = DAYS * 24 * 6
    begin = now - step * steps
    weights = [_busy(begin + step * place) for place in range(steps)]
    total = list(accumulate(weights))
    chosen = random.choices(range(steps), cum_weights=total, k=count)
    return sorted(begin + step * (place + random.random()) for place in chosen)


def _busy(moment: dt.datetime) -> float:
    hour = moment.astimezone(dt.UTC).hour + moment.minute / 60
    morning = math.exp(-(((hour - 10.2) / 2.6) ** 2))
    evening = 0.7 * math.exp(-(((hour - 18.3) / 2.2) ** 2))
    return 0.05 + morning + evening


def _incident(now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """When the last incident began and ended."""
    today = now.astimezone(dt.UTC).date()
    over = dt.datetime.combine(today, INCIDENT[1], dt.UTC)
    day = today if over < now else today - dt.timedelta(days=1)
    return dt.datetime.combine(day, INCIDENT[0], dt.UTC), dt.datetime.combine(
        day, INCIDENT[1], dt.UTC
    )


def _ns(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1000
