"""Guardrails of the gateway: list, write, remove, try on a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, status

from pilothouse.gateway.guardrails.config import BUILTIN, GuardrailConfig
from pilothouse.gateway.guardrails.trying import Trial, tried
from pilothouse.platform.errors import NotFound
from pilothouse.platform.gateway import guardrail_schemas as schemas

if TYPE_CHECKING:
    from pilothouse.gateway.guardrails import Guardrail
    from pilothouse.platform.gateway.wiring import Parts


def add_guardrails(routes: APIRouter, parts: Parts) -> None:
    """The routes."""

    @routes.get("/guardrails")
    def list_gateway_guardrails() -> schemas.GuardrailList:
        """The guardrails of the gateway by name, the built-in ones among them."""
        return schemas.GuardrailList(items=_every(parts))

    @routes.put("/guardrails/{name}")
    def write_gateway_guardrail(name: str, body: GuardrailConfig) -> schemas.GuardrailOut:
        """The guardrail, made or changed."""
        parts.tables.put_guardrail(name, body)
        return next(each for each in _every(parts) if each.name == name)

    @routes.delete("/guardrails/{name}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_gateway_guardrail(name: str) -> None:
        """Remove a guardrail that no route and no key names."""
        keys = [key.name for key, _ in parts.keys.every() if name in key.guardrails]
        parts.tables.remove_guardrail(name, keys)

    @routes.post("/guardrails/try")
    async def try_gateway_guardrails(body: schemas.GuardrailTrial) -> schemas.GuardrailTried:
        """Ask guardrails of a text as they would be asked of a call; nothing is recorded."""
        table = parts.tables.current() or await parts.tables.read()
        chosen = _chosen(parts, body, table.guardrails)
        trial = Trial(
            text=body.text,
            stage=body.stage,
            role=body.role,
            question=body.question,
            project=body.project,
        )
        found = await tried(trial, chosen)
        return schemas.GuardrailTried(
            decision=found.decision,
            text=found.text,
            verdicts=[
                schemas.GuardrailVerdict(
                    guardrail=seen.guardrail,
                    type=seen.type,
                    action=seen.action,
                    outcome=seen.outcome,
                    reason=seen.reason,
                    score=seen.score,
                    places=[
                        schemas.Place(start=each.start, end=each.end, kind=each.kind)
                        for each in places
                    ],
                    duration_ms=round((seen.end_ns - seen.start_ns) / 1e6, 3),
                )
                for seen, places in found.seen
            ],
        )


def _chosen(
    parts: Parts, body: schemas.GuardrailTrial, known: dict[str, Guardrail]
) -> list[Guardrail]:
    if body.config is not None:
        return [parts.checks.make("trial", body.config)]
    if not body.guardrails:
        return [each for each in known.values() if each.is_everywhere and body.stage in each.stages]
    for name in body.guardrails:
        if name not in known:
            raise NotFound(f"there is no guardrail {name!r}; there are {', '.join(sorted(known))}")
    return [known[name] for name in dict.fromkeys(body.guardrails)]


def _every(parts: Parts) -> list[schemas.GuardrailOut]:
    filed = {str(each.get("name", "")) for each in parts.tables.file.guardrails}
    kept = {each.name: each for each in parts.checks.kept()}
    made = parts.checks.made(parts.tables.file.guardrails)
    wrong = {line.split("'")[1]: line for line in made.problems}
    routes = parts.tables.naming_guardrails()
    keys: dict[str, list[str]] = {}
    for key, _ in parts.keys.every():
        for name in key.guardrails:
            keys.setdefault(name, []).append(key.name)
    found: list[schemas.GuardrailOut] = []
    for name, config in sorted(parts.checks.configs(parts.tables.file.guardrails).items()):
        guardrail = made.every.get(name)
        of_rest = kept.get(name)
        is_filed = name in filed
        found.append(
            schemas.GuardrailOut(
                name=name,
                type=str(config.get("type", "")),
                stages=[] if guardrail is None else list(guardrail.stages),
                action="block" if guardrail is None else guardrail.action,
                default_on=guardrail is not None and guardrail.is_everywhere,
                source="file" if is_filed else "rest" if of_rest else "builtin",
                config=config,
                problem=wrong.get(name),
                routes=routes.get(name, []),
                keys=keys.get(name, []),
                created_at=None if of_rest is None or is_filed else of_rest.created_at,
                updated_at=None if of_rest is None or is_filed else of_rest.updated_at,
            )
        )
    assert set(BUILTIN) <= {each.name for each in found}
    return found
