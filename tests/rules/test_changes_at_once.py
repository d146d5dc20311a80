"""Rules and evaluators that two people change at the same time, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pilothouse.platform.records import Records
from pilothouse.platform.rules import records as kept
from rules_on_paper import Rules


@pytest.fixture
def rules(records: Records) -> Rules:
    return Rules(records)


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, act: Callable[[], Any]
) -> None:
    """Have something done once, while a step of something else is done."""
    before = getattr(where, name)

    def step(*given: Any, **more: Any) -> Any:
        monkeypatch.setattr(where, name, before)
        act()
        return before(*given, **more)

    monkeypatch.setattr(where, name, step)


def test_a_rule_keeps_what_another_changed_while_its_change_was_checked(
    records: Records, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = rules.made()

    def other() -> None:
        rules.change(rule.id, sampling_rate=0.5)
        with records.write() as session:
            kept.looked(session, rule.id, rule.seen + 1_000)

    meanwhile(monkeypatch, rules, "_check", other)
    changed = rules.change(rule.id, name="another", unit="span")

    assert (changed.name, changed.unit, changed.sampling_rate) == ("another", "span", 0.5)
    assert (changed.version, changed.seen) == (3, rule.seen + 1_000)


def test_an_evaluator_that_two_define_anew_has_two_new_versions(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluators = rules.evaluators
    one = evaluators.create("valid", definition={"metric": "json_validity"})

    def other() -> None:
        evaluators.change(one.id, name="theirs", definition={"metric": "loop_detection"})

    meanwhile(monkeypatch, evaluators, "build", other)
    changed = evaluators.change(one.id, definition={"metric": "quoted_spans"})

    assert (changed.name, changed.version) == ("theirs", 3)
    metrics = [version.definition["metric"] for version in evaluators.versions(one.id)]
    assert metrics == ["quoted_spans", "loop_detection", "json_validity"]
