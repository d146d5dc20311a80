"""Shadows: what is mirrored, what users notice of it, and what comes of the comparison."""

from __future__ import annotations

import json
import time
from typing import Any

from fakes.openai_server import WHOLE
from fakes.unruly_provider import Act
from gateway_world import Desk
from release_world import QUESTION, act, ask, look, make


def shadow(desk: Desk, name: str, model: str, **more: Any) -> dict[str, Any]:
    """Every call of a route of its own, mirrored."""
    desk.route(name, "old")
    settings = {"share": 1, **more}
    challenger = {"model": f"acme/{model}"}
    return make(desk, name, kind="shadow", route=name, challenger=challenger, shadow=settings)


def mirrored(desk: Desk, name: str, count: int) -> list[dict[str, Any]]:
    """The pairs of a shadow, once there are so many."""

    def come() -> list[dict[str, Any]] | None:
        found = desk.server.get(f"/api/v1/releases/{name}/pairs")["items"]
        return found if len(found) >= count else None

    found: list[dict[str, Any]] = desk.until(come)
    return found


def said(text: str) -> dict[str, Any]:
    """An answer."""
    found: dict[str, Any] = WHOLE["/v1/chat/completions"]({"model": "m", "messages": QUESTION})
    found["choices"][0]["message"]["content"] = text
    return found


def test_a_shadow_stands_beside_the_answer_and_neither_waits_nor_bills(desk: Desk) -> None:
    desk.acts("beside", Act(pause_s=0.5))
    key = desk.key(project="lit")
    shadow(desk, "beside", "beside")
    client = desk.client(key["key"])

    begun = time.monotonic()
    for n in range(5):
        client.chat.completions.create(model="beside", user=f"u{n}", messages=QUESTION)
    took = time.monotonic() - begun

    assert took < 2.0, "five answers waited for shadows of half a second each"
    pairs = mirrored(desk, "beside", 5)
    assert {pair["primary_project"] for pair in pairs} == {"lit"}
    assert {pair["project"] for pair in pairs} == {"lit-shadow"}
    primary = desk.server.get(
        f"/api/v1/spans/{pairs[0]['primary_span_id']}?project={pairs[0]['primary_project']}"
    )
    assert primary["trace_id"] == pairs[0]["primary_trace_id"]
    assert desk.server.count(project="lit") == 5


def test_a_stream_is_mirrored_whole_once_it_has_ended(desk: Desk) -> None:
    shadow(desk, "flow", "flow")

    stream = desk.client().chat.completions.create(model="flow", messages=QUESTION, stream=True)
    assert list(stream)

    mirrored(desk, "flow", 1)
    [body] = desk.provider.bodies("flow")
    assert "stream" not in body


def test_a_shadow_that_fails_hangs_or_is_busy_harms_nobody_and_is_not_repeated(desk: Desk) -> None:
    desk.acts("ill", Act(status=500, body={"error": {"message": "no"}}))
    desk.acts("stuck", Act(ends="never"))
    shadow(desk, "ill", "ill")
    shadow(desk, "stuck", "stuck", max_parallel=2, timeout=1)

    for _ in range(3):
        ask(desk, "ill", "ann")
    for _ in range(8):
        ask(desk, "stuck", "ann")

    pairs = mirrored(desk, "ill", 3)
    assert {pair["status"] for pair in pairs} == {"error"}
    assert len(desk.provider.bodies("ill")) == 3
    assert len(desk.provider.bodies("stuck")) <= 4
    mirrored(desk, "stuck", 1)
    status = desk.server.get("/api/v1/gateway/status")
    assert not [t for t in status["targets"] if t["target"] == "acme/ill"], "of its own balance"


def test_what_differs_is_measured_and_reported_with_intervals(desk: Desk) -> None:
    desk.acts("same", Act(body=said("The Hague.")))
    desk.acts("old", Act(body=said("the  hague.")))
    shadow(desk, "alike", "same", compare=["exact", "similarity"])
    for n in range(12):
        ask(desk, "alike", f"u{n}")
    desk.acts("old", Act())

    def measured() -> dict[str, Any] | None:
        figures = look(desk, "alike")["figures"]
        scores = figures["arms"][1]["scores"]
        done = [each for each in scores.values() if each["n"] == 12]
        told = {each["metric"] for each in figures["differences"]}  # read before the scores
        return figures if len(done) == 2 and told >= {"latency", "errors"} else None

    figures = desk.until(measured)

    scores = figures["arms"][1]["scores"]
    assert scores["shadow.exact"]["estimate"] == 1
    assert scores["shadow.similarity"]["estimate"] > 0.8


def test_a_judge_sees_both_orders_and_its_verdict_is_the_shadows_score(desk: Desk) -> None:
    desk.acts("better", Act(body=said("A good answer.")))
    shadow(desk, "judged", "better", compare=["judge"], judge="acme/judge")
    # Whatever stands first: a judge that does so has no preference.
    verdict = said(json.dumps({"explanation": "the first", "label": "A"}))
    desk.acts("judge", Act(body=verdict))

    ask(desk, "judged", "ann")

    def judged() -> dict[str, Any] | None:
        scores: dict[str, Any] = look(desk, "judged")["figures"]["arms"][1]["scores"]
        return scores or None

    scores = desk.until(judged)
    assert len(desk.provider.bodies("judge")) == 2
    assert scores["shadow.preference"]["estimate"] == 0.5


def test_what_is_masked_is_not_sent_to_a_shadow(desk: Desk) -> None:
    call = desk.server.call
    call("POST", "/api/v1/projects", {"name": "discreet"})
    rules = {"masking": [{"name": "mail", "builtin": "emails"}]}
    status, told = call("PATCH", "/api/v1/projects/discreet", rules)
    assert status == 200, told
    shadow(desk, "masked", "masked")
    client = desk.client(desk.key(project="discreet")["key"])

    client.chat.completions.create(
        model="masked", messages=[{"role": "user", "content": "I am ann@example.org"}]
    )

    mirrored(desk, "masked", 1)
    [body] = desk.provider.bodies("masked")
    assert "ann@example.org" not in json.dumps(body)
    assert "I am [mail]" in json.dumps(body)


def test_a_shadow_stops_where_its_budget_of_the_day_ends(desk: Desk) -> None:
    price = {"model": "dear-*", "prices": {"input": 1000, "output": 1000}}
    status, told = desk.server.call("POST", "/api/v1/prices", price)
    assert status in (200, 201), told
    shadow(desk, "dear", "dear", budget_usd=0.05)

    for _ in range(6):
        ask(desk, "dear", "ann")
        mirrored(desk, "dear", 1)  # so that its cost is known before the next

    assert len(desk.provider.bodies("dear")) == 1


def test_a_stopped_shadow_mirrors_nothing(desk: Desk) -> None:
    shadow(desk, "ended", "ended")
    act(desk, "ended", "stop", reason="seen enough")

    ask(desk, "ended", "ann")

    assert desk.provider.bodies("ended") == []
