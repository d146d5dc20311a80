"""`pilothouse release` against a server: from the beginning of a release to its end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway_world import Desk
from pilothouse.cli.main import run
from release_world import ask


def test_a_release_is_begun_shown_moved_and_removed_by_command(
    desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    desk.route("typed", "old")
    at = ["--endpoint", desk.server.url]

    def said(*arguments: str, code: int = 0) -> str:
        assert run(["release", *arguments, *at]) == code
        told = capsys.readouterr()
        return told.out + told.err

    begun = said(
        "start", "typed", "-r", "typed", "--to", "acme/new", "--ramp", "10,100",
        "--score", "helpful=0.1", "--minutes", "0", "--reason", "try it",
    )  # fmt: skip
    ask(desk, "typed", "ann")

    assert "is at work on 'typed', share 10%" in begun
    assert "typed" in said("list")
    shown = said("show", "typed")
    assert "Nothing can be said yet" in shown or "Of errors" in shown
    assert "waits for 50 units of an arm" in shown or "units" in shown
    assert "share 100%" in said("advance", "typed")
    assert "is paused" in said("pause", "typed", "--reason", "it is Friday")
    assert "is running" in said("resume", "typed")
    assert "is promoted, share 100%" in said("promote", "typed")
    assert "it is Friday" in said("events", "typed")
    assert json.loads(said("rollback", "typed", "--json"))["status"] == "rolled_back"
    assert "removed release" in said("remove", "typed")
    assert "there is no release 'typed'" in said("show", "typed", code=1)


def test_a_split_and_a_shadow_are_begun_by_command(
    desk: Desk, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    desk.route("both", "old")
    at = ["--endpoint", desk.server.url]
    more = tmp_path / "more.json"
    more.write_text('{"minimum": {"units": 10}}')

    arms = ["--arm", "a=3", "--arm", "b:acme/new=1"]
    assert run(["release", "ab", "typed-ab", "-r", "both", *arms, "-f", str(more), *at]) == 0
    assert run(["release", "shadow", "typed-sh", "-r", "both", "--to", "acme/new", *at]) == 0

    assert "share 25%" in capsys.readouterr().err
    found = desk.server.get("/api/v1/releases/typed-ab")
    assert found["minimum"]["units"] == 10
    assert run(["release", "stop", "typed-ab", *at]) == 0
    assert run(["release", "stop", "typed-sh", *at]) == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ab", "x", "-r", "chat", "--arm", "a=many"], "is no number"),
        (["start", "x", "-r", "chat", "--ramp", "a,b"], "is no number"),
        (["start", "x", "-r", "chat", "-f", "/nowhere.json"], "cannot be read"),
    ],
)
def test_mistakes_are_told_in_one_line(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["release", *arguments]) == 1

    assert told in capsys.readouterr().err
