"""An index over HTTP: the book's route to the letter, structured answers, clear refusals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pilothouse.search import Index, IndexUnusable, SearchError, serve_index, split
from pilothouse.search.serving import held
from pilothouse.search.serving.app import search_app
from search_world import documents
from servers import serving

KEY = "a-key-that-nobody-guesses"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("served") / "ix"
    Index.build(split(documents()), "hash:512").save(path)
    return path


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[httpx.Client]:
    def longest(query: str, texts: Any) -> list[float]:
        return [len(text) for text in texts]

    with (
        serving(search_app(folder, rerank=longest)) as url,
        httpx.Client(base_url=url) as client,
    ):
        yield client


def refused(answer: httpx.Response, status: int = 400) -> str:
    """What an error says."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details"}
    return str(error["message"])


def test_the_books_route_answers_with_the_books_string(client: httpx.Client) -> None:
    found = client.get("/search", params={"query": "forgotten password"}).json()

    text = "Reset a forgotten password by the link in the e-mail."
    assert found == f"From http://accounts.md\n\n{text}\n====\n\n"


def test_the_books_route_takes_what_the_structured_one_does(client: httpx.Client) -> None:
    params = {
        "query": "parcel",
        "k": 2,
        "mode": "lexical",
        "format": "json",
        "filter": '{"topic": "returns"}',
    }

    found = client.get("/search", params=params).json()

    assert [hit["source"] for hit in found["results"]] == ["returns.md"]
    assert client.get("/search", params={"query": "parcel", "k": 3}).json().count("====") == 3


def test_a_structured_answer_has_scores_times_and_the_version(client: httpx.Client) -> None:
    body = {"query": "refunds paid", "k": 1, "include": ["text", "metadata", "vector"]}

    found = client.post("/v1/search", json=body).json()

    [hit] = found["results"]
    assert hit["source"] == "refunds.md"
    assert hit["metadata"]["topic"] == "refunds"
    assert hit["score"] > 0.3
    assert len(hit["vector"]) == 512
    assert set(found["timings"]) == {"embed_ms", "search_ms"}
    assert found["index"]["version"] == client.get("/v1/index").json()["version"]


def test_several_questions_are_answered_at_once(client: httpx.Client) -> None:
    body = {"queries": ["password", "warranty screens"], "k": 1, "include": []}

    found = client.post("/v1/search", json=body).json()["results"]

    assert [[hit["source"] for hit in hits] for hits in found] == [["accounts.md"], ["warranty.md"]]
    assert set(found[0][0]) == {"id", "score", "source"}


def test_a_reranker_of_the_server_is_used_where_asked_for(client: httpx.Client) -> None:
    found = client.post("/v1/search", json={"query": "refunds", "k": 1, "rerank": True}).json()

    assert found["results"][0]["source"] == "shipping.md"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "give either query or queries"),
        ({"query": "a", "queries": ["b"]}, "give either query or queries"),
        ({"query": "a", "kk": 3}, "kk: Extra inputs"),
        ({"query": "a", "k": 0}, "k: Input should be greater"),
        ({"query": "a", "mode": "fuzzy"}, "mode: Input should be 'similarity'"),
        ({"query": "a", "filter": {"x": {"$regex": "y"}}}, "compared by $regex"),
        ({"query": "a", "mode": "hybrid", "threshold": 0.5}, "hybrid has other scores"),
        ({"query": "x" * 10_001}, "query: String should have at most"),
        ({"queries": ["x" * 10_001]}, "more than 10000 characters"),
    ],
    ids=str,
)
def test_bodies_that_cannot_be_understood_are_refused(
    client: httpx.Client, body: dict[str, Any], said: str
) -> None:
    assert said in refused(client.post("/v1/search", json=body))


def test_other_bad_requests_are_refused_too(client: httpx.Client) -> None:
    assert "query=" in refused(client.get("/search"))
    assert "no JSON" in refused(client.get("/search", params={"query": "a", "filter": "{"}))
    assert "book or json" in refused(client.get("/search", params={"query": "a", "format": "x"}))
    assert "Invalid JSON" in refused(client.post("/v1/search", content=b"{"))
    assert "1,000,000 bytes" in refused(client.post("/v1/search", content=b"x" * 1_000_001))


def test_health_metrics_and_page_are_there(client: httpx.Client) -> None:
    client.get("/search", params={"query": "password"})

    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").status_code == 200
    metrics = client.get("/metrics").text
    assert 'pilothouse_search_requests_total{route="/search",status="200"}' in metrics
    assert "pilothouse_search_chunks 5.0" in metrics
    page = client.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "https://" not in page.text  # nothing from elsewhere
    assert client.get("/page/search.js").status_code == 200
    assert client.get("/page/app.py").status_code == 404


def test_with_keys_only_who_has_one_may_ask(folder: Path) -> None:
    with (
        serving(search_app(folder, keys=[KEY])) as url,
        httpx.Client(base_url=url, params={"query": "a"}) as client,
    ):
        assert "Authorization" in refused(client.get("/search"), 401)
        assert refused(client.get("/search", headers={"x-api-key": "wrong"}), 401)
        assert refused(client.get("/v1/index"), 401)
        assert client.get("/search", headers={"Authorization": f"Bearer {KEY}"}).is_success
        assert client.get("/search", headers={"x-api-key": KEY}).is_success
        assert client.get("/healthz").is_success


def test_a_foreign_host_name_is_refused_on_loopback(folder: Path) -> None:
    with serving(search_app(folder, hosts=["127.0.0.1"])) as url:
        assert httpx.get(f"{url}/healthz").status_code == 200
        assert httpx.get(f"{url}/healthz", headers={"Host": "evil.example"}).status_code == 400


def test_an_index_that_is_saved_anew_is_taken_over_and_a_broken_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "_LOOK_S", 0.0)
    folder = tmp_path / "ix"
    index = Index.build(split(documents()), "hash:64")
    index.save(folder)

    def found(client: httpx.Client) -> str:
        params = {"query": "zebras graze", "mode": "lexical"}
        return str(client.get("/search", params=params).json())

    with serving(search_app(folder)) as url, httpx.Client(base_url=url) as client:
        assert found(client) == ""
        index.update(["Zebras graze at dawn."])
        index.save(folder)
        assert "dawn" in found(client)
        (folder / "manifest.json").write_text("{}")
        assert "dawn" in found(client)


def test_an_address_that_others_reach_asks_for_keys(folder: Path) -> None:
    with pytest.raises(SearchError, match=r"0\.0\.0\.0 can be reached by others"):
        serve_index(folder, host="0.0.0.0")


def test_a_folder_without_an_index_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(IndexUnusable, match="no such folder"):
        search_app(tmp_path / "none")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (r'{"\ud800": 1}', "no JSON"),
        (r'{"a": {"\ud800": 1}}', "no JSON"),
        ("[" * 20_000, "no JSON"),
        ('{"a": NaN}', "no JSON"),
        ("5", "dictionary"),
    ],
)
def test_odd_filters_of_the_books_route_are_refused(
    client: httpx.Client, given: str, said: str
) -> None:
    assert said in refused(client.get("/search", params={"query": "a", "filter": given}))


def test_a_filter_of_too_many_conditions_is_refused(client: httpx.Client) -> None:
    def asked(count: int) -> httpx.Response:
        parts = [{"a": number} for number in range(count)]
        return client.post("/v1/search", json={"query": "a", "filter": {"$or": parts}})

    assert asked(501).status_code == 200
    assert "500 conditions" in refused(asked(3000))
