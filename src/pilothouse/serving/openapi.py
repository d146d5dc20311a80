"""The OpenAPI document of an app: what each target takes and gives, under names of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pilothouse.serving.call import Call
from pilothouse.serving.mounts import Mount
from pilothouse.serving.replies import Reply, json_answer
from pilothouse.serving.routing import Router
from pilothouse.serving.service import Service

REFERENCE: Final = "#/components/schemas/"
EVENTS: Final = ("stream", "stream_log", "stream_events")


class OpenAPI:
    """Its route."""

    def __init__(self, service: Service, router: Router, version: str) -> None:
        self.service = service
        self.router = router
        self.version = version

    def add_to(self, router: Router) -> None:
        """At /openapi.json."""
        router.add("GET", "/openapi.json", self.document, scope="")

    async def document(self, call: Call) -> Reply:
        """All routes; those of targets with their schemas."""
        paths: dict[str, dict[str, Any]] = {}
        for method, template, summary in self.router.templates:
            if method != "HEAD" and "{config_hash}" not in template:
                paths.setdefault(template, {})[method.lower()] = _operation(template, summary)
        schemas: dict[str, Any] = {}
        for mount in self.service.mounts.values():
            _describe(mount, paths, schemas)
        info = {"title": ", ".join(self.service.mounts), "version": self.version}
        components = {"schemas": schemas}
        return json_answer(
            {"openapi": "3.1.0", "info": info, "paths": paths, "components": components}
        )


def _operation(template: str, summary: str) -> dict[str, Any]:
    named = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", template)
    ]
    answered: dict[str, Any] = {"responses": {"200": {"description": "Answered."}}}
    if summary:
        answered["summary"] = summary
    return answered | ({"parameters": named} if named else {})


def _describe(mount: Mount, paths: dict[str, dict[str, Any]], schemas: dict[str, Any]) -> None:
    prefix = re.sub(r"\W+", "_", mount.path.strip("/") or mount.name)
    given = _named(f"{prefix}_input", mount.target.input.json_schema(), schemas)
    gives = _named(f"{prefix}_output", mount.target.output.json_schema(), schemas)
    base = mount.path.rstrip("/")
    one = {"type": "object", "required": ["input"], "properties": {"input": given}}
    many_inputs = {"type": "array", "items": given}
    many = {"type": "object", "required": ["inputs"], "properties": {"inputs": many_inputs}}
    outputs = {"type": "array", "items": gives}
    for name, body, output in (("invoke", one, gives), ("batch", many, outputs)):
        answer = {"type": "object", "properties": {"output": output}}
        paths[f"{base}/{name}"]["post"] |= {
            "requestBody": {"required": True, "content": _json(body)},
            "responses": {"200": {"description": "The answer.", "content": _json(answer)}},
        }
    for name in EVENTS:
        events = {"text/event-stream": {"schema": {"type": "string"}}}
        paths[f"{base}/{name}"]["post"] |= {
            "requestBody": {"required": True, "content": _json(one)},
            "responses": {"200": {"description": "Events.", "content": events}},
        }


def _named(name: str, schema: Mapping[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """Keep a schema and those inside of it under names that no other mount has."""
    whole = dict(schema)
    inner = whole.pop("$defs", {})
    for each, definition in inner.items():
        schemas[f"{name}_{each}"] = _moved(definition, name)
    schemas[name] = _moved(whole, name)
    return {"$ref": REFERENCE + name}


def _moved(value: Any, name: str) -> Any:
    if isinstance(value, dict):
        return {
            key: each.replace("#/$defs/", f"{REFERENCE}{name}_")
            if key == "$ref" and isinstance(each, str)
            else _moved(each, name)
            for key, each in value.items()
        }
    return [_moved(each, name) for each in value] if isinstance(value, list) else value


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
