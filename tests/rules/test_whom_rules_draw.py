"""Strata, draws by the hour and draws that nest; and what a sample says of all that came."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evaluation_server import World as Served
from evaluation_server import until, verdict
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.jobs.service import Jobs
from pilothouse.platform.records import Records, micros
from pilothouse.platform.rules import backfill, choosing
from pilothouse.platform.rules import waiting_records as waits
from pilothouse.platform.rules.models import Rule, Waiting
from pilothouse.platform.rules.sampling import Sampling, Stratum
from pilothouse.platform.rules.scanning import Scanner
from query_world import Given, World, opened
from rules_on_paper import Rules

pytestmark = pytest.mark.slow

ALL_TIME = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture
def rules(records: Records) -> Rules:
    return Rules(records)


def looked(world: World, records: Records, *rules: Rule) -> None:
    """Have rules look at all that is there."""
    scanner = Scanner(world.store, records)
    while asyncio.run(scanner.scan([(rule, "shop") for rule in rules], 2**62)):
        pass


def waiting(records: Records, rule: Rule, now: int = 2**62) -> dict[str, Waiting]:
    """What waits for a rule and may be judged at a time."""
    with records.read() as session:
        return {one.entity.key: one for one in waits.due(session, rule.id, now, 10_000)}


def put(world: World, monkeypatch: pytest.MonkeyPatch, *given: Given) -> None:
    """Write spans as of now."""
    monkeypatch.setattr("query_world._versions", itertools.count(micros() + 1))
    world.put(*given)


def test_of_what_fails_all_is_judged_and_of_the_rest_a_share(
    records: Records, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = Stratum(filter='status = "error"', rate=1.0)
    of_traces = rules.made(sampling_rate=0.5, sampling=Sampling(strata=(errors,)))
    of_spans = rules.made(unit="span", sampling_rate=0.0, sampling=Sampling(strata=(errors,)))

    with opened(tmp_path / "store") as world:
        put(
            world,
            monkeypatch,
            *(
                Given(trace_id=f"t{n:02}", span_id="a", status="error" if n < 10 else "ok")
                for n in range(40)
            ),
        )
        looked(world, records, of_traces, of_spans)

    found = waiting(records, of_traces)
    failed = {f"t{n:02}" for n in range(10)}
    drawn = {f"t{n:02}" for n in range(10, 40) if of_traces.draw(f"t{n:02}") < 0.5}
    assert found.keys() == failed | drawn
    assert {found[key].share for key in failed} == {1.0}
    assert {found[key].share for key in drawn} == {0.5}
    assert waiting(records, of_spans).keys() == {f"{key}/a" for key in failed}


def test_the_engine_draws_whom_anybody_would_draw_and_counts_the_others(
    records: Records, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Stratum(filter='name = "slow"', rate=0.75)
    kinds = {
        "of traces": rules.made(sampling_rate=0.3),
        "dense": rules.made(sampling_rate=0.3, sampling=Sampling(dense=True)),
        "of spans": rules.made(unit="span", sampling_rate=0.01),
        "in strata": rules.made(
            unit="span", sampling_rate=0.5, sampling=Sampling(strata=(slow,)), filter='kind = "llm"'
        ),
    }
    given = [
        Given(
            trace_id=f"t{n:03}",
            span_id=f"{n:03}{part}",
            parent="" if part == 0 else f"{n:03}0",
            kind="llm" if part else "agent",
            name="slow" if part == 1 else "quick",
        )
        for n in range(300)
        for part in range(3)
    ]

    with opened(tmp_path / "store") as world:
        put(world, monkeypatch, *given)
        monkeypatch.setattr("query_world._versions", itertools.count(micros() + 1_000_000))
        world.put(*given[:300])  # a hundred traces are sent again
        looked(world, records, *kinds.values())

    shares = {
        "of traces": {one.trace_id: 0.3 for one in given},
        "dense": {one.trace_id: 0.3 for one in given},
        "of spans": {f"{one.trace_id}/{one.span_id}": 0.01 for one in given},
        "in strata": {
            f"{one.trace_id}/{one.span_id}": 0.75 if one.name == "slow" else 0.5
            for one in given
            if one.kind == "llm"
        },
    }
    for kind, rule in kinds.items():
        drawn = {key: share for key, share in shares[kind].items() if rule.draw(key) < share}
        assert {key: one.share for key, one in waiting(records, rule).items()} == drawn, kind
        passed = rules.stats([rule])[rule.id].skipped["sampling"]
        assert passed == len(shares[kind]) - len(drawn), kind
        assert len(rules.activity(rule.id, outcome="skipped", limit=100)) == min(20, passed), kind


def test_of_dense_draws_the_lower_rate_judges_some_of_the_same(rules: Rules) -> None:
    few, many = (
        rules.made(sampling_rate=rate, sampling=Sampling(dense=True)) for rate in (0.2, 0.6)
    )
    alone = rules.made(sampling_rate=0.2)
    keys = [f"trace-{n}" for n in range(2_000)]

    of_few = {key for key in keys if few.draw(key) < few.sampling_rate}
    of_many = {key for key in keys if many.draw(key) < many.sampling_rate}

    assert of_few < of_many
    assert len(of_few) / 2_000 == pytest.approx(0.2, abs=0.03)
    assert not {key for key in keys if alone.draw(key) < 0.2} <= of_many


def test_so_many_of_an_hour_are_judged_when_it_is_over_and_count_for_the_others(
    records: Records, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = Stratum(filter='status = "error"', rate=1.0)
    rule = rules.made(sampling=Sampling(per_hour=5, strata=(errors,)))
    hour = 3_600_000_000
    now = micros()
    monkeypatch.setattr(choosing, "micros", lambda: now)  # an hour may end meanwhile
    early = now // hour * hour + hour - 1

    with opened(tmp_path / "store") as world:
        failed = Given(trace_id="bad", span_id="a", status="error")
        many = [Given(trace_id=f"t{n:02}", span_id="a") for n in range(30)]
        put(world, monkeypatch, failed, *many[:20])
        looked(world, records, rule)
        put(world, monkeypatch, *many[20:])
        looked(world, records, rules.get(rule.id))

    least = sorted((one.trace_id for one in many), key=rule.draw)[:5]
    assert waiting(records, rule, now=early).keys() == {"bad"}
    found = waiting(records, rule)
    assert found.keys() == {"bad", *least}
    assert [found[key].share for key in least] == [pytest.approx(5 / 30)] * 5
    assert rules.stats([rule])[rule.id].skipped == {"sampling": 25}


def test_a_backfill_draws_from_each_hour_of_the_past(
    records: Records, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backfill, "PAGE", 7)
    rule = rules.made(sampling=Sampling(per_hour=3))

    with opened(tmp_path / "store") as world:
        world.put(
            *(
                Given(trace_id=f"h{hour}-{n:02}", span_id="a", at=hour * 3600 + n)
                for hour, many in ((0, 12), (1, 2), (2, 9))
                for n in range(many)
            )
        )
        fills = backfill.Backfills(records, world.store, rules, Jobs(records), id)

        async def chosen() -> list[Waiting]:
            pages = fills._pages(rule, *ALL_TIME, "job")
            return [one async for page in pages for one in page.chosen]

        found = asyncio.run(chosen())

    by_hour = {
        hour: sorted(one.share for one in found if one.entity.key.startswith(hour) and one.share)
        for hour in ("h0", "h1", "h2")
    }
    assert by_hour == {"h0": [0.25] * 3, "h1": [1.0] * 2, "h2": [pytest.approx(1 / 3)] * 3}


def test_what_was_sampled_out_and_then_is_in_another_stratum_is_judged(
    records: Records, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = Stratum(filter='status = "error"', rate=1.0)
    rule = rules.made(sampling_rate=0.0, sampling=Sampling(strata=(errors,)))

    with opened(tmp_path / "store") as world:
        put(world, monkeypatch, Given(trace_id="t", span_id="a"))
        looked(world, records, rule)
        before = waiting(records, rule).keys()
        put(world, monkeypatch, Given(trace_id="t", span_id="a", status="error"))
        looked(world, records, rules.get(rule.id))

    assert (before, waiting(records, rule).keys()) == (set(), {"t"})


def test_the_first_days_of_a_prompt_are_judged_whole(
    records: Records, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ago = (datetime.now(UTC) - datetime(2026, 9, 21, tzinfo=UTC)).total_seconds()
    sampling = Sampling(new_prompts_h=24)
    of_traces = rules.made(sampling_rate=0.0, sampling=sampling)
    of_spans = rules.made(sampling_rate=0.0, sampling=sampling, unit="span")

    def using(trace: str, version: str, at: float) -> Given:
        prompt = {"prompt_name": "greet", "prompt_version": version}
        return Given(trace_id=trace, span_id="a", at=at, kind="llm", fields=prompt)

    with opened(tmp_path / "store") as world:
        world.put(using("long ago", "1", ago - 40 * 3600))
        put(world, monkeypatch, using("old", "1", ago), using("new", "2", ago))
        looked(world, records, of_traces, of_spans)

    assert waiting(records, of_traces).keys() == {"new"}
    assert waiting(records, of_spans).keys() == {"new/a"}


def test_a_stratum_whose_filter_is_none_is_refused(rules: Rules) -> None:
    with pytest.raises(BadRequest, match="statuss"):
        rules.made(sampling=Sampling(strata=(Stratum(filter='statuss = "error"', rate=1),)))


def test_over_http_a_mean_weighs_each_verdict_by_its_share(world: Served, project: str) -> None:
    definition = {"source": "def evaluate(outputs):\n    return 0.0 if 'bad' in outputs else 1.0"}
    evaluator = world.evaluator(project, definition, "good")
    rule = world.made(
        "/rules",
        {
            "project": project,
            "name": "a fifth, and all that is bad",
            "evaluator_id": evaluator,
            "sampling_rate": 0.2,
            "sampling": {"strata": [{"filter": 'output contains "bad"', "rate": 1}]},
        },
    )
    texts = [*(f"bad {n}" for n in range(10)), *(f"good {n}" for n in range(60))]
    world.send(project, *texts)

    path = f"/rules/{rule['id']}"
    until(
        lambda: (
            (s := world.get(path)["stats"])["scored"] + s["skipped"]["sampling"] == len(texts)
            and not s["waiting"]
        ),
        "all were drawn",
    )
    sample = world.get(f"{path}/sample")
    shares = {one["metadata"]["sampling_share"] for one in world.scores(project, "good")}

    scored = sample["n"]
    assert shares == {"1", "0.2"}
    assert sample["population"] == pytest.approx(10 + 5 * (scored - 10))
    assert sample["mean"] == pytest.approx(1 - 10 / sample["population"])
    assert sample["low"] < sample["mean"] < sample["high"]
    assert world.get(path)["sampling"]["strata"] == [{"filter": 'output contains "bad"', "rate": 1}]


def test_tokens_and_all_rules_of_a_project_together_have_caps(world: Served, project: str) -> None:
    world.model.script = lambda _body: verdict("true")
    judge = {"model": "fake/judge-1", "prompt": "Polite? {outputs}", "output": "boolean"}
    evaluator = world.evaluator(project, judge)
    about = {"project": project, "evaluator_id": evaluator}
    capped = world.made("/rules", {**about, "name": "tokens", "budget": {"tokens_per_day": 100}})
    world.send(project, *(f"answer {n}" for n in range(6)))

    def stats(rule: Any) -> Any:
        return world.get(f"/rules/{rule['id']}")["stats"]

    counts = until(
        lambda: (s := stats(capped))["scored"] + s["skipped"]["budget"] == 6 and s, "all looked at"
    )
    assert counts["scored"] == 2  # of 37 tokens each: a third would go beyond
    assert world.get(f"/rules/{capped['id']}")["state"] == "budget"

    status, _ = world.server.call(
        "PUT", "/api/v1/rules/budget", {"project": project, "budget": {"calls_per_day": 3}}
    )
    assert status == 200
    free = world.made("/rules", {**about, "name": "free"})
    world.send(project, *(f"more {n}" for n in range(4)))
    counts = until(
        lambda: (s := stats(free))["scored"] + s["skipped"]["budget"] == 4 and s, "all looked at"
    )
    assert counts["scored"] == 1
    activity = world.get(f"/rules/{free['id']}/activity?outcome=skipped")["items"]
    assert {one["detail"] for one in activity} == {
        "beyond 3 calls on this day of all rules of the project"
    }
    assert world.get(f"/rules/budget?project={project}")["budget"]["calls_per_day"] == 3


def test_what_people_find_bad_later_is_judged_then(world: Served, project: str) -> None:
    evaluator = world.evaluator(project, {"metric": "json_validity"}, "valid")
    bad = 'any(score: source = "human" and value < 0.5)'
    rule = world.made(
        "/rules",
        {
            "project": project,
            "name": "bad feedback",
            "evaluator_id": evaluator,
            "sampling_rate": 0,
            "sampling": {"strata": [{"filter": bad, "rate": 1}]},
        },
    )
    sent = world.send(project, "one", "two", "three")
    path = f"/rules/{rule['id']}"
    until(lambda: world.get(path)["stats"]["skipped"]["sampling"] == 3, "all sampled out")

    for one, value in zip(sent, (0.0, 1.0, 0.2), strict=True):
        given = {"trace_id": one["traceId"], "name": "thumb", "value": value, "source": "human"}
        world.made("/scores", {"project": project, **given})
    until(lambda: world.get(path)["stats"]["scored"] == 2, "both that people found bad")

    judged = {score["trace_id"] for score in world.scores(project, "valid")}
    assert judged == {sent[0]["traceId"], sent[2]["traceId"]}
