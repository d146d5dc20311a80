"""Experiments that a server process runs, against a provider and an application of this machine."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from experiment_world import CAPITALS, World, halfway, knows, stored
from fakes.openai_server import Answer, Body, OpenAI, openai_server
from pilothouse.addresses import is_public
from pilothouse.platform.addresses import checked_target, session
from pilothouse.platform.errors import BadRequest
from servers import ServerProcess

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def models() -> Iterator[OpenAI]:
    with openai_server() as state:
        yield state


@pytest.fixture(scope="module")
def world(server: ServerProcess, models: OpenAI) -> World:
    return World(server, models)


def test_a_prompt_is_run_over_a_dataset_and_judged(world: World) -> None:
    world.models.asked.clear()
    judge = {
        "name": "judged",
        "definition": {
            "model": "acme/gpt-4o",
            "prompt": "Is {outputs} right? It is {reference_outputs}.",
        },
    }

    def script(body: Body) -> Answer | None:
        if "right?" not in str(body["messages"]):
            return knows(body)
        return Answer(text='{"explanation": "as it is", "label": "true"}')

    world.models.script = script
    exact = {"name": "exact", "definition": {"metric": "exact_match"}}

    started = world.run(
        name="capitals", repetitions=2, evaluators=[exact, judge], metadata={"by": "test"}
    )
    job = world.ended(started)

    assert (job["status"], job["error"]) == ("done", None)
    rows = world.rows(started)
    assert (job["result"]["rows"], job["result"]["failed_rows"]) == (8, 0)
    assert [[run["repetition"] for run in runs] for runs in rows] == [[1, 2]] * 4
    first = rows[0][0]
    assert (first["status"], first["output"], first["error_type"]) == ("ok", "Paris", None)
    scores = {score["name"]: score for score in first["scores"]}
    assert (scores["exact"]["value"], scores["exact"]["source"]) == (1, "code")
    assert (scores["judged"]["value"], scores["judged"]["source"]) == (1, "judge")
    assert scores["judged"]["comment"] == "as it is"
    lima = [
        score["value"] for run in rows[3] for score in run["scores"] if score["name"] == "exact"
    ]
    assert lima == [0, 0]
    trace = world.server.get(f"/api/v1/traces/{first['trace_id']}?project=capitals")
    root, call = sorted(trace["spans"], key=lambda span: span["kind"])
    assert (root["name"], root["kind"], root["input"]) == (
        world.prompt,
        "chain",
        {"country": "France"},
    )
    assert (call["kind"], call["prompt"]["name"]) == ("llm", world.prompt)
    assert call["prompt"]["version"] == "1"
    assert call["usage"]["input_tokens"] == 25
    assert call["cost"]["total"] > 0
    assert call["messages_in"][0]["parts"][0]["text"] == "The capital of France?"
    experiment = world.server.get(f"/api/v1/experiments/{started['experiment_id']}")
    assert experiment["metadata"]["by"] == "test"
    assert experiment["metadata"]["run"]["outcome"] == "done"
    assert experiment["metadata"]["run"]["job_id"] == started["job_id"]
    assert experiment["ended_at"] is not None
    assert experiment["stats"]["cost"]["total"] > 0
    assert len(world.models.asked) == 16


def test_a_killed_server_goes_on_without_paying_twice(world: World) -> None:
    script, gate = halfway(world, 15)
    world.models.script = script
    started = world.run(repetitions=10, concurrency=2)
    stored(world, started, 15)

    world.server.stop(signal.SIGKILL)
    gate.set()
    world.server.start()
    job = world.ended(started)

    assert (job["status"], job["result"]["rows"]) == ("done", 40)
    repetitions = [[run["repetition"] for run in runs] for runs in world.rows(started)]
    assert repetitions == [list(range(1, 11))] * 4
    assert len(world.models.asked) == 15 + 2 + 25  # two were on their way
    assert not list((world.server.data / "experiments").iterdir())


def test_a_cancelled_experiment_keeps_its_rows(world: World) -> None:
    script, gate = halfway(world, 5)
    world.models.script = script
    started = world.run(repetitions=10, concurrency=1)
    stored(world, started, 5)

    world.post(f"/jobs/{started['job_id']}/cancel", None)
    job = world.ended(started)
    gate.set()

    assert (job["status"], job["result"]["outcome"]) == ("cancelled", "cancelled")
    assert sum(len(runs) for runs in world.rows(started)) == 5
    experiment = world.server.get(f"/api/v1/experiments/{started['experiment_id']}")
    assert experiment["metadata"]["run"]["outcome"] == "cancelled"
    assert experiment["ended_at"] is not None
    status, _ = world.server.call("POST", f"/api/v1/jobs/{started['job_id']}/cancel")
    assert status == 409


def test_a_budget_ends_an_experiment_and_one_that_nobody_can_keep_too(world: World) -> None:
    world.models.script = knows
    unknown = {"kind": "prompt", "prompt": world.prompt, "model": "acme/of-unknown-price"}

    asks = {"model": "m", "messages": [{"role": "user", "content": "{{inputs}}"}]}
    app = {"kind": "http", "url": f"{world.models.url}/v1/chat/completions", "body_template": asks}
    judge = {"model": unknown["model"], "prompt": "Is {outputs} true of {inputs}?"}

    spent = world.run(concurrency=1, repetitions=3, budget_usd=3e-5)  # a call costs 1.035e-5
    guess = world.run(concurrency=1, budget_usd=1, target=unknown)
    judged = world.run(budget_usd=1, target=app, evaluators=[{"name": "true", "definition": judge}])

    assert (job := world.ended(spent))["status"] == "failed"
    assert "more than 3e-05" in job["error"]
    assert sum(len(runs) for runs in world.rows(spent)) == 3
    assert world.ended(guess)["error"].startswith("nobody knows what acme/of-unknown-price costs")
    assert "what the model of evaluator 'true' costs" in world.ended(judged)["error"]


def test_an_experiment_whose_dataset_is_removed_ends_and_says_so(world: World) -> None:
    dataset = world.post("/datasets", {"name": f"short-lived {uuid4()}"})["id"]
    example = {"inputs": {"country": "France"}, "outputs": {"answer": "Paris"}}
    world.post(f"/datasets/{dataset}/examples", [example])
    script, gate = halfway(world, 1)
    world.models.script = script
    started = world.run(dataset_id=dataset, repetitions=5, concurrency=1)
    stored(world, started, 1)
    said_before = len(world.server.said())

    assert world.server.call("DELETE", f"/api/v1/datasets/{dataset}")[0] in (200, 202, 204)
    gate.set()

    said = "the experiment was removed while it ran, or its dataset with it"
    assert world.ended(started)["error"] == said
    assert "Traceback" not in world.server.said()[said_before:]


def test_an_application_is_asked_by_its_template_and_what_fails_is_a_row(world: World) -> None:
    def script(body: Body) -> Answer | None:
        country = body["q"].removeprefix("Capital of ")
        if country == "Peru":
            return Answer(status=500, body={"error": "no such country"})
        return Answer(body={"said": [{"text": CAPITALS[country]}], "seen": body})

    world.models.script = script
    world.models.headers.clear()
    target = {
        "kind": "http",
        "url": f"{world.models.url}/ask",
        "headers": {"x-secret": "of the application"},
        "body_template": {"q": "Capital of {{inputs.country}}", "all": "{{inputs}}", "n": 1},
        "output_path": "said.0.text",
    }

    started = world.run(target=target)
    job = world.ended(started)
    rows = world.rows(started)

    assert (job["status"], job["result"]["failed_rows"]) == ("done", 1)
    assert [runs[0]["output"] for runs in rows[:3]] == ["Paris", "Madrid", "Rome"]
    assert [score["value"] for runs in rows for score in runs[0]["scores"]] == [1, 1, 1]
    lost = rows[3][0]
    assert (lost["status"], lost["error_type"], lost["scores"]) == ("error", "BadStatus", [])
    assert "answered 500" in lost["status_message"]
    assert {sent["x-secret"] for sent in world.models.headers} == {"of the application"}
    joined = {sent["traceparent"].split("-")[1] for sent in world.models.headers}
    assert joined == {runs[0]["trace_id"] for runs in rows}
    experiment = world.server.get(f"/api/v1/experiments/{started['experiment_id']}")
    assert "of the application" not in str(experiment) + str(world.server.get("/api/v1/jobs"))


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"dataset_id": str(uuid4())}, 404, "no dataset"),
        ({"target": {"kind": "prompt", "prompt": "none", "model": "acme/m"}}, 404, "no prompt"),
        ({"target": {"kind": "http", "url": "ftp://host/"}}, 400, "must begin with https://"),
        (
            {"target": {"kind": "http", "url": "http://host/", "body_template": ["{{input}}"]}},
            400,
            "body_template names 'input'",
        ),
        ({"target": {"kind": "shell"}}, 400, "target"),
        (
            {"target": {"kind": "http", "url": "http://host/", "headers": {"my key": "x"}}},
            400,
            "'my key' is nothing that a request can carry",
        ),
        (
            {"target": {"kind": "http", "url": "http://host/", "headers": {"Content-Length": "1"}}},
            400,
            "'Content-Length' is told by whoever sends the request",
        ),
        ({"evaluators": [str(uuid4())]}, 404, "no evaluator"),
        ({"evaluators": [{"definition": {"metric": "exakt"}}]}, 400, "exakt"),
        ({"evaluators": [{"definition": {"metric": "exact_match"}}] * 2}, 400, "two evaluators"),
        ({"splits": ["none"]}, 400, "no examples to run over"),
        ({"version": "no such tag"}, 404, "no such tag"),
        ({"budget_usd": 0}, 400, "budget_usd"),
        ({"repetitions": 0}, 400, "repetitions"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_paid(
    world: World, wrong: dict[str, Any], status: int, said: str
) -> None:
    world.models.asked.clear()
    target = {"kind": "prompt", "prompt": world.prompt, "model": "acme/gpt-4o-mini"}
    body = {"dataset_id": world.dataset, "target": target, **wrong}

    found, answer = world.server.call("POST", "/api/v1/experiments/run", body)

    assert (found, said in answer["error"]["message"]) == (status, True), answer
    assert world.models.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::5db8:d822", True),
        ("64:ff9b:1::a9fe:a9fe", False),
        ("64:ff9b:1::5db8:d822", False),
        ("::ffff:0:7f00:1", False),
        ("::ffff:93.184.216.34", True),
        ("2002:7f00:1::", False),
        ("2002:a9fe:a9fe::1", False),
        ("2002:5db8:d822::1", True),
        ("2001:0:5db8:d822:0:f227:f5ff:fffe", False),
        ("fec0::1", False),
        ("ff0e::1", False),
        ("::7f00:1", False),
    ],
)
def test_addresses_of_the_servers_own_network_are_told_apart(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "\uff11\uff12\uff17.0.0.1", "①②⑦.0.0.1", "127。0。0。1"]
)
def test_an_address_inside_is_refused_in_every_spelling_that_the_client_reads(host: str) -> None:
    with pytest.raises(BadRequest, match=r"127\.0\.0\.1 is a private address"):
        checked_target(f"http://{host}:8000/", private=False)


def test_a_name_that_leads_inside_is_not_connected_to(models: OpenAI) -> None:
    async def asked() -> None:
        async with session(private=False, timeout_s=30) as client:
            await client.post(models.url.replace("127.0.0.1", "localhost"), json={})

    models.asked.clear()

    with pytest.raises(aiohttp.ClientConnectorError) as caught:
        asyncio.run(asked())
    assert "private address" in str(caught.value.os_error)
    with pytest.raises(BadRequest, match="private address"):
        checked_target(models.url, private=False)
    assert models.asked == []
