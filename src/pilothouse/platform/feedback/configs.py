"""Settings of feedback keys: what the scores of a key may be, and which way is better."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pilothouse.platform.errors import BadRequest, Conflict, NotFound, Unprocessable
from pilothouse.platform.feedback import records as kept
from pilothouse.platform.feedback.models import FeedbackConfig, checked_config, recategorized
from pilothouse.platform.records import Records, Session

MOST_SEEN: Final = 10_000


class FeedbackConfigs:
    """Settings of feedback keys."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._seen: dict[str, FeedbackConfig | None] = {}
        """Settings as they were last read, None for a key without; empty where others write too."""

    def create(
        self,
        name: str,
        config: Mapping[str, Any],
        *,
        is_enforced: bool = False,
        lower_is_better: bool | None = None,
    ) -> FeedbackConfig:
        """The settings of a key; the same ones again give those that are there.

        Where nobody says which way is better, the key keeps its own way. Raises BadRequest, and
        Conflict when the key has others.
        """
        if not name or len(name) > 200:
            raise BadRequest("feedback_key has 1 to 200 characters")
        wanted = FeedbackConfig(
            name=name,
            config=checked_config(dict(config)),
            is_enforced=is_enforced,
            lower_is_better=lower_is_better,
            modified_at=datetime.now(UTC),
        )
        with self._records.write() as session:
            kept.add_config(session, wanted)
            stored = _existing(session, name)
        self._seen = {}
        if lower_is_better is None:
            wanted = dataclasses.replace(wanted, lower_is_better=stored.lower_is_better)
        if not _same(stored, wanted):
            raise Conflict(
                f"feedback key {name!r} has other settings already; change them instead",
                {"feedback_config": dict(stored.config)},
            )
        return stored

    def get(self, name: str) -> FeedbackConfig:
        """The settings of a key. Raises NotFound."""
        with self._records.read() as session:
            return _existing(session, name)

    def of_names(self, names: Sequence[str]) -> dict[str, FeedbackConfig]:
        """The settings of those of the keys that have some."""
        if not names:
            return {}
        seen = self._seen  # a write meanwhile puts another in its place
        with self._records.read() as session:
            found = {config.name: config for config in kept.configs(session, names)}
        if not self._records.shared and len(seen) < MOST_SEEN:
            seen.update({name: found.get(name) for name in names})
        return found

    def seen(self, names: Sequence[str]) -> dict[str, FeedbackConfig] | None:
        """As `of_names`, at once; None where the database has to be asked."""
        seen = self._seen
        if any(name not in seen for name in names):
            return None
        return {name: config for name in names if (config := seen[name]) is not None}

    def list(self, names: Sequence[str] = (), contains: str = "") -> list[FeedbackConfig]:
        """Settings by key; of some keys, or of those that contain a text, if asked."""
        with self._records.read() as session:
            return kept.configs(session, names, contains)

    def change(
        self,
        name: str,
        *,
        config: Mapping[str, Any] | None = None,
        is_enforced: bool | None = None,
        lower_is_better: bool | None = None,
    ) -> FeedbackConfig:
        """The settings after a change; None leaves as it is. Raises BadRequest, NotFound."""
        given = {
            "config": None if config is None else checked_config(dict(config)),
            "is_enforced": is_enforced,
            "lower_is_better": lower_is_better,
        }
        changes: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
        with self._records.write() as session:
            session.hold("feedback_configs", name=name)
            kept.change_config(session, dataclasses.replace(_existing(session, name), **changes))
            changed = _existing(session, name)
        self._seen = {}
        return changed

    def change_categories(
        self,
        name: str,
        *,
        add: Sequence[Mapping[str, Any]] = (),
        remove: Sequence[float] = (),
    ) -> FeedbackConfig:
        """The settings with some categories more and, by their values, some less.

        What is there already, or gone already, changes nothing. Raises NotFound, Unprocessable.
        """
        with self._records.write() as session:
            session.hold("feedback_configs", name=name)
            found = _existing(session, name)
            try:
                config = checked_config(recategorized(found.config, add, remove))
            except BadRequest as error:
                raise Unprocessable(str(error)) from error
            kept.change_config(session, dataclasses.replace(found, config=config))
            changed = _existing(session, name)
        self._seen = {}
        return changed

    def delete(self, name: str) -> None:
        """Forget the settings of a key; its scores stay. Raises NotFound."""
        with self._records.write() as session:
            if not kept.remove_config(session, name):
                raise _unknown(name)
        self._seen = {}

    def learn(self, given: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Keep settings that came with feedback, for keys that have none; wrong ones are passed."""
        with self._records.write() as session:
            for name, config in given:
                try:
                    checked = checked_config(dict(config))
                except BadRequest:
                    continue
                kept.add_config(
                    session,
                    FeedbackConfig(
                        name=name,
                        config=checked,
                        is_enforced=False,
                        lower_is_better=None,
                        modified_at=datetime.now(UTC),
                    ),
                )
        self._seen = {}


def _existing(session: Session, name: str) -> FeedbackConfig:
    found = kept.configs(session, [name])
    if not found:
        raise _unknown(name)
    return found[0]


def _same(a: FeedbackConfig, b: FeedbackConfig) -> bool:
    return (dict(a.config), a.is_enforced, a.lower_is_better) == (
        dict(b.config),
        b.is_enforced,
        b.lower_is_better,
    )


def _unknown(name: str) -> NotFound:
    return NotFound(f"feedback key {name!r} has no settings", {"feedback_key": name})
