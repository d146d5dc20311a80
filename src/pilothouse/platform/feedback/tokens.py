"""Links by which anybody gives feedback on one run, as often as they like, until they end."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pilothouse.platform.errors import BadRequest, NotFound
from pilothouse.platform.feedback import records as kept
from pilothouse.platform.feedback.models import FeedbackToken, checked_config
from pilothouse.platform.records import Records, micros_of

USUAL_LIFE: Final = timedelta(hours=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A link to make."""

    run_id: str
    key: str
    config: Mapping[str, Any] | None = None  # Any: JSON
    id: str | None = None
    expires_at: datetime | None = None
    expires_in: timedelta | None = None


class FeedbackTokens:
    """Links to give feedback by."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def create(self, new: Sequence[NewToken], *, by: str = "") -> list[FeedbackToken]:
        """The links; one of an id that is there stays as it is. Raises BadRequest."""
        now = datetime.now(UTC)
        made = [_made(one, now, by) for one in new]
        with self._records.write() as session:
            for token in made:
                kept.add_token(session, token, micros_of(token.expires_at) or 0)
            found = [kept.token(session, token.id) for token in made]
        return [token for token in found if token is not None]

    def list(self, run_id: str = "", *, limit: int = 100, offset: int = 0) -> list[FeedbackToken]:
        """The links of a run, the newest first; of all runs without one."""
        with self._records.read() as session:
            return kept.tokens(session, run_id, limit=limit, offset=offset)

    def open(self, token_id: str) -> FeedbackToken:
        """A link that is still good. Raises NotFound."""
        with self._records.read() as session:
            token = kept.token(session, token_id.lower())
        if token is None:
            raise NotFound("there is no such feedback link")
        if token.expires_at <= datetime.now(UTC):
            raise NotFound("this feedback link has ended; ask for another")
        return token

    def revoke(self, token_id: str) -> None:
        """Forget a link. Raises NotFound."""
        with self._records.write() as session:
            if not kept.remove_token(session, token_id.lower()):
                raise NotFound("there is no such feedback link")


def _made(new: NewToken, now: datetime, by: str) -> FeedbackToken:
    if not new.run_id or not new.key or len(new.key) > 200:
        raise BadRequest("a feedback link has a run_id and a feedback_key of 1 to 200 characters")
    expires_at = new.expires_at or now + (new.expires_in or USUAL_LIFE)
    if expires_at.tzinfo is None:
        expires_at = expires_at.replace(tzinfo=UTC)
    if expires_at <= now:
        raise BadRequest("a feedback link ends later than now")
    try:
        token_id = str(uuid.uuid4() if new.id is None else uuid.UUID(new.id))
    except ValueError:
        raise BadRequest(f"the id of a feedback link is a UUID, {new.id!r} is not") from None
    return FeedbackToken(
        id=token_id,
        run_id=new.run_id,
        name=new.key,
        config=None if new.config is None else checked_config(dict(new.config)),
        expires_at=expires_at,
        created_by=by,
        created_at=now,
    )
