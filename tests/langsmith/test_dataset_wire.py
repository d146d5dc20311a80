"""Datasets, examples and projects on the wire: what the client's own methods do not show."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from servers import ServerProcess


@pytest.fixture
def http(server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/langsmith", timeout=100) as client:
        yield client


@pytest.fixture
def dataset(http: httpx.Client) -> str:
    made = http.post("/datasets", json={"name": f"d{uuid.uuid4().hex[:8]}"})
    assert made.status_code == 200
    return str(made.json()["id"])


def part(name: str, body: str, kind: str = "application/json") -> tuple[str, tuple[None, str, str]]:
    return name, (None, body, kind)


@pytest.mark.parametrize(
    "path", ["/datasets/", "/api/datasets", "/api/v1/datasets/", "/api/v1/sessions/", "/examples/"]
)
def test_lists_answer_under_every_spelling_without_a_redirect(
    http: httpx.Client, dataset: str, path: str
) -> None:
    found = http.get(path, params={"dataset": dataset, "limit": 1})
    assert found.status_code == 200
    assert isinstance(found.json(), list)


def test_an_unknown_id_is_404_and_an_unknown_name_an_empty_list(
    http: httpx.Client, dataset: str
) -> None:
    nobody = uuid.uuid4()
    for path in (
        *(f"/datasets/{nobody}", f"/sessions/{nobody}", f"/examples/{nobody}"),
        *(f"/datasets/{nobody}/versions", f"/datasets/{nobody}/splits"),
        *(f"/datasets/{dataset}/version?tag=nobody", f"/datasets/comparative/{nobody}"),
    ):
        assert http.get(path).status_code == 404, path
        assert "detail" in http.get(path).json()
    for path in ("/datasets?name=nobody", "/sessions?name=nobody"):
        assert http.get(path).json() == []
    assert http.get("/datasets/no-uuid").status_code == 422
    assert http.patch(f"/sessions/{nobody}", json={"name": "x"}).status_code == 404
    sent = http.post(f"/v1/platform/datasets/{nobody}/examples", files=[part(str(nobody), "{}")])
    assert sent.status_code == 404


def test_the_same_request_again_changes_nothing(http: httpx.Client, dataset: str) -> None:
    one = str(uuid.uuid4())
    files = [part(one, '{"split": "a"}'), part(f"{one}.inputs", '{"q": 1}')]
    path = f"/v1/platform/datasets/{dataset}/examples"
    first, second = (http.post(path, files=files) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.json()["example_ids"] == [one]
    assert len(http.get(f"/datasets/{dataset}/versions").json()) == 1
    other = http.post(path, files=[part(one, "{}"), part(f"{one}.inputs", '{"q": 2}')])
    assert other.status_code == 409
    body = {"name": f"e{uuid.uuid4().hex[:8]}", "id": str(uuid.uuid4())}
    for more in ({}, {"reference_dataset_id": dataset, "extra": {"metadata": {"a": 1}}}):
        given: dict[str, Any] = {**body, **more, "id": str(uuid.uuid4())}
        given["name"] += str(len(more))
        made = [http.post("/sessions", json=given) for _ in range(2)]
        assert [each.status_code for each in made] == [200, 200]
        assert made[0].json()["id"] == made[1].json()["id"] == given["id"]
        assert http.post("/sessions", json={"name": given["name"]}).status_code == 409


def test_all_of_an_upload_is_taken_or_nothing(http: httpx.Client, dataset: str) -> None:
    path = f"/v1/platform/datasets/{dataset}/examples"
    one, two = str(uuid.uuid4()), str(uuid.uuid4())
    good = [part(one, "{}"), part(f"{one}.inputs", "{}")]
    for bad, status in (
        ([part(two, "{")], 400),
        ([part(two, "[]")], 422),
        ([part(f"{two}.inputs", "{}")], 422),
        ([part(two, "{}"), part(f"{two}.inputs", "7")], 422),
        ([part(two, "{}"), part(f"{two}.what", "{}")], 422),
        ([part(two, '{"split": 7}')], 422),
        ([part("no-uuid", "{}")], 422),
    ):
        sent = http.post(path, files=good + bad)
        assert sent.status_code in (status, 400, 422), sent.text
    assert http.post(path, content=b"x", headers={"Content-Type": "text/plain"}).status_code == 400
    assert http.get("/examples", params={"dataset": dataset}).json() == []


def test_examples_show_no_attachments_unless_asked(http: httpx.Client, dataset: str) -> None:
    one = str(uuid.uuid4())
    files = [
        part(one, "{}"),
        part(f"{one}.attachment.a.attachment.b", "bytes", "text/plain; length=5"),
    ]
    path = f"/v1/platform/datasets/{dataset}/examples"
    assert http.post(path, files=files).status_code == 201
    about = {"dataset": dataset}
    [bare] = http.get("/examples", params=about).json()
    assert not {"attachments", "attachment_urls"} & bare.keys()
    assert bare["inputs"] == {}
    [whole] = http.get("/examples", params={**about, "select": ["attachment_urls"]}).json()
    [(name, link)] = whole["attachment_urls"].items()
    assert (name, link["mime_type"]) == ("attachment.a.attachment.b", "text/plain")
    got = httpx.get(link["presigned_url"], headers={"x-api-key": "wrong"})
    assert (got.status_code, got.content) == (200, b"bytes")
    refused = http.get(link["presigned_url"][:-1] + "x")
    assert refused.status_code == 403


def test_null_leaves_everything_as_it_is(http: httpx.Client, dataset: str) -> None:
    made = http.post(
        "/examples",
        json={"dataset_id": dataset, "inputs": {"q": 1}, "outputs": {"a": 1}, "split": "x"},
    ).json()
    nothing = dict.fromkeys(("inputs", "outputs", "metadata", "split"))
    changed = http.patch(f"/examples/{made['id']}", json=nothing).json()
    assert {**changed, "modified_at": ""} == {**made, "modified_at": ""}
    many = http.patch("/examples/bulk", json=[{"id": made["id"], "outputs": {"a": 2}}]).json()
    assert many == {"message": "1 examples updated", "count": 1}
    name = f"p{uuid.uuid4().hex[:8]}"
    project = http.post(
        "/sessions", json={"name": name, "description": "x", "extra": {"metadata": {"a": 1}}}
    ).json()
    nothing = dict.fromkeys(("name", "description", "extra", "end_time"))
    assert http.patch(f"/sessions/{project['id']}", json=nothing).json() == project
    replaced = http.patch(f"/sessions/{project['id']}", json={"extra": {"b": 1}}).json()
    assert replaced["extra"] == {"b": 1}


def test_naive_times_are_utc(http: httpx.Client, dataset: str) -> None:
    body = {"dataset_id": dataset, "inputs": {}, "created_at": "2026-01-02T03:04:05.000006"}
    made = http.post("/examples", json=body).json()
    assert made["created_at"] == "2026-01-02T03:04:05.000006+00:00"
    about = {"dataset": dataset, "as_of": made["modified_at"].removesuffix("+00:00")}
    assert len(http.get("/examples", params=about).json()) == 1
    tag = {"as_of": about["as_of"], "tag": "t"}
    assert http.put(f"/datasets/{dataset}/tags", json=tag).json()["tags"] == ["latest", "t"]
