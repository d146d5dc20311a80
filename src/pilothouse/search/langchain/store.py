"""Our index as LangChain's vector store and retriever; imported only where somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from pydantic import ConfigDict

from pilothouse.search.index import Index
from pilothouse.search.models import Chunk, Hit


class IndexEmbeddings(Embeddings):
    """The model of an index, as LangChain asks for vectors."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        found: list[list[float]] = self._index.embedder.embed_documents(texts).tolist()
        return found

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        found: list[float] = self._index.embedder.embed_query(text).tolist()
        return found


class IndexStore(VectorStore):
    """An index as a vector store; scores are cosines, from -1 to 1."""

    def __init__(self, index: Index) -> None:
        self.index = index

    @property
    def embeddings(self) -> Embeddings:
        """The model of the index."""
        return IndexEmbeddings(self.index)

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **_: Any,
    ) -> list[str]:
        """Adds texts in memory; what stood under the same id is replaced."""
        given = list(texts)
        named = ids or [uuid4().hex for _ in given]
        about = metadatas or [{} for _ in given]
        chunks = [
            Chunk(id=id, text=text, metadata=dict(metadata))
            for id, text, metadata in zip(named, given, about, strict=True)
        ]
        vectors = self.index.embedder.embed_documents(given)
        self.index.merge(Index.of_vectors(chunks, vectors, embedder=self.index.embedder))
        return named

    def delete(self, ids: list[str] | None = None, **_: Any) -> bool | None:
        """Removes chunks by their ids; -> whether any was there."""
        return self.index.delete(ids or []) > 0

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The chunks with these ids that are there."""
        return [_document(hit) for hit in self.index.get(ids)]

    def similarity_search(self, query: str, k: int = 4, **how: Any) -> list[Document]:
        """The most alike; `how` as in `Index.search`."""
        return [_document(hit) for hit in self.index.search(query, k, **how)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, **how: Any
    ) -> list[tuple[Document, float]]:
        """The most alike with their cosines."""
        return [(_document(hit), hit.score) for hit in self.index.search(query, k, **how)]

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **how: Any
    ) -> list[Document]:
        """The most alike that are unlike one another."""
        found = self.index.search(
            query, k, mode="mmr", fetch_k=fetch_k, diversity=1 - lambda_mult, **how
        )
        return [_document(hit) for hit in found]

    def _select_relevance_score_fn(self) -> Any:
        return lambda cosine: (cosine + 1) / 2

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **_: Any,
    ) -> IndexStore:
        """A store of texts, with a model of LangChain's. Raises ValueError for no texts."""
        named = ids or [uuid4().hex for _ in texts]
        about = metadatas or [{} for _ in texts]
        chunks = [
            Chunk(id=id, text=text, metadata=dict(metadata))
            for id, text, metadata in zip(named, texts, about, strict=True)
        ]
        return cls(Index.build(chunks, embedding))


class IndexRetriever(BaseRetriever):
    """An index as a retriever."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: Index
    how: dict[str, Any]
    """What `Index.search` is given besides the question."""

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [_document(hit) for hit in self.index.search(query, **self.how)]


def vector_store(index: Index) -> IndexStore:
    """The index as a vector store."""
    return IndexStore(index)


def retriever(index: Index, how: dict[str, Any]) -> IndexRetriever:
    """The index as a retriever."""
    return IndexRetriever(index=index, how=how)


def _document(hit: Hit | Chunk) -> Document:
    return Document(id=hit.id, page_content=hit.text, metadata=hit.metadata)
