"""Tags on recorded traces, and their deletion, by way of a real server."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from sample_trace import PROJECT, Ticket, ticket
from servers import ServerProcess


def tagged(server: ServerProcess, *trace_ids: str, **change: list[str]) -> dict[str, int]:
    body = {"project": PROJECT, "trace_ids": list(trace_ids), **change}
    status, answer = server.call("POST", "/api/v1/traces/tags", body)
    assert status == 200, answer
    return dict(answer)


def trace(server: ServerProcess, trace_id: str) -> dict[str, Any]:
    return dict(server.get(f"/api/v1/traces/{trace_id}?project={PROJECT}")["trace"])


def found_by(server: ServerProcess, expression: str) -> set[str]:
    page = server.get(f"/api/v1/traces?project={PROJECT}&filter={quote(expression)}")
    return {item["trace_id"] for item in page["items"]}


def finished(server: ServerProcess, job: dict[str, Any]) -> dict[str, Any]:
    end = time.monotonic() + 120
    while job["status"] in ("queued", "running") and time.monotonic() < end:
        time.sleep(0.05)
        job = server.get(f"/api/v1/jobs/{job['id']}")
    return job


def deleted(server: ServerProcess, *trace_ids: str) -> dict[str, Any]:
    body = {"project": PROJECT, "trace_ids": list(trace_ids)}
    status, job = server.call("POST", "/api/v1/traces/delete", body)
    assert status == 202, job
    return finished(server, job)


def test_a_tag_is_added_once_however_often_it_is_asked_for(server: ServerProcess) -> None:
    first, second = ticket(101).send(server), ticket(102).send(server)

    assert tagged(server, first, second, add=["looked at"]) == {"found": 2, "changed": 2}
    assert tagged(server, first, second, add=["looked at"]) == {"found": 2, "changed": 0}

    assert trace(server, first)["tags"] == ["looked at", "refunds", "web"]
    assert {first, second} <= found_by(server, 'tags has "looked at"')
    whole = server.get(f"/api/v1/traces/{first}?project={PROJECT}")["spans"]
    assert whole[0]["attributes"]["output.value"], "the rest of the span is as it was"
    assert trace(server, first)["span_count"] == len(whole) == trace(server, second)["span_count"]


def test_a_tag_is_removed_from_every_span_that_has_it(server: ServerProcess) -> None:
    made = Ticket(103)
    made.span("root", None, "answer", "AGENT", (0, 2), tag__tags=["a", "b"])
    made.span("step", "root", "look", "TOOL", (0, 1), tag__tags=["b", "c"])
    sent = made.send(server)

    assert tagged(server, sent, remove=["b"], add=["d"]) == {"found": 1, "changed": 1}

    assert sorted(trace(server, sent)["tags"]) == ["a", "c", "d"]
    assert found_by(server, 'tags has "b"').isdisjoint({sent})


def test_a_trace_keeps_its_tags_when_more_of_its_spans_come(server: ServerProcess) -> None:
    made = Ticket(104)
    made.span("root", None, "answer", "AGENT", (0, 2))
    sent = made.send(server)
    tagged(server, sent, add=["kept"])

    late = Ticket(104)
    late.span("late", "root", "look", "TOOL", (0, 1))
    late.send(server)

    assert trace(server, sent)["tags"] == ["kept"]
    assert trace(server, sent)["span_count"] == 2


def test_tags_survive_a_kill(server_in: Any) -> None:
    server = server_in()
    sent = ticket(1).send(server)
    tagged(server, sent, add=["kept"])

    server.process.kill()
    server.process.wait()
    server.start()

    assert "kept" in trace(server, sent)["tags"]


def test_unknown_traces_are_left_out_and_a_wrong_change_is_refused(server: ServerProcess) -> None:
    ticket(105).send(server)
    assert tagged(server, "f" * 32, add=["x"]) == {"found": 0, "changed": 0}

    for wrong in ({"add": ["x"], "remove": ["x"]}, {"add": [" "]}, {"tags": ["x"]}):
        body = {"project": PROJECT, "trace_ids": ["f" * 32], **wrong}
        status, answer = server.call("POST", "/api/v1/traces/tags", body)
        assert status == 400, answer
    nowhere = {"project": "nowhere", "trace_ids": ["f" * 32]}
    assert server.call("POST", "/api/v1/traces/tags", nowhere)[0] == 404
    assert server.call("POST", "/api/v1/traces/delete", nowhere)[0] == 404


def test_deleted_traces_are_gone_with_their_scores_and_others_stay(server: ServerProcess) -> None:
    gone, stays = ticket(106).send(server), ticket(107).send(server)
    for trace_id in (gone, stays):
        score = {"project": PROJECT, "trace_id": trace_id, "name": "ok", "value": 1}
        server.call("POST", "/api/v1/scores", score)

    job = deleted(server, gone)

    assert (job["status"], job["result"]["traces"]) == ("done", 1), job
    assert server.call("GET", f"/api/v1/traces/{gone}?project={PROJECT}")[0] == 404
    left = server.get(f"/api/v1/scores?project={PROJECT}&limit=1000")["items"]
    assert {gone, stays} & {score["trace_id"] for score in left} == {stays}
    assert trace(server, stays)["span_count"] > 0
    assert deleted(server, gone)["status"] == "done", "again is no mistake"


def test_a_span_that_comes_after_the_deletion_stands_alone(server: ServerProcess) -> None:
    sent = ticket(108).send(server)
    trace(server, sent)
    deleted(server, sent)

    late = Ticket(108)
    late.span("late", None, "came late", "TOOL", (0, 1))
    late.send(server)

    assert trace(server, sent)["span_count"] == 1
