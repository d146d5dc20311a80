"""Models of embeddings: batches, retries, what comes back checked, and no token ever sent."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from fakes.openai_server import Answer, Body, openai_server
from pilothouse.search import EmbeddingError, Index, as_embedder
from pilothouse.search.embedding import HashEmbedder
from pilothouse.search.embedding.models import batches
from search_world import documents


def answered(body: Body, *, packed: bool) -> Answer:
    """Vectors of the hash embedder, as floats or packed."""
    rows = HashEmbedder(16).embed_documents(body["input"])
    data = [
        {"index": at, "embedding": base64.b64encode(row.tobytes()).decode() if packed else
         row.tolist()}
        for at, row in enumerate(rows)
    ]  # fmt: skip
    return Answer(body={"data": data[::-1], "model": body["model"]})


@pytest.mark.parametrize("packed", [True, False], ids=["base64", "floats"])
def test_an_endpoint_is_sent_texts_in_batches_and_its_vectors_keep_their_order(
    packed: bool,
) -> None:
    texts = [f"text number {n}" for n in range(5000)]
    with openai_server() as server:
        server.script = lambda body: answered(body, packed=packed)
        embedder = as_embedder(f"small@{server.base_url}")

        found = embedder.embed_documents(texts)

    sent = [body["input"] for _, body in server.asked]
    assert sorted(map(len, sent)) == [904, 2048, 2048]
    assert all(isinstance(text, str) for batch in sent for text in batch)
    np.testing.assert_allclose(found, HashEmbedder(16).embed_documents(texts), atol=1e-6)


def test_what_passes_is_asked_for_again_and_what_does_not_is_an_error() -> None:
    answers = iter([Answer(status=429, headers={"Retry-After": "0"}, body={}), None])
    with openai_server() as server:
        server.script = lambda body: next(answers) or answered(body, packed=True)
        embedder = as_embedder(f"small@{server.base_url}")

        assert embedder.embed_query("a b").shape == (16,)

        server.script = lambda _: Answer(status=401, body={"error": {"message": "no such key"}})
        with pytest.raises(EmbeddingError, match="no such key"):
            embedder.embed_query("a b")


@pytest.mark.parametrize(
    "body",
    [
        {"data": []},
        {"data": [{"index": 0}]},
        {"data": [{"index": 0, "embedding": "!"}]},
        {"data": [{"index": 0, "embedding": ["x"]}]},
        {"data": "no"},
        {"data": [{"index": 0, "embedding": [float("nan")]}]},
    ],
    ids=str,
)
def test_garbage_from_an_endpoint_is_an_error_and_no_index(body: Body) -> None:
    with openai_server() as server:
        server.script = lambda _: Answer(body=body)

        with pytest.raises(EmbeddingError, match="small"):
            as_embedder(f"small@{server.base_url}").embed_query("a")


def test_batches_bound_characters_as_well_and_hold_no_empty_text() -> None:
    found = batches(["x" * 300_000, "y" * 300_000, "", "z"])

    assert [len(batch) for batch in found] == [1, 3]
    assert found[1][1] == " "


def test_the_local_model_knows_likeness_by_meaning() -> None:
    index = Index.build(documents(), "local")

    [hit] = index.search("How long until I get my money back?", 1)

    assert hit.source == "refunds.md"
    assert index.model.dim == 384
    assert index.model.id.startswith("local:all-MiniLM-L6-v2@")


def test_any_function_and_langchains_embeddings_serve() -> None:
    from langchain_core.embeddings import DeterministicFakeEmbedding

    def lengths(texts: list[str]) -> list[list[float]]:
        return [[len(text), 1.0] for text in texts]

    assert as_embedder(lengths).embed_documents(["a", "bbb"]).shape == (2, 2)
    theirs = as_embedder(DeterministicFakeEmbedding(size=8))
    assert np.linalg.norm(theirs.embed_query("x")) == pytest.approx(1)


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ("text-embedding-3-small", ValueError, "does not say who serves it"),
        ("hash:many", ValueError, "how many numbers"),
        ("hash:1", ValueError, "at least 2"),
        (7, TypeError, "is no model of embeddings"),
    ],
)
def test_what_is_no_model_is_told(given: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        as_embedder(given)


def test_a_function_that_gives_too_few_vectors_is_told() -> None:
    with pytest.raises(EmbeddingError, match=r"shape \(1, 2\) for 2 texts"):
        as_embedder(lambda _: [[1.0, 2.0]]).embed_documents(["a", "b"])
