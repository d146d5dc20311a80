"""A promotion that a kill cut in two: what is left undone is done later, and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from pilothouse.platform.prompts.service import PromptService
from pilothouse.platform.records import Records
from pilothouse.platform.releases.models import Config, Release
from pilothouse.platform.releases.promoting import Promotions, is_unsettled
from pilothouse.platform.releases.prompts import RegistryPrompts
from pilothouse.platform.releases.service import Releases

Json = dict[str, Any]


class Killed(BaseException):
    """The process ends here."""


class Routes:
    """Routes in memory; may be killed before or after it writes."""

    def __init__(self) -> None:
        self.kept: dict[str, Json] = {"chat": {"targets": [{"model": "old"}], "cache": None}}
        self.killed = ""

    def written(self, name: str) -> Json | None:
        return self.kept.get(name)

    def targets_of(self, name: str) -> list[Json]:
        return [{"model": name}]

    def write(self, name: str, route: Json) -> None:
        if self.killed == "before":
            raise Killed
        self.kept[name] = route
        if self.killed == "after":
            raise Killed

    def known(self) -> list[str]:
        return ["chat", "acme/new"]

    def leads_somewhere(self, name: str) -> bool:
        return name in self.known()


@pytest.fixture
def routes() -> Routes:
    return Routes()


@pytest.fixture
def releases(records: Records, routes: Routes) -> Releases:
    prompts = RegistryPrompts(PromptService(records))
    return Releases(records, lambda: routes, prompts, posted=lambda: None, server_url="http://x")


@pytest.fixture
def promotions(records: Records, routes: Routes, releases: Releases) -> Promotions:
    prompts = RegistryPrompts(PromptService(records))
    return Promotions(lambda: routes, prompts, releases.settled)


def promoted(releases: Releases) -> Release:
    config = Config.model_validate({"route": "chat", "challenger": {"model": "acme/new"}})
    releases.create("r", "staged", config, by="ann")
    return releases.act("r", "promoted", by="ann")


@pytest.mark.parametrize("killed", ["before", "after"])
def test_a_kill_while_a_promotion_is_written_down_loses_nothing(
    releases: Releases, promotions: Promotions, routes: Routes, killed: str
) -> None:
    made = promoted(releases)
    routes.killed = killed
    with pytest.raises(Killed):
        promotions.settle(made)
    routes.killed = ""
    assert is_unsettled(releases.get("r"))

    promotions.settle(releases.get("r"))

    assert routes.kept["chat"] == {"targets": [{"model": "acme/new"}], "cache": None}
    assert not is_unsettled(releases.get("r"))
    releases.act("r", "rolled_back", by="ann")
    promotions.settle(releases.get("r"))
    assert routes.kept["chat"] == {"targets": [{"model": "old"}], "cache": None}
    assert not is_unsettled(releases.get("r"))


def test_two_servers_that_write_a_promotion_down_keep_what_was_there_before(
    releases: Releases, promotions: Promotions, routes: Routes
) -> None:
    made = promoted(releases)

    promotions.settle(made)
    promotions.settle(made)  # as another one does that read it a moment before

    releases.act("r", "rolled_back", by="ann")
    promotions.settle(releases.get("r"))
    assert routes.kept["chat"] == {"targets": [{"model": "old"}], "cache": None}


def test_a_route_that_somebody_changed_since_is_left_as_it_is(
    releases: Releases, promotions: Promotions, routes: Routes
) -> None:
    promotions.settle(promoted(releases))
    routes.kept["chat"] = {"targets": [{"model": "someone's"}]}
    releases.act("r", "rolled_back", by="ann")

    promotions.settle(releases.get("r"))

    assert routes.kept["chat"] == {"targets": [{"model": "someone's"}]}
    assert "changed meanwhile" in (releases.get("r").before or {})["error"]


def test_a_decision_on_what_is_not_so_any_more_is_refused(releases: Releases) -> None:
    config = Config.model_validate({"route": "chat", "challenger": {"model": "acme/new"}})
    seen = releases.create("r", "staged", config, by="ann")
    releases.act("r", "paused", by="ann")

    with pytest.raises(Exception, match="changed meanwhile"):
        releases.act("r", "promoted", by="pilothouse", seen=seen.revision)

    assert releases.get("r").status == "paused"
    assert [each.action for each in releases.events("r")] == ["paused", "created"]
