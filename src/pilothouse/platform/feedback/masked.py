"""Feedback without what its project hides; ids stay, which may look like numbers to hide."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Protocol

from pilothouse.platform.feedback.wire import PREFIX
from pilothouse.spans import Score

IDS: Final = frozenset({
    "id", "key", "run_id", "trace_id", "session_id", "start_time", "comparative_experiment_id",
    "feedback_group_id", "created_at", "modified_at", "type", "truth",
})  # fmt: skip
_OWN_RUN: Final = "__run"
"""Where the source of feedback names the run of the evaluator that gave it."""


class Masks(Protocol):
    """What a project hides: `ingest.masking.Masker`."""

    def mask_text(self, text: str) -> str: ...
    def mask_value(self, value: Any) -> Any: ...  # Any: JSON


def mask_score(masker: Masks, score: Score) -> None:
    """Mask, in place, the score that keeps some feedback."""
    score.label = masker.mask_text(score.label)
    score.comment = masker.mask_text(score.comment)
    score.error = masker.mask_text(score.error)
    score.identifier = masker.mask_text(score.identifier)
    score.metadata = {
        key: _masked_text(masker, key.removeprefix(PREFIX), value)
        for key, value in score.metadata.items()
    }


def masked_body(masker: Masks, body: Mapping[str, Any]) -> dict[str, Any]:
    """Feedback as `json_of_feedback` writes it, masked."""
    return {key: _masked(masker, key, value) for key, value in body.items()}


def _masked_text(masker: Masks, key: str, value: Any) -> Any:
    if key == "source" and isinstance(value, str):
        return json.dumps(_masked_source(masker, json.loads(value)))
    return _masked(masker, key, value)


def _masked(masker: Masks, key: str, value: Any) -> Any:
    if key in IDS:
        return value
    if key == "feedback_source":
        return _masked_source(masker, value)
    return masker.mask_value(value)


def _masked_source(masker: Masks, source: Mapping[str, Any]) -> dict[str, Any]:
    masked = masker.mask_value(dict(source))
    metadata = source.get("metadata")
    if isinstance(metadata, dict) and _OWN_RUN in metadata:
        masked = {
            **masked,
            "metadata": {**masked.get("metadata", {}), _OWN_RUN: metadata[_OWN_RUN]},
        }
    return {**masked, "type": source.get("type", "api")}
