"""An index that is changed by its clients while others search it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from command_line import environment, run_command
from pilothouse.search import Index, SearchError, serve_index, split
from pilothouse.search.serving.app import search_app
from search_world import documents
from servers import serving


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "ix"
    about = {"method": "sentence", "size": 40, "overlap": 0, "sources": [str(tmp_path / "docs")]}
    Index.build(split(documents()), "hash:512", about=about).save(path)
    return path


@pytest.fixture
def client(folder: Path) -> Iterator[httpx.Client]:
    with (
        serving(search_app(folder, writable=True)) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        yield client


def upsert(client: httpx.Client, source: str, text: str, **metadata: Any) -> dict[str, Any]:
    document = {"source": source, "text": text, "metadata": metadata}
    answer = client.post("/v1/index/upsert", json={"documents": [document]})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def found(client: httpx.Client, query: str) -> list[str]:
    asked = {"query": query, "mode": "lexical", "k": 10}
    return [hit["text"] for hit in client.post("/v1/search", json=asked).json()["results"]]


def test_a_document_is_found_at_once_and_its_new_text_replaces_the_old(
    client: httpx.Client, folder: Path
) -> None:
    first = upsert(client, "zoo.md", "Zebras graze at dawn. Zebras sleep while standing.", kind="a")
    again = upsert(client, "zoo.md", "Zebras graze at dawn. Zebras sleep while standing.", kind="a")

    assert (first["added"], first["chunks"]) == (2, 7), "it is cut as the index cuts"
    assert (again["added"], again["unchanged"], again["chunks"]) == (0, 2, 7)
    changed = upsert(client, "zoo.md", "Zebras graze at dusk.")
    assert (changed["added"], changed["removed"]) == (1, 2)
    assert found(client, "zebras") == ["Zebras graze at dusk."]
    assert changed["index"]["version"] == client.get("/v1/index").json()["version"]
    assert len(Index.load(folder)) == 6, "it is on the disk"


def test_what_is_deleted_is_found_no_more(client: httpx.Client) -> None:
    [hit] = client.post("/v1/search", json={"query": "warranty", "k": 1}).json()["results"]

    for body, removed in (
        ({"ids": [hit["id"], "unknown"]}, 1),
        ({"sources": ["refunds.md"]}, 1),
        ({"filter": {"topic": "shipping"}}, 1),
    ):
        answer = client.post("/v1/index/delete", json=body)
        assert answer.json()["removed"] == removed, answer.text

    assert found(client, "warranty refunds warehouse") == []
    last = client.post("/v1/index/delete", json={"filter": {"topic": {"$exists": True}}})
    assert (last.status_code, "at least one" in last.text) == (400, True)
    assert client.get("/v1/index").json()["chunk_count"] == 2, "nothing of it was done"


def test_changes_by_many_at_once_are_all_kept(client: httpx.Client, folder: Path) -> None:
    ended = threading.Event()

    def search() -> int:
        asked = 0
        while not ended.is_set():
            assert client.get("/search", params={"query": "parcel"}).status_code == 200
            asked += 1
        return asked

    with ThreadPoolExecutor(9) as pool:
        searching = pool.submit(search)
        many = [pool.submit(upsert, client, f"n{n}.md", f"Number {n} is here.") for n in range(8)]
        for each in many:
            each.result()
        ended.set()
        assert searching.result()

    assert {f"n{n}.md" for n in range(8)} <= set(Index.load(folder).sources())


def test_reading_the_files_again_leaves_what_was_posted(
    client: httpx.Client, folder: Path, tmp_path: Path
) -> None:
    upsert(client, "posted.md", "Zebras graze at dawn.")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "kept.md").write_text("Lions hunt at night.")

    done = run_command(["index", "update", str(folder)], "", environment())

    assert done.returncode == 0, done.stderr
    sources = set(Index.load(folder).sources())
    assert "posted.md" in sources
    assert "refunds.md" not in sources, "it is not among the files that are read"


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("upsert", {"documents": []}, "at least 1 item"),
        ("upsert", {"documents": [{"source": "", "text": "a"}]}, "source"),
        ("upsert", {"documents": [{"source": "a", "text": " \n"}]}, "No chunks"),
        ("upsert", {"documents": [{"source": "a", "text": "b", "id": "c"}]}, "id: Extra"),
        ("delete", {}, "give ids, sources or a filter"),
        ("delete", {"filter": {"a": {"$regex": "b"}}}, "$regex"),
    ],
    ids=str,
)
def test_changes_that_cannot_be_understood_are_refused(
    client: httpx.Client, path: str, body: dict[str, Any], said: str
) -> None:
    version = client.get("/v1/index").json()["version"]

    answer = client.post(f"/v1/index/{path}", json=body)

    assert (answer.status_code, said in answer.json()["error"]["message"]) == (400, True), (
        answer.text
    )
    assert client.get("/v1/index").json()["version"] == version


def test_an_index_is_changed_only_where_that_was_meant(folder: Path) -> None:
    document = {"documents": [{"source": "a", "text": "b"}]}
    with serving(search_app(folder)) as url:
        refused = httpx.post(f"{url}/v1/index/upsert", json=document)
    with serving(search_app(folder, writable=True, keys=["k" * 20])) as url:
        unknown = httpx.post(f"{url}/v1/index/upsert", json=document)
        page = httpx.post(
            f"{url}/v1/index/upsert",
            content=b'{"documents": []}',
            headers={"x-api-key": "k" * 20, "content-type": "text/plain"},
        )

    assert (refused.status_code, "--writable" in refused.text) == (403, True)
    assert (unknown.status_code, page.status_code) == (401, 400)
    with pytest.raises(SearchError, match="with a key only"):
        serve_index(folder, host="0.0.0.0", insecure=True, writable=True)
