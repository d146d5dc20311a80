"""Scores, and ends of sessions, on their way to the server, in the background like spans."""

from __future__ import annotations

import datetime as dt
import json
import math
import uuid
from typing import Any

from pilothouse.tracing.outbox import Outbox, Outcome
from pilothouse.tracing.wire import Wire, outcome

QUEUE_SCORES = 4_096
BATCH_SCORES = 200
WAIT_S = 0.5
NOT_YET = 404
"""A server may not know the trace yet: its spans are still on their way."""
PATIENCE = 8
"""How often a batch is tried again for that reason."""

ENDS = "ends_session"
"""The field of what is no score, but says that a session is over."""

Score = dict[str, Any]


class ScoreBox:
    """Queue and sender of scores."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._not_yet = 0
        self.outbox: Outbox[Score] = Outbox(
            "scores", self._deliver, size=QUEUE_SCORES, batch=BATCH_SCORES, wait_s=WAIT_S
        )

    def _deliver(self, items: list[Score]) -> Outcome:
        """Sends a batch; one score that the server refuses must not cost the others."""
        scores = [item for item in items if ENDS not in item]
        told = self._scored(scores) if scores else "sent"
        for item in items:
            if told == "sent" and ENDS in item:
                told = self._end(item[ENDS])
        return told

    def _scored(self, scores: list[Score]) -> Outcome:
        result = self._post(scores)
        if result == "refused" and len(scores) > 1:
            for score in scores:
                self._post([score])
            return "sent"
        return result

    def _post(self, scores: list[Score]) -> Outcome:
        return self._send("/api/v1/scores", scores, "scores")

    def _end(self, ended: Score) -> Outcome:
        told = self._send("/api/v1/rules/end-session", ended, "ends of sessions")
        return "sent" if told == "refused" else told  # it was said why; what else waits is sent

    def _send(self, path: str, content: Any, what: str) -> Outcome:
        body = json.dumps(content, ensure_ascii=True, default=str).encode()
        answer = self._wire.post(path, body, "application/json")
        if answer.status == NOT_YET and self._not_yet < PATIENCE:
            self._not_yet += 1
            return "later"
        self._not_yet = 0
        return outcome(answer, what, self._wire.endpoint)


def make_score(
    name: str,
    value: bool | float | str | None,
    *,
    project: str,
    comment: str | None,
    trace_id: str | None,
    span_id: str | None,
    session_id: str | None,
    source: str,
    identifier: str | None,
    metadata: dict[str, Any] | None,
) -> Score:
    """The body of one score; its id makes sending it twice the same as once."""
    score: Score = {
        "id": str(uuid.uuid4()),
        "project": project,
        "name": str(name),
        "source": source,
        "created_at": dt.datetime.now(dt.UTC).isoformat(timespec="microseconds"),
    }
    if isinstance(value, bool):
        score["value"] = 1.0 if value else 0.0
        score["label"] = "true" if value else "false"
    elif isinstance(value, str):
        score["label"] = value
    elif value is not None:
        score["value"] = number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"{number} is no value of a score")
    given = {
        "comment": comment,
        "trace_id": trace_id,
        "span_id": span_id,
        "session_id": session_id,
        "identifier": identifier,
        "metadata": metadata,
    }
    return score | {key: item for key, item in given.items() if item is not None}
