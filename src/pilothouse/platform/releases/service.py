"""What one may do with releases; every change stands in the audit trail with its figures."""

from __future__ import annotations

import difflib
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from pilothouse.platform.alerts import channel_records
from pilothouse.platform.errors import BadRequest, Conflict, Forbidden, NotFound
from pilothouse.platform.records import Records, Session
from pilothouse.platform.releases import records as kept
from pilothouse.platform.releases.checking import (
    Checks,
    Names,
    Prompts,
    check_channels,
    check_fixed,
    check_free,
    field_of,
)
from pilothouse.platform.releases.models import (
    AT_WORK,
    CHALLENGER,
    Action,
    Config,
    Event,
    Json,
    Kind,
    Release,
    Status,
)
from pilothouse.platform.releases.telling import message

MOST: Final = 1000
_FOUND: Final = ("route", "label", "version")
"""What a promotion notes before it writes anything."""
_AFTER: Final[Mapping[Action, Status]] = {
    "paused": "paused",
    "resumed": "running",
    "promoted": "promoted",
    "rolled_back": "rolled_back",
    "stopped": "stopped",
}
_FROM: Final[Mapping[Action, tuple[Status, ...]]] = {
    "advanced": AT_WORK,
    "paused": ("running",),
    "resumed": ("paused",),
    "promoted": AT_WORK,
    "rolled_back": (*AT_WORK, "promoted"),
    "stopped": AT_WORK,
    "changed": AT_WORK,
}
_OF: Final[Mapping[Kind, tuple[Action, ...]]] = {
    "ab": ("paused", "resumed", "promoted", "rolled_back", "stopped", "changed"),
    "shadow": ("paused", "resumed", "stopped", "changed"),
    "staged": ("advanced", "paused", "resumed", "promoted", "rolled_back", "changed"),
}
_VERBS: Final[Mapping[Action, str]] = {
    "advanced": "advance",
    "paused": "pause",
    "resumed": "resume",
    "promoted": "promote",
    "rolled_back": "roll back",
    "stopped": "stop",
    "changed": "change",
}


class Releases:
    """Releases of this server; `posted` is called when messages wait on channels of alerts."""

    def __init__(
        self,
        records: Records,
        names: Callable[[], Names],
        prompts: Prompts,
        *,
        posted: Callable[[], None],
        server_url: str,
    ) -> None:
        self._records = records
        self._check = Checks(names, prompts)
        self._posted = posted
        self._server_url = server_url
        self._listeners: list[Callable[[], None]] = []

    def when_changed(self, tell: Callable[[], None]) -> None:
        """Have another told of every change; from any thread."""
        self._listeners.append(tell)

    def every(self) -> list[Release]:
        """All releases, the newest first."""
        with self._records.read() as session:
            return kept.every(session)

    def get(self, name: str) -> Release:
        """The release of a name or an id. Raises NotFound."""
        with self._records.read() as session:
            return _existing(session, name)

    def events(self, name: str) -> list[Event]:
        """Its audit trail, the newest first. Raises NotFound."""
        with self._records.read() as session:
            return kept.events(session, _existing(session, name).id)

    def create(
        self, name: str, kind: Kind, config: Config, *, by: str, reason: str = ""
    ) -> Release:
        """A new release, at work at once.

        Raises BadRequest for what it cannot do, Conflict for a name or a route that is taken.
        """
        config = self._check.config(kind, config)
        now = datetime.now(UTC)
        made = Release(
            id=str(uuid.uuid4()),
            name=name,
            kind=kind,
            config=config,
            salt=secrets.token_hex(16),
            created_by=by,
            created_at=now,
            updated_at=now,
            step_since=now,
        )
        with self._records.write() as session:
            check_channels(session, config.channels)
            others = kept.every(session)
            if len(others) >= MOST:
                raise Forbidden(f"there are {MOST:,} releases: remove old ones")
            check_free(made, others)
            if not kept.add(session, made):
                raise Conflict(f"there is a release {name!r} already", {"field": "name"})
            self._note(session, made, by, "created", reason, None)
        self._changed()
        return made

    def change(self, name: str, given: Mapping[str, Any], *, by: str, reason: str = "") -> Release:
        """The release after a change of its settings; new weights begin a new step.

        Raises NotFound, BadRequest, and Conflict for one that has ended.
        """
        with self._records.write() as session:
            found = self._held(session, name, "changed")
            written = found.config.model_dump() | dict(given)
            try:
                wanted = Config.model_validate(written)
            except ValidationError as error:
                raise BadRequest(_told(error)) from None
            check_fixed(found, wanted)
            check_channels(session, wanted.channels)
        wanted = self._check.config(found.kind, wanted)
        with self._records.write() as session:
            now = datetime.now(UTC)
            moved = replace(
                found, config=wanted, step=found.step + 1, updated_at=now, step_since=now
            )
            made = self._written(session, found, moved, by, "changed", reason)
        self._changed()
        return made

    def act(
        self,
        name: str,
        action: Action,
        *,
        by: str,
        reason: str = "",
        arm: str = "",
        seen: int | None = None,
        figures: Json | None = None,
    ) -> Release:
        """The release after somebody, or the rule, moved it on.

        `arm` is which of a split is promoted; `seen` is the revision that was decided upon. Raises
        NotFound, BadRequest, and Conflict where that cannot be done, or not any more.
        """
        with self._records.write() as session:
            found = self._held(session, name, action)
            if seen is not None and seen != found.revision:
                raise Conflict(f"release {found.name!r} was changed meanwhile: look again")
            moved = _moved(found, action, arm)
            made = self._written(session, found, moved, by, action, reason, figures)
        self._changed()
        return made

    def remove(self, name: str) -> None:
        """Remove one that has ended, with its audit trail. Raises NotFound, Conflict."""
        with self._records.write() as session:
            found = _existing(session, name)
            if found.status in kept.IN_FORCE:
                raise Conflict(
                    f"release {found.name!r} is {found.status}: calls still go by it; "
                    "stop it or roll it back first"
                )
            kept.remove(session, found.id)
        self._changed()

    def settled(self, release: Release, before: Json) -> None:
        """Note what a promotion took the place of, or that it was put back."""
        with self._records.write() as session:
            session.hold("releases", id=release.id)
            found = _existing(session, release.id)
            # Two may do it at once: what the first of them found is what was there before.
            known = found.before or {}
            first: Json = {name: known[name] for name in _FOUND if name in known}
            kept.change(session, replace(found, before={**before, **first}), seen=found.revision)
        self._changed()

    # ---- how

    def _held(self, session: Session, name: str, action: Action) -> Release:
        found = _existing(session, name)
        session.hold("releases", id=found.id)
        found = _existing(session, found.id)
        if action not in _OF[found.kind]:
            possible = ", ".join(_VERBS[each] for each in _OF[found.kind])
            kind = {"ab": "an A/B split", "shadow": "a shadow", "staged": "a staged release"}
            raise BadRequest(f"{kind[found.kind]} cannot {_VERBS[action]}; it can {possible}")
        if found.status not in _FROM[action]:
            raise Conflict(f"release {found.name!r} is {found.status}: it cannot {_VERBS[action]}")
        return found

    def _written(
        self,
        session: Session,
        found: Release,
        moved: Release,
        by: str,
        action: Action,
        reason: str,
        figures: Json | None = None,
    ) -> Release:
        if not kept.change(session, moved, seen=found.revision):
            raise Conflict(f"release {found.name!r} was changed meanwhile: look again")
        made = _existing(session, found.id)
        self._note(session, made, by, action, reason, figures or found.figures)
        return made

    def _note(
        self,
        session: Session,
        made: Release,
        by: str,
        action: Action,
        reason: str,
        figures: Json | None,
    ) -> None:
        kept.note(session, made, actor=by, action=action, reason=reason, figures=figures)
        body = message(made, action, by, reason, self._server_url)
        for channel in sorted(channel_records.known(session, made.config.channels)):
            channel_records.post(session, channel, body)

    def _changed(self) -> None:
        for tell in self._listeners:
            tell()
        self._posted()


def _moved(found: Release, action: Action, arm: str) -> Release:
    now = datetime.now(UTC)
    if action == "advanced":
        if found.stage + 1 >= len(found.stages):
            raise Conflict(f"release {found.name!r} is at its last stage: promote it")
        return replace(found, stage=found.stage + 1, step=found.step + 1, step_since=now)
    status = _AFTER[action]
    before = found.before
    if action == "promoted":
        chosen = arm or (CHALLENGER if found.kind == "staged" else "")
        names = [each.name for each in found.config.arms]
        if found.kind == "ab" and chosen not in names:
            raise BadRequest(f"say which arm: {', '.join(names)}", field_of("arm"))
        before = {"arm": chosen}
    ended = None if status in AT_WORK else now
    return replace(found, status=status, before=before, ended_at=ended)


def _existing(session: Session, name: str) -> Release:
    found = kept.one(session, name)
    if found is None:
        near = difflib.get_close_matches(name, [each.name for each in kept.every(session)], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise NotFound(f"there is no release {name!r}{hint}", {"release": name})
    return found


def _told(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
