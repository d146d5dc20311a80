"""Whatever is asked, the answer says what was wrong with it, and nothing of it becomes SQL."""

from __future__ import annotations

import urllib.parse
from typing import Any

import pytest

from servers import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("still_serves")]

LISTS = ("/api/v1/traces", "/api/v1/spans", "/api/v1/sessions", "/api/v1/users")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "parameter",
    ["limit=0", "limit=1001", "limit=ten", "limit=-1", "cursor=zzz", "cursor=eyJhIjoxfQ",
     "from=yesterday-ish", "to=2024-13-45", "order_by=nonsense", "order_by=-1;drop"],
)  # fmt: skip
def test_a_wrong_parameter_is_answered_400(
    server: ServerProcess, path: str, parameter: str
) -> None:
    status, answer = server.call("GET", f"{path}?{parameter}")

    assert_told(status, answer, 400)


@pytest.mark.parametrize(
    "text",
    ["kind = ", "nosuchfield = 1", "(((", 'kind = "llm" and', 'model matches "("', '"',
     'duration_ms > "x"', "kind = 'llm' or 1=1 --", "(" * 5000, "not " * 5000 + 'kind = "llm"'],
)  # fmt: skip
def test_a_wrong_filter_is_answered_400(server: ServerProcess, text: str) -> None:
    for path in ("/api/v1/traces", "/api/v1/spans", "/api/v1/sessions"):
        status, answer = server.call("GET", f"{path}?filter={urllib.parse.quote(text)}")
        assert_told(status, answer, 400)
    assert_told(*server.call("POST", "/api/v1/spans/count", {"filter": text}), 400)


def assert_told(status: int, answer: Any, expected: int) -> None:
    """An error of the API in its one shape."""
    assert status == expected, answer
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"code", "message", "details"}
    assert answer["error"]["message"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/traces/" + "ab" * 16,
        "/api/v1/traces/nonsense",
        "/api/v1/spans/" + "ab" * 8 + "?project=none",
        "/api/v1/spans/ffffffffffffffff",
        "/api/v1/sessions/none",
        "/api/v1/blobs/" + "0" * 64,
        "/api/v1/blobs/..%2F..%2Fetc%2Fpasswd",
        "/api/v1/projects/none",
        "/api/v1/traces?project=none",
        "/api/v1/nothing",
        "/api/v1/jobs/none",
        "/api/v1/views/none",
    ],
)
def test_what_does_not_exist_is_answered_404(server: ServerProcess, path: str) -> None:
    assert_told(*server.call("GET", path), 404)


INJECTIONS = (
    "' OR 1=1 --",
    "'; DROP TABLE spans; --",
    '") UNION ALL SELECT 1 FROM system.tables --',
    "{p0:String}",
    "\\",
    "\\'",
    "%00",
    "`",
    "/*",
    "a\nFORMAT Null",
    "\ud800",
)
NAMES = ("project", "from", "filter", "q", "order_by", "limit", "cursor", "field", "scope", "name")


@pytest.mark.parametrize("text", INJECTIONS, ids=range(len(INJECTIONS)))
def test_sql_in_a_parameter_stays_text(server: ServerProcess, text: str) -> None:
    before = server.count()
    quoted = urllib.parse.quote(text, errors="surrogatepass")

    for path in (*LISTS, "/api/v1/scores", "/api/v1/facets", "/api/v1/export"):
        for name in NAMES:
            more = "&field=model" if path.endswith("facets") and name != "field" else ""
            status, answer = server.call("GET", f"{path}?limit=1&{name}={quoted}{more}")
            assert status in (200, 400, 404), (path, name, status, answer)
            if status != 200:
                assert_told(status, answer, status)
    for path in ("/api/v1/traces/", "/api/v1/spans/", "/api/v1/sessions/", "/api/v1/blobs/"):
        status, answer = server.call("GET", path + urllib.parse.quote(text, "", errors="replace"))
        assert status in (400, 404), (path, answer)
    question = {
        "project": text,
        "scope": "spans",
        "measures": [f"p50({text})"],
        "group_by": [text],
        "interval": text,
        "filter": text,
    }
    for name, asked_for in question.items():
        asked = {"scope": "spans", "measures": ["count"], name: asked_for}
        status, answer = server.call("POST", "/api/v1/metrics/query", asked)
        assert status in (200, 400, 404), (name, answer)

    assert server.count() == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/scores", b"not json"),
        ("/api/v1/scores", b"[]" + b"[" * 9999),
        ("/api/v1/scores", {"name": "x"}),
        ("/api/v1/scores", {"name": "x", "value": "many", "trace_id": 7}),
        ("/api/v1/metrics/query", {"measures": ["p50("], "scope": "planets"}),
        ("/api/v1/metrics/query", {"measures": []}),
        ("/api/v1/spans/count", {"from": {}}),
        ("/api/v1/projects", {"name": ""}),
        ("/api/v1/projects", {"name": 5}),
        ("/api/v1/views", {}),
    ],
)
def test_a_wrong_body_is_answered_400(server: ServerProcess, path: str, body: Any) -> None:
    assert_told(*server.call("POST", path, body), 400)
