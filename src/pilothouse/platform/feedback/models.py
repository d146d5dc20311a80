"""What feedback is: a score with all that LangSmith's clients say and ask of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from pilothouse.platform.errors import BadRequest

Json = Mapping[str, Any]  # Any: JSON
ConfigKind = Literal["continuous", "categorical", "freeform"]
KINDS: Final[tuple[ConfigKind, ...]] = ("continuous", "categorical", "freeform")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A verdict on a run, or on a project as a whole."""

    id: str
    key: str
    project: str | None
    """Name of the project; None while the run is not here."""
    trace_id: str | None
    run_id: str | None
    """The run that it came for, or the span that it is on; None for a trace's or a project's."""
    session_id: str | None = None
    """UUID of the project, as it was sent."""
    score: float | bool | None = None
    value: Any = None  # Any: number, truth, text or object
    comment: str | None = None
    correction: Any = None  # Any: object or text
    source_type: str = "api"
    source: Json = field(default_factory=dict)
    """`feedback_source` as it came: {"type", "metadata", "user_id", "user_name"}."""
    start_time: str | None = None
    comparative_experiment_id: str | None = None
    feedback_group_id: str | None = None
    extra: Json | None = None
    is_error: bool = False
    created_at: datetime
    modified_at: datetime
    more: Json = field(default_factory=dict)
    """Fields that we do nothing with but give back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackConfig:
    """What the scores of a key may be."""

    name: str
    config: Json
    """{"type", "min", "max", "categories": [{"value", "label"}]}."""
    is_enforced: bool
    lower_is_better: bool | None
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackToken:
    """A link by which anybody gives feedback of one key on one run, until it ends."""

    id: str
    run_id: str
    name: str
    config: Json | None
    expires_at: datetime
    created_by: str
    created_at: datetime


def checked_config(config: object) -> dict[str, Any]:
    """A config, without what is null. Raises BadRequest."""
    if not isinstance(config, dict) or config.get("type") not in KINDS:
        raise BadRequest(f"feedback_config: type is one of {', '.join(KINDS)}")
    kept = {key: value for key, value in config.items() if value is not None}
    for side in ("min", "max"):
        if side in kept and not _is_number(kept[side]):
            raise BadRequest(f"feedback_config: {side} is a number")
    if "min" in kept and "max" in kept and kept["min"] > kept["max"]:
        raise BadRequest("feedback_config: min is larger than max")
    _check_categories(kept)
    return kept


def _check_categories(config: dict[str, Any]) -> None:
    categories = config.get("categories", [])
    if not isinstance(categories, list):
        raise BadRequest("feedback_config: categories is a list")
    if config["type"] != "categorical":
        return
    if not categories:
        raise BadRequest("feedback_config: a categorical key has categories")
    for category in categories:
        if not isinstance(category, dict) or not _is_number(category.get("value")):
            raise BadRequest("feedback_config: a category has a value, a number, and a label")
    values = [category["value"] for category in categories]
    if len(set(values)) < len(values):
        raise BadRequest("feedback_config: two categories have the same value")


def recategorized(
    config: Mapping[str, Any], add: Sequence[Mapping[str, Any]], remove: Sequence[float]
) -> dict[str, Any]:
    """A categorical config with some categories more, and some less. Raises BadRequest."""
    if config.get("type") != "categorical":
        raise BadRequest("feedback_config: only a categorical key has categories")
    gone = set(remove)
    categories = [one for one in config.get("categories", ()) if one["value"] not in gone]
    if gone and len(categories) < 2:
        raise BadRequest("feedback_config: two categories at least have to stay")
    categories += [dict(one) for one in add if dict(one) not in categories]
    labels = [one["label"] for one in categories if one.get("label") is not None]
    if len(set(labels)) < len(labels):
        raise BadRequest("feedback_config: two categories have the same label")
    return {**config, "categories": categories}


def complaint(config: FeedbackConfig, score: float | bool | None, value: object) -> str:
    """Why an enforced config refuses a verdict; "" when it does not."""
    kind = config.config.get("type")
    if kind == "categorical":
        categories = config.config.get("categories", [])
        labels = {c.get("label") for c in categories}
        numbers = {float(c["value"]) for c in categories}
        if score is not None and float(score) not in numbers:
            return f"{config.name}: {score} is none of the categories"
        if score is None and value not in labels:
            return f"{config.name}: {value!r} is none of the categories"
    if kind == "continuous" and score is not None:
        least, most = config.config.get("min"), config.config.get("max")
        if (least is not None and score < least) or (most is not None and score > most):
            return f"{config.name}: {score} is not between {least} and {most}"
    return ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
