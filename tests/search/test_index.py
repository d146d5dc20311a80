"""An index finds what is nearest, keeps what it was given, and refuses what is broken."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from pilothouse.search import Chunk, Document, FilterError, Index, IndexUnusable, split
from pilothouse.search.index import marginal
from pilothouse.search.index.ranking import fused
from search_world import documents

WIDTH = 24


def rows(count: int, seed: int = 0) -> Any:
    """Random vectors of length one."""
    found = np.random.default_rng(seed).normal(size=(count, WIDTH)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def chunks(count: int) -> list[Chunk]:
    """Numbered chunks, ten a source."""
    return [
        Chunk(id=f"c{n}", text=f"chunk {n}", metadata={"source": f"s{n // 10}", "n": n})
        for n in range(count)
    ]


def never(_: list[str]) -> Any:
    raise AssertionError("nothing is embedded here")


def indexed(count: int = 500, **how: Any) -> Index:
    return Index.of_vectors(chunks(count), rows(count), embedder=never, **how)


def ids(index: Index, vector: Any, **how: Any) -> list[str]:
    from pilothouse.search.index.ranking import Wanted

    return [hit.id for hit in index.find(Wanted(**how), "", vector)]


@pytest.mark.parametrize("kind", ["exact", "hnsw"])
def test_the_nearest_are_found_with_their_cosines(kind: Any, tmp_path: Path) -> None:
    index = indexed(kind=kind)
    query = rows(1, seed=1)[0]
    truth = np.argsort(-(rows(500) @ query))[:10]

    index.save(tmp_path / "ix")
    again = Index.load(tmp_path / "ix", never)

    for one in (index, again):
        assert ids(one, query, k=10) == [f"c{n}" for n in truth]
    assert again.kind == kind
    assert again.manifest is not None
    assert again.manifest.recall == (None if kind == "exact" else 1.0)


def test_mmr_chooses_as_langchain_does() -> None:
    candidates = rows(60)
    for seed in range(20):
        query = rows(1, seed=seed)[0]
        order = np.argsort(-(candidates @ query))[:30]

        ours = marginal(query, candidates[order], 8, 0.3)

        assert ours == maximal_marginal_relevance(query, list(candidates[order]), 0.3, 8)
    assert marginal(query, candidates[:0], 3) == []


def test_all_modes_find_what_they_should() -> None:
    index = Index.build(split(documents()), "hash:512")

    by_mode = {m: index.search("forgotten password", 2, mode=m) for m in
               ("similarity", "mmr", "lexical", "hybrid")}  # fmt: skip

    assert {mode: hits[0].source for mode, hits in by_mode.items()} == dict.fromkeys(
        by_mode, "accounts.md"
    )
    assert len(by_mode["lexical"]) == 1  # the others have none of the words
    assert index.search("zebra", mode="lexical") == []


def test_words_find_parts_of_identifiers() -> None:
    texts = ["call maxDepthLimit now", "set max_depth to 2", "open HTTPServer", "nothing of it"]
    index = Index.build(texts, "hash:64")

    def found(query: str) -> set[str]:
        return {hit.text for hit in index.search(query, mode="lexical")}

    assert found("depth") == set(texts[:2])
    assert found("http") == {texts[2]}
    assert found("maxdepthlimit") == {texts[0]}


def test_fusion_counts_ranks_alone() -> None:
    found = fused([[(1, 9.0), (2, 8.0)], [(2, 0.2), (3, 0.1)]])

    assert [key for key, _ in found] == [2, 1, 3]
    assert found[0][1] == pytest.approx(1 / 62 + 1 / 61)


def test_a_reranker_chooses_among_the_candidates() -> None:
    index = Index.build(split(documents()), "hash:512")

    def longest(query: str, texts: Any) -> list[float]:
        return [len(text) for text in texts]

    [hit] = index.search("refunds", 1, rerank=longest)

    assert hit.source == "shipping.md"
    with pytest.raises(ValueError, match="0 scores for 5 texts"):
        index.search("refunds", 1, rerank=lambda query, texts: [])


@pytest.mark.parametrize("kind", ["exact", "hnsw"])
def test_filters_choose_before_the_nearest_are_taken(kind: Any) -> None:
    index = indexed(kind=kind)
    query = rows(1, seed=2)[0]
    order = [int(n) for n in np.argsort(-(rows(500) @ query))]

    def expected(passes: Any) -> list[str]:
        return [f"c{n}" for n in order if passes(n)][:5]

    cases: list[tuple[dict[str, Any], Any]] = [
        ({"n": 7}, lambda n: n == 7),
        ({"n": {"$lt": 20}}, lambda n: n < 20),
        ({"n": {"$gte": 100, "$lt": 400}}, lambda n: 100 <= n < 400),
        ({"source": {"$in": ["s1", "s2"]}}, lambda n: 10 <= n < 30),
        ({"$or": [{"source": "s3"}, {"n": {"$gt": 490}}]}, lambda n: n // 10 == 3 or n > 490),
        ({"$not": {"n": {"$lt": 300}}}, lambda n: n >= 300),
        ({"missing": {"$exists": False}, "n": {"$ne": order[0]}}, lambda n: n != order[0]),
        ({"n": {"$nin": order[:3]}}, lambda n: n not in order[:3]),
        ({"missing": "x"}, lambda n: False),
    ]
    for given, passes in cases:
        assert ids(index, query, k=5, filter=given) == expected(passes), given


@pytest.mark.parametrize(
    "given",
    [
        {"n": {"$regex": "x"}},
        {"$nor": []},
        {"$or": []},
        {"n": {}},
        {"n": {"$in": 3}},
        {"n": {"$gt": [1]}},
        {"n": 2**70},
        {'a"b': 1},
        [1],
        {"$not": {"$not": {"$not": {"$not": {"x": {"$gt": {}}}}}}},
    ],
    ids=str,
)
def test_filters_that_cannot_be_understood_are_refused(given: Any) -> None:
    with pytest.raises(FilterError):
        ids(indexed(10), rows(1)[0], filter=given)


def test_values_of_filters_never_become_sql() -> None:
    index = Index.build([Document(text="a", metadata={"name": "x' OR 1=1 --"})], "hash:8")

    assert index.search("a", filter={"name": "' OR 1=1 --"}) == []
    assert index.search("a", filter={"a') OR 1=1 --": "b"}) == []
    assert len(index.search("a", filter={"name": "x' OR 1=1 --"})) == 1


def test_only_what_changed_is_embedded_again() -> None:
    asked: list[str] = []

    def noted(texts: list[str]) -> Any:
        asked.extend(texts)
        return [[len(text), text.count("e"), 1.0] for text in texts]

    index = Index.build(split(documents()), noted)
    asked.clear()

    changes = index.update(split(documents(refunds="Refunds take a week.", new="All new.")[:1]))
    more = index.update(split(documents(refunds="Refunds take a week.", new="All new.")))

    assert sorted(asked) == ["All new.", "Refunds take a week."]
    assert (changes.added, changes.removed, changes.unchanged) == (1, 1, 0)
    assert (more.added, more.removed, more.unchanged) == (1, 0, 5)
    assert "five days" not in " ".join(chunk.text for chunk in index.chunks())


def test_text_that_only_moved_is_not_embedded_again() -> None:
    asked: list[str] = []

    def noted(texts: list[str]) -> Any:
        asked.extend(texts)
        return [[len(text), 1.0] for text in texts]

    def pieces(text: str) -> list[Chunk]:
        document = Document(text=text, metadata={"source": "a"})
        return split([document], size=20, overlap=0)

    index = Index.build(pieces("The first one is.\n\nThe last one is."), noted)
    asked.clear()

    changes = index.update(pieces("Begins.\n\nThe first one is.\n\nThe last one is."))

    assert asked == ["Begins."]
    assert (changes.added, changes.reused, changes.removed) == (3, 2, 2)


def test_what_no_document_brings_any_more_is_removed_where_all_were_given() -> None:
    index = Index.build(split(documents()), "hash:64")

    index.update(split(documents()[:2]))
    assert len(index) == 5
    index.update(split(documents()[:2]), complete=True)

    assert set(index.sources()) == {"refunds.md", "shipping.md"}
    assert index.search("warranty screens", mode="lexical") == []


@pytest.mark.parametrize("kind", ["exact", "hnsw"])
def test_removed_chunks_are_never_found_again_nor_after_a_save(kind: Any, tmp_path: Path) -> None:
    index = indexed(200, kind=kind)
    query = rows(200)[17]

    assert index.delete(["c17"], sources=["s3"], filter={"n": {"$gte": 150}}) == 61
    index.save(tmp_path / "ix")
    again = Index.load(tmp_path / "ix", never)
    again.merge(Index.of_vectors(chunks(18)[17:], rows(200)[17:18], embedder=never))

    for one, first in ((index, "c17" in ids(index, query)), (again, True)):
        found = ids(one, query, k=200)
        assert (found[0] == "c17") is first
        assert not {f"c{n}" for n in (*range(30, 40), *range(150, 200))} & set(found)
    assert len(again) == 140


def test_a_graph_forgets_a_few_removed_chunks_without_being_made_anew(tmp_path: Path) -> None:
    index = indexed(200, kind="hnsw")
    index.delete(["c17"])
    index.save(tmp_path / "ix")
    again = Index.load(tmp_path / "ix", never)

    for one in (index, again):
        assert one.graph is not None
        assert one.graph.dead == 1
        assert "c17" not in ids(one, rows(200)[17], k=199)
        assert len(ids(one, rows(200)[17], k=200)) == 199


def test_equal_ids_come_once_and_the_last_counts() -> None:
    twice = [Chunk(id="a", text="old"), Chunk(id="b", text="b"), Chunk(id="a", text="new")]

    index = Index.of_vectors(twice, rows(3), embedder=never)

    assert [chunk.text for chunk in index.chunks()] == ["b", "new"]


def test_odd_texts_and_metadata_are_kept() -> None:
    odd = Document(text="\ud800 x \0 y", metadata={"source": "s", "f": float("nan"), "t": (1, 2)})

    [hit] = Index.build([odd], "hash:8").search("x")

    assert hit.text == "? x \0 y"
    assert hit.metadata == {"source": "s", "f": None, "t": [1, 2]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    index = indexed(50, kind="hnsw")
    index.save(tmp_path / "ix")
    return tmp_path / "ix"


def test_every_damaged_file_is_refused_by_name(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    assert len(files) == 10
    for path in files:
        whole = path.read_bytes()
        middle = len(whole) // 2
        for broken in (
            whole[:middle],
            whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            b"",
        ):
            path.write_bytes(broken)
            with pytest.raises(IndexUnusable, match=path.name):
                Index.load(folder, never)
        path.unlink()
        with pytest.raises(
            IndexUnusable, match="no index" if "manifest" in path.name else "missing"
        ):
            Index.load(folder, never)
        path.write_bytes(whole)
    assert len(Index.load(folder, never)) == 50


def test_folders_that_are_no_index_are_refused_and_never_overwritten(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(b"x")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "manifest.json").write_text('{"name": "an app"}')
    newer = json.loads((folder / "manifest.json").read_text()) | {"format": 2}
    (folder / "manifest.json").write_text(json.dumps(newer))

    for place, said in (
        ("nowhere", "there is no such folder"),
        ("photos", r"has no manifest\.json"),
        ("other", "the manifest of something else"),
        ("ix", "made by a newer Pilothouse"),
    ):
        with pytest.raises(IndexUnusable, match=said):
            Index.load(tmp_path / place)
    with pytest.raises(IndexUnusable, match="holds other things"):
        indexed(5).save(tmp_path / "photos")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["a.png"]


def test_a_manifest_cannot_name_files_elsewhere(folder: Path) -> None:
    from pilothouse.search.index import manifest

    said = json.loads((folder / "manifest.json").read_text())
    said["files"]["chunks"]["path"] = "../../etc/passwd"
    del said["digest"]
    (folder / "manifest.json").write_text(json.dumps(said | {"digest": manifest._digest(said)}))

    with pytest.raises(IndexUnusable, match=r"files\.chunks\.path"):
        Index.load(folder)


def test_vectors_of_another_model_are_not_compared(tmp_path: Path) -> None:
    Index.build(["a b"], "hash:16").save(tmp_path / "ix")

    assert Index.load(tmp_path / "ix").search("a")[0].text == "a b"
    with pytest.raises(IndexUnusable, match="made by hash:16, not by hash:32"):
        Index.load(tmp_path / "ix", "hash:32")
    with pytest.raises(IndexUnusable, match="vectors of hash:32 do not go with those of hash:16"):
        Index.build(["a"], "hash:16").merge(Index.build(["a"], "hash:32"))


def test_an_index_of_a_function_asks_for_it_again(tmp_path: Path) -> None:
    indexed(5).save(tmp_path / "ix")

    with pytest.raises(IndexUnusable, match="give it as embedder="):
        Index.load(tmp_path / "ix").search("x")
    assert Index.load(tmp_path / "ix").search("chunk", mode="lexical")


def test_a_save_that_fails_leaves_the_old_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index.build(split(documents()), "hash:16")
    index.save(tmp_path / "ix")
    before = {path.name for path in (tmp_path / "ix").iterdir()}
    index.update(["more"])
    monkeypatch.setattr(
        "pilothouse.search.index.words.Words.write", lambda *_: (_ for _ in ()).throw(OSError(28))
    )

    with pytest.raises(OSError, match="28"):
        index.save(tmp_path / "ix")

    assert {path.name for path in (tmp_path / "ix").iterdir()} == before
    assert len(Index.load(tmp_path / "ix")) == 5


def _save_often(folder: Path) -> None:
    index = Index.build(split(documents()), "hash:16")
    for _ in range(15):
        index.save(folder)


def test_readers_see_the_old_index_or_the_new_while_others_save(tmp_path: Path) -> None:
    folder = tmp_path / "ix"
    Index.build(split(documents()), "hash:16").save(folder)
    writers = [
        multiprocessing.get_context("spawn").Process(target=_save_often, args=(folder,))
        for _ in range(2)
    ]
    for writer in writers:
        writer.start()
    loads = 0

    while any(writer.is_alive() for writer in writers) or not loads:
        assert Index.load(folder).search("password")[0].source == "accounts.md"
        loads += 1

    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len([p for p in folder.iterdir() if p.name.startswith("vectors-")]) == 2


def test_a_writer_that_is_killed_leaves_an_index_and_its_rests_go(tmp_path: Path) -> None:
    folder = tmp_path / "ix"
    Index.build(split(documents()), "hash:16").save(folder)
    for _ in range(3):
        before = Index.load(folder).manifest
        writer = multiprocessing.get_context("spawn").Process(target=_save_often, args=(folder,))
        writer.start()
        while Index.load(folder).manifest == before:
            continue
        writer.kill()
        writer.join()
        assert Index.load(folder).search("password")[0].source == "accounts.md"

    Index.load(folder).save(folder)

    assert len([path for path in folder.iterdir() if path.name.startswith("vectors-")]) == 2


def test_threads_search_at_once() -> None:
    index = Index.build(split(documents()), "hash:64")
    found: list[str] = []

    def ask() -> None:
        found.extend(
            index.search("forgotten password", 1, mode=mode)[0].source
            for mode in ("similarity", "mmr", "lexical", "hybrid") * 5
        )

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == ["accounts.md"] * 160


def test_changes_to_a_loaded_index_stay_in_memory_until_it_is_saved(tmp_path: Path) -> None:
    Index.build(split(documents()), "hash:16").save(tmp_path / "ix")
    loaded = Index.load(tmp_path / "ix")

    loaded.delete(sources=["refunds.md"])

    assert len(Index.load(tmp_path / "ix")) == 5
    loaded.save(tmp_path / "ix")
    assert len(Index.load(tmp_path / "ix")) == 4
    shutil.rmtree(tmp_path / "ix")
    assert loaded.search("password")[0].source == "accounts.md"  # its own copy


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"k": 0}, "give 1 to 1000"),
        ({"k": 5000}, "give 1 to 1000"),
        ({"mode": "fuzzy"}, "choose from similarity, mmr"),
        ({"diversity": 2}, "give 0 to 1"),
        ({"mode": "lexical", "threshold": 0.5}, "lexical has other scores"),
    ],
)
def test_what_cannot_be_asked_is_told(how: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        indexed(5).search("x", **how)


def test_no_chunks_is_an_error_with_the_words_of_the_book() -> None:
    with pytest.raises(ValueError, match="No chunks created!"):
        Index.build([], "hash:8")
