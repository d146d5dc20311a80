"""Two servers behind nginx and HAProxy on one host, with one PostgreSQL and one ClickHouse."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from clickhouse_process import ClickHouse
from fakes.unruly_provider import Act, Unruly, unruly_provider
from otlp import request, span, trace_id
from servers import ServerProcess
from topology.proxies import Proxy

pytestmark = pytest.mark.slow

EMAIL, PASSWORD = "ada@example.com", "correct horse battery staple"
REQUESTS = 1000
AT_ONCE = 8
TIMEOUT_S = 60


class Pair:
    """Two servers that share their stores, and an admin who knows a key."""

    def __init__(self, folder: Path, store: str, database: str) -> None:
        (folder / "password").write_text(PASSWORD)
        environ = {
            "PILOTHOUSE_ADMIN_EMAIL": EMAIL,
            "PILOTHOUSE_ADMIN_PASSWORD_FILE": str(folder / "password"),
            "PILOTHOUSE_SECRET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "PILOTHOUSE_PRIVATE_TARGETS": "true",
        }
        shared = ("--host", "0.0.0.0", "--store", store, "--database", database)
        self.servers = [
            ServerProcess(folder / name, *shared, environ=environ).start() for name in "ab"
        ]
        with httpx.Client(base_url=self.servers[0].url) as client:
            login(client)
            body = {"name": "all", "scopes": ["admin", "ingest", "read"]}
            made = client.post("/api/v1/keys", json=body)
            assert made.status_code == 201, made.text
            self.key = made.json()["key"]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    @property
    def upstreams(self) -> list[str]:
        return [f"127.0.0.1:{server.port}" for server in self.servers]


def login(client: httpx.Client) -> None:
    answer = client.post("/api/v1/login", json={"email": EMAIL, "password": PASSWORD})
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def pair(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    import psycopg

    name = f"topology_{os.getpid()}"
    with psycopg.connect(
        f"postgresql://postgres@/postgres?host={postgres_server}", autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    folder = tmp_path_factory.mktemp("platforms")
    clickhouse = ClickHouse(folder / "clickhouse").start()
    store = f"{clickhouse.url}/pilothouse_test_{uuid.uuid4().hex[:12]}"
    made = Pair(folder, store, f"postgresql://postgres@/{name}?host={postgres_server}")
    yield made
    codes = [server.stop() for server in made.servers]
    clickhouse.kill()
    assert codes == [0, 0]


@pytest.fixture(scope="module")
def provider() -> Iterator[Unruly]:
    with unruly_provider() as state:
        yield state


@pytest.fixture(scope="module")
def gateway(pair: Pair, provider: Unruly) -> Pair:
    """The pair with a provider of models."""
    body = {"base_url": provider.base_url, "api_key": "sk-x", "models": ["gpt-4o", "gpt-4o-mini"]}
    answer = httpx.put(
        f"{pair.servers[0].url}/api/v1/providers/acme", json=body, headers=pair.headers
    )
    assert answer.status_code == 200, answer.text
    return pair


def virtual_key(pair: Pair, **settings: Any) -> dict[str, str]:
    """The head of requests with a new key of the gateway, which the first server made."""
    address = f"{pair.servers[0].url}/api/v1/gateway/keys"
    made = httpx.post(address, json=settings, headers=pair.headers)
    assert made.status_code == 201, made.text
    return {"Authorization": f"Bearer {made.json()['key']}"}


@pytest.fixture(params=["nginx", "haproxy"])
def proxy(request: pytest.FixtureRequest, pair: Pair, tmp_path: Path) -> Iterator[Proxy]:
    for server in pair.servers:
        if server.process is None or server.process.poll() is not None:
            server.start()
    made = Proxy(request.param, tmp_path, pair.upstreams)
    yield made
    made.stop()


def until(look: Any, timeout_s: float = 30) -> Any:
    end = time.monotonic() + timeout_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.05)


def test_a_login_holds_on_every_server_and_its_end_too(proxy: Proxy, pair: Pair) -> None:
    with httpx.Client(base_url=proxy.url) as browser:
        login(browser)
        cookies = dict(browser.cookies)
        seen = [httpx.get(f"{s.url}/api/v1/me", cookies=cookies) for s in pair.servers]
        browser.post("/api/v1/logout")

    assert [answer.json()["email"] for answer in seen] == [EMAIL, EMAIL]
    for server in pair.servers:  # a server remembers for some seconds who it has just let in
        until(
            lambda at=server: httpx.get(f"{at.url}/api/v1/me", cookies=cookies).status_code == 401
        )


def test_a_key_made_on_one_server_is_known_and_forgotten_by_the_other(pair: Pair) -> None:
    one, other = pair.servers
    body = {"name": "short-lived", "scopes": ["read"]}
    made = httpx.post(f"{one.url}/api/v1/keys", json=body, headers=pair.headers).json()
    headers = {"Authorization": f"Bearer {made['key']}"}

    known = httpx.get(f"{other.url}/api/v1/projects", headers=headers).status_code
    httpx.delete(f"{one.url}/api/v1/keys/{made['id']}", headers=pair.headers).raise_for_status()

    assert known == 200
    until(lambda: httpx.get(f"{other.url}/api/v1/projects", headers=headers).status_code == 401)


def test_a_browser_stays_signed_in_and_acknowledged_spans_stay_when_a_server_is_killed(
    proxy: Proxy, pair: Pair
) -> None:
    victim, survivor = pair.servers
    project = f"killed-{proxy.port}"
    with httpx.Client(base_url=proxy.url, timeout=TIMEOUT_S) as browser:
        login(browser)
        taken = victim.call(
            "POST", "/v1/traces", request(span(trace_id()), project=project), pair.headers
        )
        assert taken[0] == 200
        victim.stop(signal.SIGKILL)
        said = [browser.get("/api/v1/me").status_code for _ in range(50)]
        victim.start()

    assert set(said) <= {200}
    until(lambda: counted(survivor, pair, {"project": project}) == 1)


def counted(server: ServerProcess, pair: Pair, question: dict[str, Any]) -> int:
    answer = httpx.post(f"{server.url}/api/v1/spans/count", json=question, headers=pair.headers)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["count"])


def test_the_live_list_tells_of_spans_that_came_to_the_other_server(
    proxy: Proxy, pair: Pair
) -> None:
    project = f"live-{proxy.port}"
    for server in pair.servers:
        server.call("POST", "/v1/traces", request(span(trace_id()), project=project), pair.headers)
    with httpx.stream(
        "GET",
        f"{proxy.url}/api/v1/traces/tail?project={project}",
        headers=pair.headers,
        timeout=TIMEOUT_S,
    ) as tail:
        lines = tail.iter_lines()
        assert next(line for line in lines if line.startswith("event:")) == "event: ready"
        sent = [trace_id(), trace_id()]
        for server, trace in zip(pair.servers, sent, strict=True):
            server.call("POST", "/v1/traces", request(span(trace), project=project), pair.headers)
        told: set[str] = set()
        while not told >= set(sent):
            line = next(lines)
            if line.startswith('data: {"'):
                told.add(json.loads(line[6:])["trace_id"])


def test_a_models_first_words_pass_the_gateway_and_the_proxy_before_its_last(
    proxy: Proxy, gateway: Pair, provider: Unruly
) -> None:
    provider.acts["gpt-4o"] = [Act(ends="never")]
    body = {
        "model": "acme/gpt-4o",
        "stream": True,
        "messages": [{"role": "user", "content": f"hello {proxy.port}"}],
    }
    with httpx.stream(
        "POST",
        f"{proxy.url}/v1/chat/completions",
        json=body,
        headers=virtual_key(gateway, name="streams"),
        timeout=TIMEOUT_S,
    ) as answer:
        assert answer.status_code == 200, answer.read()
        first = next(line for line in answer.iter_lines() if line.startswith("data: "))

    assert "choices" in json.loads(first[6:])


def test_a_limit_of_requests_is_counted_by_each_server_for_itself(gateway: Pair) -> None:
    """The least and the most that pass: what is not there yet is one count for all servers."""
    headers = virtual_key(gateway, name="limited", requests_per_minute=5)
    asked = {"model": "acme/gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]}

    said = [
        httpx.post(f"{server.url}/v1/chat/completions", json=asked, headers=headers).status_code
        for server in islice(cycle(gateway.servers), 24)
    ]

    assert set(said) == {200, 429}
    assert 5 <= said.count(200) <= 12


def test_none_of_a_thousand_requests_fails_while_servers_are_restarted_one_by_one(
    proxy: Proxy, pair: Pair
) -> None:
    project = f"rolling-{proxy.port}"
    done: Counter[Any] = Counter()
    restarted = asyncio.Event()

    async def send(client: aiohttp.ClientSession) -> None:
        while done.total() < REQUESTS or not restarted.is_set():
            body = json.dumps(request(span(trace_id()), project=project))
            try:
                async with client.post(f"{proxy.url}/v1/traces", data=body) as answer:
                    await answer.read()
                    done[answer.status] += 1
            except aiohttp.ClientError as error:
                done[type(error).__name__] += 1

    async def restart() -> list[int]:
        codes = []
        for server in pair.servers:
            codes.append(await asyncio.to_thread(server.stop))
            await asyncio.to_thread(server.start)
            await asyncio.sleep(SEEN_AGAIN_S)
        restarted.set()
        return codes

    async def both() -> list[int]:
        headers = {"Content-Type": "application/json", **pair.headers}
        async with aiohttp.ClientSession(headers=headers) as client:
            tasks = [asyncio.create_task(send(client)) for _ in range(AT_ONCE)]
            codes = await restart()
            await asyncio.gather(*tasks)
            return codes

    codes = asyncio.run(both())

    assert set(done) == {200}, (done, proxy.log.read_text()[-2000:])
    assert done[200] >= REQUESTS
    assert codes == [0, 0]
    until(lambda: counted(pair.servers[0], pair, {"project": project}) == done[200])


SEEN_AGAIN_S = 3.0
"""Until a proxy that looks once a second has seen that a server is back, at the latest."""
