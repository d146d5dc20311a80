"""Rules of online evaluation: what is judged, what is not and why, and what it costs."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from evaluation_server import API, COST, POLITE, World, until, verdict
from fakes.openai_server import Answer
from otlp import attributes, span, trace_id
from pilothouse.platform.access.middleware import needed

ALWAYS = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}


def made_rule(
    world: World, project: str, definition: Any = POLITE, name: str = "polite", **more: Any
) -> str:
    """The id of a new rule with an evaluator of its own; what was sent before is before it."""
    world.get(f"/traces?project={project}")
    evaluator = world.evaluator(project, definition, name)
    body = {"project": project, "name": "a rule", "evaluator_id": evaluator, **more}
    return str(world.made("/rules", body)["id"])


def stats(world: World, rule: str) -> Any:
    """What a rule did so far."""
    return world.get(f"/rules/{rule}")["stats"]


def judged(world: World, rule: str, count: int) -> Any:
    """The rule's counts once it has scored so many."""
    return until(
        lambda: (s := stats(world, rule))["scored"] >= count and s["waiting"] == 0 and s,
        f"{count} scored by {rule}: {stats(world, rule)}",
    )


def why(world: World, rule: str, sent: dict[str, Any], **more: str) -> tuple[str, str]:
    """What came of a span that was sent."""
    answer = world.made(f"/rules/{rule}/why", {"trace_id": sent["traceId"], **more})
    return answer["outcome"], answer["reason"]


def test_a_trace_is_judged_once_though_it_comes_again_and_a_span_comes_late(
    world: World, project: str
) -> None:
    [old] = world.send(project, "Long ago, and rude.")
    rule = made_rule(world, project)
    rude, kind = world.send(project, "That is rude.", "Gladly: by post.")
    judged(world, rule, 2)

    late = span(kind["traceId"], parent=kind["spanId"], at_s=-50)
    world.sent(project, rude, late)
    again = world.send(project, "Once more.")
    counts = judged(world, rule, 3)

    scores = {score["trace_id"]: score for score in world.scores(project)}
    assert set(scores) == {rude["traceId"], kind["traceId"], again[0]["traceId"]}
    assert world.asked == 3
    score = scores[rude["traceId"]]
    assert (score["value"], score["label"], score["source"]) == (0, "false", "judge")
    assert score["metadata"]["rule_id"] == rule
    assert score["metadata"]["rule_version"] == score["evaluator_version"] == "1"
    assert counts["cost"] == pytest.approx(3 * COST)
    assert why(world, rule, rude)[0] == "scored"
    assert "back-fill" in why(world, rule, old)[1]

    evaluator = world.get(f"/evaluators/{score['identifier']}")
    assert (evaluator["verdicts"], evaluator["errors"]) == (3, 0)
    assert evaluator["cost"] == pytest.approx(3 * COST)
    [told] = world.get(f"/evaluators/{evaluator['id']}/verdicts?limit=1")["items"]
    assert "Once more." in told["prompt"]
    assert '"label"' in told["raw"]
    trace = world.get(f"/traces/{score['metadata']['evaluator_trace_id']}")
    assert (trace["trace"]["project"], trace["trace"]["kinds"]) == (
        "evaluators",
        ["evaluator", "llm"],
    )


def test_the_filter_chooses_and_the_sample_is_the_same_whoever_draws_it(
    world: World, project: str
) -> None:
    rule = made_rule(
        world,
        project,
        {"metric": "json_validity"},
        filter='output contains "wanted"',
        sampling_rate=0.5,
    )
    wanted = world.send(project, *(f"wanted {n}" for n in range(20)))
    [other] = world.send(project, "something else")

    def drawn(sent: dict[str, Any]) -> bool:
        digest = hashlib.sha256(f"{sent['traceId']}:{rule}".encode()).digest()
        return int.from_bytes(digest) / 2**256 < 0.5

    chosen = {sent["traceId"] for sent in wanted if drawn(sent)}
    counts = until(
        lambda: (
            (s := stats(world, rule))["skipped"]["sampling"] == 20 - len(chosen)
            and s["scored"] == len(chosen)
            and s
        ),
        "all drawn",
    )

    assert {score["trace_id"] for score in world.scores(project)} == chosen
    assert (counts["failed"], counts["cost"]) == (0, 0)
    passed = next(sent for sent in wanted if not drawn(sent))
    assert "not below the rate of 0.5" in why(world, rule, other)[1] or (
        why(world, rule, other) == ("skipped", "the filter of the rule does not hold for it")
    )
    assert why(world, rule, passed) == ("skipped", "it was not among those sampled")


def test_spans_are_judged_by_mapped_fields_and_what_is_missing_is_no_score(
    world: World, project: str
) -> None:
    rule = made_rule(
        world,
        project,
        {"metric": "regex_match", "options": {"pattern": "yes"}},
        unit="span",
        filter='kind = "tool"',
        mapping={"outputs": "outputs.answer"},
    )
    trace = trace_id()
    root = span(trace, at_s=-9)
    tools = [
        span(
            trace,
            parent=root["spanId"],
            at_s=-8,
            attributes=attributes({"openinference.span.kind": "TOOL", "output.value": output}),
        )
        for output in ('{"answer": "yes"}', '{"answer": "no"}', '{"other": 1}')
    ]

    world.sent(project, root, *tools)
    judged(world, rule, 2)

    found = {score["span_id"]: score["value"] for score in world.scores(project)}
    assert found == {tools[0]["spanId"]: 1, tools[1]["spanId"]: 0}
    outcome, reason = why(world, rule, tools[2], span_id=tools[2]["spanId"])
    assert (outcome, stats(world, rule)["skipped"]["missing"]) == ("skipped", 1)
    assert "needs 'outputs'" in reason


def test_a_session_is_judged_when_it_is_quiet_and_again_after_a_later_turn(
    world: World, project: str
) -> None:
    kind = {"model": "fake/judge-1", "prompt": "Was everybody kind? {messages}"}
    rule = made_rule(world, project, kind, unit="session", idle_minutes=0.03)
    about = {"attributes": {"session.id": "talk"}}
    [first] = world.send(project, "Hello.", **about)
    judged(world, rule, 1)

    world.sent(project, first)
    world.send(project, "That was rude.", **about)
    until(lambda: [s["value"] for s in world.scores(project)] == [0], "judged with both turns")

    [score] = world.scores(project)
    assert (score["session_id"], score["trace_id"]) == ("talk", None)
    assert world.asked == 2
    last = world.model.asked[-1][1]["messages"][-1]["content"]
    assert last.index("Hello.") < last.index("That was rude.")


def test_a_session_that_has_ended_is_judged_at_once_and_a_later_turn_opens_it_again(
    world: World, project: str
) -> None:
    kind = {"model": "fake/judge-1", "prompt": "Was everybody kind? {messages}"}
    rule = made_rule(world, project, kind, unit="session", idle_minutes=600)
    talk, other = ({"attributes": {"session.id": name}} for name in ("talk/1", "other"))
    said = attributes({"session.id": "talk/1", "output.value": "That was rude."})

    def end(at: datetime) -> None:
        body = {"project": project, "session_id": "talk/1", "at": at.isoformat()}
        assert world.server.call("POST", "/api/v1/rules/end-session", body)[0] == 204

    world.send(project, "Hello.", **other)
    world.send(project, "Hello.", **talk)
    until(lambda: stats(world, rule)["waiting"] == 2, "both wait for an hour of quiet")
    end(datetime.now(UTC) - timedelta(seconds=30))
    until(lambda: stats(world, rule)["waiting"] == 1, "judged without waiting")
    world.send(project, "How are you?", **talk)  # began before the end, and came later
    until(lambda: world.asked == 2, "judged again without waiting")
    world.sent(project, span(trace_id(), at_s=-10, attributes=said))
    until(lambda: stats(world, rule)["waiting"] == 2, "it was opened again, and waits")
    before = world.asked
    end(datetime.now(UTC) + timedelta(days=1))
    until(lambda: [s["value"] for s in world.scores(project)] == [0], "judged with all turns")

    assert (before, world.asked) == (2, 3)
    assert stats(world, rule)["waiting"] == 1, "the other one is not over"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"session_id": "talk"}, 400),
        ({"session_id": ""}, 400),
        ({"session_id": "talk", "at": "soon"}, 400),
        ({"session_id": "talk", "at": "2026-01-01T00:00:00"}, 400),
        ({"session_id": "talk", "project": "nobody's"}, 404),
    ],
)
def test_an_end_that_is_none_is_refused(world: World, body: dict[str, str], status: int) -> None:
    found, answer = world.server.call("POST", "/api/v1/rules/end-session", body)
    assert found == status, answer


def test_beyond_its_budget_a_rule_judges_nothing_and_says_so_once(
    world: World, project: str
) -> None:
    rule = made_rule(world, project, budget={"usd_per_day": 2.5 * COST})
    sent = world.send(project, *(f"answer {n}" for n in range(6)))

    counts = until(
        lambda: (s := stats(world, rule))["skipped"]["budget"] == 4 and s, "4 beyond the budget"
    )

    assert (counts["scored"], world.asked) == (2, 2)
    assert world.get(f"/rules/{rule}")["state"] == "budget"
    assert world.server.said().count(f"has used its budget: {2.5 * COST:g} USD") == 1
    skipped = world.get(f"/rules/{rule}/activity?outcome=skipped")["items"]
    assert {one["reason"] for one in skipped} == {"budget"}
    assert {one["trace_id"] for one in skipped} <= {one["traceId"] for one in sent}

    path = f"{API}/rules/{rule}"
    assert world.server.call("PATCH", path, {"budget": {"calls_per_hour": 100}})[0] == 200
    backfill = world.made(f"/rules/{rule}/backfill", {**ALWAYS, "dry_run": False})
    assert (backfill["matching"], backfill["sampled"]) == (6, 4)
    judged(world, rule, 6)
    assert world.get(f"/rules/{rule}")["state"] == "running"


def test_a_judge_that_fails_for_good_is_an_error_and_never_a_score(
    world: World, project: str
) -> None:
    world.model.script = lambda _body: Answer(
        status=400, body={"error": {"message": "no such deployment"}}
    )
    rule = made_rule(world, project)
    [sent] = world.send(project, "Gladly.")

    until(lambda: stats(world, rule)["failed"] == 1, "failed")

    [score] = world.scores(project)
    assert (score["status"], score["value"]) == ("error", None)
    assert "no such deployment" in score["error"]
    [entry] = world.get(f"/rules/{rule}/activity?outcome=failed")["items"]
    assert (entry["trace_id"], entry["attempts"]) == (sent["traceId"], 1)
    assert "no such deployment" in entry["detail"]


def test_a_backfill_says_first_what_it_costs_and_judges_what_was_there_before(
    world: World, project: str
) -> None:
    before = world.send(project, "one", "two", "three")
    rule = made_rule(world, project)
    world.send(project, "four")
    judged(world, rule, 1)

    planned = world.made(f"/rules/{rule}/backfill", ALWAYS)
    assert (planned["matching"], planned["sampled"], planned["job_id"]) == (4, 3, None)
    assert planned["estimated_cost"] == pytest.approx(3 * COST)
    assert world.asked == 1

    started = world.made(f"/rules/{rule}/backfill", {**ALWAYS, "dry_run": False})
    until(lambda: world.get(f"/jobs/{started['job_id']}")["status"] == "done", "job done")
    assert world.asked == 4
    assert {one["traceId"] for one in before} < {one["trace_id"] for one in world.scores(project)}
    assert world.made(f"/rules/{rule}/backfill", ALWAYS)["sampled"] == 0

    dearer = {"definition": {**POLITE, "model": "fake/judge-2"}}
    evaluator = world.get(f"/rules/{rule}")["evaluator_id"]
    world.server.call("PATCH", f"{API}/evaluators/{evaluator}", dearer)
    assert world.made(f"/rules/{rule}/backfill", ALWAYS)["estimated_cost"] is None


def test_what_a_project_masks_now_reaches_no_judge_though_it_came_before(
    world: World, project: str
) -> None:
    world.send(project, "Write to ann@example.org.")
    world.get(f"/traces?project={project}")
    masking = [{"name": "mail", "builtin": "emails"}]
    status, answer = world.server.call("PATCH", f"{API}/projects/{project}", {"masking": masking})
    assert status == 200, answer

    world.made("/evaluators/test", {"project": project, "definition": POLITE})

    assert "ann@example.org" not in str(world.model.asked)
    assert "Write to" in str(world.model.asked)


def test_a_change_of_whom_it_judges_is_another_version_and_one_of_its_name_is_none(
    world: World, project: str
) -> None:
    rule = made_rule(world, project)
    path = f"{API}/rules/{rule}"

    _, renamed = world.server.call("PATCH", path, {"name": "another"})
    _, halved = world.server.call("PATCH", path, {"sampling_rate": 0.5, "enabled": False})

    assert (renamed["version"], halved["version"], halved["state"]) == (1, 2, "off")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"filter": "outputt = 1"}, "output"),
        ({"mapping": {"answer": "outputs"}}, "has no 'answer' to map"),
        ({"sampling_rate": 1.5}, "sampling_rate"),
        ({"project": "evaluators"}, "no rule can judge them"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(
    world: World, project: str, more: dict[str, Any], said: str
) -> None:
    world.server.call("POST", f"{API}/projects", {"name": "evaluators"})
    evaluator = world.evaluator(None, POLITE)
    body = {"project": project, "name": "r", "evaluator_id": evaluator, **more}

    status, answer = world.server.call("POST", f"{API}/rules", body)

    assert status == 400, answer
    assert said in answer["error"]["message"]


def test_the_evaluator_of_another_project_is_none_for_a_rule(world: World, project: str) -> None:
    world.server.call("POST", f"{API}/projects", {"name": "of others"})
    evaluator = world.evaluator("of others", POLITE, "their secret name")
    body = {"project": project, "name": "r", "evaluator_id": evaluator}

    status, answer = world.server.call("POST", f"{API}/rules", body)

    assert status == 404
    assert answer["error"]["message"] == f"there is no evaluator {evaluator!r}"


def test_asking_why_is_reading_and_making_a_rule_is_not() -> None:
    assert needed("POST", f"{API}/rules/1/why") == "read"
    assert needed("POST", f"{API}/rules/1/backfill") == needed("POST", f"{API}/rules") == "write"


def test_a_cancelled_backfill_judges_no_more(world: World, project: str) -> None:
    world.send(project, *(f"answer {n}" for n in range(200)))
    world.model.script = lambda _body: Answer(text=verdict("true").text, after_s=0.2)
    rule = made_rule(world, project)
    started = world.made(f"/rules/{rule}/backfill", {**ALWAYS, "dry_run": False})
    until(lambda: stats(world, rule)["scored"] > 0, "some are judged")

    assert world.server.call("POST", f"{API}/jobs/{started['job_id']}/cancel")[0] in {200, 202}

    until(lambda: stats(world, rule)["waiting"] == 0, "nothing waits")
    assert stats(world, rule)["scored"] < 200


def test_what_a_model_without_a_known_price_costs_is_not_told_as_nothing(
    world: World, project: str
) -> None:
    world.model.script = lambda _body: Answer(status=400, body={"error": {"message": "no"}})
    world.send(project, "before")
    rule = made_rule(world, project, {**POLITE, "model": "fake/judge-2"})
    world.send(project, "one")
    until(lambda: stats(world, rule)["failed"] == 1, "failed")
    world.model.script = lambda _body: verdict("true")
    world.send(project, "two")
    counts = judged(world, rule, 1)

    evaluator = world.get(f"/evaluators/{world.get(f'/rules/{rule}')['evaluator_id']}")
    planned = world.made(f"/rules/{rule}/backfill", ALWAYS)
    [entry] = world.get(f"/rules/{rule}/activity?outcome=scored")["items"]
    assert planned["sampled"] > 0
    costs = (counts["cost"], evaluator["cost"], planned["estimated_cost"], entry["cost"])
    assert costs == (None, None, None, None)
    known = world.server.get(f"/langsmith/platform/evaluators/{evaluator['id']}")
    assert [one["spend_usd"] for one in known["run_rules"]] == [None]
