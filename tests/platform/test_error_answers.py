"""What a route raises is told in the one error shape of the API."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from pilothouse.platform.answers import add_error_answers
from pilothouse.platform.errors import ApiError, Conflict
from pilothouse.platform.ingest.errors import IngestError, Overloaded, StoreUnavailable


@pytest.mark.parametrize(
    ("failure", "status", "code", "retry"),
    [
        (Conflict("there is one already"), 409, "conflict", None),
        (StoreUnavailable("the disk is full"), 503, "unavailable", "10"),
        (Overloaded(3), 503, "unavailable", "3"),
    ],
)
def test_every_failure_has_its_status_and_says_when_to_come_back(
    failure: ApiError | IngestError, status: int, code: str, retry: str | None
) -> None:
    app = FastAPI()
    add_error_answers(app)

    @app.get("/")
    def fail() -> None:
        raise failure

    answer = TestClient(app).get("/")

    assert answer.status_code == status
    assert answer.json() == {"error": {"code": code, "message": str(failure), "details": None}}
    assert answer.headers.get("retry-after") == retry
