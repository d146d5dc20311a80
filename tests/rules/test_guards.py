"""Guards: an application asks while it waits, and is answered in time whatever happens."""

from __future__ import annotations

import time
from typing import Any

import pytest

from evaluation_server import API, POLITE, World, until, verdict
from fakes.openai_server import Answer
from pilothouse.platform.access.middleware import needed
from pilothouse.platform.rules.models import Guard

pytestmark = pytest.mark.slow

LONG = {"source": "def evaluate(outputs):\n    return 0.0 if 'secret' in outputs else 1.0"}


def made_guard(
    world: World, project: str, definition: Any = LONG, name: str = "safe", **more: Any
) -> str:
    """The id of a guard with an evaluator of its own; it waits for long unless told otherwise."""
    guard = {"on_failure": "closed", "latency_ms": 20_000, **more.pop("guard", {})}
    body = {"project": project, "name": name, "guard": guard, **more}
    body["evaluator_id"] = world.evaluator(project, definition, name)
    return str(world.made("/rules", body)["id"])


def asked(world: World, project: str, outputs: Any, **more: Any) -> Any:
    """What the guards of a project answer."""
    more = {"inputs": "hi", **more}
    return world.made("/rules/check", {"project": project, "outputs": outputs, **more})


def stats(world: World, rule: str) -> Any:
    return world.get(f"/rules/{rule}")["stats"]


def test_a_verdict_lets_pass_or_blocks_and_each_is_counted(world: World, project: str) -> None:
    rule = made_guard(world, project)

    fine, bad = asked(world, project, "hello"), asked(world, project, "the secret")

    assert (fine["decision"], fine["checks"][0]["outcome"]) == ("allow", "passed")
    assert (bad["decision"], bad["checks"][0]["outcome"]) == ("block", "blocked")
    assert (bad["checks"][0]["rule_id"], bad["checks"][0]["value"]) == (rule, 0.0)
    counts = until(lambda: (s := stats(world, rule))["scored"] == 2 and s, "written down")
    assert (counts["answers"]["passed"], counts["answers"]["blocked"]) == (1, 1)
    log = world.get(f"/rules/{rule}/activity")["items"]
    assert sorted(one["value"] for one in log) == [0.0, 1.0]
    assert {one["trace_id"] for one in log} == {None}


@pytest.mark.parametrize(("on_failure", "decision"), [("open", "allow"), ("closed", "block")])
def test_a_verdict_that_comes_too_late_is_none_and_the_rule_says_what_that_means(
    world: World, project: str, on_failure: str, decision: str
) -> None:
    world.model.script = lambda _body: Answer(text=verdict("true").text, after_s=8)
    guard = {"on_failure": on_failure, "latency_ms": 300}
    rule = made_guard(world, project, POLITE, "polite", guard=guard)

    began = time.monotonic()
    answer = asked(world, project, "hello")
    took_s = time.monotonic() - began

    assert (answer["decision"], answer["checks"][0]["outcome"]) == (decision, "timed_out")
    assert took_s < 5  # of eight that the model takes; most of it is the machine's
    counts = until(lambda: (s := stats(world, rule))["failed"] == 1 and s, "written down")
    assert (counts["answers"]["timed_out"], counts["failures"]) == (1, {"Timeout": 1})


def test_code_that_never_ends_holds_nobody_up(world: World, project: str) -> None:
    source = "def evaluate(outputs):\n    while True: pass"
    made_guard(world, project, {"source": source}, guard={"latency_ms": 500})

    began = time.monotonic()
    answer = asked(world, project, "hello")

    assert (answer["decision"], answer["checks"][0]["outcome"]) == ("block", "timed_out")
    assert time.monotonic() - began < 5


def test_a_judge_that_fails_and_what_is_missing_are_no_verdicts_either(
    world: World, project: str
) -> None:
    world.model.script = lambda _body: Answer(text="I would rather not say.")
    failing = made_guard(world, project, POLITE, "polite", guard={"on_failure": "open"})
    lacking = made_guard(world, project, {"metric": "exact_match"}, "exact")

    answer = asked(world, project, "hello")

    outcomes = {one["rule_id"]: (one["outcome"], one["decision"]) for one in answer["checks"]}
    assert outcomes == {failing: ("failed", "allow"), lacking: ("skipped", "block")}
    assert answer["decision"] == "block"


def test_a_cap_is_a_guards_too(world: World, project: str) -> None:
    rule = made_guard(world, project, budget={"calls_per_hour": 2}, guard={"on_failure": "open"})

    outcomes = [asked(world, project, "hello")["checks"][0]["outcome"] for _ in range(3)]

    assert outcomes == ["passed", "passed", "skipped"]
    assert world.get(f"/rules/{rule}")["state"] == "budget"


def test_a_verdict_stands_at_its_trace_and_nothing_recorded_is_judged(
    world: World, project: str
) -> None:
    rule = made_guard(world, project)
    [sent] = world.send(project, "recorded")

    asked(world, project, "hello", trace_id=sent["traceId"])

    [score] = until(lambda: world.scores(project, "safe"), "the verdict is kept")
    assert (score["trace_id"], score["metadata"]["rule_id"]) == (sent["traceId"], rule)
    counts = stats(world, rule)
    assert (counts["scored"], counts["waiting"]) == (1, 0)
    why = world.made(f"/rules/{rule}/why", {"trace_id": sent["traceId"]})
    assert "a guard judges what it is asked" in why["reason"]


def test_what_a_project_masks_reaches_no_guards_model(world: World, project: str) -> None:
    made_guard(world, project, POLITE, "polite")
    masking = [{"name": "mail", "builtin": "emails"}]
    status, answer = world.server.call("PATCH", f"{API}/projects/{project}", {"masking": masking})
    assert status == 200, answer

    asked(world, project, "write to ann@example.org")

    assert world.asked == 1
    assert "ann@example.org" not in str(world.model.asked)


def test_a_change_holds_from_the_next_question_on(world: World, project: str) -> None:
    rule = made_guard(world, project)
    assert asked(world, project, "the secret")["decision"] == "block"

    world.server.call("PATCH", f"{API}/rules/{rule}", {"enabled": False})

    assert asked(world, project, "the secret") == {"decision": "allow", "checks": []}
    status, _ = world.server.call(
        "POST", f"{API}/rules/check", {"project": project, "rules": [rule], "outputs": ""}
    )
    assert status == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"filter": 'status = "error"'},
        {"sampling": {"per_hour": 3}},
        {"guard": {"latency_ms": 300}},
        {"guard": {"on_failure": "open", "latency_ms": 0}},
    ],
)
def test_what_no_guard_can_be_is_refused(world: World, project: str, wrong: Any) -> None:
    evaluator = world.evaluator(project, LONG, "safe")
    body = {"project": project, "name": "g", "evaluator_id": evaluator}

    status, _ = world.server.call(
        "POST", f"{API}/rules", {**body, "guard": {"on_failure": "open"}, **wrong}
    )

    assert status in {400, 422}


def test_the_worse_side_blocks_unless_another_is_named() -> None:
    plain, named = Guard(on_failure="open"), Guard(on_failure="open", blocks="above")

    assert [plain.passes(0.9, "maximize"), plain.passes(0.9, "minimize")] == [True, False]
    assert [named.passes(0.9, "maximize"), named.passes(0.5, "maximize")] == [False, True]


def test_a_key_that_sends_traces_may_ask() -> None:
    assert needed("POST", "/api/v1/rules/check") == "ingest"
    assert needed("POST", "/api/v1/rules") == "write"


def test_what_rules_and_guards_did_is_told_to_prometheus(world: World, project: str) -> None:
    made_guard(world, project)
    asked(world, project, "the secret")

    def told() -> bool:
        status, text = world.server.call("GET", "/metrics")
        assert status == 200
        lines = text.decode().splitlines()
        return any(
            line.startswith('pilothouse_rules_outcomes_total{outcome="guard",reason="blocked"} ')
            for line in lines
        )

    until(told, "the answer is counted")
