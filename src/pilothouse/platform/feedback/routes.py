"""Settings of feedback keys and feedback links over HTTP; the feedback itself is `/scores`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response, status
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pilothouse.platform.access.workspace import changes_workspace, reads_workspace, sees_workspace
from pilothouse.platform.errors import ApiError
from pilothouse.platform.feedback import page
from pilothouse.platform.feedback.models import Feedback, FeedbackConfig, FeedbackToken
from pilothouse.platform.feedback.pace import Pace
from pilothouse.platform.feedback.service import FeedbackService
from pilothouse.platform.feedback.tokens import NewToken
from pilothouse.platform.routing import ApiRouter

T = TypeVar("T")
Key = Annotated[str, Field(min_length=1, max_length=200)]
MOST_LETTERS: Final = 100_000
"""Of a value, a correction and metadata as JSON, each, that come by a link."""


def _short(given: T) -> T:
    if len(json.dumps(given)) > MOST_LETTERS:
        raise ValueError(f"is longer than {MOST_LETTERS:,} letters of JSON")
    return given


Short = Annotated[Any, AfterValidator(_short)]  # Any: JSON


class CategoryIO(BaseModel):
    """A value that a categorical key may have."""

    value: float
    label: str | None = None


class ConfigIO(BaseModel):
    """What the scores of a key may be."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["continuous", "categorical", "freeform"]
    min: float | None = None
    max: float | None = None
    categories: list[CategoryIO] | None = Field(None, max_length=1000)


class FeedbackConfigOut(BaseModel):
    """The settings of a feedback key."""

    name: str
    config: ConfigIO
    is_enforced: bool
    lower_is_better: bool | None
    modified_at: datetime


class FeedbackConfigList(BaseModel):
    """Settings of feedback keys, by key."""

    items: list[FeedbackConfigOut]
    next_cursor: str | None = None


class NewFeedbackConfig(BaseModel):
    """Settings of a key to enter."""

    model_config = ConfigDict(extra="forbid")

    name: Key
    config: ConfigIO
    is_enforced: bool = False
    """Whether scores outside the settings are refused."""
    lower_is_better: bool | None = None


class FeedbackConfigChange(BaseModel):
    """What to change of the settings of a key."""

    model_config = ConfigDict(extra="forbid")

    config: ConfigIO | None = None
    is_enforced: bool | None = None
    lower_is_better: bool | None = None


class FeedbackTokenOut(BaseModel):
    """A link by which anybody gives feedback on one run."""

    id: str
    run_id: str
    name: str
    path: str
    """Where feedback is posted to, below the address of this server."""
    expires_at: datetime
    created_by: str | None
    created_at: datetime


class FeedbackTokenList(BaseModel):
    """Feedback links, the newest first."""

    items: list[FeedbackTokenOut]
    next_cursor: str | None = None


class NewFeedbackToken(BaseModel):
    """A link to make; good for three hours unless it says otherwise."""

    model_config = ConfigDict(extra="forbid")

    run_id: Annotated[str, Field(min_length=1, max_length=500)]
    """A span's id; it may come later."""
    name: Key
    config: ConfigIO | None = None
    expires_at: datetime | None = None
    expires_in_s: Annotated[float, Field(gt=0, le=10 * 366 * 86_400)] | None = None


class GivenFeedback(BaseModel):
    """What somebody says by a link."""

    score: float | bool | None = None
    value: Short = None
    correction: Short = None
    comment: str | None = Field(None, max_length=100_000)
    metadata: Annotated[dict[str, Any] | None, AfterValidator(_short)] = None
    id: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    """The same again by the same link replaces what was said: a change of mind is one verdict."""


class Thanks(BaseModel):
    """Feedback was taken."""

    id: str


def router(feedback: FeedbackService) -> APIRouter:
    """The routes of settings and links."""
    routes = ApiRouter(tags=["feedback"])
    _add_configs(routes, feedback)
    _add_tokens(routes, feedback)
    return routes


def public_router(feedback: FeedbackService) -> APIRouter:
    """Giving feedback by a link, which asks nobody who they are."""
    routes = ApiRouter(prefix="/public", tags=["feedback"])
    pace = Pace()

    def note(request: Request, token: str) -> None:
        pace.take(token.lower(), request.client.host if request.client else "")

    @routes.post("/feedback/{token}", status_code=status.HTTP_201_CREATED)
    async def give(request: Request, token: str, body: GivenFeedback) -> Thanks:
        """Give feedback by a link, from a page of any origin; 429 when it comes too fast."""
        note(request, token)
        return _thanks(await feedback.give_by_token(token, body.model_dump()))

    @routes.get("/feedback/{token}", response_model=Thanks)
    async def give_by_visit(
        request: Request,
        token: str,
        score: float | None = None,
        value: Annotated[str | None, Query(max_length=10_000)] = None,
        comment: Annotated[str | None, Query(max_length=10_000)] = None,
    ) -> Thanks | Response:
        """Give feedback by opening a link, as from an e-mail."""
        said = {"score": score, "value": value, "comment": comment}
        try:
            note(request, token)
            given = _thanks(await feedback.give_by_token(token, said))
        except ApiError as error:
            if page.is_wanted(request):
                return page.refusal(error)
            raise
        return page.thanks() if page.is_wanted(request) else given

    return routes


def _add_configs(routes: APIRouter, feedback: FeedbackService) -> None:
    configs = feedback.configs

    @routes.get("/feedback-configs")
    def list_feedback_configs(
        request: Request,
        name: Annotated[list[str] | None, Query()] = None,
        query: Annotated[str, Query(max_length=200, description="Part of the key.")] = "",
    ) -> FeedbackConfigList:
        """The settings of feedback keys."""
        if not sees_workspace(request):
            return FeedbackConfigList(items=[])
        return FeedbackConfigList(items=[_config(c) for c in configs.list(name or (), query)])

    @routes.post("/feedback-configs", status_code=status.HTTP_201_CREATED)
    def create_feedback_config(
        body: NewFeedbackConfig, _author: Annotated[str, Depends(changes_workspace)]
    ) -> FeedbackConfigOut:
        """Settings of a key; the same again are the same, others for the key are 409."""
        return _config(
            configs.create(
                body.name,
                body.config.model_dump(exclude_none=True),
                is_enforced=body.is_enforced,
                lower_is_better=body.lower_is_better,
            )
        )

    @routes.get("/feedback-configs/{name:path}", dependencies=[Depends(reads_workspace)])
    def get_feedback_config(name: str) -> FeedbackConfigOut:
        """The settings of one key."""
        return _config(configs.get(name))

    @routes.patch("/feedback-configs/{name:path}")
    def change_feedback_config(
        name: str,
        body: FeedbackConfigChange,
        _author: Annotated[str, Depends(changes_workspace)],
    ) -> FeedbackConfigOut:
        """The settings after a change; what is absent or null stays as it is."""
        config = None if body.config is None else body.config.model_dump(exclude_none=True)
        return _config(
            configs.change(
                name,
                config=config,
                is_enforced=body.is_enforced,
                lower_is_better=body.lower_is_better,
            )
        )

    @routes.delete(
        "/feedback-configs/{name:path}",
        status_code=status.HTTP_204_NO_CONTENT,
        dependencies=[Depends(changes_workspace)],
    )
    def delete_feedback_config(name: str) -> None:
        """Forget the settings of a key; its scores stay."""
        configs.delete(name)


def _add_tokens(routes: APIRouter, feedback: FeedbackService) -> None:
    tokens = feedback.tokens

    @routes.get("/feedback-tokens")
    def list_feedback_tokens(request: Request, run_id: str = "") -> FeedbackTokenList:
        """Feedback links, of one run if asked, the newest thousand."""
        if not sees_workspace(request):
            return FeedbackTokenList(items=[])
        return FeedbackTokenList(items=[_token(t) for t in tokens.list(run_id, limit=1000)])

    @routes.post("/feedback-tokens", status_code=status.HTTP_201_CREATED)
    def create_feedback_token(
        body: NewFeedbackToken, author: Annotated[str, Depends(changes_workspace)]
    ) -> FeedbackTokenOut:
        """A link by which anybody gives feedback on a run, as often as they like."""
        life = None if body.expires_in_s is None else timedelta(seconds=body.expires_in_s)
        new = NewToken(
            run_id=body.run_id,
            key=body.name,
            config=None if body.config is None else body.config.model_dump(exclude_none=True),
            expires_at=body.expires_at,
            expires_in=life,
        )
        [token] = tokens.create([new], by=author)
        return _token(token)

    @routes.delete(
        "/feedback-tokens/{token}",
        status_code=status.HTTP_204_NO_CONTENT,
        dependencies=[Depends(changes_workspace)],
    )
    def revoke_feedback_token(token: str) -> None:
        """End a feedback link now."""
        tokens.revoke(token)


def _config(config: FeedbackConfig) -> FeedbackConfigOut:
    return FeedbackConfigOut(
        name=config.name,
        config=ConfigIO.model_validate(
            {k: v for k, v in config.config.items() if k in ConfigIO.model_fields}
        ),
        is_enforced=config.is_enforced,
        lower_is_better=config.lower_is_better,
        modified_at=config.modified_at,
    )


def _token(token: FeedbackToken) -> FeedbackTokenOut:
    return FeedbackTokenOut(
        id=token.id,
        run_id=token.run_id,
        name=token.name,
        path=f"/api/v1/public/feedback/{token.id}",
        expires_at=token.expires_at,
        created_by=token.created_by or None,
        created_at=token.created_at,
    )


def _thanks(feedback: Feedback) -> Thanks:
    return Thanks(id=feedback.id)
