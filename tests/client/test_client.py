"""The client against a real server that the SDK has sent to."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator

import httpx
import pytest

import pilothouse as ph
from pilothouse.client import (
    AsyncClient,
    BadRequest,
    Client,
    ConnectionFailed,
    NotFound,
    Unauthorized,
    Unavailable,
    WrongEndpoint,
)
from servers import ServerProcess

pytestmark = pytest.mark.slow
TURNS = 7


@pytest.fixture(scope="module")
def url(server: ServerProcess) -> str:
    """The address of a server with seven turns of one conversation, one of which failed."""
    ph.init(project="desk", endpoint=server.url, instrument=False)
    for n in range(TURNS):
        with ph.session("conv-1", user="u-7"), ph.trace("turn", kind="agent", input=f"q{n}"):
            with ph.span("model", kind="llm") as model:
                model.set_model("gpt-5-mini", provider="openai")
                model.set_usage(input_tokens=10, output_tokens=n)
                if n == 3:
                    model.record_exception(TimeoutError("late"))
            ph.score("helpful", n % 2, comment="noted")
    assert ph.shutdown(60)
    return server.url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as opened:
        yield opened


def test_lists_follow_their_pages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pilothouse.client.calls.PAGE", 2)

    assert len({trace["trace_id"] for trace in client.traces("desk")}) == TURNS
    assert len(list(client.traces("desk", limit=5))) == 5
    assert len(list(client.spans("desk"))) == 2 * TURNS


def test_a_filter_and_a_window_choose(client: Client) -> None:
    now = dt.datetime.now(dt.UTC)

    failed = list(client.spans("desk", filter='status = "error"'))

    assert [span["error_type"] for span in failed] == ["TimeoutError"]
    assert list(client.traces("desk", since=now + dt.timedelta(hours=1))) == []
    assert len(list(client.traces("desk", since=now - dt.timedelta(hours=1), q="q3"))) == 1


def test_one_trace_comes_with_its_spans(client: Client) -> None:
    trace_id = next(client.traces("desk", q="q2"))["trace_id"]

    detail = client.trace(trace_id)

    assert detail["trace"]["session_id"] == "conv-1"
    assert sorted(span["name"] for span in detail["spans"]) == ["model", "turn"]
    model = next(span for span in detail["spans"] if span["name"] == "model")
    assert client.span(model["span_id"])["usage"]["total_tokens"] == 12
    assert client.span(model["span_id"], trace_id=trace_id)["model"] == "gpt-5-mini"


def test_sessions_users_and_counts(client: Client) -> None:
    (session,) = client.sessions("desk")
    (user,) = client.users("desk")

    assert session["trace_count"] == TURNS
    assert user["user_id"] == "u-7"
    assert len(client.session("conv-1")["turns"]) == TURNS
    assert client.count_spans("desk", filter='kind = "llm"') == TURNS


def test_scores_are_listed_added_and_taken_back(client: Client) -> None:
    assert len(list(client.scores("desk", name="helpful"))) == TURNS
    trace_id = next(client.traces("desk"))["trace_id"]

    (kept,) = client.add_scores(
        {"project": "desk", "name": "tone", "label": "calm", "trace_id": trace_id}
    )

    assert [score["label"] for score in client.scores("desk", name="tone")] == ["calm"]
    client.delete_score(kept["id"], "desk")
    assert list(client.scores("desk", name="tone")) == []


def test_a_session_is_ended(client: Client) -> None:
    client.end_session("conv-1", "desk")
    client.end_session("conv-1", "desk", at=dt.datetime.now(dt.UTC))

    with pytest.raises(NotFound):
        client.end_session("conv-1", "nobody's")


def test_projects_are_made_and_read(client: Client) -> None:
    client.create_project("new one", description="for a test")

    assert client.project("new one")["description"] == "for a test"
    assert {"desk", "new one"} <= {project["name"] for project in client.projects()}


def test_datasets_and_experiments_are_kept_and_compared(client: Client) -> None:
    dataset = client.create_dataset("capitals", description="for a test")["id"]
    written = client.add_examples(dataset, {"inputs": {"n": 1}}, {"inputs": {"n": 2}})
    one, two = written["example_ids"]
    client.update_examples(dataset, {"id": one, "splits": ["hard"]})
    client.delete_examples(dataset, two)
    before = client.create_experiment("before", dataset)
    after = client.create_experiment("after", dataset, metadata={"model": "m"})
    client.finish_experiment(after["id"], "2026-11-21T12:00:00Z")

    ids = (before["id"], after["id"])
    [row] = client.experiment_rows(*ids)
    compared = client.compare_experiments(*ids, baseline=after["id"])

    then = written["version"]["version"]
    assert [each["inputs"]["n"] for each in client.examples(dataset, as_of=then)] == [1, 2]
    assert [each["id"] for each in client.examples(dataset, split="hard")] == [one]
    assert client.dataset(dataset)["example_count"] == 1
    assert [each["name"] for each in client.datasets(q="CAPITALS")] == ["capitals"]
    assert (row["example"]["id"], row["runs"]) == (one, {ids[0]: [], ids[1]: []})
    assert (compared["baseline_id"], compared["metrics"]) == (after["id"], [])
    assert client.experiment(after["id"])["ended_at"] == "2026-11-21T12:00:00Z"
    client.delete_experiment(before["id"])
    assert [each["name"] for each in client.experiments(dataset)] == ["after"]
    client.delete_dataset(dataset)
    assert list(client.datasets(name="capitals")) == []


def test_measures_come_by_group(client: Client) -> None:
    answer = client.metrics(
        ["count", "sum(usage.total_tokens)"], project="desk", scope="spans", group_by=["model"],
        filter='kind = "llm"',
    )  # fmt: skip

    (series,) = answer["series"]
    assert series["group"] == {"model": "gpt-5-mini"}
    assert series["points"][0]["count"] == TURNS
    assert series["points"][0]["sum(usage.total_tokens)"] == 10 * TURNS + sum(range(TURNS))


def test_export_gives_rows_and_files(client: Client) -> None:
    rows = list(client.export_rows("spans", project="desk"))
    lines = b"".join(client.export("spans", project="desk")).splitlines()

    assert len(rows) == 2 * TURNS
    assert [json.loads(line) for line in lines] == rows
    assert b"".join(client.export("traces", format="parquet", project="desk"))[:4] == b"PAR1"


def test_errors_say_what_was_wrong(client: Client) -> None:
    with pytest.raises(NotFound) as missing:
        client.trace("0" * 32)
    with pytest.raises(BadRequest) as wrong:
        list(client.traces(filter='statu = "error"'))

    assert missing.value.status == 404
    assert missing.value.code == "not_found"
    assert "status" in wrong.value.message


def test_the_async_client_gives_the_same(url: str, client: Client) -> None:
    async def ask() -> tuple[list[str], str, int]:
        async with AsyncClient(url) as asked:
            ids = [trace["trace_id"] async for trace in asked.traces("desk")]
            rows = [row async for row in asked.export_rows("spans", project="desk")]
            return ids, (await asked.trace(ids[0]))["trace"]["trace_id"], len(rows)

    ids, first, rows = asyncio.run(ask())

    assert ids == [trace["trace_id"] for trace in client.traces("desk")]
    assert (first, rows) == (ids[0], 2 * TURNS)


def test_nobody_at_the_address_is_said_so() -> None:
    with (
        Client("http://127.0.0.1:9") as client,
        pytest.raises(ConnectionFailed, match="pilothouse up"),
    ):
        client.trace("0" * 32)
    with Client("http://127.0.0.1:9") as client:
        assert client.ready() is False


def test_a_busy_server_is_asked_again_when_reading() -> None:
    answers = [503, 503, 200]

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(answers.pop(0), json={"name": "desk"}, headers={"Retry-After": "0"})

    with Client(transport=httpx.MockTransport(answer)) as client:
        assert client.project("desk") == {"name": "desk"}
    assert answers == []


def test_writing_is_not_repeated() -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.method)
        return httpx.Response(503, text="full")

    with (
        Client(transport=httpx.MockTransport(answer)) as client,
        pytest.raises(Unavailable, match="full"),
    ):
        client.create_project("desk")
    assert seen == ["POST"]


def test_a_key_is_sent_as_a_bearer(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        known = request.headers.get("Authorization") == "Bearer ph_1"
        return httpx.Response(200 if known else 401, json={"items": [], "next_cursor": None})

    monkeypatch.setenv("PILOTHOUSE_API_KEY", "ph_1")
    with Client(transport=httpx.MockTransport(answer)) as client:
        assert list(client.projects()) == []
    with (
        Client(api_key="other", transport=httpx.MockTransport(answer)) as client,
        pytest.raises(Unauthorized),
    ):
        list(client.projects())


def test_an_address_that_is_none_is_said_so() -> None:
    for wrong in ("localhost:8484", "ftp://here", "http://"):
        with pytest.raises(WrongEndpoint, match="endpoint"):
            Client(wrong)


def test_an_answer_of_some_other_server_is_said_so() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="<html>another site</html>")

    with (
        Client("http://somewhere/", transport=httpx.MockTransport(answer)) as client,
        pytest.raises(WrongEndpoint, match="'http://somewhere' answers, but not as Pilothouse"),
    ):
        list(client.traces())
