"""All of them, at /v1."""

from __future__ import annotations

import time

from pilothouse.serving import dialects
from pilothouse.serving.call import Call
from pilothouse.serving.errors import NotFound
from pilothouse.serving.openai.chat import Completions
from pilothouse.serving.openai.conversations import Conversations
from pilothouse.serving.openai.embeddings import EmbeddingRoute
from pilothouse.serving.openai.models import told_model
from pilothouse.serving.openai.responses import Responses
from pilothouse.serving.replies import Reply, json_answer
from pilothouse.serving.routing import Handler, Router
from pilothouse.serving.service import Service


class OpenAIRoutes:
    """OpenAI's routes of an app."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._since = int(time.time())

    def add_to(self, router: Router) -> None:
        """At /v1."""
        responses, said = Responses(self.service), Conversations(self.service)
        table: tuple[tuple[str, str, Handler], ...] = (
            ("POST", "/v1/chat/completions", Completions(self.service).create),
            ("POST", "/v1/embeddings", EmbeddingRoute(self.service).create),
            ("POST", "/v1/responses", responses.create),
            ("GET", "/v1/responses/{id}", responses.read),
            ("DELETE", "/v1/responses/{id}", responses.delete),
            ("POST", "/v1/responses/{id}/cancel", responses.cancel),
            ("GET", "/v1/responses/{id}/input_items", responses.items),
            ("POST", "/v1/conversations", said.create),
            ("GET", "/v1/conversations/{id}", said.read),
            ("POST", "/v1/conversations/{id}", said.change),
            ("DELETE", "/v1/conversations/{id}", said.delete),
            ("GET", "/v1/conversations/{id}/items", said.items),
            ("POST", "/v1/conversations/{id}/items", said.add_items),
        )
        for methods, path, handler in table:
            router.add(methods, path, handler, dialect=dialects.openai, scope="")
        router.add("GET", "/v1/models", self.models, dialect=dialects.openai, scope="read")
        router.add("GET", "/v1/models/{id}", self.model, dialect=dialects.openai, scope="read")

    async def models(self, call: Call) -> Reply:
        """All targets that speak or embed."""
        data = [
            told_model(mount, self._since)
            for mount in self.service.mounts.values()
            if mount.shape is not None or mount.target.kind == "embeddings"
        ]
        return json_answer({"object": "list", "data": data})

    async def model(self, call: Call) -> Reply:
        """One of them."""
        mount = self.service.mount(call.params["id"])
        if mount is None:
            raise NotFound(f"there is no model {call.params['id']!r}", code="model_not_found")
        return json_answer(told_model(mount, self._since))
