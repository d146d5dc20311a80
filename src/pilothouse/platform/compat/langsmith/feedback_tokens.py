"""Links by which anybody gives feedback on one run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from pilothouse.platform.access.workspace import changes_workspace, reads_workspace
from pilothouse.platform.compat.langsmith.bodies import Body
from pilothouse.platform.compat.langsmith.services import Services
from pilothouse.platform.feedback.models import FeedbackToken
from pilothouse.platform.feedback.tokens import NewToken

PAGE: Final = 100
_CENTURY_DAYS: Final = 36_525
"""No link lives longer."""


class Lifetime(Body):
    """How long from now."""

    days: int = Field(0, ge=0, le=_CENTURY_DAYS)
    hours: int = Field(0, ge=0, le=_CENTURY_DAYS * 24)
    minutes: int = Field(0, ge=0, le=_CENTURY_DAYS * 1440)


class TokenWanted(Body):
    """A link to make."""

    run_id: UUID
    feedback_key: str
    feedback_config: dict[str, Any] | None = None
    id: UUID | None = None
    expires_at: datetime | None = None
    expires_in: Lifetime | None = None


class Said(Body):
    """What is said by a link."""

    score: float | bool | None = None
    value: Any = None
    correction: Any = None
    comment: str | None = None
    metadata: dict[str, Any] | None = None


def router(services: Services) -> APIRouter:
    """The routes of /feedback/tokens, which have to come before /feedback/{id}."""
    routes = APIRouter()
    given = services.feedback

    def shown_token(token: FeedbackToken) -> dict[str, Any]:
        return {
            "id": token.id,
            "url": f"{services.settings.url}/langsmith/feedback/tokens/{token.id}",
            "expires_at": token.expires_at.isoformat(),
            "feedback_key": token.name,
        }

    @routes.post("/feedback/tokens")
    def create_tokens(
        body: TokenWanted | list[TokenWanted], request: Request
    ) -> Any:  # Any: one, or as many as were asked for
        by = changes_workspace(request)
        wanted = body if isinstance(body, list) else [body]
        made = given.tokens.create([_new(one) for one in wanted], by=by)
        shown = [shown_token(token) for token in made]
        return shown if isinstance(body, list) else shown[0]

    @routes.get("/feedback/tokens")
    def list_tokens(
        request: Request, run_id: UUID | None = None, limit: int = PAGE, offset: int = 0
    ) -> list[dict[str, Any]]:
        reads_workspace(request)
        found = given.tokens.list(
            str(run_id or ""), limit=max(0, min(limit, PAGE)), offset=max(0, offset)
        )
        return [shown_token(token) for token in found]

    @routes.post("/feedback/tokens/{token}")
    async def give(token: UUID, body: Said) -> dict[str, Any]:
        await given.give_by_token(str(token), body.model_dump())
        return {}

    @routes.get("/feedback/tokens/{token}")
    async def give_by_link(
        token: UUID,
        score: float | None = None,
        value: str | None = None,
        comment: str | None = None,
        correction: str | None = None,
    ) -> dict[str, Any]:
        said = {"score": score, "value": value, "comment": comment, "correction": correction}
        await given.give_by_token(str(token), said)
        return {}

    return routes


def _new(wanted: TokenWanted) -> NewToken:
    within = wanted.expires_in
    return NewToken(
        run_id=str(wanted.run_id),
        key=wanted.feedback_key,
        config=wanted.feedback_config,
        id=None if wanted.id is None else str(wanted.id),
        expires_at=wanted.expires_at,
        expires_in=None if within is None else timedelta(**within.model_dump()),
    )
