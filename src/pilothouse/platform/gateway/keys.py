"""Virtual keys: made, bounded, revoked, and recognized at every call."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import string
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from pilothouse.gateway.app import KEY_PREFIX
from pilothouse.gateway.budgets import period_of
from pilothouse.gateway.models import Holder
from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.gateway import records as kept
from pilothouse.platform.gateway import team_records
from pilothouse.platform.gateway.models import PERIODS, GatewayKey, GatewayTeam, checked_models
from pilothouse.platform.gateway.teams import GatewayTeams
from pilothouse.platform.gateway.teams import existing as existing_team
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.records import Records, Session

log = logging.getLogger("pilothouse.gateway")

FRESH_S: Final = 5.0
"""So long a key works after another server revoked it."""
_MOST_KNOWN: Final = 10_000
_ALPHABET: Final = string.ascii_letters + string.digits
_HINT: Final = len(KEY_PREFIX) + 4


class GatewayKeys:
    """The keys of this server's gateway."""

    def __init__(self, records: Records, projects: ProjectDirectory, *, is_open: bool) -> None:
        """`is_open` where whoever shows no key may ask, too."""
        self.is_open = is_open
        self._records = records
        self._projects = projects
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Holder | None, float]] = {}
        """By digest; until when that holds."""
        self._listeners: list[Callable[[int], None]] = []
        self.teams = GatewayTeams(records, self.forget)

    # ---- at every call

    def known(self, secret: str) -> tuple[bool, Holder | None]:
        """Whether the holder of a key was looked up a moment ago, and who it is."""
        found = self._known.get(_digest(secret))
        if found is None or found[1] < time.monotonic():
            return False, None
        return True, _working(found[0])

    async def look_up(self, secret: str) -> Holder | None:
        """The holder of a key that works."""
        return await asyncio.to_thread(self._look_up, secret)

    def _look_up(self, secret: str) -> Holder | None:
        digest = _digest(secret)
        with self._lock:  # not while a key is revoked: what was read could be older than that
            with self._records.read() as session:
                key = kept.key_of(session, digest)
                holder = None if key is None else _holder(session, key)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[digest] = holder, time.monotonic() + FRESH_S
        return _working(holder)

    # ---- keeping them

    def every(self) -> list[tuple[GatewayKey, int]]:
        """All keys that were not revoked, each with what it spent in its present period."""
        now = datetime.now(UTC)
        starts = {period: period_of(period, now)[0] for period in PERIODS}
        with self._records.read() as session:
            spent = kept.spent_by_all(session, list(starts.values()))
            return [(key, spent.get((key.id, starts[key.period]), 0)) for key in kept.keys(session)]

    def get(self, number: int) -> tuple[GatewayKey, int]:
        """One key and what it spent in its present period. Raises NotFound."""
        with self._records.read() as session:
            key = _existing(kept.key(session, number), number)
            start, _ = period_of(key.period, datetime.now(UTC))
            return key, kept.spent(session, number, start)

    def found(self, text: str) -> GatewayKey:
        """The key of a secret, or of a number in digits. Raises NotFound."""
        with self._records.read() as session:
            if text.startswith(KEY_PREFIX):
                key = kept.key_of(session, _digest(text))
            else:
                is_number = text.isascii() and text.isdigit() and len(text) < 16
                key = kept.key(session, int(text)) if is_number else None
        if key is None or key.revoked_at is not None:
            raise NotFound("the gateway has no such key")
        return key

    def renew(self, number: int) -> str:
        """Another secret for a key; the former one works no longer. Raises NotFound."""
        secret = _new_secret()
        with self._records.write() as session:
            _existing(kept.key(session, number), number)
            kept.renew_key(session, number, _digest(secret), _hint_of(secret))
        self.forget(number)
        return secret

    def create(
        self, *, name: str, project: str, models: Iterable[str], by: str, **bounds: Any
    ) -> tuple[GatewayKey, str]:
        """A new key and its secret, which nobody can show again.

        `bounds` are fields of a key. The project is made where it is not there. Raises BadRequest.
        """
        if not name.strip():
            raise BadRequest("a key needs a name: what it is for")
        secret = _new_secret()
        made = GatewayKey(
            id=0,
            name=name.strip(),
            hint=_hint_of(secret),
            project=project,
            models=checked_models(models),
            created_by=by,
            created_at=datetime.now(UTC),
            revoked_at=None,
            **bounds,
        )
        number = self._projects.id_of(project)
        with self._records.write() as session:
            if made.team_id is not None:
                existing_team(session, made.team_id)
            kept.add_key(session, key_hash=_digest(secret), project_id=number, made=made)
            found = kept.key_of(session, _digest(secret))
        assert found is not None
        self.forget(found.id)
        log.info("key %s of the gateway made", found.hint)
        return found, secret

    def change(self, number: int, changes: dict[str, Any]) -> GatewayKey:
        """The key after the given changes of its fields. Raises NotFound, BadRequest."""
        if "models" in changes:
            changes["models"] = checked_models(changes["models"] or ())
        with self._records.write() as session:
            session.hold("gateway_keys", id=number)
            changed = replace(_existing(kept.key(session, number), number), **changes)
            if changed.team_id is not None:
                existing_team(session, changed.team_id)
            kept.change_key(session, changed)
        self.forget(number)
        return changed

    def revoke(self, number: int) -> None:
        """Make a key worthless from now on. Raises NotFound."""
        with self._records.write() as session:
            if not kept.revoke_key(session, number):
                raise _unknown(number)
        self.forget(number)
        log.info("key %d of the gateway revoked", number)

    def when_changed(self, tell: Callable[[int], None]) -> None:
        """Have another told of the number of each key that changes; from any thread."""
        self._listeners.append(tell)

    def forget(self, number: int) -> None:
        """A key, or by its negative number a team, has changed."""
        with self._lock:
            self._known.clear()
        for tell in self._listeners:
            tell(number)

    # ---- what they spend

    async def spent(self, holder: Holder, period_start: int) -> int:
        """In nano-dollars, by all servers, as far as they have said."""

        def read() -> int:
            with self._records.read() as session:
                if holder.id < 0:
                    return team_records.spent(session, -holder.id, period_start)
                return kept.spent(session, holder.id, period_start)

        return await asyncio.to_thread(read)

    async def add(self, entries: Sequence[tuple[int, int, int]]) -> None:
        """Add (key, start of the period, nano-dollars)."""

        def write() -> None:
            with self._records.write() as session:
                for number, start, nano in entries:
                    if number < 0:
                        team_records.spend(session, -number, start, nano)
                    else:
                        kept.spend(session, number, start, nano)

        await asyncio.to_thread(write)


def _holder(session: Session, key: GatewayKey) -> Holder | None:
    """Whoever shows the key; None where it does not work."""
    if key.revoked_at is not None or key.blocked_at is not None:
        return None
    team = None if key.team_id is None else team_records.team(session, key.team_id)
    return Holder(
        id=key.id,
        name=key.name,
        project=key.project,
        models=key.models,
        requests_per_minute=key.requests_per_minute,
        tokens_per_minute=key.tokens_per_minute,
        budget_nano=key.budget_nano,
        period=key.period,
        expires_at=key.expires_at,
        team=None if team is None else _team(team),
        guardrails=key.guardrails,
    )


def _team(team: GatewayTeam) -> Holder:
    return Holder(
        id=-team.id,
        name=team.name,
        models=team.models,
        requests_per_minute=team.requests_per_minute,
        tokens_per_minute=team.tokens_per_minute,
        budget_nano=team.budget_nano,
        period=team.period,
    )


def _new_secret() -> str:
    return KEY_PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(40))


def _hint_of(secret: str) -> str:
    return secret[:_HINT] + "…"


def _working(holder: Holder | None) -> Holder | None:
    if holder is None or holder.expires_at is None or holder.expires_at > datetime.now(UTC):
        return holder
    return None


def _existing(key: GatewayKey | None, number: int) -> GatewayKey:
    if key is None:
        raise _unknown(number)
    return key


def _unknown(number: int) -> NotFound:
    return NotFound(f"the gateway has no key {number}")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
