"""What is said on channels of alerts when a release goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from pilothouse.platform.alerts.messages import body_of
from pilothouse.platform.releases.models import SYSTEM, Action, Release

_LEVELS: Final = {"rolled_back": "alert", "paused": "warn"}
_SAID: Final = {
    "created": "begins",
    "advanced": "goes on",
    "promoted": "is promoted: everybody gets the challenger",
    "rolled_back": "is rolled back: nobody gets the challenger any more",
    "paused": "pauses where it is",
    "resumed": "goes on again",
    "changed": "was changed",
    "stopped": "has stopped",
}


def message(release: Release, action: Action, by: str, reason: str, server_url: str) -> str:
    """The body of the message about a change."""
    at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    event: dict[str, Any] = {
        "id": f"{release.id}:{release.revision}",
        "kind": "release",
        "level": _LEVELS.get(action, "ok"),
        "before": "ok",
        "episode_id": release.id,
        "opened_at": at,
        "at": at,
        "window_from": at,
        "rule": {"id": release.id, "name": release.name, "condition": "release"},
        "project": release.config.route,
        "scope": "spans",
        "measure": action,
        "filter": "",
        "window": "",
        "group": None,
        "value": release.share,
        "figure": 100 * release.share,
        "expected": None,
        "text": sentence(release, action, by, reason),
        "url": f"{server_url}/releases/{quote(release.name, safe='')}",
    }
    return body_of([event])


def sentence(release: Release, action: Action, by: str, reason: str) -> str:
    """What happened, in a sentence or two."""
    said = f"Release {release.name} of {release.config.route} {_SAID[action]}"
    if action == "advanced":
        said += f": the challenger gets {100 * release.share:g} %"
    who = "by the rule" if by == SYSTEM else f"by {by}"
    return f"{said} ({who})." + (f" {reason}." if reason else "")
