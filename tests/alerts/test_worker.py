"""Looks at rules minute by minute, on a real database of records: what is kept, and who is told."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.receivers import web
from alerts.traffic import rule
from evaluation_server import until
from pilothouse.platform.alerts import channel_records
from pilothouse.platform.alerts.channel_records import take_due
from pilothouse.platform.alerts.channels import ChannelService
from pilothouse.platform.alerts.evaluation import Looked, Seen, States
from pilothouse.platform.alerts.models import AlertRule, Delivery, Reading
from pilothouse.platform.alerts.outbox import Outbox
from pilothouse.platform.alerts.schedules import Weekly
from pilothouse.platform.alerts.sending import Sender
from pilothouse.platform.alerts.service import AlertService
from pilothouse.platform.alerts.states import MINUTE_US
from pilothouse.platform.alerts.worker import AlertWorker
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.records import Records, moment
from pilothouse.platform.sealing import Sealer

START = int(datetime(2026, 11, 16, 12, tzinfo=UTC).timestamp()) * 1_000_000
"""A Monday at noon."""


class Store:
    """Tells what a test says of each rule by name, and of everything else that all is well."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.away = False

    async def visible(self) -> None:
        """All is."""
        if self.away:
            raise ConnectionError("nobody answers")

    async def look(
        self,
        rules: Sequence[AlertRule],
        names: Mapping[int, str],
        states: Mapping[str, States],
        until: datetime,
    ) -> dict[str, Looked]:
        return {one.id: self._looked(self.values.get(one.name, 0.0)) for one in rules}

    @staticmethod
    def _looked(value: Any) -> Looked:
        if isinstance(value, BadRequest):
            return value
        groups = value if isinstance(value, dict) else {"": value}
        return {
            group: Seen(Reading(value=number, figure=number), number is not None)
            for group, number in groups.items()
        }


class World:
    """A server's alerts without its store, at any time that a test likes."""

    def __init__(self, records: Records, data: Path) -> None:
        self.records, self.store = records, Store()
        self.projects = ProjectDirectory(records)
        self.project_id = self.projects.id_of("shop")
        self.workers: dict[str, AlertWorker] = {}
        self.rules = AlertService(records, self.projects, server_url="http://here")
        self.sender = Sender(private=True)
        self.channels = ChannelService(
            records, Sealer(data), self.sender, private=True, server_url="http://here"
        )
        hook = "http://127.0.0.1:9/hook"
        made = [self.channels.create(name, "webhook", hook, "s" * 16) for name in ("one", "two")]
        self.channel, self.other = (one.id for one in made)

    def add(self, name: str = "watch", **more: Any) -> AlertRule:
        """A rule that warns from 10 and alerts from 20, told on a channel."""
        channels = more.pop("channels", (self.channel,))
        group_by = more.pop("group_by", "")
        made = rule(kind="threshold", warn=10, alert=20, **more)
        return self.rules.create(
            replace(
                made,
                id=f"rule-{name}",
                name=name,
                project_id=self.project_id,
                channels=channels,
                question=replace(made.question, group_by=group_by),
            )
        )

    def look(self, minute: int, values: Any = None, *, server: str = "a", name: str = "") -> None:
        """A server looks at a minute, at which the rule reads a value."""
        if values is not None:
            self.store.values[name or "watch"] = values
        if server not in self.workers:
            self.workers[server] = AlertWorker(
                self.records,
                self.store,
                self.projects,
                self.store,
                Outbox(self.records, self.channels, self.sender, server),
                owner=server,
                server_url="http://here",
            )
        asyncio.run(self.workers[server].look(START + minute * MINUTE_US))

    def posted(self) -> list[list[tuple[str, str, str]]]:
        """The messages that are to be sent: of each event rule, kind and level."""
        with self.records.write() as session:
            found = take_due(session, "test", 2**62, 1000, [])
        return [
            [(e["rule"]["name"], e["kind"], e["level"]) for e in json.loads(one.body)["events"]]
            for one in found
        ]

    def events(self) -> list[dict[str, Any]]:
        """What the messages that are to be sent say."""
        with self.records.write() as session:
            found = take_due(session, "test", 2**62, 1000, [])
        return [event for one in found for event in json.loads(one.body)["events"]]

    def deliveries(self) -> list[Delivery]:
        """How far the messages about the rule are."""
        _, deliveries = self.rules.history("rule-watch", limit=1000)
        return [one for of_event in deliveries.values() for one in of_event]

    def history(self, name: str = "watch") -> list[tuple[str, str, str]]:
        """What happened to a rule, the earliest first: kind, level, why nobody was told."""
        events, _ = self.rules.history(f"rule-{name}", limit=1000)
        return [(one.kind, one.level, one.silence) for one in reversed(events)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """On a database of its own."""
    records = Records(f"sqlite:///{tmp_path / 'records.db'}")
    records.migrate()
    yield World(records, tmp_path)
    records.close()


@pytest.fixture
def world_on_each(records: Records, tmp_path: Path) -> World:
    """The same, once on each engine."""
    return World(records, tmp_path)


def test_an_episode_is_told_once_a_level_though_each_minute_has_another_server(
    world_on_each: World,
) -> None:
    world = world_on_each
    world.add()

    for minute, value in enumerate([5, 12, 12, 25, 25, 12, 5, 5]):
        with world.records.write() as session:  # the last server is taken for gone
            session.run("UPDATE alert_rules SET owner_seen = 0")
        world.look(minute, value, server=f"server-{minute}")

    assert world.posted() == [
        [("watch", "raised", "warn")],
        [("watch", "raised", "alert")],
        [("watch", "recovered", "ok")],
    ]
    assert world.history() == [
        ("raised", "warn", ""),
        ("raised", "alert", ""),
        ("lowered", "warn", "told"),
        ("recovered", "ok", ""),
    ]


def test_a_minute_is_looked_at_once_and_by_the_server_that_has_the_rule(
    world_on_each: World,
) -> None:
    world = world_on_each
    if not world.records.shared:
        pytest.skip("a database of its own has one server")
    world.add()

    world.look(0, 12)
    world.look(0, 5)
    world.look(1, 5, server="b")

    assert world.history() == [("raised", "warn", "")]


def test_what_happened_in_one_look_goes_to_a_channel_together(world: World) -> None:
    world.add(group_by="model")
    world.add("second", channels=(world.channel, world.other))

    world.store.values["second"] = 30
    world.look(0, {"gpt": 12.0, "claude": 25.0, "llama": 1.0})

    assert sorted(map(sorted, world.posted())) == [
        [("second", "raised", "alert")],
        [("second", "raised", "alert"), ("watch", "raised", "alert"), ("watch", "raised", "warn")],
    ]


def test_a_rule_that_cannot_be_asked_says_so_once_and_leaves_the_others_alone(
    world: World,
) -> None:
    world.add()
    world.add("broken")
    world.store.values["broken"] = BadRequest("there is no field 'colour'")
    for minute in range(3):
        world.look(minute, 12)
        world.rules.mute("rule-broken", None)

    assert world.rules.get("rule-broken").error == "there is no field 'colour'"
    assert world.history("broken") == [("error", "warn", "")]
    assert world.history() == [("raised", "warn", "")]

    world.store.values["broken"] = 12
    world.look(3)

    assert world.rules.get("rule-broken").error == ""
    assert world.history("broken") == [
        ("error", "warn", ""), ("mended", "ok", ""), ("raised", "warn", "")
    ]  # fmt: skip
    told = [sorted(message) for message in world.posted()]
    assert told == [
        [("broken", "error", "warn"), ("watch", "raised", "warn")],
        [("broken", "mended", "ok"), ("broken", "raised", "warn")],
    ]


def test_that_a_rule_fails_is_one_episode_with_a_sentence_of_its_own(world: World) -> None:
    world.add()
    world.look(0, BadRequest("there is no field 'colour'"))
    world.look(1, BadRequest("there is no field 'shade'"))
    world.look(2, 1)

    first, last = world.events()

    assert first["episode_id"] == last["episode_id"]
    assert first["opened_at"] == last["opened_at"] == first["at"]
    assert first["text"] == (
        "watch in shop: the rule cannot be evaluated: there is no field 'colour'"
    )
    assert last["text"] == "watch in shop: the rule can be evaluated again"
    assert world.history() == [
        ("error", "warn", ""),
        ("error", "warn", "told"),
        ("mended", "ok", ""),
    ]


def test_nobody_hears_of_a_failure_while_the_rule_is_muted_but_of_one_that_lasts_longer(
    world: World,
) -> None:
    made = world.add()
    world.rules.mute(made.id, datetime.fromtimestamp(START / 1e6, UTC) + timedelta(minutes=2))
    for minute in range(4):
        world.look(minute, BadRequest("gone"))

    assert world.history() == [("error", "warn", "muted"), ("error", "warn", "")]
    assert world.posted() == [[("watch", "error", "warn")]]


def test_who_knows_that_a_rule_fails_is_told_when_it_is_changed(world: World) -> None:
    made = world.add()
    world.look(0, BadRequest("gone"))
    world.rules.change(made.id, {"name": "another"})
    world.rules.delete(made.id)

    [[error], [ended]] = world.posted()

    assert error == ("watch", "error", "warn")
    assert ended == ("watch", "ended", "ok")


def test_a_store_that_is_away_for_long_is_told_once_and_when_it_is_back(world: World) -> None:
    world.add()
    world.look(0, 1)
    for minute in range(1, 15):
        world.store.away = True
        with pytest.raises(ConnectionError):
            world.look(minute)
    world.store.away = False
    world.look(15)

    assert world.history() == [("error", "warn", ""), ("mended", "ok", "")]
    [error, mended] = world.events()
    assert "the span store has told nothing for 10 minutes" in error["text"]
    assert mended["kind"] == "mended"
    assert error["at"] == moment(START + 11 * MINUTE_US).isoformat().replace("+00:00", ".000000Z")


def test_nobody_is_told_in_maintenance_or_while_muted_but_of_what_is_still_so_after(
    world: World,
) -> None:
    made = world.add()
    noon = Weekly(days=("mon",), start=time(12), minutes=2)
    world.rules.add_maintenance(world.project_id, "noon", noon, "ann")
    world.rules.mute(made.id, datetime.fromtimestamp(START / 1e6, UTC) + timedelta(minutes=4))

    for minute, value in enumerate([12, 5, 5, 25, 25, 5]):
        world.look(minute, value)

    assert world.history() == [
        ("raised", "warn", "muted"),
        ("recovered", "ok", "muted"),
        ("raised", "alert", "muted"),
        ("reminded", "alert", ""),
        ("recovered", "ok", ""),
    ]
    assert len(world.posted()) == 2


@pytest.mark.parametrize("way", ["changed", "switched off", "removed"])
def test_who_knows_of_an_episode_is_told_that_its_rule_is_no_more(world: World, way: str) -> None:
    made = world.add()
    world.look(0, 12)

    if way == "changed":
        world.rules.change(made.id, {"for_s": 300})
    elif way == "switched off":
        world.rules.change(made.id, {"enabled": False})
    else:
        world.rules.delete(made.id)
    world.look(1, 12)

    assert world.posted() == [[("watch", "raised", "warn")], [("watch", "ended", "ok")]]


def sent(world: World, *, holds: Callable[[list[Delivery]], bool]) -> list[Delivery]:
    """How far the messages about a rule are once the outbox has come so far."""

    def far_enough() -> list[Delivery] | None:
        found = world.deliveries()
        return found if holds(found) else None

    async def sending() -> list[Delivery]:
        outbox = Outbox(world.records, world.channels, world.sender, "a")
        task = asyncio.create_task(outbox.sending())
        found: list[Delivery] = await asyncio.to_thread(until, far_enough, "it has come so far")
        task.cancel()
        return found

    return asyncio.run(sending())


def test_a_message_that_nobody_takes_is_tried_later_and_given_up_after_a_day(
    world_on_each: World,
) -> None:
    world = world_on_each
    world.add()
    with web() as receiver:
        world.channels.change(world.channel, name=None, url=receiver.url, secret="s" * 16)
        world.look(0, 12)
        receiver.status = 500
        [tried] = sent(world, holds=lambda found: found[0].attempts == 1)
        later = tried.at - datetime.now(UTC)
        with world.records.write() as session:
            session.run(
                "UPDATE alert_messages SET due_at = 0, created_at = created_at - 86400000000"
            )
        [given_up] = sent(world, holds=lambda found: found[0].attempts == 2)

    assert (tried.status, tried.error) == ("waiting", "answered 500: ok")
    assert timedelta(0) < later <= timedelta(seconds=10)
    assert (given_up.status, given_up.message_id) == ("given_up", tried.message_id)
    assert {one["idempotency-key"] for one in receiver.headers} == {tried.message_id}


def test_a_channel_that_hangs_holds_up_no_other(world: World) -> None:
    world.add(channels=(world.channel, world.other))
    with web() as slow, web() as quick:
        slow.hangs = threading.Event()
        for channel, receiver in ((world.channel, slow), (world.other, quick)):
            world.channels.change(channel, name=None, url=receiver.url, secret="s" * 16)
        world.look(0, 12)
        found = sent(world, holds=lambda found: "sent" in {one.status for one in found})
        slow.hangs.set()

    assert {one.channel: one.status for one in found} == {"one": "waiting", "two": "sent"}


def test_messages_that_another_server_took_over_are_left_to_it(world: World) -> None:
    world.add()
    with web() as receiver:
        hangs = receiver.hangs = threading.Event()
        world.channels.change(world.channel, name=None, url=receiver.url, secret="s" * 16)
        world.look(0, 12)
        world.look(1, 25)

        def both_ended(found: list[Delivery]) -> bool:
            if receiver.bodies and not hangs.is_set():  # the first hangs for too long
                with world.records.write() as session:
                    take_due(session, "b", 2**62, 10, [])
                world.look(2, 0)
                hangs.set()
            return [one.status for one in found].count("sent") >= 2

        sent(world, holds=both_ended)

    kinds = [one["events"][0]["kind"] for one in receiver.messages]
    assert kinds == ["raised", "recovered"]


def test_a_message_stays_with_the_server_that_takes_long_to_send_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{Outbox.__module__}.RENEWED_S", 0.05)
    world.add()
    with web() as receiver:
        hangs = receiver.hangs = threading.Event()
        world.channels.change(world.channel, name=None, url=receiver.url, secret="s" * 16)
        world.look(0, 12)
        aged = False

        def has_ended(found: list[Delivery]) -> bool:
            nonlocal aged
            with world.records.write() as session:
                if receiver.bodies and not aged:
                    session.run("UPDATE alert_messages SET owner_seen = 0")
                    aged = True
                elif aged and session.all("SELECT 1 FROM alert_messages WHERE owner_seen > 0"):
                    hangs.set()
            return found[0].status == "sent"

        sent(world, holds=has_ended)


def test_what_failed_here_does_not_call_back_what_another_server_has_sent(world: World) -> None:
    world.add()
    world.look(0, 12)
    with world.records.write() as session:
        [message] = take_due(session, "a", 2**62, 10, [])
        take_due(session, "b", 2**62, 10, [])
        channel_records.sent(session, message.id)
        told = channel_records.failed(session, "a", message.id, "it hung", 0)

    assert (told, [one.status for one in world.deliveries()]) == (False, ["sent"])
