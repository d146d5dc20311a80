"""Feedback on runs: kept here, and a score on the run's trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pilothouse.serving.call import Call
from pilothouse.serving.errors import InvalidInput
from pilothouse.serving.mounts import Mount
from pilothouse.serving.replies import Answer, Reply, json_answer
from pilothouse.serving.routing import Router
from pilothouse.serving.service import Service
from pilothouse.serving.store.feedback import FeedbackStore
from pilothouse.tracing import score

FIELDS: Final = ("score", "value", "comment", "correction", "source", "metadata")
MAX_KEY: Final = 200
Source = Literal["human", "judge", "code", "end_user"]
SOURCES: Final[dict[str, Source]] = {"user": "end_user", "api": "code", "model": "judge"}


class Feedback:
    """Routes for it: our own, and LangServe's of each mount."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.store = FeedbackStore(service.store)

    def add_to(self, router: Router) -> None:
        """Below /v1/feedback."""
        router.add("POST", "/v1/feedback", self.create, scope="")
        router.add("GET", "/v1/feedback", self.of_run, scope="")
        router.add("PATCH", "/v1/feedback/{id}", self.change, scope="")
        router.add("DELETE", "/v1/feedback/{id}", self.delete, scope="")

    def add_mount(self, router: Router, mount: Mount) -> None:
        """LangServe's, at the mount's path."""
        base = mount.path.rstrip("/")
        for prefix in (base, f"{base}/c/{{config_hash}}"):
            router.add("POST", f"{prefix}/feedback", self.langserve, mount=mount)
            router.add("HEAD", f"{prefix}/feedback", self.enabled, scope="read", mount=mount)
            router.add("POST", f"{prefix}/token_feedback", self.by_token, scope=None, mount=mount)

    async def create(self, call: Call) -> Reply:
        """-> 201 and what is kept."""
        return json_answer(await self.keep(call, await call.json()), 201)

    async def langserve(self, call: Call) -> Reply:
        """The same as LangServe answers it."""
        kept = await self.keep(call, await call.json())
        return json_answer({"score": None, "value": None, "comment": None, **kept})

    async def enabled(self, call: Call) -> Reply:
        """That there is feedback."""
        return Answer(b"")

    async def by_token(self, call: Call) -> Reply:
        """Of an end user, who has no key but a token for this run."""
        body = await call.json()
        given = body.get("token_or_url") or call.query.get("token")
        if not isinstance(given, str):
            raise InvalidInput("token_or_url is missing")
        run_id, key = self.service.tokens.read(given)
        await self.keep(call, {**body, "run_id": run_id, "key": key, "source": "user"})
        return json_answer(None)

    async def of_run(self, call: Call) -> Reply:
        """All of the caller's on one run."""
        run_id = call.query.get("run_id")
        if not run_id:
            raise InvalidInput("run_id is missing")
        return json_answer({"items": await self.store.of_run(_owner(call), run_id)})

    async def change(self, call: Call) -> Reply:
        """Says something else of what was said."""
        known = await self.store.one(_owner(call), call.params["id"])
        return json_answer(await self.keep(call, {**known, **await call.json()}))

    async def delete(self, call: Call) -> Reply:
        """Forgets it here; the trace's score stays."""
        await self.store.delete(_owner(call), call.params["id"])
        return Answer(b"", status=204, headers=[])

    async def keep(self, call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
        """Keep what was said, and score the trace; raises InvalidInput."""
        run_id, key = body.get("run_id"), body.get("key")
        if not isinstance(run_id, str) or not isinstance(key, str) or not 0 < len(key) <= MAX_KEY:
            raise InvalidInput(f"run_id and key must be texts, key of at most {MAX_KEY} characters")
        said = {name: body[name] for name in FIELDS if body.get(name) is not None}
        value = said.get("score", said.get("value"))
        if value is not None and not isinstance(value, (bool, int, float, str)):
            raise InvalidInput("score and value must be a number, a truth value or a text")
        trace_id, span_id = self.service.trace_of(run_id)
        kept = await self.store.keep(_owner(call), run_id, key, said)
        score(
            key,
            value,
            comment=said.get("comment"),
            trace_id=trace_id,
            span_id=span_id,
            source=SOURCES.get(str(said.get("source")), "end_user"),
            identifier=_owner(call) or None,
            metadata=said.get("metadata"),
        )
        return kept


def _owner(call: Call) -> str:
    return call.principal.name if call.principal is not None else ""
