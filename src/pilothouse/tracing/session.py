"""`with session("conv-42", user="u-7")`: whose conversation the spans inside belong to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from pilothouse.tracing import state
from pilothouse.tracing.trouble import trouble
from pilothouse.tracing.values import as_json


class Session:
    """Sets session, user, tags and metadata on each span begun inside, those of libraries too.

    Sessions nest: what the inner one does not say, it takes from the outer.
    """

    __slots__ = ("_attributes", "_token")

    def __init__(self, attributes: dict[str, Any]) -> None:
        self._attributes = attributes
        self._token: Any = None

    def __enter__(self) -> Session:
        try:
            from opentelemetry.context import attach, get_value, set_value

            from pilothouse.tracing.export import SESSION

            outer = get_value(SESSION)
            given = {**outer, **self._attributes} if isinstance(outer, dict) else self._attributes
            self._token = attach(set_value(SESSION, given))
        except Exception as error:
            trouble("entering a session", error)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        token, self._token = self._token, None
        if token is None:
            return
        try:
            from opentelemetry.context import detach

            detach(token)
        except Exception as own:
            trouble("leaving a session", own)

    async def __aenter__(self) -> Session:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)


def end_session(session_id: str) -> None:
    """Says in the background that a conversation is over: rules on sessions judge it soon.

    A turn that begins later opens it again.
    """
    live = state.live
    if live is None:
        return
    try:
        from pilothouse.tracing.scoring import ENDS

        now = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
        ended = {"project": live.settings.project, "session_id": str(session_id), "at": now}
        live.scores.outbox.put({ENDS: ended})
    except Exception as error:
        trouble("ending a session", error)


def session(
    session_id: str | None = None,
    *,
    user: str | None = None,
    tags: Iterable[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Session:
    """A block whose spans belong to one conversation, user, or both."""
    attributes: dict[str, Any] = {}
    if session_id is not None:
        attributes["session.id"] = str(session_id)
    if user is not None:
        attributes["user.id"] = str(user)
    if tags:
        attributes["tag.tags"] = tuple(str(tag) for tag in tags)
    if metadata:
        try:
            attributes["metadata"] = as_json(dict(metadata), 100_000)
        except Exception as error:
            trouble("writing metadata", error)
    return Session(attributes)
