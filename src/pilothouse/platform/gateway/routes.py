"""Keys, routes and the state of the gateway over HTTP. Keys of one project see nothing of it."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Depends, Request, status

from pilothouse.gateway.config import RouteConfig
from pilothouse.platform.access.workspace import reads_workspace
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.gateway import schemas
from pilothouse.platform.gateway.guardrail_routes import add_guardrails
from pilothouse.platform.gateway.keys import GatewayKeys
from pilothouse.platform.gateway.litellm_routes import add_litellm
from pilothouse.platform.gateway.tables import GatewayTables
from pilothouse.platform.gateway.team_routes import add_teams
from pilothouse.platform.gateway.wiring import Parts
from pilothouse.platform.query.reach import Author
from pilothouse.platform.routing import ApiRouter


def router(parts: Parts, *, author: Author) -> APIRouter:
    """The routes."""
    gateway, keys, tables = parts.gateway, parts.keys, parts.tables
    routes = ApiRouter("/gateway", tags=["gateway"], dependencies=[Depends(reads_workspace)])
    _add_keys(routes, keys, parts, author)
    _add_routes(routes, tables)

    add_guardrails(routes, parts)
    add_teams(routes, keys.teams)
    add_litellm(routes, keys, tables, author)

    @routes.get("/status")
    async def gateway_status() -> schemas.GatewayStatus:
        """What the gateway of this process did, and how its targets do."""
        return schemas.GatewayStatus.of(
            gateway.status(), parts.similar, parts.guarding.stats, parts.guarding.dropped
        )

    @routes.delete("/cache")
    async def clear_gateway_cache() -> schemas.CacheCleared:
        """Forget every answer that could be given again."""
        semantic = len(parts.similar)
        parts.similar.clear()
        return schemas.CacheCleared(entries=gateway.calls.cache.clear(), semantic=semantic)

    @routes.delete("/cache/{cache_key}")
    async def forget_gateway_answer(cache_key: str) -> schemas.CacheCleared:
        """Forget one answer, by the `x-litellm-cache-key` that came with it."""
        exact = int(gateway.calls.cache.forget(cache_key))
        return schemas.CacheCleared(entries=exact, semantic=int(parts.similar.forget(cache_key)))

    return routes


def _add_keys(routes: APIRouter, keys: GatewayKeys, parts: Parts, author: Author) -> None:
    def check(names: Iterable[str] | None) -> None:
        known = parts.checks.made(parts.tables.file.guardrails).every
        if unknown := [name for name in names or () if name not in known]:
            raise BadRequest(f"there is no guardrail {unknown[0]!r}: choose of {', '.join(known)}")

    @routes.get("/keys")
    def list_gateway_keys() -> schemas.GatewayKeyList:
        """The keys of the gateway that were not revoked, the newest first."""
        items = [schemas.GatewayKeyOut.of(key, spent) for key, spent in keys.every()]
        return schemas.GatewayKeyList(items=items)

    @routes.post("/keys", status_code=status.HTTP_201_CREATED)
    def create_gateway_key(request: Request, body: schemas.NewGatewayKey) -> schemas.MadeGatewayKey:
        """A new key with its secret, which is told this once."""
        check(body.guardrails)
        made, secret = keys.create(
            name=body.name,
            project=body.project,
            models=body.models,
            by=author(request),
            **body.bounds(),
        )
        shown = schemas.GatewayKeyOut.of(made, 0)
        return schemas.MadeGatewayKey(**shown.model_dump(), key=secret)

    @routes.get("/keys/{key_id}")
    def get_gateway_key(key_id: int) -> schemas.GatewayKeyOut:
        """One key of the gateway."""
        return schemas.GatewayKeyOut.of(*keys.get(key_id))

    @routes.patch("/keys/{key_id}")
    def change_gateway_key(key_id: int, body: schemas.GatewayKeyChange) -> schemas.GatewayKeyOut:
        """A key after a change; what it spent stays spent."""
        check(body.guardrails)
        keys.change(key_id, body.given())
        return schemas.GatewayKeyOut.of(*keys.get(key_id))

    @routes.delete("/keys/{key_id}", status_code=status.HTTP_204_NO_CONTENT)
    def revoke_gateway_key(key_id: int) -> None:
        """Revoke a key: this server refuses it at once, others within five seconds."""
        keys.revoke(key_id)


def _add_routes(routes: APIRouter, tables: GatewayTables) -> None:
    @routes.get("/routes")
    def list_gateway_routes() -> schemas.RouteList:
        """The routes of the gateway by name; models of providers need none."""
        of_file = [schemas.RouteOut.filed(each) for each in tables.file.models]
        hidden = {each.name for each in of_file}
        kept = [schemas.RouteOut.kept(each) for each in tables.kept() if each.name not in hidden]
        return schemas.RouteList(
            items=sorted([*kept, *of_file], key=lambda each: each.name),
            aliases=tables.file.aliases,
            problems=tables.problems(),
        )

    @routes.post("/routes/reload")
    def reload_gateway_routes() -> schemas.Reloaded:
        """Read the file of routes again; what cannot be read leaves the routes as they are."""
        return schemas.Reloaded(problems=tables.reload())

    @routes.put("/routes/{name:path}")
    def write_gateway_route(name: str, body: RouteConfig) -> schemas.RouteOut:
        """The route, made or changed."""
        return schemas.RouteOut.kept(tables.put(name, body))

    @routes.delete("/routes/{name:path}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_gateway_route(name: str) -> None:
        """Remove a route."""
        tables.remove(name)
