"""Releases over HTTP. Keys of one project see nothing of them: a route is everybody's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, status

from pilothouse.gateway.experiments import Experiments
from pilothouse.gateway.models import NANO
from pilothouse.gateway.trials import assigned
from pilothouse.platform.access.workspace import reads_workspace
from pilothouse.platform.query.reach import Author
from pilothouse.platform.releases import schemas
from pilothouse.platform.releases.known import KnownReleases
from pilothouse.platform.releases.looking import Looking
from pilothouse.platform.releases.models import AT_WORK, Release
from pilothouse.platform.releases.service import Releases
from pilothouse.platform.releases.worker import ReleaseWorker
from pilothouse.platform.routing import ApiRouter


def router(
    releases: Releases,
    worker: ReleaseWorker,
    looking: Looking,
    known: KnownReleases,
    arms: Experiments,
    *,
    name_of: Callable[[int], str | None],
    author: Author,
) -> APIRouter:
    """The routes."""
    routes = ApiRouter("/releases", tags=["releases"], dependencies=[Depends(reads_workspace)])

    @routes.get("")
    def list_releases() -> schemas.ReleaseList:
        """All releases, the newest first, with what the last look at each found."""
        return schemas.ReleaseList(items=[schemas.ReleaseOut.of(r) for r in releases.every()])

    @routes.get("/{name}")
    def get_release(name: str) -> schemas.ReleaseOut:
        """One release, with what the last look found."""
        return schemas.ReleaseOut.of(releases.get(name))

    @routes.post("/{name}/look")
    async def look_at_release(name: str) -> schemas.ReleaseOut:
        """Look now, and do what the rule says; of one that has ended, what was found last."""
        found = await asyncio.to_thread(releases.get, name)
        if found.status in AT_WORK:
            found = await worker.look(found)
        return schemas.ReleaseOut.of(found)

    @routes.get("/{name}/events")
    def list_release_events(name: str) -> schemas.EventList:
        """Who did what, when and why, and what the figures were, the newest first."""
        return schemas.EventList(items=[schemas.EventOut.of(e) for e in releases.events(name)])

    @routes.get("/{name}/pairs")
    async def list_shadow_pairs(
        name: str, limit: Annotated[int, Query(ge=1, le=200)] = 20
    ) -> schemas.PairList:
        """The newest answers of a shadow, each with the call that it stands next to."""
        found = await asyncio.to_thread(releases.get, name)
        rows = await looking.pairs(found, limit)
        pairs = [schemas.PairOut.of(row, name_of(int(row["project"])) or "") for row in rows]
        return schemas.PairList(
            items=pairs,
            sent=arms.sent[found.name],
            dropped=arms.dropped[found.name],
            spent_usd=await known.spent_today(found.name) / NANO,
        )

    @routes.get("/{name}/assignment")
    def get_assignment(
        name: str, unit: Annotated[str, Query(min_length=1, max_length=500)]
    ) -> schemas.Assignment:
        """The arm of a unit: for applications that fill a prompt's variables in themselves."""
        return _assignment(releases.get(name), known, unit)

    _add_changes(routes, releases, worker, author)
    return routes


def _assignment(release: Release, known: KnownReleases, unit: str) -> schemas.Assignment:
    trials = known.of(release.config.route)
    split = None if trials is None else trials.split
    arm = assigned(split, unit) if split is not None and split.name == release.name else None
    if arm is None:
        return schemas.Assignment(release=release.name, arm=None)
    prompt = None
    if arm.prompt is not None:
        prompt = {"name": arm.prompt[0], "version": arm.prompt[1]}
    return schemas.Assignment(
        release=release.name, arm=arm.name, model=arm.model or None, prompt=prompt
    )


def _add_changes(
    routes: APIRouter, releases: Releases, worker: ReleaseWorker, author: Author
) -> None:
    @routes.post("", status_code=status.HTTP_201_CREATED)
    def create_release(request: Request, body: schemas.NewRelease) -> schemas.ReleaseOut:
        """Begin a split, a shadow, or a challenger that goes from stage to stage."""
        made = releases.create(
            body.name, body.kind, body.config(), by=author(request), reason=body.reason
        )
        return schemas.ReleaseOut.of(made)

    @routes.patch("/{name}")
    def change_release(
        request: Request, name: str, body: schemas.ReleaseChange
    ) -> schemas.ReleaseOut:
        """Change a release at work; with new weights a new step begins."""
        given = body.given(releases.get(name))
        made = releases.change(name, given, by=author(request), reason=body.reason)
        return schemas.ReleaseOut.of(made)

    @routes.delete("/{name}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_release(name: str) -> None:
        """Remove a release that has ended, with its audit trail."""
        releases.remove(name)

    @routes.post("/{name}/{verb}")
    def move_release(
        request: Request, name: str, verb: schemas.Verb, body: schemas.Act
    ) -> schemas.ReleaseOut:
        """Advance, promote, roll back, pause, resume or stop a release."""
        made = releases.act(
            name, schemas.ACTIONS[verb], by=author(request), reason=body.reason, arm=body.arm
        )
        return schemas.ReleaseOut.of(worker.settled(made))
