"""Commands against a running server with example traces."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from alerts.receivers import web
from command_line import Run, Running, command, environment

pytestmark = pytest.mark.slow


@pytest.fixture
def at(run: Run, server: Running) -> Run:
    """Runs a command that talks to the server."""

    def ran(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return run(*arguments, PILOTHOUSE_ENDPOINT=server.url, **more)

    return ran


def parsed(answer: subprocess.CompletedProcess[str]) -> Any:
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def spans_in(server: Running, project: str) -> int:
    answer = httpx.post(server.url + "/api/v1/spans/count", json={"project": project})
    return int(answer.json()["count"]) if answer.is_success else 0


def test_traces_are_listed_filtered_and_shown(at: Run) -> None:
    listed = parsed(at("traces", "list", "--json", "-n", "3", "-f", 'status = "error"'))
    table = at("traces", "list", "-n", "3", "-f", 'status = "error"').stdout
    shown = at("traces", "show", listed[0]["trace_id"]).stdout
    whole = parsed(at("traces", "show", listed[0]["trace_id"], "--json"))

    assert len(listed) == 3
    assert all(trace["status"] == "error" for trace in listed)
    assert all(trace["trace_id"] in table for trace in listed)
    assert len(shown.splitlines()) > whole["trace"]["span_count"]  # long ones take two lines
    assert "! " in shown


def test_a_wrong_filter_is_told_in_one_line(at: Run) -> None:
    answer = at("traces", "list", "-f", 'statuss = "error"')

    assert answer.returncode == 1
    assert "statuss" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_trace_that_is_not_there_is_told_in_one_line(at: Run) -> None:
    answer = at("traces", "show", "f" * 32)

    assert (answer.returncode, answer.stdout) == (1, "")
    assert len(answer.stderr.splitlines()) == 1


@pytest.mark.parametrize("form", ["otlp", "jsonl"])
def test_what_was_exported_can_be_imported_into_another_project(
    at: Run, server: Running, tmp_path: Path, form: str
) -> None:
    file = tmp_path / f"traces.{form}"

    exported = at("traces", "export", "-p", "demo", "--format", form, "-o", str(file))
    first = parsed(at("traces", "import", str(file), "-p", f"from {form}", "--json"))
    again = parsed(at("traces", "import", str(file), "-p", f"from {form}", "--json"))

    assert exported.returncode == 0
    assert first == again
    assert first["spans"] == spans_in(server, "demo") == spans_in(server, f"from {form}")


def test_an_export_goes_to_standard_output_alone(at: Run) -> None:
    answer = at("traces", "export", "--no-payloads", "-f", 'status = "error"')

    assert answer.stderr == ""
    assert all("trace_id" in json.loads(line) for line in answer.stdout.splitlines())


def test_what_is_no_export_is_refused(at: Run, tmp_path: Path) -> None:
    for text, said in (
        ("not json", "this is not JSON"),
        ("[1]", "this is no trace"),
        ('{"a": 1}', "neither OTLP in JSON nor an export"),
        ('{"spans": [{"trace_id": "1"}]}', "a span lacks what is needed"),
    ):
        file = tmp_path / "file.json"
        file.write_text(text)

        answer = at("traces", "import", str(file))

        assert answer.returncode == 1
        assert said in answer.stderr


def test_tail_prints_traces_as_they_arrive(server: Running) -> None:
    body = {
        "resourceSpans": [
            {
                "resource": {"attributes": []},
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": "ab" * 16,
                                "spanId": "cd" * 8,
                                "name": "fresh",
                                "startTimeUnixNano": str(time.time_ns()),
                                "endTimeUnixNano": str(time.time_ns() + 10**6),
                            }
                        ]
                    }
                ],
            }
        ]
    }
    with subprocess.Popen(
        command("traces", "tail", "--json", "--endpoint", server.url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        try:
            ready = process.stderr.readline()
            httpx.post(server.url + "/v1/traces", json=body).raise_for_status()
            trace = json.loads(process.stdout.readline())
        finally:
            process.kill()

    assert "waiting for traces" in ready
    assert (trace["name"], trace["trace_id"]) == ("fresh", "ab" * 16)


def test_measures_are_printed_by_group_and_interval_with_the_time_before(at: Run) -> None:
    asked = ("metrics", "query", "count", "sum(usage.total_tokens) / count", "-p", "demo")
    calls = ("--scope", "spans", "-f", 'kind = "llm"')

    whole = parsed(at(*asked, *calls, "--by", "model", "--json"))
    table = at(*asked, *calls, "--by", "model", "-n", "1", "--other")
    days = at(*asked, "-i", "1d", "--last", "2w", "--compare", "1d")
    histogram = at("metrics", "query", "histogram(duration_ms)", "--scope", "spans").stdout

    largest = whole["series"][0]
    assert largest["points"][0]["count"] > 0
    head, first, *_, others = table.stdout.splitlines()
    assert head.split() == ["model", "count", "sum(usage.total", "tokens)", "/", "count"]
    assert first.split()[:2] == [largest["group"]["model"], str(largest["points"][0]["count"])]
    assert others.startswith("(all others)")
    assert f"the 1 largest of {whole['group_count']} groups are shown" in table.stderr
    rows = [line.split() for line in days.stdout.splitlines()]
    assert rows[0][:4] == ["time", "count", "count", "before"]
    now, before = [row[2] for row in rows[1:]], [row[3] for row in rows[1:]]
    # Of today, and of yesterday beside it, only what has been.
    assert before[1:-1] == now[:-2], "each day stands beside the one before"
    assert ", 20: " in histogram


def test_costs_are_reported_and_held_against_a_bill(at: Run, tmp_path: Path) -> None:
    report = parsed(at("report", "cost", "-p", "demo", "--by", "model", "--json"))
    table = at("report", "cost", "-p", "demo", "--by", "model")
    lines = at("report", "cost", "-p", "demo", "--by", "model", "--csv").stdout.splitlines()
    row = next(row for row in report["rows"] if row["group"]["model"].startswith("gpt"))
    bill = tmp_path / "usage.csv"
    bill.write_text(
        "start_time_iso,model,input_tokens,output_tokens\n"
        f"{report['to'][:10]},{row['group']['model']},1000000000,10\n"
    )
    held = at("report", "reconcile", str(bill), "--provider", "openai", "-p", "demo")
    wrong = at("report", "reconcile", str(bill), "--provider", "anthropic")

    assert row["group"]["model"] in table.stdout
    assert "in US dollars" in table.stderr
    assert [line.split(",")[0] for line in lines[1:]] == [
        each["group"]["model"] for each in report["rows"]
    ]
    assert row["group"]["model"] in held.stdout
    assert "OpenAI's file tells tokens and no cost" in held.stderr
    assert wrong.returncode == 1
    assert "this is OpenAI's export" in wrong.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cuont",), "did you mean 'count'?"),
        (("count", "--by", "modl"), "did you mean 'model'?"),
        (("count", "--last", "soon"), "write it as 90m, 24h, 30d or 4w"),
        (("count", "--last", "1d", "--from", "2026-01-01"), "--last or --from, not both"),
        (("count", "--compare", "previous"), "say from"),
    ],
)
def test_a_wrong_measure_is_told_in_one_line(
    at: Run, arguments: tuple[str, ...], said: str
) -> None:
    answer = at("metrics", "query", *arguments)

    assert (answer.returncode, answer.stdout) == (1, "")
    assert said in answer.stderr
    assert len(answer.stderr.splitlines()) == 1


def test_alerts_are_listed_and_their_channels_tried(at: Run, server: Running) -> None:
    api = f"{server.url}/api/v1/alerts"
    with web() as receiver:
        hook = {"name": "On call", "kind": "webhook", "url": receiver.url, "secret": "s" * 16}
        channel = httpx.post(f"{api}/channels", json=hook).json()["id"]
        rule = {"project": "demo", "name": "Much", "condition": {"kind": "threshold"}}
        rule["condition"] |= {"alert": {"bound": 10**9}}
        assert httpx.post(api, json={**rule, "channels": [channel]}).status_code == 201
        took = at("alerts", "test", "On call")
        receiver.status = 500
        refused = at("alerts", "test", "On call")

    [listed] = parsed(at("alerts", "list", "--project", "demo", "--json"))
    nobody = at("alerts", "test", "Nobody")

    assert (took.returncode, len(receiver.messages)) == (0, 2)
    assert (refused.returncode, "answered 500" in refused.stderr) == (1, True)
    assert (listed["name"], listed["channels"]) == ("Much", [channel])
    assert "Much" in at("alerts", "list").stdout
    assert "Much" not in at("alerts", "list", "--open").stdout
    assert (nobody.returncode, "known are: On call" in nobody.stderr) == (1, True)


def test_budgets_are_set_listed_changed_and_removed(at: Run, server: Running) -> None:
    hook = {"name": "Finance", "kind": "webhook", "url": server.url, "secret": "s" * 16}
    made_channel = httpx.post(f"{server.url}/api/v1/alerts/channels", json=hook)
    of_all = ("GPT", "--project", "demo")

    too_little = at("budgets", "set", *of_all)
    made = at("budgets", "set", *of_all, "--amount", "500.25", "--at", "80", "--tell", "Finance")
    nothing = at("budgets", "set", *of_all)
    changed = parsed(
        at("budgets", "set", *of_all, "--period", "day", "-f", 'model ~ "gpt-*"', "--json")
    )
    refused = at("budgets", "set", *of_all, "--amount", "a lot")
    [listed] = parsed(at("budgets", "list", "--project", "demo", "--json"))
    table = at("budgets", "list").stdout
    unknown = at("budgets", "remove", "Claude", "--project", "demo")
    removed = at("budgets", "remove", *of_all)

    assert (too_little.returncode, "say its --amount" in too_little.stderr) == (1, True)
    assert (made.returncode, "made budget 'GPT': $500.25 a month" in made.stderr) == (0, True)
    assert (nothing.returncode, "say what to change" in nothing.stderr) == (1, True)
    assert (changed["period"], changed["filter"]) == ("day", 'model ~ "gpt-*"')
    assert (changed["amount"], changed["thresholds"]) == (500.25, [80])
    assert changed["channels"] == [made_channel.json()["id"]]
    assert (refused.returncode, "amount" in refused.stderr) == (1, True)
    assert (listed["name"], listed["status"]["spent"]) == ("GPT", pytest.approx(0, abs=500))
    assert "GPT" in table
    assert "500.25" in table
    assert (unknown.returncode, "known are: GPT" in unknown.stderr) == (1, True)
    assert (removed.returncode, at("budgets", "list").stdout) == (0, "")


def test_what_the_rules_of_a_project_may_take_is_shown_set_and_lifted(
    at: Run, server: Running
) -> None:
    api = f"{server.url}/api/v1"
    evaluator = {"project": "demo", "name": "valid", "definition": {"metric": "json_validity"}}
    made = httpx.post(f"{api}/evaluators", json=evaluator).json()["id"]
    rule = {"project": "demo", "name": "watch", "evaluator_id": made, "sampling_rate": 0}
    assert httpx.post(f"{api}/rules", json=rule).status_code == 201
    caps = ("rules", "caps", "--project", "demo")

    none = at(*caps)
    two = at(*caps, "--usd-per-day", "2.5", "--calls-per-hour", "100")
    lifted = parsed(at(*caps, "--calls-per-hour", "none", "--json"))
    shown = at(*caps).stdout
    odd = at(*caps, "--tokens-per-day", "1.5")
    below = at(*caps, "--tokens-per-day", "-1")
    nobody = at("rules", "caps", "--project", "nobody's")
    listed = [one["name"] for one in parsed(at("rules", "list", "--project", "demo", "--json"))]

    assert (none.returncode, "as much as comes" in none.stderr) == (0, True)
    assert ("US dollars per day" in two.stdout, "calls per hour" in two.stdout) == (True, True)
    assert (lifted["calls_per_hour"], lifted["usd_per_day"]) == (None, 2.5)
    assert ("2.5" in shown, "calls" in shown) == (True, False)
    assert (odd.returncode, "a whole number or none, not '1.5'" in odd.stderr) == (1, True)
    assert (below.returncode, "tokens_per_day" in below.stderr) == (1, True)
    assert (nobody.returncode, "there is no project" in nobody.stderr) == (1, True)
    assert listed == ["watch"]
    assert "watch" in at("rules", "list").stdout


def test_projects_are_created_listed_and_deleted_with_their_spans(
    at: Run, server: Running, tmp_path: Path
) -> None:
    file = tmp_path / "few.jsonl"
    at("traces", "export", "-p", "demo", "--format", "otlp", "-o", str(file))
    at("projects", "create", "short lived", "--retention-days", "3")
    at("traces", "import", str(file), "-p", "short lived")
    before = spans_in(server, "short lived")

    listed = {project["name"]: project for project in parsed(at("projects", "list", "--json"))}
    job = parsed(at("projects", "delete", "short lived", "--yes", "--json"))

    assert before > 0
    assert listed["short lived"]["retention_days"] == 3
    assert job["status"] == "done"
    assert job["result"]["deleted"]["spans"] >= before
    assert "short lived" not in at("projects", "list").stdout
    at("projects", "create", "short lived")
    assert spans_in(server, "short lived") == 0
    assert at("projects", "delete", "not there", "--yes").returncode == 1


def test_a_second_server_on_the_same_data_is_refused(run: Run, server: Running) -> None:
    answer = run("up", "--data", str(server.data), "--port", "0", "--otlp-grpc-port", "0")

    assert answer.returncode == 1
    assert "another Pilothouse uses" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_doctor_sees_the_running_server(run: Run, server: Running) -> None:
    answer = run(
        "doctor", "--json", "--data", str(server.data), PILOTHOUSE_PORT=str(server.port),
        PILOTHOUSE_OTLP_GRPC_PORT="0",
    )  # fmt: skip
    findings = {finding["check"]: finding for finding in json.loads(answer.stdout)}

    assert answer.returncode == 0, answer.stdout
    assert "a server runs at" in findings["port"]["message"]
    assert "answers" in findings["span store"]["message"]
    assert any(check.startswith("running server") for check in findings)


def test_doctor_tells_of_a_server_on_another_port_without_calling_it_a_failure(
    run: Run, server: Running
) -> None:
    answer = run(
        "doctor", "--json", "--data", str(server.data),
        PILOTHOUSE_PORT="0", PILOTHOUSE_OTLP_GRPC_PORT="0",
    )  # fmt: skip
    findings = {finding["check"]: finding for finding in json.loads(answer.stdout)}

    assert answer.returncode == 0, answer.stdout
    assert findings["span store"]["status"] == "warning"
    assert "in use by a server on another port" in findings["span store"]["message"]


def test_a_backup_of_the_running_server_comes_back_whole(
    at: Run, run: Run, server: Running, tmp_path: Path
) -> None:
    made = parsed(at("backup", "kept", "--endpoint", server.url, "--json"))
    spans = spans_in(server, "demo")
    place = tmp_path / "restored"

    running = run("restore", made["path"], "--data", str(server.data), "--replace")
    restored = run("restore", made["path"], "--data", str(place))
    again = run("restore", made["path"], "--data", str(place))
    replaced = run("restore", made["path"], "--data", str(place), "--replace")
    second = parsed(run("backup", "second", "--data", str(place), "--json"))

    assert made["records"] == "sqlite"
    assert "a server runs on" in running.stderr
    assert restored.returncode == 0, restored.stderr
    assert "is there already" in again.stderr
    assert replaced.returncode == 0, replaced.stderr
    assert Path(second["path"]).is_dir()
    assert at("backup", "kept", "--endpoint", server.url).returncode == 1
    assert _spans_at(run, place) == spans
    with contextlib.closing(sqlite3.connect(place / "pilothouse.db")) as records:
        unfinished = records.execute("SELECT title FROM jobs WHERE status != 'done'").fetchall()
    assert unfinished == [], "the job that wrote the backup does not run again"


def _spans_at(run: Run, place: Path) -> int:
    """How many spans of the examples a stopped server's data holds."""
    script = (
        "from pilothouse.platform.records import Records\n"
        "from pilothouse.platform.projects import ProjectDirectory\n"
        "from pilothouse.platform.store.engine import Store\n"
        f"place = {str(place)!r}\n"
        "number = ProjectDirectory(Records(f'sqlite:///{place}/pilothouse.db')).find('demo')\n"
        "store = Store(f'chdb://{place}/spans')\n"
        "rows = store.rows_sync('SELECT project, count() FROM spans FINAL GROUP BY project')\n"
        "print(dict(rows)[number])\n"
        "store.close()\n"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    return int(answer.stdout)
