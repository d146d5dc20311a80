"""The server with its spans on a ClickHouse server, and what happens when that goes away.

Runs against `clickhouse_front.py`, or against a real server when PILOTHOUSE_TEST_CLICKHOUSE names
one (clickhouse://user:password@host:port); a real server is never stopped.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest

from clickhouse_process import REAL, ClickHouse
from otlp import attributes, request, span, trace_id
from run_uploads import ending, new_run, operation, sent, spans_of
from servers import ServerProcess

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    started = ClickHouse(tmp_path_factory.mktemp("clickhouse") / "data").start()
    yield started
    started.kill()


@pytest.fixture(scope="module")
def database() -> str:
    """A database that does not exist yet."""
    return f"pilothouse_test_{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def remote(
    clickhouse: ClickHouse, database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServerProcess]:
    """A Pilothouse whose spans are on that server."""
    data = tmp_path_factory.mktemp("remote") / "data"
    server = ServerProcess(data, "--store", f"{clickhouse.url}/{database}").start()
    yield server
    code = server.stop()
    if REAL:
        client = clickhouse_connect.get_client(dsn=REAL)
        client.command(f"DROP DATABASE IF EXISTS {database}")
        client.close()
    assert code == 0, server.said()[-2000:]


def test_a_trace_is_listed_opened_filtered_and_found_by_its_text(remote: ServerProcess) -> None:
    trace = trace_id()
    chat = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 50,
        "session.id": "talk-1",
        "user.id": "u-1",
        "input.value": "Where is my parcel? 小包はどこですか",
        "output.value": "It is in Rotterdam.",
    }
    agent = span(trace, "11" * 8, name="agent")
    call = span(trace, "22" * 8, "11" * 8, name="chat", attributes=attributes(chat))

    assert remote.call("POST", "/v1/traces", request(agent, call, project="parcels"))[0] == 200

    [listed] = remote.get("/api/v1/traces?project=parcels")["items"]
    assert listed["trace_id"] == trace
    assert listed["usage"]["total_tokens"] == 1050
    opened = remote.get(f"/api/v1/traces/{trace}")
    assert {s["name"]: s["input"] for s in opened["spans"]} == {
        "agent": None,
        "chat": chat["input.value"],
    }
    for question in (
        "filter=model%20=%20%22gpt-4o%22%20and%20usage.total_tokens%20%3E%201k",
        "q=rotterdam",
        "q=%22in%20Rotterdam%22",
        "q=%E5%B0%8F%E5%8C%85",
    ):
        found = remote.get(f"/api/v1/traces?project=parcels&{question}")["items"]
        assert [t["trace_id"] for t in found] == [trace], question
    assert not remote.get("/api/v1/traces?project=parcels&q=Antwerp")["items"]
    [session] = remote.get("/api/v1/sessions?project=parcels")["items"]
    assert session["session_id"] == "talk-1"
    [user] = remote.get("/api/v1/users?project=parcels")["items"]
    assert user["user_id"] == "u-1"
    facets = remote.get("/api/v1/facets?project=parcels&scope=spans&field=model")
    assert "gpt-4o" in str(facets)


def test_measures_count_what_is_on_the_server(remote: ServerProcess) -> None:
    spans = [span(trace_id(), status={"code": 2}) for _ in range(3)] + [span(trace_id())]
    remote.call("POST", "/v1/traces", request(*spans, project="measured"))

    question = {
        "project": "measured",
        "scope": "spans",
        "measures": ["count", "error_count", "p50(duration_ms)"],
        "group_by": ["status"],
    }
    status, answer = remote.call("POST", "/api/v1/metrics/query", question)

    assert status == 200, answer
    counts = {s["group"]["status"]: s["points"][0]["count"] for s in answer["series"]}
    assert counts == {"error": 3, "unset": 1}


def test_scores_come_and_go(remote: ServerProcess) -> None:
    trace = trace_id()
    remote.call("POST", "/v1/traces", request(span(trace), project="scored"))
    score = {"project": "scored", "trace_id": trace, "name": "helpful", "value": 0.25}

    status, made = remote.call("POST", "/api/v1/scores", score)

    assert status < 300, made
    [kept] = remote.get("/api/v1/scores?project=scored")["items"]
    assert kept["value"] == 0.25
    [found] = remote.get("/api/v1/traces?project=scored&filter=scores.helpful%20%3C%200.5")["items"]
    assert found["trace_id"] == trace
    assert remote.call("DELETE", f"/api/v1/scores/{kept['id']}?project=scored")[0] < 300
    assert not remote.get("/api/v1/scores?project=scored")["items"]


def test_values_beyond_what_a_url_holds_reach_the_server(remote: ServerProcess) -> None:
    """4,000 wrappers whose calls come later: their usage stops counting, all at once."""
    trace = trace_id()
    usage = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 1}
    wrappers = [
        span(trace, f"{n:016x}", attributes=attributes(usage | {"gen_ai.response.id": f"r{n}"}))
        for n in range(1, 4001)
    ]
    calls = [
        span(
            trace,
            f"{n + 100_000:016x}",
            f"{n:016x}",
            attributes=attributes(usage | {"gen_ai.response.id": f"r{n}"}),
        )
        for n in range(1, 4001)
    ]
    remote.call("POST", "/v1/traces", request(*wrappers, project="wrapped"))
    assert remote.get("/api/v1/traces?project=wrapped")["items"][0]["usage"]["total_tokens"] == 4000

    remote.call("POST", "/v1/traces", request(*calls, project="wrapped"))

    [listed] = remote.get("/api/v1/traces?project=wrapped")["items"]
    assert listed["span_count"] == 8000
    assert listed["usage"]["total_tokens"] == 4000


def test_a_project_is_deleted_with_its_spans(remote: ServerProcess) -> None:
    remote.call("POST", "/v1/traces", request(span(trace_id()), project="doomed"))
    assert remote.count(project="doomed") == 1

    status, job = remote.call("DELETE", "/api/v1/projects/doomed")

    assert status in (200, 202), job
    end = time.monotonic() + 120
    while time.monotonic() < end and remote.call("GET", "/api/v1/projects/doomed")[0] != 404:
        time.sleep(0.1)
    assert remote.call("GET", "/api/v1/traces?project=doomed")[0] in (200, 404)
    assert "doomed" not in str(remote.get("/api/v1/traces?limit=1000"))


@pytest.fixture
def second(
    remote: ServerProcess, clickhouse: ClickHouse, database: str, tmp_path: Path
) -> Iterator[ServerProcess]:
    """A replica, which shares the records and the spans."""
    started = ServerProcess(
        tmp_path / "second",
        "--store",
        f"{clickhouse.url}/{database}",
        "--database",
        f"sqlite:///{remote.data}/pilothouse.db",
    ).start()
    yield started
    assert started.stop() == 0


def test_a_second_server_writes_to_the_same_trace(
    remote: ServerProcess, second: ServerProcess
) -> None:
    """Each sees what the other has stored."""
    trace = trace_id()
    remote.call("POST", "/v1/traces", request(span(trace), project="shared"))
    remote.get("/api/v1/traces?project=shared")

    second.call("POST", "/v1/traces", request(span(trace), project="shared"))
    [seen] = second.get("/api/v1/traces?project=shared")["items"]
    remote.call("POST", "/v1/traces", request(span(trace), project="shared"))
    [last] = remote.get("/api/v1/traces?project=shared")["items"]

    assert seen["span_count"] == 2
    assert last["span_count"] == 3


@pytest.mark.parametrize("order", ["begun", "ended"])
@pytest.mark.parametrize("seen", [True, False], ids=["stored", "at once"])
def test_halves_of_a_run_that_reach_two_servers_make_one_run(
    remote: ServerProcess, second: ServerProcess, order: str, seen: bool
) -> None:
    run = new_run(session_name=f"two-{order}-{seen}")
    halves = [(remote, operation("post", run)), (second, operation("patch", ending(run)))]
    for server, half in halves if order == "begun" else halves[::-1]:
        sent(server, [half])
        if seen:
            server.get("/api/v1/traces")

    whole = ({"q": "step"}, {"a": "step"}, 1000, 1, 1000)
    for server in (remote, second):
        found = None
        while found != whole:  # one of them looks for the other's half now and then
            [one] = spans_of(server, run["session_name"])
            [trace] = server.get(f"/api/v1/traces?project={run['session_name']}")["items"]
            told = (trace["span_count"], trace["duration_ms"])
            found = (one["input"], one["output"], one["duration_ms"], *told)


def test_everything_is_there_after_a_restart(remote: ServerProcess) -> None:
    trace = trace_id()
    remote.call("POST", "/v1/traces", request(span(trace), project="restarted"))

    remote.stop()
    remote.start()

    assert remote.get(f"/api/v1/traces/{trace}")["trace"]["span_count"] == 1


@pytest.mark.skipif(bool(REAL), reason="a real server is not stopped")
def test_nothing_acknowledged_is_lost_while_the_server_is_away(
    remote: ServerProcess, clickhouse: ClickHouse
) -> None:
    before, during = trace_id(), [trace_id() for _ in range(20)]
    remote.call("POST", "/v1/traces", request(span(before), project="away"))
    clickhouse.kill()

    taken = [
        t
        for t in during
        if remote.call("POST", "/v1/traces", request(span(t), project="away"))[0] == 200
    ]

    assert remote.call("GET", "/healthz")[0] == 200
    for path in ("/readyz", "/api/v1/traces?project=away", f"/api/v1/traces/{before}"):
        status, answer = remote.call("GET", path)
        assert status == 503, (path, answer)
        assert answer["error"]["code"] == "unavailable", path
        assert "p@ss" not in str(answer), path
    with ThreadPoolExecutor(16) as readers:  # more at a time than there are connections
        many = list(readers.map(remote.call, ["GET"] * 64, ["/api/v1/traces?project=away"] * 64))
    assert {status for status, _ in many} == {503}
    clickhouse.start()
    end = time.monotonic() + 120
    while time.monotonic() < end and remote.call("GET", "/readyz")[0] != 200:
        time.sleep(0.1)
    assert set(taken) == set(during)
    wanted = {before, *taken}
    while time.monotonic() < end and remote.count(project="away") < len(wanted):
        time.sleep(0.1)
    assert {t["trace_id"] for t in remote.get("/api/v1/traces?project=away")["items"]} == wanted
    assert not list((remote.data / "rejected").glob("*"))


@pytest.mark.skipif(bool(REAL), reason="a real server is not stopped")
def test_rows_that_the_server_could_not_take_survive_a_kill(
    remote: ServerProcess, clickhouse: ClickHouse
) -> None:
    traces = [trace_id() for _ in range(5)]
    clickhouse.kill()
    for trace in traces:
        assert remote.call("POST", "/v1/traces", request(span(trace), project="killed"))[0] == 200

    remote.stop(9)
    clickhouse.start()
    remote.start()

    found = {t["trace_id"] for t in remote.get("/api/v1/traces?project=killed")["items"]}
    assert found == set(traces)


@pytest.mark.timeout(300)
@pytest.mark.skipif(bool(REAL), reason="a real server is not stopped")
def test_what_does_not_fit_while_the_server_is_away_is_sent_back(
    remote: ServerProcess, clickhouse: ClickHouse
) -> None:
    large = "x y z " * 9_000_000
    clickhouse.kill()
    taken, refused = [], None
    while refused is None and len(taken) < 6:
        trace = trace_id()
        body = request(span(trace, attributes=attributes({"text": large})), project="full")
        refused = refusal(remote, body)
        if refused is None:
            taken.append(trace)

    clickhouse.start()

    assert refused is not None
    assert refused.code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert "cannot be stored" in json.loads(refused.read())["message"]
    end = time.monotonic() + 180
    while time.monotonic() < end and remote.call("GET", "/readyz")[0] != 200:
        time.sleep(0.1)
    while time.monotonic() < end and remote.count(project="full") < len(taken):
        time.sleep(0.1)
    found = {t["trace_id"] for t in remote.get("/api/v1/traces?project=full")["items"]}
    assert found == set(taken)


def refusal(server: ServerProcess, body: Any) -> urllib.error.HTTPError | None:
    """What the server answers to spans that it does not take."""
    sent = urllib.request.Request(
        f"{server.url}/v1/traces", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        urllib.request.urlopen(sent, timeout=60).close()
    except urllib.error.HTTPError as e:
        return e
    return None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("p%40ss", "secret"), "Authentication failed"),
        (("127.0.0.1", "127.0.0.2"), "cannot use ClickHouse at 127.0.0.2"),
    ],
    ids=["password", "address"],
)
@pytest.mark.skipif(bool(REAL), reason="its address is not ours to change")
def test_a_server_that_cannot_be_used_is_told_in_one_line(
    clickhouse: ClickHouse, tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    url = clickhouse.url.replace(f":{clickhouse.port}", f":{clickhouse.port}/default")
    server = ServerProcess(tmp_path / "data", "--store", url.replace(*change))

    with pytest.raises(AssertionError, match="exited with 1"):
        server.start()

    lines = [x for x in server.said().splitlines() if x and "WARNING" not in x]
    assert len(lines) == 1, lines
    assert told in lines[0]
    assert "p@ss" not in lines[0]
    assert "secret" not in lines[0]


def test_two_servers_that_compute_a_trace_at_once_count_all_of_its_spans(
    clickhouse: ClickHouse, tmp_path: Path, server_in: Any
) -> None:
    """Each trace comes in two halves, one to each server, at the same moment."""
    store = f"{clickhouse.url}/pilothouse_test_{uuid.uuid4().hex[:12]}"
    shared = ("--store", store, "--database", f"sqlite:///{tmp_path / 'shared.db'}")
    pair = [server_in(*shared, name=name) for name in ("a", "b")]
    usage = {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 10}
    traces = [trace_id() for _ in range(40)]
    pair[0].call("POST", "/v1/traces", request(span(trace_id()), project="halves"))

    def send(server: ServerProcess, half: int) -> None:
        for trace in traces:
            parent = "" if half == 0 else "00000000000000a0"
            one = span(trace, f"{half + 0xA0:016x}", parent, attributes=attributes(usage))
            status, answer = server.call("POST", "/v1/traces", request(one, project="halves"))
            assert status == 200, answer

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(send, pair, (0, 1)))

    for server in pair:  # each lists only once it has stored what it answered for
        server.get("/api/v1/traces?project=halves")
    for server in pair:
        listed = server.get("/api/v1/traces?project=halves&limit=100")["items"]
        of = {t["trace_id"]: (t["span_count"], t["usage"]["input_tokens"]) for t in listed}
        assert {of[trace] for trace in traces} == {(2, 10)}
    assert [server.stop() for server in pair] == [0, 0]
