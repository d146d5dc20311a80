"""The library of evaluators over HTTP: versions, trials, and what cannot be an evaluator."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from evaluation_server import API, COST, POLITE, World
from fakes.openai_server import Answer
from otlp import attributes, span, trace_id
from pilothouse.platform.evaluators.entities import (
    MOST_SPANS,
    READ_TOGETHER,
    Entities,
    Entity,
)
from pilothouse.platform.store.orders import write_cursor


def test_another_definition_is_another_version_and_the_same_again_is_none(
    world: World, project: str
) -> None:
    made = world.evaluator(project, POLITE)
    path = f"/evaluators/{made}"
    kinder = {**POLITE, "prompt": "Is {outputs} kind?"}

    for definition in (kinder, kinder):
        assert world.server.call("PATCH", API + path, {"definition": definition})[0] == 200
    world.server.call("PATCH", API + path, {"description": "for the shop"})

    found = world.get(path)
    assert (found["version"], found["kind"], found["description"]) == (2, "judge", "for the shop")
    assert (found["project"], found["verdicts"], found["cost"]) == (project, 0, None)
    versions = world.get(f"{path}/versions")["items"]
    assert [(v["version"], v["definition"]["prompt"]) for v in versions] == [
        (2, kinder["prompt"]),
        (1, POLITE["prompt"]),
    ]


def test_a_project_has_its_own_evaluators_and_those_that_all_share(
    world: World, project: str
) -> None:
    own = world.evaluator(project, POLITE, "own")
    shared = world.evaluator(None, {"metric": "json_validity"}, "shared")
    world.made("/projects", {"name": f"{project}-other"})

    listed = [e["id"] for e in world.get(f"/evaluators?project={project}")["items"]]
    elsewhere = [e["id"] for e in world.get(f"/evaluators?project={project}-other")["items"]]

    assert {own, shared} <= set(listed)
    assert shared in elsewhere
    assert own not in elsewhere


def test_the_catalogue_says_what_each_evaluator_needs_and_which_options_it_has(
    world: World,
) -> None:
    entries = {entry["name"]: entry for entry in world.get("/evaluators/catalogue")["items"]}

    assert entries["regex_match"]["needs"] == ["outputs"]
    assert entries["regex_match"]["options"]["required"] == ["pattern"]
    assert entries["faithfulness"]["needs"] == ["contexts", "outputs"]
    assert entries["faithfulness"]["judged"]
    assert "model" in entries["faithfulness"]["options"]["required"]
    assert all(entry["description"] for entry in entries.values())


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ({"model": "fak/judge-1", "prompt": "{outputs}"}, "did you mean 'fake'"),
        ({"model": "judge-1", "prompt": "{outputs}"}, "provider/model"),
        ({"model": "fake/judge-1", "prompt": "No braces"}, "{outputs}"),
        ({**POLITE, "output": "choices"}, "two labels"),
        ({**POLITE, "promt": "x"}, "definition.promt"),
        ({"metric": "regex_matsh"}, "did you mean 'regex_match'"),
        ({"metric": "regex_match", "options": {"patern": "a"}}, "pattern"),
        ({"source": "def judge(outputs): return 1"}, "evaluate"),
        ({}, "definition"),
    ],
)
def test_what_cannot_be_an_evaluator_is_refused_with_what_is_wrong(
    world: World, definition: dict[str, Any], said: str
) -> None:
    status, answer = world.server.call(
        "POST", f"{API}/evaluators", {"name": "x", "definition": definition}
    )

    assert status == 400, answer
    assert said in answer["error"]["message"]


def test_a_trial_shows_prompt_answer_and_cost_and_keeps_nothing(world: World, project: str) -> None:
    world.send(project, "Gladly: by post.", "That is rude.")

    tried = world.made("/evaluators/test", {"project": project, "definition": POLITE})["items"]

    assert [(one["output"], one["label"], one["value"]) for one in tried] == [
        ("That is rude.", "false", 0),
        ("Gladly: by post.", "true", 1),
    ]
    assert "That is rude." in tried[0]["prompt"]
    assert '"label": "false"' in tried[0]["raw"]
    assert (tried[0]["cost"], tried[0]["tokens"]) == (pytest.approx(COST), 37)
    assert world.scores(project, "score") == []


def test_a_trial_says_soon_that_the_model_is_down(world: World, project: str) -> None:
    world.send(project, "Gladly: by post.")
    world.model.script = lambda _body: Answer(status=503, body={"error": {"message": "down"}})

    [tried] = world.made("/evaluators/test", {"project": project, "definition": POLITE})["items"]

    assert (tried["status"], "down" in tried["error"], world.asked) == ("error", True, 2)


def test_code_and_built_in_evaluators_are_tried_on_spans_by_a_filter(
    world: World, project: str
) -> None:
    world.send(project, "12345", "no number")
    asked = {"project": project, "unit": "span", "filter": 'output contains "number"'}
    code = {"source": "def evaluate(outputs):\n    return len(outputs)"}
    number = {"metric": "regex_match", "options": {"pattern": "[0-9]+"}}

    [by_code] = world.made("/evaluators/test", {**asked, "definition": code})["items"]
    [built_in] = world.made("/evaluators/test", {**asked, "definition": number})["items"]

    assert (by_code["value"], by_code["status"], by_code["prompt"]) == (9, "ok", None)
    assert (built_in["value"], built_in["output"]) == (0, "no number")


def test_of_a_long_trace_its_root_is_read_and_only_the_first_of_its_other_spans(
    world: World, project: str
) -> None:
    document = attributes({"retrieval.documents.0.document.content": "a page"})
    trace, root = trace_id(), "00000000000000aa"
    said = attributes({"output.value": "That is all."})
    pages = [span(trace, parent=root, at_s=-60, attributes=document) for _ in range(MOST_SPANS)]
    world.sent(project, *pages, span(trace, root, at_s=-30, attributes=said))
    source = "def evaluate(outputs, contexts):\n    return len(contexts)"

    asked = {"project": project, "unit": "trace", "definition": {"source": source}}
    [tried] = world.made("/evaluators/test", asked)["items"]

    assert (tried["output"], tried["value"]) == ("That is all.", MOST_SPANS - 1)


def test_long_traces_are_read_few_at_a_time() -> None:
    class Places:
        async def rows(self, _sql: str, _params: Any) -> list[tuple[Any, ...]]:
            return [(str(n), 0, 0, "root", "", READ_TOGETHER * 2 // 5, 0) for n in range(5)]

    places: Any = Places()
    entities = Entities(places, lambda _: None)
    asked = [Entity(trace_id=str(n)) for n in range(5)]

    whole = asyncio.run(entities.parts("trace", 1, asked, whole=True))
    roots = asyncio.run(entities.parts("trace", 1, asked, whole=False))

    assert [len(part) for part in whole] == [2, 2, 1]
    assert roots == [asked]


def test_an_evaluator_in_use_stays_until_its_rules_are_gone(world: World, project: str) -> None:
    made = world.evaluator(project, POLITE)
    rule = world.made("/rules", {"project": project, "name": "all", "evaluator_id": made})
    path = f"{API}/evaluators/{made}"

    status, answer = world.server.call("DELETE", path)
    assert (status, answer["error"]["details"]) == (409, {"rules": 1})

    assert world.server.call("DELETE", f"{API}/rules/{rule['id']}")[0] == 204
    assert world.server.call("DELETE", path)[0] == 204
    assert world.server.call("GET", path)[0] == 404


def test_a_cursor_or_a_score_that_somebody_made_up_breaks_no_list(
    world: World, project: str
) -> None:
    made = world.evaluator(project, POLITE)
    rule = world.made("/rules", {"project": project, "name": "all", "evaluator_id": made})["id"]
    lists = {
        "evaluators": "/evaluators",
        "activity": f"/rules/{rule}/activity",
        "scores": f"/evaluators/{made}/verdicts",
    }
    for order, path in lists.items():
        for place in (["x", "y"], [{}, 1], ["x", 1, 2]):
            cursor = write_cursor(order, place)
            assert world.server.call("GET", f"{API}{path}?cursor={cursor}")[0] == 400, (path, place)
    assert world.server.call("GET", f"{API}/rules?project=")[0] == 404

    [sent] = world.send(project, "Gladly.")
    claimed = {"name": "polite", "trace_id": sent["traceId"], "value": 1, "identifier": made}
    for cost in ("a lot", "nan"):
        world.made("/scores", [{**claimed, "metadata": {"cost": cost}}])
        assert [one["cost"] for one in world.get(lists["scores"])["items"]] == [None]


def test_a_pattern_that_would_take_for_ever_is_given_up_and_stops_nobody_else(
    world: World, project: str
) -> None:
    world.send(project, "a" * 60 + "!")
    pattern = {"metric": "regex_match", "options": {"pattern": "(a|a)+$"}}

    [tried] = world.made("/evaluators/test", {"project": project, "definition": pattern})["items"]

    assert (tried["status"], tried["value"]) == ("error", None)
    assert "took longer" in tried["error"]
