"""A server with a gateway, a provider behind it, and what tests do with them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import openai

from fakes.unruly_provider import Act, Unruly
from servers import ServerProcess

KEY = "sk-provider-secret-000042"


@dataclass(slots=True)
class Desk:
    """The server, the provider behind it, and what tests do with them."""

    server: ServerProcess
    provider: Unruly
    clients: list[openai.OpenAI] = field(default_factory=list)

    def client(self, key: str = "unused", **more: Any) -> openai.OpenAI:
        """OpenAI's client, which asks once unless a test says otherwise."""
        more.setdefault("max_retries", 0)
        url = f"{self.server.url}/v1"
        self.clients.append(openai.OpenAI(base_url=url, api_key=key, timeout=60, **more))
        return self.clients[-1]

    def route(self, name: str, *models: str, **settings: Any) -> None:
        """A route to models of the provider, without pauses between attempts."""
        settings.setdefault("retries", {"max": 2, "base_ms": 1})
        targets = [{"provider": "acme", "model": model} for model in models]
        body = {"targets": targets, **settings}
        status, said = self.server.call("PUT", f"/api/v1/gateway/routes/{name}", body)
        assert status == 200, said

    def key(self, **settings: Any) -> dict[str, Any]:
        """A new virtual key."""
        status, said = self.server.call("POST", "/api/v1/gateway/keys", {"name": "k", **settings})
        assert status == 201, said
        made: dict[str, Any] = said
        return made

    def acts(self, model: str, *acts: Act) -> None:
        """How a model of the provider behaves from now on; the last act stays."""
        self.provider.acts[model] = list(acts)

    def spans(self, project: str, count: int = 1) -> list[dict[str, Any]]:
        """The spans of a project, whole, once there are so many."""
        found = self.until(lambda: self._listed(project, count))
        return [
            self.server.get(f"/api/v1/spans/{each['span_id']}?project={project}") for each in found
        ]

    def _listed(self, project: str, count: int) -> list[dict[str, Any]] | None:
        status, said = self.server.call("GET", f"/api/v1/spans?project={project}")
        items = said["items"] if status == 200 else []
        return items if len(items) >= count else None

    @staticmethod
    def until(look: Callable[[], Any], seconds: float = 30.0) -> Any:  # Any: what it gives
        """What is looked for, once it is there: calls are recorded after they are answered."""
        end = time.monotonic() + seconds
        while True:
            found = look()
            if found is not None:
                return found
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.02)
