"""Messages that came in log records survive an export and an import."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from command_line import environment, run_command
from servers import ServerProcess

pytestmark = pytest.mark.slow

CAPTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "otlp"
WITH_LOGS = sorted(file.name.removesuffix(".logs.pb") for file in CAPTURES.glob("*.logs.pb"))
PROTOBUF = {"Content-Type": "application/x-protobuf", "X-Pilothouse-Project": "sent"}
FROM_LOGS = {"otel-genai-chat-event", "otel-v2-chat", "otel-v2-stream", "synthetic-logs"}


def ran(server: ServerProcess, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = environment(PILOTHOUSE_DATA=str(folder / "none"), PILOTHOUSE_ENDPOINT=server.url)
    answer = run_command(arguments, "", given)
    assert answer.returncode == 0, answer.stderr
    return answer


def spans_of(server: ServerProcess, folder: Path, project: str) -> dict[str, Any]:
    text = ran(server, folder, "traces", "export", "-p", project, "--format", "jsonl").stdout
    found = {}
    for line in text.splitlines():
        for span in json.loads(line)["spans"]:
            for name in ("project", "resource", "scores"):
                span.pop(name, None)
            found[span["span_id"]] = span
    return found


def records_of(file: Path) -> list[Any]:
    found = []
    for line in file.read_text("utf-8").splitlines():
        for resource in json.loads(line).get("resourceLogs", []):
            for scope in resource["scopeLogs"]:
                found += scope["logRecords"]
    return found


@pytest.mark.skipif(not WITH_LOGS, reason="the recorded captures are not beside the repository")
def test_messages_of_log_records_are_exported_and_imported(
    server: ServerProcess,
    tmp_path: Path,
) -> None:
    for name in WITH_LOGS:
        for signal, file in (("traces", f"{name}.pb"), ("logs", f"{name}.logs.pb")):
            path = CAPTURES / file
            if path.exists():
                status, said = server.call("POST", f"/v1/{signal}", path.read_bytes(), PROTOBUF)
                assert status == 200, said
    exported, again = tmp_path / "a.otlp.jsonl", tmp_path / "b.otlp.jsonl"
    export = ("traces", "export", "-p", "sent", "--format", "otlp", "-o")
    before = spans_of(server, tmp_path, "sent")
    scores = len(server.get("/api/v1/scores?project=sent&limit=500")["items"])

    ran(server, tmp_path, *export, str(exported))
    imported = ran(server, tmp_path, "traces", "import", str(exported), "--json")
    ran(server, tmp_path, "traces", "import", str(exported), "-p", "copy")
    ran(server, tmp_path, *export, str(again))

    records = records_of(exported)
    assert records
    assert json.loads(imported.stdout)["log_records"] == len(records)
    assert records_of(again) == records
    assert spans_of(server, tmp_path, "sent") == before
    assert spans_of(server, tmp_path, "copy") == before
    assert len(server.get("/api/v1/scores?project=sent&limit=500")["items"]) == scores
    # A result that named no trace, only an answer, is a score and no record of any trace.
    results = [r for r in records if r["eventName"] == "gen_ai.evaluation.result"]
    assert len(server.get("/api/v1/scores?project=copy&limit=500")["items"]) == len(results) > 0
    told = [span for span in before.values() if span["messages_in"]]
    assert len(told) >= len(FROM_LOGS)


def test_large_values_are_whole_in_an_export(server: ServerProcess, tmp_path: Path) -> None:
    text = "refund? " * 40_000
    said = [{"role": "user", "parts": [{"type": "text", "content": text}]}]
    values = {
        "gen_ai.operation.name": "chat",
        "input.value": text,
        "gen_ai.input.messages": json.dumps(said),
    }
    pairs = [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]
    ids = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174"}
    times = {"startTimeUnixNano": "1795000000000000000", "endTimeUnixNano": "1795000001000000000"}
    span = {**ids, **times, "name": "chat", "attributes": pairs}
    log = {**ids, "timeUnixNano": times["startTimeUnixNano"], "eventName": "gen_ai.user.message"}
    log["body"] = {"stringValue": text}
    headers = {"Content-Type": "application/json", "X-Pilothouse-Project": "large"}
    traces = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [log]}]}]}
    for signal, body in (("traces", traces), ("logs", logs)):
        status, answer = server.call("POST", f"/v1/{signal}", json.dumps(body).encode(), headers)
        assert status == 200, answer
    file = tmp_path / "large.otlp.jsonl"

    ran(server, tmp_path, "traces", "export", "-p", "large", "--format", "otlp", "-o", str(file))

    (exported,) = [
        span
        for line in file.read_text("utf-8").splitlines()
        for resource in json.loads(line).get("resourceSpans", [])
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    assert exported["attributes"] == pairs
    (record,) = records_of(file)
    assert record["body"] == {"stringValue": text}
