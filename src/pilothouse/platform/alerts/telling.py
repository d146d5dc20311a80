"""Writes down what happened and whom it is to be told, as part of the transaction that found it."""

from __future__ import annotations

from collections.abc import Sequence

from pilothouse.platform.alerts import channel_records, history_records
from pilothouse.platform.alerts.messages import Told, body_of, event_json
from pilothouse.platform.alerts.models import AlertRule, Event, Reading, episode_id, new_event_id
from pilothouse.platform.alerts.states import Change
from pilothouse.platform.records import Session, moment


def write(session: Session, happened: Sequence[Told], server_url: str) -> bool:
    """Keep events, and one message a channel about all that it is to be told; whether there is one.

    What happened in one evaluation goes to a channel together.
    """
    history_records.add(session, [one.event for one in happened])
    by_channel: dict[str, list[Told]] = {}
    for one in happened:
        if not one.event.silence:
            for channel in one.rule.channels:
                by_channel.setdefault(channel, []).append(one)
    for channel, told in by_channel.items():
        body = body_of([event_json(one, server_url) for one in told])
        message = channel_records.post(session, channel, body)
        history_records.tell(session, [(one.event.id, message) for one in told])
    return bool(by_channel)


def event_of(
    rule: AlertRule, group: str, change: Change, at: int, reading: Reading | None = None
) -> Event:
    """The entry of the history for a change."""
    return Event(
        id=new_event_id(),
        rule_id=rule.id,
        group=group,
        kind=change.kind,
        level=change.level,
        before=change.before,
        episode_id=episode_id(rule.id, group, change.opened_at),
        opened_at=moment(change.opened_at),
        silence=change.silence,
        reading=reading or Reading(),
        at=moment(at),
    )
