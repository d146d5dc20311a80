"""Health, readiness, metrics, and what is served here."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from pilothouse.serving.call import Call
from pilothouse.serving.errors import NotFound
from pilothouse.serving.replies import Answer, Reply, json_answer
from pilothouse.serving.routing import Router
from pilothouse.serving.service import Service

PING_S: Final = 5.0
ALIVE: Final = ("/healthz", "/health", "/health/liveliness", "/health/liveness", "/startupz")
READY: Final = ("/readyz", "/health/readiness")


LANGGRAPH: Final = {
    "flags": {"assistants": True, "crons": False, "langsmith": False},
    "host": {"kind": "self-hosted"},
}
"""What clients of LangGraph's platform look for."""


class Operations:
    """Routes for whoever runs the app."""

    def __init__(self, service: Service, version: str) -> None:
        self.service = service
        self.version = version

    def add_to(self, router: Router) -> None:
        """At their usual places."""
        for path in ALIVE:
            router.add("GET HEAD", path, self.alive, scope=None)
        for path in READY:
            router.add("GET HEAD", path, self.ready, scope=None)
        router.add("GET", "/ok", self.ok, scope=None)
        router.add("GET", "/metrics", self.metrics, scope=None)
        router.add("GET", "/info", self.info, scope="read")
        router.add("GET", "/version", self.told_version, scope=None)
        router.add("POST", "/v1/runs/{id}/cancel", self.cancel, scope="")

    async def alive(self, call: Call) -> Reply:
        """That the loop answers."""
        return json_answer({"status": "ok"})

    async def ok(self, call: Call) -> Reply:
        """The same as LangGraph's clients ask it."""
        return json_answer({"ok": True, "services": {}})

    async def ready(self, call: Call) -> Reply:
        """Whether requests should be sent here."""
        checks: dict[str, str] = {"store": "ok", "draining": "no"}
        if self.service.draining:
            checks["draining"] = "yes"
        try:
            await asyncio.wait_for(self.service.store.ping(), PING_S)
        except Exception as error:  # noqa: BLE001 - whatever the store says, it is not ready
            checks["store"] = f"{type(error).__name__}: it does not answer"
        ready = checks == {"store": "ok", "draining": "no"}
        told = {"status": "ready" if ready else "not ready", "checks": checks}
        return json_answer(told, 200 if ready else 503)

    async def metrics(self, call: Call) -> Reply:
        """For Prometheus."""
        self.service.measure()
        text, kind = self.service.metrics.exposed(call.header("accept") or "")
        return Answer(text, headers=[(b"content-type", kind.encode())])

    async def info(self, call: Call) -> Reply:
        """What is served here."""
        mounts: list[dict[str, Any]] = [
            {
                "name": mount.name,
                "path": mount.path or "/",
                "kind": mount.target.kind,
                "takes_messages": mount.shape is not None,
                "max_concurrency": mount.gate.places,
            }
            for mount in self.service.mounts.values()
        ]
        told = {"version": self.version, "mounts": mounts, **LANGGRAPH}
        return json_answer(told)

    async def told_version(self, call: Call) -> Reply:
        """Ours."""
        return json_answer({"version": self.version})

    async def cancel(self, call: Call) -> Reply:
        """End a run, in whichever worker it is; who waits for it is told so."""
        named, stops = call.params["id"], self.service.stops
        owner = call.principal.name if call.principal is not None else ""
        if not stops.stop_here(owner, named) and not await stops.ask(owner, named):
            raise NotFound(f"no run {named!r} is at work here")
        return json_answer({"run_id": named, "status": "cancelled"})
