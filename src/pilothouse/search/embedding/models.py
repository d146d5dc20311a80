"""The models themselves. Each says all that its vectors depend on, which an index keeps."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable
from zlib import crc32

from pilothouse.search.embedding.vectors import checked, unit
from pilothouse.search.errors import EmbeddingError

if TYPE_CHECKING:
    from pilothouse.evaluation.models import Endpoint, LocalEmbedder
    from pilothouse.search.embedding.vectors import Vectors

_MOST_TEXTS: Final = 2048
"""So many texts does OpenAI take in one request."""
_MOST_CHARACTERS: Final = 400_000
"""And some 300,000 tokens: so many characters are fewer than that in any script but emoji."""
_AT_ONCE: Final = 4
_WORD: Final = re.compile(r"\w+")


@runtime_checkable
class Embedder(Protocol):
    """A model of embeddings."""

    @property
    def id(self) -> str:
        """All that its vectors depend on: those of another id are not compared with them."""

    @property
    def address(self) -> str | None:
        """How it is named in a command, so that it can be made again; None for code."""

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """One row of float32 of length one a text. Raises EmbeddingError."""

    def embed_query(self, text: str) -> Vectors:
        """The vector of a question. Raises EmbeddingError."""


class LocalModel:
    """The small model on this machine, or another of its kind by its folder."""

    def __init__(self, folder: str | None = None) -> None:
        """Raises ImportError saying what to install where something is missing."""
        from pilothouse.evaluation.models import LocalEmbedder

        self._model: LocalEmbedder = LocalEmbedder(folder)
        self.address = f"local:{folder}" if folder else "local"

    @property
    def id(self) -> str:
        """The model with the digest of its weights."""
        return self._model.id

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """One row a text, worked out here."""
        return unit(self._model.embed_documents(texts), name=self.address)

    def embed_query(self, text: str) -> Vectors:
        """The vector of a question, made as those of documents are."""
        return _first(self.embed_documents([text]))


class EndpointEmbedder:
    """A model behind a URL with OpenAI's `/embeddings`: texts go out, never tokens."""

    def __init__(self, endpoint: Endpoint, *, address: str, attempts: int = 6) -> None:
        """`attempts` are made of each request where it fails for reasons that pass."""
        from pilothouse.evaluation.models.retries import Retries, RetryPolicy

        self._endpoint = endpoint
        self.address = address
        self._retries = Retries(RetryPolicy(attempts=attempts))

    @property
    def id(self) -> str:
        """The model and who serves it."""
        return f"{self._endpoint.identity}/l2"

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """One row a text, in as few requests as the API allows, four at once.

        Raises EmbeddingError where the server gave none, however often it was asked.
        """
        from pilothouse.evaluation.errors import ModelError
        from pilothouse.evaluation.loops import in_turn, run

        async def all_of_them() -> list[Vectors]:
            return await in_turn(self._some, list(batches(texts)), limit=_AT_ONCE)

        try:
            found = run(all_of_them())
        except ModelError as e:
            raise EmbeddingError(f"{self.address}: {e}") from e
        return _joined(found, name=self.address)

    def embed_query(self, text: str) -> Vectors:
        """The vector of a question, made as those of documents are."""
        return _first(self.embed_documents([text]))

    async def _some(self, texts: Sequence[str]) -> Vectors:
        payload, _ = await self._retries.run(
            self._endpoint.name,
            lambda: self._endpoint.answered(
                "/embeddings", input=list(texts), encoding_format="base64"
            ),
        )
        return checked(_rows(payload, self.address), count=len(texts), name=self.address)


class CallableEmbedder:
    """A function from a list of texts to their vectors."""

    address = None

    def __init__(self, function: Callable[[list[str]], Any], *, name: str | None = None) -> None:
        """`name` stands for what the function does; else it is the function's own."""
        self._function = function
        own = getattr(function, "__qualname__", type(function).__qualname__)
        self.id = f"callable:{name or own}"

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """The function's vectors. What it raises comes out as it is."""
        if not texts:
            return _joined([], name=self.id)
        return checked(self._function(list(texts)), count=len(texts), name=self.id)

    def embed_query(self, text: str) -> Vectors:
        """The vector of a question, made as those of documents are."""
        return _first(self.embed_documents([text]))


class ObjectEmbedder:
    """Embeddings of LangChain's, or anything with `embed_documents` and `embed_query`."""

    address = None

    def __init__(self, given: Any) -> None:
        """Any: whatever has the two methods."""
        self._given = given
        model = getattr(given, "model", None) or getattr(given, "model_name", None) or ""
        self.id = str(getattr(given, "id", "") or f"{type(given).__qualname__}:{model}")

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Its vectors. What it raises comes out as it is."""
        if not texts:
            return _joined([], name=self.id)
        return checked(self._given.embed_documents(list(texts)), count=len(texts), name=self.id)

    def embed_query(self, text: str) -> Vectors:
        """Its vector of a question, which may be another than that of a document."""
        return _first(checked([self._given.embed_query(text)], count=1, name=self.id))


class HashEmbedder:
    """Words counted in as many places: no model at all, for tests and for tiny machines.

    Texts are alike as far as they share words.
    """

    def __init__(self, dim: int = 384) -> None:
        """Raises ValueError for fewer than two places."""
        if dim < 2:
            raise ValueError(f"hash:{dim}: give at least 2 numbers a vector")
        self._dim = dim
        self.id = self.address = f"hash:{dim}"

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """One row a text."""
        import numpy as np

        found = np.zeros((len(texts), self._dim), np.float32)
        for row, text in zip(found, texts, strict=True):
            for word in _WORD.findall(text.lower()):
                digest = crc32(word.encode("utf-8", "replace"))
                row[digest % self._dim] += 1 if digest & 0x80000000 else -1
        return unit(found, name=self.id)

    def embed_query(self, text: str) -> Vectors:
        """The vector of a question, made as those of documents are."""
        return _first(self.embed_documents([text]))


def batches(texts: Sequence[str]) -> list[Sequence[str]]:
    """The texts in order, as many together as one request may hold."""
    found: list[list[str]] = []
    size = 0
    for text in texts:
        full = found and (len(found[-1]) >= _MOST_TEXTS or size + len(text) > _MOST_CHARACTERS)
        if not found or full:
            found.append([])
            size = 0
        found[-1].append(text or " ")  # an empty text is refused by OpenAI's
        size += len(text)
    return list(found)


def _rows(payload: Mapping[str, Any], name: str) -> list[Any]:
    """The vectors of an answer in the order of the texts, whichever form they came in."""
    import numpy as np

    try:
        data = sorted(payload["data"], key=lambda one: one.get("index", 0))
        return [
            np.frombuffer(base64.b64decode(given, validate=True), "<f4")
            if isinstance(given := one["embedding"], str)
            else given
            for one in data
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        raise EmbeddingError(f"{name!r} gave no vectors: {type(e).__name__} {e}") from None


def _joined(found: Sequence[Vectors], *, name: str) -> Vectors:
    import numpy as np

    if not found:
        return np.empty((0, 0), np.float32)
    widths = {rows.shape[1] for rows in found}
    if len(widths) > 1:
        raise EmbeddingError(f"{name!r} gave vectors of {sorted(widths)} numbers")
    return np.concatenate(found)


def _first(rows: Vectors) -> Vectors:
    row: Vectors = rows[0]
    return row
