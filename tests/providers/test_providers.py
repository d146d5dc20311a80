"""Providers of models, through HTTP, against a provider that answers on this machine."""

from __future__ import annotations

import asyncio
import logging
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI

from fakes.openai_server import ANSWER, Answer, Body, OpenAI, openai_server
from pilothouse.evaluation.models import Completion, Message, Request
from pilothouse.platform.answers import add_error_answers
from pilothouse.platform.errors import BadRequest, Unavailable
from pilothouse.platform.prices import Prices
from pilothouse.platform.providers import Providers, routes
from pilothouse.platform.records import Records
from pilothouse.platform.records.versions import bring_up_to_date, upgrade
from pilothouse.platform.sealing import KEY_FILE, Sealer

Send = Callable[..., httpx.Response]
KEY = "sk-very-secret-key-0042"


@pytest.fixture
def models() -> Iterator[OpenAI]:
    with openai_server() as state:
        yield state


@pytest.fixture
def providers(records: Records, tmp_path: Path) -> Providers:
    return Providers(records, Sealer(tmp_path), Prices(records))


@pytest.fixture
def send(providers: Providers) -> Send:
    app = FastAPI()
    add_error_answers(app)
    app.include_router(routes.router(providers))

    def sent(method: str, path: str, body: Any = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, "/api/v1" + path, json=body)

        return asyncio.run(ask())

    return sent


def ask(providers: Providers, model: str) -> Completion:
    return asyncio.run(providers.chat(model).complete(Request(messages=[Message("user", "Hi")])))


def test_a_provider_is_asked_with_its_key_which_nobody_is_ever_told(
    send: Send, providers: Providers, models: OpenAI, records: Records, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)

    made = send(
        "PUT", "/providers/acme", {"base_url": f"{models.base_url}/", "api_key": KEY, "models": []}
    )
    kept = send("PUT", "/providers/acme", {"base_url": models.base_url, "models": ["gpt-4o"]})
    listed = send("GET", "/providers")
    tested = send("POST", "/providers/acme/test", {"model": "gpt-4o"})
    answer = ask(providers, "acme/gpt-4o")

    assert made.status_code == kept.status_code == 200
    assert kept.json() | {"created_at": 0, "updated_at": 0} == {
        "name": "acme",
        "kind": "openai",
        "base_url": models.base_url,
        "has_key": True,
        "key_hint": "…0042",
        "models": ["gpt-4o"],
        "created_at": 0,
        "updated_at": 0,
    }
    assert listed.json() == {"items": [kept.json()], "next_cursor": None}
    assert tested.json()["ok"]
    assert tested.json()["error"] is None
    assert answer.text == ANSWER
    assert [sent["Authorization"] for sent in models.headers] == [f"Bearer {KEY}"] * 2
    with records.read() as session:
        row = session.one("SELECT * FROM model_providers")
    told = "".join(one.text for one in (made, kept, listed, tested)) + caplog.text + str(row)
    assert KEY not in told


def test_the_cost_of_an_answer_is_that_of_the_price_table(
    providers: Providers, models: OpenAI, records: Records
) -> None:
    Prices(records).add(model="house-*", prices={"input": 1, "output": 2})
    providers.put("acme", base_url=models.base_url)

    answer = ask(providers, "acme/house-7b")

    assert answer.usage is not None
    assert answer.usage.cost == pytest.approx((25 * 1 + 12 * 2) / 1e6)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (Answer(status=401, body={"error": {"message": f"no such key: {KEY}"}}), "401: no such"),
        (Answer(status=429, body={"error": {"message": "slow down"}}), "429: slow down"),
        (Answer(body="<html>"), "no JSON object"),
    ],
)
def test_a_test_says_what_the_provider_said_and_hides_the_key_in_it(
    send: Send, models: OpenAI, script: Answer, error: str
) -> None:
    models.script = lambda _body: script
    send("PUT", "/providers/acme", {"base_url": models.base_url, "api_key": KEY})

    tested = send("POST", "/providers/acme/test", {"model": "gpt-4o"})

    assert tested.status_code == 200
    assert not tested.json()["ok"]
    assert error in tested.json()["error"]
    assert KEY not in tested.text
    assert len(models.asked) == 1


def test_a_call_that_is_limited_is_tried_again(providers: Providers, models: OpenAI) -> None:
    first = [Answer(status=429, headers={"retry-after-ms": "1"}, body={"error": "slow down"})]

    def script(_body: Body) -> Answer | None:
        return first.pop() if first else None

    models.script = script
    providers.put("acme", base_url=models.base_url)

    assert ask(providers, "acme/org/gpt-4o").text == ANSWER
    assert [body["model"] for _, body in models.asked] == ["org/gpt-4o"] * 2


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("acmee/gpt", "did you mean 'acme'"),
        ("zzz/gpt", "there are acme"),
        ("gpt-4o", "write provider/model"),
        ("acme/", "write provider/model"),
    ],
)
def test_a_model_of_no_provider_is_refused_with_the_nearest_one(
    providers: Providers, model: str, said: str
) -> None:
    providers.put("acme", base_url="http://127.0.0.1:1/v1")

    with pytest.raises(BadRequest, match=said):
        providers.chat(model)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a%20b", {"base_url": "http://host/v1"}),
        ("meta-llama/llama", {"base_url": "http://host/v1"}),
        ("acme", {"base_url": "ftp://host/v1"}),
        ("acme", {"base_url": "http://"}),
        ("acme", {"base_url": "http://host:port/v1"}),
        ("acme", {"base_url": "http://ann:secret@host/v1"}),
        ("acme", {"base_url": "http://host/v1?key=1"}),
        ("acme", {"base_url": "http://host/v1", "models": [" "]}),
        ("acme", {"base_url": "http://host/v1", "api_key": "two\nlines"}),
        ("acme", {"base_url": "http://host/v1", "api_key": 5}),
        ("acme", {"base_url": "http://host/v1", "token": "x"}),
        ("acme", {}),
    ],
)
def test_what_can_be_no_provider_is_refused(send: Send, name: str, body: Any) -> None:
    answer = send("PUT", f"/providers/{name}", body)

    assert answer.status_code == 400
    assert send("GET", "/providers").json()["items"] == []


def test_a_key_is_not_sent_to_another_address_unless_it_is_entered_again(send: Send) -> None:
    send("PUT", "/providers/acme", {"base_url": "http://host/v1", "api_key": KEY})

    moved = send("PUT", "/providers/acme", {"base_url": "http://thief/v1"})
    anew = send("PUT", "/providers/acme", {"base_url": "http://other/v1", "api_key": ""})

    assert moved.status_code == 400
    assert "enter the key again" in moved.json()["error"]["message"]
    assert (anew.json()["has_key"], anew.json()["key_hint"]) == (False, "")


def test_a_provider_that_was_removed_is_gone(send: Send) -> None:
    send("PUT", "/providers/acme", {"base_url": "http://host/v1"})

    assert send("DELETE", "/providers/acme").status_code == 204
    assert send("DELETE", "/providers/acme").status_code == 404
    assert send("POST", "/providers/acme/test", {"model": "m"}).status_code == 404


def test_only_its_owner_may_read_the_file_of_the_key(providers: Providers, tmp_path: Path) -> None:
    assert not (tmp_path / KEY_FILE).exists()

    providers.put("acme", base_url="http://host/v1", api_key=KEY)

    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if "secret" in path.name] == [KEY_FILE]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([], "secret.key is not there"),
        ([Fernet.generate_key().decode()], "encrypted with another key"),
        (["short"], "holds what is no key"),
    ],
)
def test_a_key_file_that_does_not_fit_is_said_clearly(
    providers: Providers, records: Records, tmp_path: Path, keys: list[str], said: str
) -> None:
    providers.put("acme", base_url="http://host/v1", api_key=KEY)
    (tmp_path / KEY_FILE).unlink()
    later = Providers(records, Sealer(tmp_path, keys), Prices(records))

    assert [one.name for one in later.every()] == ["acme"]
    with pytest.raises(Unavailable, match=f"key of provider 'acme' cannot be read.*{said}"):
        later.chat("acme/gpt-4o")


def test_an_older_key_can_be_dropped_once_a_server_ran_with_both(
    records: Records, tmp_path: Path, models: OpenAI
) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()

    def server(*keys: str) -> Providers:
        return Providers(records, Sealer(tmp_path, keys), Prices(records))

    server(old).put("acme", base_url=models.base_url, api_key=KEY)
    server(new, old).every()
    ask(server(new), "acme/gpt-4o")

    assert models.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_a_database_of_the_version_before_keeps_its_jobs_and_takes_providers(
    database_url: str, tmp_path: Path
) -> None:
    records = Records(database_url)
    upgrade(records, to="0003")
    job = (
        "INSERT INTO jobs (id, kind, title, arguments, created_at) VALUES (:id, 'k', 't', '{}', 5)"
    )
    with records.write() as session:
        session.run(job, id="before")

    bring_up_to_date(records)

    with records.write() as session:
        session.run(job, id="after")  # as the version before goes on to write them
        rows = session.all("SELECT id, status, cancelled_at FROM jobs ORDER BY id DESC")
    Providers(records, Sealer(tmp_path), Prices(records)).put("acme", base_url="http://host/v1")
    assert [tuple(row.values()) for row in rows] == [
        ("before", "queued", None),
        ("after", "queued", None),
    ]
    records.close()
