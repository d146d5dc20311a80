"""Feedback as JSON to an object, to a score, and back from a score, without loss.

A score has columns of its own for most; what has none stands in its metadata under `feedback.…`,
as JSON. Scores that came another way are read as feedback too, from their columns.
"""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

from pilothouse.platform.errors import Unprocessable
from pilothouse.platform.feedback.models import Feedback
from pilothouse.platform.half_characters import mended
from pilothouse.platform.query.run_places import RunPlace
from pilothouse.platform.records import micros_of, moment
from pilothouse.spans import Score

PREFIX: Final = "feedback."
LINK: Final = "feedback_token"
"""In the metadata of its source: the link by which feedback came."""
LONGEST_LABEL: Final = 200
_READ: Final = frozenset({
    "id", "key", "run_id", "trace_id", "session_id", "score", "value", "comment", "correction",
    "feedback_source", "start_time", "comparative_experiment_id", "feedback_group_id", "extra",
    "error", "created_at", "modified_at", "feedback_config",
})  # fmt: skip
_TEXTS: Final = ("start_time", "comparative_experiment_id", "feedback_group_id", "session_id")
Giver = Literal["human", "judge", "code", "end_user"]
_GIVER: Final[dict[str, Giver]] = {"model": "judge", "auto_eval": "judge", "app": "human"}
_TYPE: Final = {"human": "app", "judge": "model", "code": "api", "end_user": "api"}


def feedback_of_json(body: Mapping[str, Any], now: datetime | None = None) -> Feedback:
    """Feedback as a client sent it. Raises Unprocessable."""
    now = now or datetime.now(UTC)
    body = mended(dict(body))
    source = body.get("feedback_source")
    source = dict(source) if isinstance(source, Mapping) else {}
    extra = body.get("extra")
    key = body.get("key")
    if not isinstance(key, str) or not key:
        raise Unprocessable("feedback: key is a text, which is not empty")
    comment = body.get("comment")
    created_at = _time(body, "created_at") or now
    return Feedback(
        id=_uuid(body, "id") or str(uuid.uuid4()),
        key=key,
        project=None,
        trace_id=_uuid(body, "trace_id"),
        run_id=_uuid(body, "run_id"),
        score=checked_score(body.get("score")),
        value=body.get("value"),
        comment=None if comment is None else str(comment),
        correction=body.get("correction"),
        source_type=str(source.get("type") or "api"),
        source=source or {"type": "api"},
        extra=dict(extra) if isinstance(extra, Mapping) else None,
        is_error=body.get("error") is True or bool(isinstance(extra, dict) and extra.get("error")),
        created_at=created_at,
        modified_at=_time(body, "modified_at") or now,
        more={k: v for k, v in body.items() if k not in _READ and v is not None},
        **{name: str(body[name]) for name in _TEXTS if body.get(name) is not None},
    )


def score_of_feedback(feedback: Feedback, project: str, place: RunPlace | None) -> Score:
    """The score that keeps the feedback; without a place it is about the project as a whole."""
    source: Giver = _GIVER.get(feedback.source_type, "code")
    user = feedback.source.get("user_name") or feedback.source.get("user_id") or ""
    if source == "code" and user:
        source = "human"
    metadata = feedback.source.get("metadata")
    if source == "code" and isinstance(metadata, Mapping) and LINK in metadata:
        source = "end_user"
    said: dict[str, Any] = {
        "type": feedback.source_type,
        "source": json.dumps(feedback.source),
        "run_id": feedback.run_id,
        "trace_id": feedback.trace_id,
        "session_id": feedback.session_id,
        "truth": "true" if isinstance(feedback.score, bool) else None,
        "value": _json(feedback.value),
        "correction": _json(feedback.correction),
        "start_time": feedback.start_time,
        "comparative_experiment_id": feedback.comparative_experiment_id,
        "feedback_group_id": feedback.feedback_group_id,
        "extra": _json(feedback.extra),
        "modified_at": feedback.modified_at.isoformat(),
        "more": _json(feedback.more or None),
    }
    value = feedback.value
    is_short = isinstance(value, str) and len(value) <= LONGEST_LABEL
    return Score(
        id=feedback.id,
        project=project,
        name=feedback.key,
        value=None if feedback.score is None else float(feedback.score),
        label=str(value) if is_short else "",
        comment=feedback.comment or "",
        source=source,
        identifier=str(user),
        trace_id=place.trace_id if place else "",
        span_id=place.span_id if place else "",
        status="error" if feedback.is_error else "ok",
        error=(feedback.comment or "") if feedback.is_error else "",
        created_at_ns=micros_of(feedback.created_at) * 1000,
        metadata={PREFIX + key: text for key, text in said.items() if text is not None},
    )


def feedback_of_score(score: Score) -> Feedback:
    """The feedback that a score keeps, or that it would have been."""
    kept = {
        key.removeprefix(PREFIX): text
        for key, text in score.metadata.items()
        if key.startswith(PREFIX)
    }
    created_at = moment(score.created_at_ns // 1000)
    is_ours = "type" in kept
    source = _parsed(kept.get("source"))
    if not isinstance(source, dict):
        source = {"type": _TYPE[score.source], "user_name": score.identifier or None}
        source["metadata"] = {k: v for k, v in score.metadata.items() if not k.startswith(PREFIX)}
    value = _parsed(kept.get("value"))
    if value is None and not is_ours:
        value = score.label or None
    number: float | bool | None = score.value
    if number is not None and kept.get("truth"):
        number = bool(number)
    extra = _parsed(kept.get("extra"))
    return Feedback(
        id=score.id,
        key=score.name,
        project=score.project,
        trace_id=kept.get("trace_id") or score.trace_id or None,
        run_id=kept.get("run_id") or score.span_id or None,
        session_id=kept.get("session_id"),
        score=number,
        value=value,
        comment=score.comment or (score.error or None),
        correction=_parsed(kept.get("correction")),
        source_type=str(source.get("type") or "api"),
        source=source,
        start_time=kept.get("start_time"),
        comparative_experiment_id=kept.get("comparative_experiment_id"),
        feedback_group_id=kept.get("feedback_group_id"),
        extra=extra if isinstance(extra, dict) else None,
        is_error=score.status == "error",
        created_at=created_at,
        modified_at=_moment_of(kept.get("modified_at")) or created_at,
        more=_parsed(kept.get("more")) or {},
    )


def json_of_feedback(feedback: Feedback) -> dict[str, Any]:
    """What `feedback_of_json` reads back as the same."""
    return {
        **feedback.more,
        "id": feedback.id,
        "key": feedback.key,
        "run_id": feedback.run_id,
        "trace_id": feedback.trace_id,
        "session_id": feedback.session_id,
        "score": feedback.score,
        "value": feedback.value,
        "comment": feedback.comment,
        "correction": feedback.correction,
        "feedback_source": dict(feedback.source),
        "start_time": feedback.start_time,
        "comparative_experiment_id": feedback.comparative_experiment_id,
        "feedback_group_id": feedback.feedback_group_id,
        "extra": feedback.extra,
        "error": feedback.is_error or None,
        "created_at": feedback.created_at.isoformat(),
        "modified_at": feedback.modified_at.isoformat(),
    }


def checked_score(given: Any) -> float | bool | None:  # Any: whatever a client says
    """A number, a truth or nothing. Raises Unprocessable."""
    if given is None or isinstance(given, bool):
        return given
    try:
        number = float(given)
    except (TypeError, ValueError, OverflowError):
        raise Unprocessable("feedback: score is a number or a truth") from None
    if not math.isfinite(number):
        raise Unprocessable("feedback: score is a finite number")
    return number


def _uuid(body: Mapping[str, Any], name: str) -> str | None:
    given = body.get(name)
    if given is None or given == "":
        return None
    text = str(given)
    if name != "id" and "-" not in text and len(text) <= 500:
        return text  # a span of another protocol, by the id that it has here
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Unprocessable(f"feedback: {name} is a UUID, {text[:80]!r} is not") from None


def _time(body: Mapping[str, Any], name: str) -> datetime | None:
    given = body.get(name)
    if given is None:
        return None
    found = given if isinstance(given, datetime) else _moment_of(str(given))
    if found is None:
        raise Unprocessable(f"feedback: {name} is a time, {str(given)[:80]!r} is not")
    return found


def _moment_of(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value)


def _parsed(text: str | None) -> Any:
    return None if text is None else json.loads(text)
