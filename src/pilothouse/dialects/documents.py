"""Documents that a retriever or reranker returned, in one shape."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.parsing import amount, parsed

_KINDS: Final = frozenset(("retriever", "reranker"))
_CONTENT: Final = ("content", "page_content", "text", "pageContent")
_OURS: Final = frozenset(("id", "content", "score", "metadata"))


def documents_in(view: View) -> list[dict[str, Any]]:
    """Each as {"id", "content", "score", "metadata"}; payloads only count on retriever spans."""
    for read in view.plan.fields["documents"]:
        found = read(view)
        if not found:
            continue
        listed = _listed(found, 0) if view.kind in _KINDS else found
        if type(listed) is list and (view.kind in _KINDS or _declared(view)):
            shaped = [d for raw in listed if (d := _document(raw)) is not None]
            if shaped:
                return shaped
    return []


def _declared(view: View) -> bool:
    """Whether the span names documents as such, whatever its kind."""
    return (
        bool(view.keys("retrieval.documents.#")) or "gen_ai.retrieval.documents" in view.attributes
    )


def _listed(value: Any, depth: int) -> Any:
    """The list of documents inside wrappers."""
    if type(value) is list:
        return value
    if type(value) is not dict or depth > 4:
        return None
    for key in ("documents", "output", "outputs", "source_documents", "results", "matches"):
        inner = parsed(value.get(key))
        if inner:
            found = _listed(inner, depth + 1)
            if found is not None:
                return found
    return None


def _document(raw: Any) -> dict[str, Any] | None:
    if type(raw) is not dict:
        return None
    if raw.get("lc") == 1 and type(raw.get("kwargs")) is dict:
        raw = raw["kwargs"]
    metadata = raw.get("metadata", raw.get("meta"))
    content = next((raw[k] for k in _CONTENT if raw.get(k) is not None), None)
    ident = raw.get("id")
    if ident is None and type(metadata) is dict:  # MLflow: {"doc_uri", "chunk_id"}
        ident = metadata.get("chunk_id") or metadata.get("id")
    if content is None and ident is None and "score" not in raw:
        return None
    out: dict[str, Any] = {"id": ident, "content": content, "score": amount(raw.get("score"))}
    out["metadata"] = metadata if metadata is not None else {}
    return out
