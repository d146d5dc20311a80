"""Evaluators of LangSmith's clients: the same that the server's library and its rules have."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Response

from pilothouse.platform.compat.langsmith.bodies import (
    Author,
    Body,
    Json,
    Reader,
    Sees,
    answer,
    time_text,
)
from pilothouse.platform.compat.langsmith.evaluator_prompts import code_definition, judge_definition
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.errors import ApiError, Unprocessable
from pilothouse.platform.evaluators.models import Evaluator
from pilothouse.platform.records.settings import workspace_id
from pilothouse.platform.rules.models import Rule, Stats

PATH: Final = "/platform/evaluators"
EXTRA: Final = "langsmith"
"""Where an evaluator keeps what LangSmith's client said of it."""
MOST: Final = 10_000


class CodeBody(Body):
    """A function of a run."""

    code: str | None = None
    language: str | None = None


class JudgeBody(Body):
    """A prompt of the hub that judges."""

    prompt_repo_handle: str | None = None
    commit_hash_or_tag: str | None = None
    variable_mapping: dict[str, Any] | None = None  # Any: JSON


class EvaluatorBody(Body):
    """An evaluator to make, or what to change of one; null leaves."""

    name: str | None = None
    type: str | None = None
    code_evaluator: CodeBody | None = None
    llm_evaluator: JudgeBody | None = None
    metadata: Json | None = None


def router(services: Services) -> APIRouter:
    """The routes of /platform/evaluators."""
    routes = APIRouter()
    shown = _Shown(services)
    _add_lists(routes, services, shown)
    _add_one(routes, services, shown)
    _add_bulk(routes, services)
    return routes


def _add_lists(routes: APIRouter, services: Services, shown: _Shown) -> None:
    @routes.get(PATH)
    def list_evaluators(
        sees: Sees,
        type: str | None = None,
        name_contains: str = "",
        feedback_key: str | None = None,
        resource_id: Annotated[list[str] | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        """Evaluators with the rules that use them, the newest first."""
        if not sees:
            return answer({"evaluators": [], "total": 0})
        found = services.evaluators.list(contains=name_contains, limit=MOST)
        told = shown.all(found)
        if type is not None:
            told = [one for one in told if one["type"] == type]
        if feedback_key is not None:
            told = [one for one in told if feedback_key in one["feedback_keys"]]
        if resource_id is not None:
            wanted = set(_listed(resource_id))
            told = [one for one in told if wanted & {r["session_id"] for r in one["run_rules"]}]
        return answer({"evaluators": told[offset : offset + limit], "total": len(told)})

    @routes.post(PATH, status_code=201)
    def create_evaluator(body: EvaluatorBody, caller: Author) -> Response:
        """A new evaluator of all projects."""
        made = services.evaluators.create(
            body.name or "evaluator",
            definition=shown.definition(body, None),
            extra={EXTRA: _said(body, {})},
            by=caller,
        )
        return answer({"evaluator": shown.one(made)}, 201)


def _add_one(routes: APIRouter, services: Services, shown: _Shown) -> None:
    @routes.get(PATH + "/{evaluator_id}")
    def read_evaluator(evaluator_id: UUID, _reader: Reader) -> Response:
        """One evaluator with its rules."""
        return answer(shown.one(services.evaluators.get(str(evaluator_id))))

    @routes.patch(PATH + "/{evaluator_id}")
    async def change_evaluator(evaluator_id: UUID, body: EvaluatorBody, caller: Author) -> Response:
        """The evaluator after a change; another definition is a new version."""

        def changed() -> Json:
            before = services.evaluators.get(str(evaluator_id))
            asked = body.code_evaluator is not None or body.llm_evaluator is not None
            after = services.evaluators.change(
                before.id,
                name=body.name,
                definition=shown.definition(body, before) if asked else None,
                extra={**before.extra, EXTRA: _said(body, before.extra.get(EXTRA) or {})},
                by=caller,
            )
            return shown.one(after)

        return answer({"evaluator": await asyncio.to_thread(changed)})

    @routes.delete(PATH + "/{evaluator_id}", status_code=204)
    def delete_evaluator(
        evaluator_id: UUID, _caller: Author, delete_run_rules: bool = False
    ) -> Response:
        """Remove an evaluator; with its rules if so said."""
        services.evaluators.delete(str(evaluator_id), with_rules=delete_run_rules)
        return Response(status_code=204)


def _add_bulk(routes: APIRouter, services: Services) -> None:
    @routes.delete(PATH)
    def delete_evaluators(
        evaluator_ids: Annotated[list[str], Query()],
        _caller: Author,
        delete_run_rules: bool = False,
    ) -> Response:
        """Remove evaluators; what cannot be is told of each."""
        succeeded, failed = [], []
        for evaluator_id in _listed(evaluator_ids):
            try:
                services.evaluators.delete(evaluator_id, with_rules=delete_run_rules)
            except ApiError as error:
                failed.append({"id": evaluator_id, "error": error.message})
            else:
                succeeded.append(evaluator_id)
        return answer({"succeeded": succeeded, "failed": failed})


class _Shown:
    """Evaluators between their shape here and that of LangSmith's client."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def definition(self, body: EvaluatorBody, before: Evaluator | None) -> Json:
        """The definition that a body asks for. Raises Unprocessable, NotFound, BadRequest."""
        said = _said(body, {} if before is None else before.extra.get(EXTRA) or {})
        if code := said.get("code_evaluator"):
            return code_definition(code.get("code") or "", code.get("language") or "python")
        judge = said.get("llm_evaluator") or {}
        handle = judge.get("prompt_repo_handle")
        if not handle:
            raise Unprocessable("give a code_evaluator, or an llm_evaluator with a prompt")
        ref = judge.get("commit_hash_or_tag") or "latest"
        commit = self._services.prompts.resolve(handle, ref)
        mapping = judge.get("variable_mapping") or {}
        return judge_definition(dict(commit.manifest), mapping, self._services.providers.every())

    def all(self, found: Sequence[Evaluator]) -> list[Json]:
        """Evaluators with their rules."""
        rules = self._services.rules.list(evaluator_ids=[one.id for one in found]) if found else []
        stats = self._services.rules.stats(rules)
        return [
            self._one(one, [rule for rule in rules if rule.evaluator_id == one.id], stats)
            for one in found
        ]

    def one(self, found: Evaluator) -> Json:
        """One evaluator with its rules."""
        return self.all([found])[0]

    def _one(self, found: Evaluator, rules: Sequence[Rule], stats: dict[str, Stats]) -> Json:
        said = found.extra.get(EXTRA) or {}
        is_code = found.kind == "code"
        code = {"code": found.definition.get("source"), "language": "python"}
        judge = {"prompt_repo_handle": None, "variable_mapping": None}
        return {
            "id": found.id,
            "name": found.name,
            "type": "code" if is_code else "llm",
            "code_evaluator": (code | said.get("code_evaluator", {}) | {"evaluator_id": found.id})
            if is_code
            else None,
            "llm_evaluator": None
            if is_code
            else judge | said.get("llm_evaluator", {}) | {"evaluator_id": found.id},
            "metadata": said.get("metadata"),
            "feedback_keys": [found.name],
            "is_managed": False,
            "run_rules": [self._rule(rule, stats[rule.id]) for rule in rules],
            "tenant_id": workspace_id(self._services.records),
            "created_by": found.created_by or None,
            "created_at": time_text(found.created_at),
            "updated_at": time_text(found.updated_at),
        }

    def _rule(self, rule: Rule, stats: Stats) -> Json:
        project = self._services.projects.by_id(rule.project_id)
        limit = rule.budget.usd_per_day
        return {
            "id": rule.id,
            "session_id": None if project is None else project.uuid,
            "session_name": None if project is None else project.name,
            "group_by": "thread_id" if rule.unit == "session" else None,
            "spend_limit": None if limit is None else {"limit_usd": limit, "window": "daily"},
            "spend_usd": rule.cost(stats.unpriced),
            "trace_count": stats.scored,
        }


def _said(body: EvaluatorBody, before: Json) -> Json:
    """What the client has said of an evaluator so far."""
    given = body.model_dump(include={"code_evaluator", "llm_evaluator", "metadata"})
    said = dict(before)
    for name, value in given.items():
        if isinstance(value, dict) and name != "metadata":
            known = {key: one for key, one in value.items() if one is not None}
            said = {k: v for k, v in said.items() if k not in _KINDS or k == name}
            said[name] = {**said.get(name, {}), **known}
        elif value is not None:
            said[name] = value
    return said


_KINDS: Final = frozenset({"code_evaluator", "llm_evaluator"})


def _listed(values: Sequence[str]) -> list[str]:
    """Ids that came as several parameters, or with commas in one."""
    return [one for value in values for one in value.split(",") if one]
