"""Reads what LangChain's FAISS saved: a file of vectors, and a pickle of documents.

The pickle is read by one that knows three classes of LangChain's, and makes plain objects of ours
in their place; whatever else it names ends the reading. Nothing of LangChain is needed.
"""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any, Final

from pilothouse.evaluation.extras import required
from pilothouse.search.errors import IndexUnusable
from pilothouse.search.models import Chunk, as_chunk


class _Kept:
    """An object of a pickle: what it held, and nothing that it could do."""

    fields: dict[str, Any]

    def __setstate__(self, state: Any) -> None:
        inner = state.get("__dict__", state) if isinstance(state, dict) else {}
        self.fields = dict(inner or {})


_KNOWN: Final = frozenset({
    ("langchain_community.docstore.in_memory", "InMemoryDocstore"),
    ("langchain.docstore.in_memory", "InMemoryDocstore"),
    ("langchain_core.documents.base", "Document"),
    ("langchain.schema.document", "Document"),
    ("langchain.schema", "Document"),
    ("langchain.docstore.document", "Document"),
})  # fmt: skip


_BROKEN: Final = (
    pickle.UnpicklingError, EOFError, OSError, RuntimeError, AttributeError, LookupError,
    TypeError, ValueError,
)  # fmt: skip
"""What a foreign file makes pickle, faiss and the steps after them raise."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Any: what a pickle may name. Raises UnpicklingError for all but documents."""
        if (module, name) in _KNOWN:
            return _Kept
        if (module, name) == ("builtins", "set"):
            return set
        raise pickle.UnpicklingError(f"it names {module}.{name}, which no document needs")


def read(folder: Path, name: str = "index") -> tuple[list[Chunk], Any]:
    """The documents of a folder as chunks, and their vectors, a row each.

    Raises IndexUnusable for what is no such folder, or whose pickle holds anything else.
    """
    faiss = required("faiss", extra="search")
    pickled, vectors = folder / f"{name}.pkl", folder / f"{name}.faiss"
    for path in (pickled, vectors):
        if not path.is_file():
            raise IndexUnusable(f"{folder} is no index of LangChain's FAISS: no {path.name}")
    try:
        docstore, ids = _Reader(io.BytesIO(pickled.read_bytes())).load()
        rows = faiss.read_index(str(vectors))
        named = [ids[place] for place in range(rows.ntotal)]
        found = [docstore.fields["_dict"][one].fields for one in named]
        chunks = [
            as_chunk({"text": one["page_content"], "metadata": one.get("metadata") or {}})
            for one in found
        ]
        return _told_apart(chunks, list(map(str, named))), rows.reconstruct_n(0, rows.ntotal)
    except _BROKEN as e:
        raise IndexUnusable(f"{folder} cannot be read: {type(e).__name__}: {e}") from None


def _told_apart(chunks: list[Chunk], ids: list[str]) -> list[Chunk]:
    """Chunks of equal texts of one source keep the ids that LangChain gave them."""
    seen: set[str] = set()
    found = []
    for chunk, other in zip(chunks, ids, strict=True):
        twice = chunk.id in seen
        seen.add(chunk.id)
        found.append(Chunk(id=other, text=chunk.text, metadata=chunk.metadata) if twice else chunk)
    return found
