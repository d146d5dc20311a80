"""The built-in masking rules, and a text as a project's rules would leave it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.detectors import DETECTORS
from pilothouse.platform.errors import BadRequest
from pilothouse.platform.ingest.masking import Masker, MaskingError
from pilothouse.platform.routing import ApiRouter


class BuiltinOut(BaseModel):
    """A rule that needs no pattern of one's own."""

    name: str
    sentence: str
    """What it finds."""


class BuiltinList(BaseModel):
    """All built-in rules."""

    items: list[BuiltinOut]
    next_cursor: None = None


class Trial(BaseModel):
    """A text to try rules on; nothing of it is kept."""

    model_config = ConfigDict(extra="forbid")

    rules: list[dict[str, Any]] = Field(max_length=200)
    """As in a project's `masking`."""
    text: str = Field(max_length=100_000)


class TrialOut(BaseModel):
    """The text as it would be stored."""

    text: str


def router() -> APIRouter:
    """The routes of masking; a project's own rules are part of the project."""
    routes = ApiRouter(tags=["masking"])
    builtins = BuiltinList(
        items=[
            BuiltinOut(name=name, sentence=detector.sentence)
            for name, detector in DETECTORS.items()
        ]
    )

    @routes.get("/masking/builtins")
    def list_builtins() -> BuiltinList:
        """The rules that a project may name under `builtin`."""
        return builtins

    @routes.post("/masking/try")
    def try_masking(body: Trial) -> TrialOut:
        """The text as these rules leave it."""
        try:
            masker = Masker.of(body.rules)
        except MaskingError as error:
            raise BadRequest(f"masking: {error}") from None
        return TrialOut(text=body.text if masker is None else masker.mask_text(body.text))

    return routes
