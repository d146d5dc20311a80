"""What clients send, checked, as what is asked of an index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, Self, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pilothouse.search.index.ranking import MOST, Rerank, Wanted
from pilothouse.search.models import Mode

_LONGEST: Final = 10_000
_TOGETHER: Final = 100
Body = TypeVar("Body", bound=BaseModel)
Part = Literal["text", "metadata", "vector"]


class BadRequest(Exception):
    """What was sent cannot be understood; the message is one line."""


class Asked(BaseModel):
    """The body of `POST /v1/search`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    query: str | None = Field(default=None, max_length=_LONGEST)
    queries: list[str] | None = Field(default=None, max_length=_TOGETHER)
    k: int = Field(default=4, ge=1, le=MOST)
    mode: Mode = "similarity"
    fetch_k: int = Field(default=20, ge=1, le=MOST)
    weight: float = Field(default=0.5, ge=0, le=1, alias="lambda")
    filter: dict[str, Any] | None = None
    threshold: float | None = None
    rerank: bool = False
    include: tuple[Part, ...] = ("text", "metadata")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.query is None) == (self.queries is None):
            raise ValueError("give either query or queries")
        if any(len(query) > _LONGEST for query in self.queries or ()):
            raise ValueError(f"a query has more than {_LONGEST} characters")
        return self

    def wanted(self, rerank: Rerank | None) -> Wanted:
        """What that is to an index. Raises BadRequest for a reranker that is not there."""
        if self.rerank and rerank is None:
            raise BadRequest("this server has no reranker")
        try:
            return Wanted(
                k=self.k,
                mode=self.mode,
                fetch_k=self.fetch_k,
                diversity=1 - self.weight,
                filter=self.filter,
                threshold=self.threshold,
                rerank=rerank if self.rerank else None,
            ).checked()
        except ValueError as e:
            raise BadRequest(str(e)) from None


class Questioned(Asked):
    """The body of `POST /v1/answer`."""

    k: int = Field(default=6, ge=1, le=50)
    mode: Mode = "hybrid"
    stream: bool = False

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if not (self.query or "").strip():
            raise ValueError("give one question as query")
        return self


def read_body(body: bytes, kind: type[Body]) -> Body:
    """The body of a request. Raises BadRequest."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as e:
        raise BadRequest(_first(e)) from None


def of_parameters(given: Mapping[str, str]) -> Asked:
    """The parameters of `GET /search`; its defaults are the book's. Raises BadRequest."""
    values: dict[str, Any] = {"k": 1, "fetch_k": 10, "mode": "mmr", **given}
    values.pop("format", None)
    if "query" not in given:
        raise BadRequest("give the question as query=")
    if "filter" in given:
        try:
            values["filter"] = orjson.loads(given["filter"])  # no halves of characters, no depths
        except orjson.JSONDecodeError:
            raise BadRequest("filter is no JSON") from None
    try:
        return Asked.model_validate(values)
    except ValidationError as e:
        raise BadRequest(_first(e)) from None


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    said = first["msg"].removeprefix("Value error, ")
    return f"{where}: {said}" if where else said
