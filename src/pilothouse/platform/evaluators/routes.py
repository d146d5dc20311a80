"""The library of evaluators over HTTP."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal, Protocol

import orjson
from fastapi import APIRouter, Query, Request, status
from fastapi.responses import Response

from pilothouse.platform.access.workspace import changes_workspace, project_for
from pilothouse.platform.evaluators import schemas
from pilothouse.platform.evaluators.catalogue import catalogue
from pilothouse.platform.evaluators.models import Evaluator, EvaluatorKind
from pilothouse.platform.evaluators.service import EvaluatorService, no_evaluator
from pilothouse.platform.query.params import json_answer
from pilothouse.platform.query.reach import Allowed, Author, Directory, Limit, Reach
from pilothouse.platform.records import micros_of
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.store.orders import read_moment, write_cursor


class Tries(Protocol):
    """What tries evaluators: `Trials`, on a store."""

    async def run(self, trial: schemas.EvaluatorTrial, project: int) -> list[schemas.Tried]: ...


class Reads(Protocol):
    """What reads the scores that evaluators gave: `Verdicts`, on a store."""

    async def page(
        self,
        evaluator_id: str,
        project: str | None,
        *,
        status: str | None,
        limit: int,
        cursor: str | None,
    ) -> dict[str, Any]: ...


def router(
    evaluators: EvaluatorService,
    trials: Tries,
    verdicts: Reads,
    projects: Directory,
    *,
    allowed: Allowed,
    author: Author,
) -> APIRouter:
    """The routes; keys of one project see its evaluators and those that all share.

    What all share they cannot change, and of its verdicts they see their project's.
    """
    routes = ApiRouter(tags=["evaluators"])
    scope = Scope(projects, allowed)
    _add_library(routes, evaluators, scope, author)
    _add_trying(routes, evaluators, trials, scope)
    _add_one(routes, evaluators, scope, author)
    _add_verdicts(routes, evaluators, verdicts, scope)
    return routes


class Scope(Reach):
    """Which projects and evaluators a request may name."""

    def shown(self, found: Evaluator) -> schemas.EvaluatorOut:
        """An evaluator as the API shows it."""
        return schemas.evaluator_out(found, self.name(found.project_id))

    def evaluator(
        self, request: Request, evaluators: EvaluatorService, evaluator_id: str
    ) -> Evaluator:
        """An evaluator that the request may see. Raises NotFound."""
        found = evaluators.get(evaluator_id)
        if not self.sees(request, found.project_id):
            raise no_evaluator(evaluator_id)
        return found

    def changed_evaluator(
        self, request: Request, evaluators: EvaluatorService, evaluator_id: str
    ) -> None:
        """Raise NotFound or Forbidden for an evaluator that the request may not change."""
        if self.evaluator(request, evaluators, evaluator_id).project_id is None:
            changes_workspace(request)


def _add_library(
    routes: APIRouter, evaluators: EvaluatorService, scope: Scope, author: Author
) -> None:
    @routes.get("/evaluators")
    def list_evaluators(
        request: Request,
        project: str | None = None,
        query: Annotated[str, Query(max_length=200, description="Part of the name.")] = "",
        kind: EvaluatorKind | None = None,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> schemas.EvaluatorPage:
        """Evaluators of a project with those that all share, the newest first."""
        number = None if project is None else scope.number(request, project)
        found = evaluators.list(
            project_id=number,
            contains=query,
            kind=kind or "",
            limit=limit + 1,
            after=read_moment(cursor, "evaluators"),
        )
        more, found = len(found) > limit, found[:limit]
        last = [micros_of(found[-1].created_at), found[-1].id] if more else None
        return schemas.EvaluatorPage(
            items=[scope.shown(one) for one in found if scope.sees(request, one.project_id)],
            next_cursor=write_cursor("evaluators", last) if more else None,
        )

    @routes.post("/evaluators", status_code=status.HTTP_201_CREATED)
    def create_evaluator(request: Request, body: schemas.NewEvaluator) -> schemas.EvaluatorOut:
        """A new evaluator; it is built once, so that a wrong one is refused here."""
        if body.project is None:
            changes_workspace(request)
        number = None if body.project is None else scope.number(request, body.project)
        return scope.shown(
            evaluators.create(
                body.name,
                definition=body.definition,
                kind=body.kind,
                project_id=number,
                description=body.description,
                by=author(request),
            )
        )

    @routes.get("/evaluators/catalogue")
    def list_builtin_evaluators() -> schemas.Catalogue:
        """The evaluators that come with the server, with what they need and their options."""
        return schemas.Catalogue(items=[schemas.entry_out(one) for one in catalogue().values()])


def _add_trying(
    routes: APIRouter, evaluators: EvaluatorService, trials: Tries, scope: Scope
) -> None:
    @routes.post("/evaluators/test")
    async def try_evaluator(
        request: Request, body: schemas.EvaluatorTrial
    ) -> schemas.EvaluatorTrialOut:
        """The verdicts of an evaluator on recorded traces or spans; nothing is kept."""
        number = await asyncio.to_thread(scope.number, request, body.project)
        if body.evaluator_id is not None:
            await asyncio.to_thread(scope.evaluator, request, evaluators, body.evaluator_id)
        return schemas.EvaluatorTrialOut(items=await trials.run(body, number))


def _add_one(routes: APIRouter, evaluators: EvaluatorService, scope: Scope, author: Author) -> None:
    @routes.get("/evaluators/{evaluator_id}")
    def get_evaluator(request: Request, evaluator_id: str) -> schemas.EvaluatorOut:
        """One evaluator."""
        return scope.shown(scope.evaluator(request, evaluators, evaluator_id))

    @routes.patch("/evaluators/{evaluator_id}")
    def change_evaluator(
        request: Request, evaluator_id: str, body: schemas.EvaluatorChange
    ) -> schemas.EvaluatorOut:
        """The evaluator after a change; another definition is a new version."""
        scope.changed_evaluator(request, evaluators, evaluator_id)
        return scope.shown(
            evaluators.change(
                evaluator_id,
                name=body.name,
                description=body.description,
                definition=body.definition,
                by=author(request),
            )
        )

    @routes.delete("/evaluators/{evaluator_id}", status_code=status.HTTP_204_NO_CONTENT)
    def delete_evaluator(request: Request, evaluator_id: str) -> None:
        """Remove an evaluator that no rule uses; the scores that it gave stay."""
        scope.changed_evaluator(request, evaluators, evaluator_id)
        evaluators.delete(evaluator_id)

    @routes.get("/evaluators/{evaluator_id}/versions")
    def list_evaluator_versions(request: Request, evaluator_id: str) -> schemas.VersionList:
        """What the evaluator was, the newest version first."""
        scope.evaluator(request, evaluators, evaluator_id)
        found = evaluators.versions(evaluator_id)
        return schemas.VersionList(items=[schemas.version_out(one) for one in found])


def _add_verdicts(
    routes: APIRouter, evaluators: EvaluatorService, verdicts: Reads, scope: Scope
) -> None:
    @routes.get(
        "/evaluators/{evaluator_id}/verdicts",
        response_model=None,
        responses={200: {"model": schemas.VerdictPage, "description": "OK"}},
    )
    async def list_verdicts(
        request: Request,
        evaluator_id: str,
        project: str | None = None,
        status: Literal["ok", "error", "skipped"] | None = None,
        limit: Limit = 50,
        cursor: str | None = None,
    ) -> Response:
        """The scores that the evaluator gave, the newest first, with prompt and raw answer."""
        found = await asyncio.to_thread(scope.evaluator, request, evaluators, evaluator_id)
        named = project_for(request, project or scope.name(found.project_id))
        if named is not None:
            await asyncio.to_thread(scope.number, request, named)
        page = await verdicts.page(found.id, named, status=status, limit=limit, cursor=cursor)
        return json_answer(orjson.dumps(page))
