"""A dataset, a prompt and a provider for experiments that a server runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from fakes.openai_server import Answer, Body, OpenAI
from servers import ServerProcess

CAPITALS = {"France": "Paris", "Spain": "Madrid", "Italy": "Rome", "Peru": "Lima"}
KEY = "sk-of-the-provider-7431"


class World:
    """A dataset of capitals, a prompt that asks for them, a provider that knows them."""

    def __init__(self, server: ServerProcess, models: OpenAI) -> None:
        self.server = server
        self.models = models
        self.prompt = f"capital-{uuid4().hex[:8]}"
        self.put("/providers/acme", {"base_url": models.base_url, "api_key": KEY})
        self.dataset = self.post("/datasets", {"name": f"set {uuid4()}"})["id"]
        examples = [
            {"inputs": {"country": country}, "outputs": {"answer": capital}}
            for country, capital in CAPITALS.items()
        ]
        self.ids = self.post(f"/datasets/{self.dataset}/examples", examples)["example_ids"]
        self.post("/prompts", {"name": self.prompt})
        message = {"role": "user", "content": "The capital of {country}?"}
        self.post(f"/prompts/{self.prompt}/versions", {"prompt": {"messages": [message]}})

    def post(self, path: str, body: Any, *, status: int = 201) -> Any:
        found, answer = self.server.call("POST", f"/api/v1{path}", body)
        assert found in (status, 200), answer
        return answer

    def put(self, path: str, body: Any) -> None:
        status, answer = self.server.call("PUT", f"/api/v1{path}", body)
        assert status == 200, answer

    def run(self, **more: Any) -> dict[str, str]:
        target = {"kind": "prompt", "prompt": self.prompt, "model": "acme/gpt-4o-mini"}
        exact = {"name": "exact", "definition": {"metric": "exact_match"}}
        body = {"dataset_id": self.dataset, "target": target, "evaluators": [exact], **more}
        started: dict[str, str] = self.post("/experiments/run", body)
        return started

    def ended(self, started: dict[str, str]) -> dict[str, Any]:
        """The job, once it has ended."""
        while True:
            job: dict[str, Any] = self.server.get(f"/api/v1/jobs/{started['job_id']}")
            if job["status"] not in ("queued", "running"):
                return job
            time.sleep(0.1)

    def rows(self, started: dict[str, str]) -> list[list[dict[str, Any]]]:
        """The runs of each example, in the order of the examples."""
        experiment = started["experiment_id"]
        found = self.server.get(f"/api/v1/experiments/{experiment}/rows?limit=1000")["items"]
        return [row["runs"][experiment] for row in found]


def knows(body: Body) -> Answer | None:
    """A model that knows all capitals but one."""
    asked = str(body["messages"])
    known = {**CAPITALS, "Peru": "Cusco"}
    return Answer(text=next(city for country, city in known.items() if country in asked))


Script = Callable[[Body], Answer | None]


def halfway(world: World, answered: int) -> tuple[Script, threading.Event]:
    """A model that answers so many questions and waits for the event with all others."""
    gate = threading.Event()

    def script(body: Body) -> Answer | None:
        if len(world.models.asked) > answered:
            gate.wait(200)
        return knows(body)

    world.models.asked.clear()
    return script, gate


def stored(world: World, started: dict[str, str], runs: int) -> None:
    """Return once so many runs stand in the experiment."""
    path = f"/api/v1/experiments/{started['experiment_id']}"
    while world.server.get(path)["stats"]["run_count"] < runs:
        time.sleep(0.1)
