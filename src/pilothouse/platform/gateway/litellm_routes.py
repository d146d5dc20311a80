"""Admin routes under the names that LiteLLM's proxy has them, onto our keys and teams."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.gateway import litellm_schemas as schemas
from pilothouse.platform.gateway.keys import GatewayKeys
from pilothouse.platform.gateway.tables import GatewayTables
from pilothouse.platform.query.reach import Author

Json = dict[str, Any]


def add_litellm(
    routes: APIRouter, keys: GatewayKeys, tables: GatewayTables, author: Author
) -> None:
    """Add the routes; `/gateway/key/generate` and its like lead to them."""
    _add_keys(routes, keys, author)
    _add_reading(routes, keys)
    _add_stopping(routes, keys)
    _add_teams(routes, keys)

    @routes.get("/litellm/model/info")
    async def litellm_model_info() -> Json:
        """What stands behind each name."""
        table = await tables.read()
        found = []
        for name in table.names():
            route = table.find(name)
            for target in route.targets if route is not None else ():
                params = {"model": target.id}
                found.append({"model_name": name, "litellm_params": params, "model_info": {}})
        return {"data": found}


def _told(keys: GatewayKeys, number: int) -> Json:
    return schemas.key_told(*keys.get(number))


def _add_keys(routes: APIRouter, keys: GatewayKeys, author: Author) -> None:
    @routes.post("/litellm/key/generate")
    def litellm_generate_key(request: Request, body: schemas.KeyBody) -> Json:
        """A new key with its secret, which is told this once."""
        if body.key:
            raise BadRequest("a key cannot be chosen: this gateway makes it")
        fields = {
            "requests_per_minute": None,
            "tokens_per_minute": None,
            "budget_nano": None,
            "period": "total",
            "expires_at": None,
            **body.fields(),
        }
        project = (body.model_extra or {}).get("metadata")
        named = project.get("project") if isinstance(project, dict) else None
        made, secret = keys.create(
            name=fields.pop("name", None) or "key",
            project=named if isinstance(named, str) and named else "default",
            models=fields.pop("models", ()),
            by=author(request),
            **fields,
        )
        return {**_told(keys, made.id), "key": secret}

    @routes.post("/litellm/key/update")
    def litellm_update_key(body: schemas.KeyBody) -> Json:
        """A key after a change."""
        if not body.key:
            raise BadRequest("say the key: its secret, or its token")
        number = keys.found(body.key).id
        keys.change(number, body.model_copy(update={"key": None}).fields())
        return {"key": body.key, **_told(keys, number)}


def _add_reading(routes: APIRouter, keys: GatewayKeys) -> None:
    @routes.get("/litellm/key/info")
    def litellm_key_info(key: str) -> Json:
        """One key."""
        return {"key": key, "info": _told(keys, keys.found(key).id)}

    @routes.get("/litellm/key/list")
    def litellm_key_list() -> Json:
        """The keys that were not revoked."""
        found = [schemas.key_told(*each) for each in keys.every()]
        return {"keys": found, "total_count": len(found), "current_page": 1, "total_pages": 1}

    @routes.get("/litellm/spend/keys")
    def litellm_spend_of_keys() -> list[Json]:
        """The same, the dearest first."""
        found = [schemas.key_told(*each) for each in keys.every()]
        return sorted(found, key=lambda each: -each["spend"])


def _add_stopping(routes: APIRouter, keys: GatewayKeys) -> None:
    @routes.post("/litellm/key/delete")
    def litellm_delete_keys(body: schemas.Keys) -> Json:
        """Revoke keys."""
        numbers = [keys.found(each).id for each in body.keys]
        by_name = {key.name: key.id for key, _ in keys.every()}
        for alias in body.key_aliases:
            if alias not in by_name:
                raise NotFound(f"the gateway has no key {alias!r}")
            numbers.append(by_name[alias])
        for number in numbers:
            keys.revoke(number)
        return {"deleted_keys": [*body.keys, *body.key_aliases]}

    @routes.post("/litellm/key/block")
    def litellm_block_key(body: schemas.Named) -> Json:
        """Refuse a key until it is let work again."""
        return changed(body.key, blocked=True)

    @routes.post("/litellm/key/unblock")
    def litellm_unblock_key(body: schemas.Named) -> Json:
        """Let a key work again."""
        return changed(body.key, blocked=False)

    @routes.post("/litellm/key/regenerate")
    def litellm_regenerate_key(body: schemas.Named) -> Json:
        """Another secret for a key; the former one works no longer."""
        number = keys.found(body.key).id
        return {"key": keys.renew(number), **_told(keys, number)}

    def changed(key: str, *, blocked: bool) -> Json:
        number = keys.found(key).id
        keys.change(number, schemas.KeyBody.model_validate({"blocked": blocked}).fields())
        return _told(keys, number)


def _add_teams(routes: APIRouter, keys: GatewayKeys) -> None:
    teams = keys.teams

    def told(number: int) -> Json:
        team, spent, _ = teams.get(number)
        return schemas.team_told(team, spent)

    @routes.post("/litellm/team/new")
    def litellm_new_team(body: schemas.TeamBody) -> Json:
        """A new team."""
        fields = {"period": "total", **body.fields()}
        made = teams.create(name=fields.pop("name", "") or "", **fields)
        return told(made.id)

    @routes.get("/litellm/team/info")
    def litellm_team_info(team_id: str) -> Json:
        """One team with its keys."""
        number = schemas.number_of(team_id, "team_id")
        info = told(number)
        mine = [schemas.key_told(*each) for each in keys.every() if each[0].team_id == number]
        return {"team_id": team_id, "team_info": info, "keys": mine}

    @routes.get("/litellm/team/list")
    def litellm_team_list() -> list[Json]:
        """All teams."""
        return [told(team.id) for team in teams.every()]

    @routes.post("/litellm/team/update")
    def litellm_update_team(body: schemas.TeamBody) -> Json:
        """A team after a change."""
        number = schemas.number_of(body.team_id or "", "team_id")
        teams.change(number, body.fields())
        return told(number)

    @routes.post("/litellm/team/delete")
    def litellm_delete_teams(body: schemas.Teams) -> Json:
        """Remove teams; their keys work on without them."""
        numbers = [schemas.number_of(each, "team_id") for each in body.team_ids]
        for number in numbers:
            teams.remove(number)
        return {"deleted_teams": body.team_ids}
