"""An index is the same whoever embeds its shards, and killed workers lose nothing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilothouse.search import BuildError, Index, build_index, split
from pilothouse.search.building.shards import shards_of
from search_models import broken, deadly, hashed, killed_once
from search_world import documents


def many() -> Any:
    return split(documents(**{f"extra{n}": f"Number {n} of many words {n % 7}" for n in range(60)}))


def same(one: Index, other: Index) -> None:
    assert list(one.chunks()) == list(other.chunks())
    ids = [chunk.id for chunk in one.chunks()]
    np.testing.assert_allclose(one.vector_of(ids), other.vector_of(ids), atol=1e-6)


def test_shards_depend_on_the_chunks_and_none_is_empty() -> None:
    chunks = many()

    shards = shards_of(chunks, 8)

    assert sorted(place for shard in shards for place in shard.places) == list(range(len(chunks)))
    assert all(shard.texts for shard in shards_of(chunks[:3], 8))
    by_text = {text: shard.number for shard in shards for text in shard.texts}
    assert by_text == {
        text: shard.number for shard in shards_of(chunks[::-1], 8) for text in shard.texts
    }


def test_a_serial_build_in_shards_is_the_one_without() -> None:
    same(build_index(many(), "hash:64"), Index.build(many(), "hash:64"))


@pytest.mark.slow
def test_a_process_that_is_killed_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))

    built = build_index(many(), killed_once, shards=4, backend="process", workers=2)

    assert (tmp_path / "told").exists()
    same(built, Index.build(many(), hashed))


@pytest.mark.slow
def test_what_ends_every_worker_or_fails_is_told_with_its_shard() -> None:
    with pytest.raises(BuildError, match=r"shard \d ended 3 workers"):
        build_index(many(), deadly, shards=2, backend="process", workers=1)
    with pytest.raises(BuildError, match=r"shard \d failed: RuntimeError: no weights here"):
        build_index(many(), broken, shards=2, backend="process", workers=1)
    with pytest.raises(BuildError, match="give a function of a module"):
        build_index(many(), lambda texts: [[1.0]] * len(texts), shards=2, backend="process")


def test_finished_shards_wait_for_a_build_that_is_begun_again(tmp_path: Path) -> None:
    asked: list[int] = []

    def failing(texts: list[str]) -> Any:
        asked.append(len(texts))
        if len(asked) == 3:
            raise RuntimeError("out of credit")
        return hashed(texts)

    with pytest.raises(RuntimeError, match="out of credit"):
        build_index(many(), failing, shards=4, resume=tmp_path)
    (tmp_path / "shard-0.npy").write_bytes(b"broken")

    built = build_index(many(), failing, shards=4, resume=tmp_path)

    assert len(asked) == 3 + 3  # of two that waited, one was damaged
    same(built, Index.build(many(), hashed))


def test_shards_of_other_texts_or_models_are_not_taken(tmp_path: Path) -> None:
    build_index(many(), "hash:64", shards=2, resume=tmp_path)

    assert build_index(many(), "hash:32", shards=2, resume=tmp_path).model.dim == 32
    changed = split(documents(refunds="Other words."))
    same(build_index(changed, "hash:32", resume=tmp_path), Index.build(changed, "hash:32"))


@pytest.mark.parametrize(
    ("how", "said"), [({"backend": "spark"}, "choose from serial"), ({"shards": 0}, "1 or more")]
)
def test_what_cannot_be_built_is_told(how: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build_index(many(), "hash:8", **how)
    with pytest.raises(ValueError, match="No chunks created!"):
        build_index([], "hash:8")


def test_progress_is_told_in_texts() -> None:
    told: list[tuple[int, int]] = []

    build_index(many(), "hash:8", shards=3, progress=lambda *of: told.append(of))

    assert told[-1] == (65, 65)
    assert len(told) == 3


@pytest.mark.slow
def test_a_ray_cluster_builds_the_same_and_a_killed_worker_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray")
    monkeypatch.setenv("TOLD", str(tmp_path / "told"))
    started = time.perf_counter()

    built = build_index(many(), killed_once, shards=4, backend="ray")

    assert (tmp_path / "told").exists()
    same(built, Index.build(many(), hashed))
    assert time.perf_counter() - started < 120
    with pytest.raises(BuildError, match=r"no Ray cluster at '127\.0\.0\.1:1'"):
        build_index(many(), hashed, backend="ray", address="127.0.0.1:1")
