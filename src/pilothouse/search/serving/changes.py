"""`POST /v1/index/upsert` and `/delete`: an index changed while it is searched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from pilothouse.search.index import Index
from pilothouse.search.index.changing import POSTED
from pilothouse.search.models import Document
from pilothouse.search.splitting import cutting, split

MOST_BYTES: Final = 20_000_000
_TOGETHER: Final = 1000
_LONGEST: Final = 2_000_000
Change = Callable[[Index], dict[str, int]]


class Posted(BaseModel):
    """A document, which takes the place of what its source held."""

    model_config = ConfigDict(extra="forbid")

    source: str = Field(min_length=1, max_length=2000)
    text: str = Field(min_length=1, max_length=_LONGEST)
    metadata: dict[str, Any] = {}

    def document(self) -> Document:
        """As it is cut into chunks."""
        return Document(
            text=self.text, metadata={**self.metadata, "source": self.source, POSTED: True}
        )


class Upsert(BaseModel):
    """The body of `POST /v1/index/upsert`."""

    model_config = ConfigDict(extra="forbid")

    documents: list[Posted] = Field(min_length=1, max_length=_TOGETHER)

    def change(self) -> Change:
        """Cuts the documents as the index cuts, and puts them in. Raises ValueError for blanks."""

        def act(index: Index) -> dict[str, int]:
            how = cutting(index.about, index.embedder)
            chunks = split([one.document() for one in self.documents], **how)
            return asdict(index.update(chunks))

        return act


class Delete(BaseModel):
    """The body of `POST /v1/index/delete`."""

    model_config = ConfigDict(extra="forbid")

    ids: list[str] = Field(default=[], max_length=10_000)
    sources: list[str] = Field(default=[], max_length=10_000)
    filter: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.ids or self.sources or self.filter):
            raise ValueError("give ids, sources or a filter")
        return self

    def change(self) -> Change:
        """Removes what it names. Raises FilterError, ValueError where nothing would be left."""

        def act(index: Index) -> dict[str, int]:
            removed = index.delete(self.ids, sources=self.sources, filter=self.filter)
            if not len(index):
                raise ValueError("that would remove every chunk: an index keeps at least one")
            return {"removed": removed}

        return act
