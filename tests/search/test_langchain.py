"""LangChain reads our index, and we read what its FAISS saved, as far as it holds documents."""

from __future__ import annotations

import pickle
import re
import shutil
import zlib
from pathlib import Path
from typing import Any

import pytest

from pilothouse.search import Index, IndexUnusable, split
from search_world import documents

FOLDER = Path(__file__).parent / "langchain_faiss"
"""Written by langchain-community 0.4 with three texts and the function below."""


def hashed(texts: list[str]) -> list[list[float]]:
    found = []
    for text in texts:
        row = [0.0] * 32
        for word in re.findall(r"\w+", text.lower()):
            digest = zlib.crc32(word.encode())
            row[digest % 32] += 1 if digest & 0x80000000 else -1
        found.append(row)
    return found


def test_an_index_is_a_vector_store_and_a_retriever() -> None:
    index = Index.build(split(documents()), "hash:512")
    store = index.as_langchain_vectorstore()

    [document] = store.similarity_search("forgotten password", k=1)
    assert document.metadata["source"] == "accounts.md"
    assert store.get_by_ids([document.id])[0].page_content == document.page_content
    assert store.max_marginal_relevance_search("password", k=1, fetch_k=3)[0].id == document.id
    assert store.similarity_search_with_relevance_scores("password", k=1)[0][1] > 0.5
    [added] = store.add_texts(["Zebras graze at dawn."], [{"source": "zoo"}])
    retriever = index.as_langchain_retriever(k=1, mode="hybrid")
    assert retriever.invoke("zebras at dawn")[0].metadata["source"] == "zoo"
    assert store.as_retriever(search_kwargs={"k": 1}).invoke("zebras")[0].id == added
    assert store.delete([added]) is True
    assert len(index) == 5


def test_a_store_is_made_of_texts_with_langchains_embeddings() -> None:
    from langchain_core.embeddings import DeterministicFakeEmbedding

    from pilothouse.search.langchain.store import IndexStore

    store = IndexStore.from_texts(["a", "b"], DeterministicFakeEmbedding(size=8), ids=["1", "2"])

    assert store.similarity_search("a", k=1)[0].id == "1"


def test_a_folder_of_langchains_faiss_is_read_only_on_trust() -> None:
    with pytest.raises(IndexUnusable, match="trust_pickle=True"):
        Index.from_langchain_faiss(FOLDER, hashed)
    with pytest.raises(IndexUnusable, match="it is LangChain's"):
        Index.load(FOLDER)

    index = Index.from_langchain_faiss(FOLDER, hashed, trust_pickle=True)

    [hit] = index.search("refunds within days", 1)
    assert (hit.text, hit.source) == ("Refunds are paid within five days.", "a.md")
    assert len(index) == 3


class _Evil:
    def __init__(self, touched: Path) -> None:
        self.touched = touched

    def __reduce__(self) -> Any:
        return (self.touched.touch, ())


def test_code_in_a_pickle_is_not_run_even_on_trust(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "ix")
    touched = tmp_path / "touched"
    (tmp_path / "ix" / "index.pkl").write_bytes(pickle.dumps((_Evil(touched), {0: "a"})))

    with pytest.raises(IndexUnusable, match="which no document needs"):
        Index.from_langchain_faiss(tmp_path / "ix", hashed, trust_pickle=True)

    assert not touched.exists()


@pytest.mark.parametrize("name", ["index.pkl", "index.faiss"])
def test_a_damaged_folder_is_told(name: str, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "ix")
    path = tmp_path / "ix" / name
    path.write_bytes(path.read_bytes()[:50])

    with pytest.raises(IndexUnusable, match="cannot be read"):
        Index.from_langchain_faiss(tmp_path / "ix", hashed, trust_pickle=True)
    path.unlink()
    with pytest.raises(IndexUnusable, match=f"no {name}"):
        Index.from_langchain_faiss(tmp_path / "ix", hashed, trust_pickle=True)
