"""/docs: what the OpenAPI document says, as a page that asks nothing of anybody else's server."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from pilothouse.serving.call import Call
from pilothouse.serving.openapi import REFERENCE, OpenAPI
from pilothouse.serving.replies import Answer, Reply
from pilothouse.serving.routing import Router

STYLE: Final = Path(__file__).with_name("reference.css")
SAFE: Final = (
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; base-uri 'none'"),
    (b"x-content-type-options", b"nosniff"),
)
GRAPHS: Final = ("assistants", "threads", "runs", "store", "agents")
GROUPS: Final = ("Targets", "OpenAI", "LangGraph and agents", "Operations")
DEEPEST: Final = 6


class ReferencePage:
    """Its routes."""

    def __init__(self, document: OpenAPI) -> None:
        self._document = document

    def add_to(self, router: Router) -> None:
        """At /docs."""
        router.add("GET HEAD", "/docs", self.page, scope="")
        router.add("GET HEAD", "/docs/style.css", self.style, scope=None)

    async def style(self, call: Call) -> Reply:
        """How it looks."""
        headers = [(b"content-type", b"text/css; charset=utf-8"), SAFE[1]]
        return Answer(STYLE.read_bytes(), headers=headers)

    async def page(self, call: Call) -> Reply:
        """All operations, those of the targets first."""
        reply = await self._document.document(call)
        assert isinstance(reply, Answer), "a document"
        told = orjson.loads(reply.body)
        root = call.scope.get("root_path", "")
        text = _page(told, root, list(self._document.service.mounts.values()))
        headers = [(b"content-type", b"text/html; charset=utf-8"), *SAFE]
        return Answer(text.encode(), headers=headers)


def _page(told: Mapping[str, Any], root: str, mounts: Iterable[Any]) -> str:
    schemas = told["components"]["schemas"]
    bases = [mount.path.rstrip("/") for mount in mounts]
    groups: dict[str, list[str]] = {name: [] for name in GROUPS}
    for path, operations in told["paths"].items():
        if path.startswith(("/ui/", "/docs")):
            continue
        for method, operation in operations.items():
            shown = _operation(method, path, operation, schemas, root)
            groups[_group(path, bases)].append(shown)
    title = html.escape(told["info"]["title"] or "Served app")
    parts = [
        f'<section id="{_anchor(name)}"><h2>{name}</h2>{"".join(found)}</section>'
        for name, found in groups.items()
        if found
    ]
    links = "".join(
        f'<a href="#{_anchor(name)}">{name}</a>' for name, found in groups.items() if found
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title} · API</title>"
        f'<link rel="stylesheet" href="{html.escape(root)}/docs/style.css">'
        f"</head><body><header><h1>{title}</h1><nav>{links}"
        f'<a href="{html.escape(root)}/openapi.json">openapi.json</a></nav></header>'
        f"<main>{''.join(parts)}</main></body></html>"
    )


def _group(path: str, bases: Iterable[str]) -> str:
    first = path.strip("/").partition("/")[0]
    if path.startswith("/v1/") and "feedback" not in path and "/runs/" not in path:
        return "OpenAI"
    if first in GRAPHS:
        return "LangGraph and agents"
    last = path.rstrip("/").rpartition("/")[2]
    own = ("invoke", "batch", "feedback", "playground", "token_feedback")
    if any(path.startswith(base + "/") for base in bases) and (
        last in own or last.startswith("stream") or last.endswith("_schema")
    ):
        return "Targets"
    return "Operations"


def _operation(
    method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any], root: str
) -> str:
    body = _schema_of(operation.get("requestBody", {}).get("content", {}))
    answer = _schema_of(operation.get("responses", {}).get("200", {}).get("content", {}))
    inside = [f"<p>{html.escape(operation['summary'])}</p>"] if operation.get("summary") else []
    if body is not None:
        inside.append(f"<h4>Body</h4>{_json(_whole(body, schemas, 0))}")
        example = json.dumps(_example(_whole(body, schemas, 0)), ensure_ascii=False)
        quoted = example.replace("'", "'\\''")
        inside.append(
            f"<h4>Try</h4><pre>curl $HOST{html.escape(root + path)} "
            f"-d '{html.escape(quoted)}'</pre>"
        )
    if answer is not None:
        inside.append(f"<h4>Answer</h4>{_json(_whole(answer, schemas, 0))}")
    shown = re.sub(r"{(\w+)}", r"<i>{\1}</i>", html.escape(path))
    head = f'<b class="{method}">{method.upper()}</b><code>{shown}</code>'
    if not inside:
        return f'<div class="operation">{head}</div>'
    return f'<details class="operation"><summary>{head}</summary>{"".join(inside)}</details>'


def _schema_of(content: Mapping[str, Any]) -> Any:
    for kind in content.values():
        return kind.get("schema")
    return None


def _whole(value: Any, schemas: Mapping[str, Any], depth: int) -> Any:
    """A schema with what it refers to in its place, as deep as a reader follows."""
    if isinstance(value, list):
        return [_whole(each, schemas, depth) for each in value]
    if not isinstance(value, dict):
        return value
    named = value.get("$ref")
    if isinstance(named, str) and named.startswith(REFERENCE):
        if depth >= DEEPEST:
            return {"type": named.removeprefix(REFERENCE)}
        return _whole(schemas.get(named.removeprefix(REFERENCE), {}), schemas, depth + 1)
    return {key: _whole(each, schemas, depth) for key, each in value.items()}


def _example(schema: Any) -> Any:
    """The least that a schema allows."""
    if not isinstance(schema, dict):
        return None
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            return _example(schema[key][0])
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        wanted = schema.get("required") or list(schema.get("properties", {}))[:1]
        return {name: _example(schema.get("properties", {}).get(name, {})) for name in wanted}
    if kind == "array":
        return [_example(schema.get("items", {}))]
    plain: dict[Any, Any] = {"integer": 1, "number": 1.0, "boolean": True, "null": None}
    return plain.get(kind, "…")


def _json(value: Any) -> str:
    return f"<pre>{html.escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")
