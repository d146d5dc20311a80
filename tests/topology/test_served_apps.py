"""Several served apps behind nginx, HAProxy and Caddy on one host, with one PostgreSQL."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from topology.proxies import COMMANDS, Proxy
from topology.workers import Worker

pytestmark = pytest.mark.slow

REQUESTS = 1000
AT_ONCE = 16


@pytest.fixture(scope="module")
def database(postgres_server: str) -> str:
    return f"postgresql://postgres@/postgres?host={postgres_server}"


@pytest.fixture(scope="module")
def workers(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Worker]]:
    folder = tmp_path_factory.mktemp("workers")
    environ = {"PILOTHOUSE_SERVE_DRAIN_DELAY": "4", "PILOTHOUSE_SERVE_GRACE": "5"}
    made = [Worker(folder, database, **environ) for _ in range(2)]
    for each in made:
        each.start()
    yield made
    for each in made:
        each.kill()


@pytest.fixture(params=COMMANDS)
def proxy(request: pytest.FixtureRequest, workers: list[Worker], tmp_path: Path) -> Iterator[Proxy]:
    """Each of them before the workers, which all run."""
    for each in workers:
        if each.process is None or each.process.poll() is not None:
            each.start()
    made = Proxy(request.param, tmp_path, [f"127.0.0.1:{w.port}" for w in workers])
    found: set[str] = set()

    def all_are_reached() -> bool:
        answer = httpx.post(f"{made.url}/who/invoke", json={"input": ""})
        found.add(str(answer.json().get("output")))
        return found >= {str(worker.pid) for worker in workers}

    until(all_are_reached)
    yield made
    made.stop()


class Stream:
    """A stream that is open: its first piece was read."""

    def __init__(self, proxy: Proxy, gate: Path) -> None:
        self._gate = gate
        self._client = httpx.Client(timeout=30)
        body = {"input": str(gate)}
        self._open = self._client.stream("POST", f"{proxy.url}/drip/stream", json=body)
        self._answer = self._open.__enter__()
        self._lines = self._answer.iter_lines()
        first = (re.fullmatch(r'data: ?"(\d+) "', line) for line in self._lines)
        self.pid = int(next(found for found in first if found)[1])

    def rest(self) -> str:
        """Whatever comes once its target may go on."""
        self._gate.touch()
        return "\n".join(self._lines)

    def close(self) -> None:
        self._answer.close()
        self._client.close()


@pytest.fixture
def streams(proxy: Proxy, tmp_path: Path) -> Iterator[dict[int, Stream]]:
    """One through the proxy to each worker, by its process."""
    found: dict[int, Stream] = {}
    opened: list[Stream] = []
    end = time.monotonic() + 30
    while len(found) < 2:
        assert time.monotonic() < end, "the proxy uses one worker only"
        stream = Stream(proxy, tmp_path / f"gate-{len(opened)}")
        opened.append(stream)
        found.setdefault(stream.pid, stream)
    yield found
    for stream in opened:
        stream.close()


def until(true: Callable[[], Any], timeout_s: float = 30) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end, "it never became so"
        time.sleep(0.02)


def test_the_first_piece_arrives_before_the_last_is_made(
    proxy: Proxy, streams: dict[int, Stream]
) -> None:
    # Each stream's first piece was read already, and its target waits for that.
    for stream in streams.values():
        assert "last" in stream.rest()


def test_a_conversation_goes_on_with_whichever_worker(proxy: Proxy, workers: list[Worker]) -> None:
    thread = f"talk-{proxy.port}"
    said = []
    for number, url in enumerate([workers[0].url, workers[1].url, proxy.url, workers[0].url]):
        body = {"input": str(number), "thread_id": thread}
        said.append(httpx.post(f"{url}/remember/invoke", json=body).json()["output"])

    assert said == ["0", "0 1", "0 1 2", "0 1 2 3"]


def test_a_run_is_ended_by_asking_any_worker(workers: list[Worker], tmp_path: Path) -> None:
    for each in workers:
        if each.process is None or each.process.poll() is not None:
            each.start()
    one, other = workers
    body = {"input": str(tmp_path / "gate")}
    with httpx.stream("POST", f"{one.url}/drip/stream", json=body, timeout=30) as answer:
        lines = answer.iter_lines()
        run = next(m[1] for line in lines if (m := re.search(r'"run_id":"([0-9a-f-]+)"', line)))
        next(line for line in lines if re.fullmatch(r'data: ?"\d+ "', line))

        asked = httpx.post(f"{other.url}/v1/runs/{run}/cancel")
        rest = "\n".join(lines)

    assert asked.status_code == 200, asked.text
    assert "cancelled" in rest
    assert "last" not in rest


def test_a_killed_worker_loses_its_own_streams_and_no_other(
    proxy: Proxy, workers: list[Worker], streams: dict[int, Stream]
) -> None:
    victim, survivor = workers
    victim.kill()

    assert "last" in streams[survivor.pid].rest()
    with suppress(httpx.HTTPError):  # how a client learns that it was cut
        assert "last" not in streams[victim_pid(streams, survivor)].rest()


def test_a_killed_worker_closes_its_own_websockets_and_no_other(
    proxy: Proxy, workers: list[Worker], tmp_path: Path
) -> None:
    victim, survivor = workers
    gate = tmp_path / "gate"
    address = proxy.url.replace("http", "ws") + "/ws"
    opened: dict[int, ClientConnection] = {}
    with ExitStack() as closing:
        while len(opened) < len(workers):
            socket = closing.enter_context(connect(address))
            socket.send(str(gate))
            opened[int(piece(socket))] = socket

        victim.kill()
        gate.touch()

        assert piece(opened[survivor.pid]) == "last"
        with pytest.raises(ConnectionClosed):
            piece(opened[victim_pid(opened, survivor)])


def piece(socket: ClientConnection) -> str:
    """The next one of an answer, what frames it passed over."""
    while True:
        frame = json.loads(socket.recv(timeout=30))
        if frame["sender"] == "bot" and frame["message"].strip():
            return str(frame["message"]).strip()


def victim_pid(streams: dict[int, Any], survivor: Worker) -> int:
    [pid] = set(streams) - {survivor.pid}
    return pid


def test_what_a_killed_worker_had_begun_is_not_begun_again(
    proxy: Proxy, workers: list[Worker], tmp_path: Path
) -> None:
    note = tmp_path / "note"

    async def ask() -> int | None:
        try:
            async with (
                aiohttp.ClientSession() as client,
                client.post(f"{proxy.url}/once/invoke", json={"input": str(note)}) as answer,
            ):
                return answer.status
        except aiohttp.ClientError:
            return None

    async def killed() -> int | None:
        asking = asyncio.create_task(ask())
        await asyncio.to_thread(until, lambda: note.exists() and note.read_text())
        begun_by = int(note.read_text())
        next(w for w in workers if w.pid == begun_by).kill()
        return await asyncio.wait_for(asking, 30)

    status = asyncio.run(killed())
    after = [httpx.post(f"{proxy.url}/who/invoke", json={"input": ""}) for _ in range(100)]

    assert status in (None, 502)
    assert note.read_text().count("\n") == 1
    assert {answer.status_code for answer in after} == {200}


def test_none_of_a_thousand_requests_fails_while_workers_are_restarted_one_by_one(
    proxy: Proxy, workers: list[Worker]
) -> None:
    done: Counter[Any] = Counter()
    served_by: set[str] = set()
    restarted = asyncio.Event()

    async def ask(client: aiohttp.ClientSession) -> None:
        while done.total() < REQUESTS or not restarted.is_set():
            try:
                async with client.post(f"{proxy.url}/who/invoke", json={"input": ""}) as answer:
                    said = await answer.json(content_type=None) if answer.status == 200 else {}
                    served_by.add(said.get("output", ""))
                    done[answer.status] += 1
            except aiohttp.ClientError as error:
                done[type(error).__name__] += 1

    async def restart() -> list[int]:
        codes = []
        for worker in workers:
            codes.append(await asyncio.to_thread(worker.stop))
            await asyncio.to_thread(worker.start)
            found_again = partial(lambda pid: str(pid) in served_by, worker.pid)
            await asyncio.to_thread(until, found_again)
        restarted.set()
        return codes

    async def both() -> list[int]:
        async with aiohttp.ClientSession() as client:
            tasks = [asyncio.create_task(ask(client)) for _ in range(AT_ONCE)]
            codes = await restart()
            await asyncio.gather(*tasks)
            return codes

    codes = asyncio.run(both())

    assert set(done) == {200}, (done, proxy.log.read_text()[-2000:])
    assert done[200] >= REQUESTS
    assert codes == [0, 0]
    assert len(served_by) == 4
