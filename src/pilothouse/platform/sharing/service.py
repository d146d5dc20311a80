"""Gives and takes back tokens that open something to whoever has them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.records import Records
from pilothouse.platform.sharing import records as kept
from pilothouse.platform.sharing.models import Share, ShareKind, Target, dataset_of


class Shares:
    """Shares; a target has one token, which stays the same until it is taken back."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def share(self, target: Target, *, token: str | None = None, by: str = "") -> Share:
        """The share of a target, made if it has none; `token` is used for a new one only.

        Raises BadRequest when the token is no UUID, Conflict when it opens something else.
        """
        wanted = str(uuid.uuid4()) if token is None else _uuid(token)
        with self._records.write() as session:
            kept.add(session, wanted, target, by)
            share = kept.of_target(session, target)
        if share is None:
            raise Conflict(f"the token {wanted} opens something else already")
        return share

    def of_target(self, target: Target) -> Share | None:
        """The share of a target, None when it is not shared."""
        with self._records.read() as session:
            return kept.of_target(session, target)

    def of_targets(self, targets: Sequence[Target]) -> list[Share]:
        """The shares that some targets of one kind have."""
        with self._records.read() as session:
            return kept.of_targets(session, list(targets))

    def every(self) -> list[Share]:
        """All shares, the newest first."""
        with self._records.read() as session:
            return kept.every(session)

    def open(self, token: str, *kinds: ShareKind) -> Share:
        """What a token opens, of one of the kinds if any are given. Raises NotFound."""
        with self._records.read() as session:
            share = kept.of_token(session, token.lower())
        if share is None or (kinds and share.target.kind not in kinds):
            raise NotFound("nothing is shared under this token")
        return share

    def revoke(self, target: Target) -> bool:
        """Take the token of a target back; False when it has none."""
        with self._records.write() as session:
            return kept.remove(session, target)

    def revoke_token(self, token: str) -> None:
        """Take a token back. Raises NotFound."""
        with self._records.write() as session:
            if not kept.remove_token(session, token.lower()):
                raise NotFound("nothing is shared under this token")

    def forget_project(self, project_id: int) -> int:
        """Take back the tokens of all that lay in a project that is deleted; -> how many."""
        with self._records.write() as session:
            return kept.remove_of_project(session, project_id)

    def forget_dataset(self, dataset_id: str) -> None:
        """Take back the token of a dataset that is about to be deleted."""
        self.revoke(dataset_of(dataset_id))


def _uuid(token: str) -> str:
    try:
        return str(uuid.UUID(token))
    except ValueError:
        raise BadRequest(f"a share token is a UUID, {token[:80]!r} is not") from None
