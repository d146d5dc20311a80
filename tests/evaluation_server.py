"""A server with a provider of models that a script answers for, and traces to judge."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fakes.openai_server import Answer, OpenAI, openai_server
from otlp import JSON, attributes, request, span, trace_id
from servers import ServerProcess

API = "/api/v1"
POLITE = {
    "model": "fake/judge-1",
    "prompt": "Is {outputs} a polite answer to {inputs}?",
    "output": "boolean",
}
PRICES = {"input": 2, "output": 8}
"""Of a million tokens each; a verdict of the fake reads 25 and writes 12."""
COST = (25 * 2 + 12 * 8) / 1e6
WAIT_S = 60
"""So long only where many others use the processor."""


def verdict(label: str, explanation: str = "it says so") -> Answer:
    """What a model that keeps to a form answers."""
    return Answer(text=json.dumps({"explanation": explanation, "label": label}))


def politely(body: dict[str, Any]) -> Answer:
    """Finds rude what says so."""
    return verdict("false" if "rude" in body["messages"][-1]["content"] else "true")


@dataclass(slots=True)
class World:
    """The server, and the model that its evaluators ask."""

    server: ServerProcess
    model: OpenAI

    def made(self, path: str, body: Any) -> dict[str, Any]:
        """What a POST made; asserts that it was made."""
        status, answer = self.server.call("POST", API + path, body)
        assert status in {200, 201}, answer
        return dict(answer)

    def get(self, path: str) -> Any:
        """The body of a 200."""
        return self.server.get(API + path)

    def evaluator(self, project: str | None, definition: Any, name: str = "polite") -> str:
        """The id of a new evaluator."""
        body = {"project": project, "name": name, "definition": definition}
        return str(self.made("/evaluators", body)["id"])

    def send(self, project: str, *texts: str, **more: Any) -> list[dict[str, Any]]:
        """Traces of one span each, which answer with these texts; as they were sent."""
        sent = [
            span(
                more.get("trace_id") or trace_id(),
                at_s=place - 60,
                attributes=attributes(
                    {
                        "input.value": "How do I return it?",
                        "output.value": text,
                        **more.get("attributes", {}),
                    }
                ),
            )
            for place, text in enumerate(texts)
        ]
        self.sent(project, *sent)
        return sent

    def sent(self, project: str, *spans: dict[str, Any]) -> None:
        """Send spans, or send them again."""
        body = json.dumps(request(*spans, project=project)).encode()
        assert self.server.call("POST", "/v1/traces", body, JSON)[0] == 200

    def scores(self, project: str, name: str = "polite") -> list[dict[str, Any]]:
        """The scores of a name, the newest first."""
        return list(self.get(f"/scores?project={project}&name={name}&limit=1000")["items"])

    @property
    def asked(self) -> int:
        """How often the model was asked."""
        return len(self.model.asked)


def until(holds: Callable[[], Any], what: str) -> Any:
    """The first truth that `holds` answers."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"in {WAIT_S} s never: {what}")


def add_provider(server: ServerProcess, model: OpenAI) -> None:
    """Have the server ask the fake model, at prices that can be named."""
    status, answer = server.call(
        "PUT", f"{API}/providers/fake", {"base_url": model.base_url, "api_key": "secret-1234"}
    )
    assert status in {200, 201}, answer
    status, answer = server.call(
        "POST", f"{API}/prices", {"model": "judge-1-2026-08-07", "prices": PRICES}
    )
    assert status == 201, answer


@contextmanager
def evaluation_world(data: Path) -> Iterator[World]:
    """The world, running."""
    with openai_server() as model:
        model.script = politely
        server = ServerProcess(data, environ={"PILOTHOUSE_RULES_QUIET_S": "1"}).start()
        try:
            add_provider(server, model)
            yield World(server, model)
        finally:
            server.stop()
