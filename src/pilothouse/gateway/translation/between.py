"""The way from what a client speaks to what a provider does, and back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from pilothouse.gateway.errors import Refused
from pilothouse.gateway.translation import (
    chat_answer_as_messages,
    chat_answer_as_responses,
    chat_request_as_messages,
    chat_request_as_responses,
    messages_answer_as_chat,
    messages_request_as_chat,
    responses_answer_as_chat,
    responses_request_as_chat,
)
from pilothouse.gateway.translation.chat_stream_as_messages import ChatAsMessages
from pilothouse.gateway.translation.chat_stream_as_responses import ChatAsResponses
from pilothouse.gateway.translation.events import Turned, Turning
from pilothouse.gateway.translation.messages_stream_as_chat import MessagesAsChat
from pilothouse.gateway.translation.parts import ODD, Json, Untranslatable
from pilothouse.gateway.translation.responses_stream_as_chat import ResponsesAsChat

log = logging.getLogger("pilothouse.gateway")

Protocol = Literal["chat", "messages", "responses"]
PATHS: Final[dict[Protocol, str]] = {
    "chat": "/chat/completions",
    "messages": "/messages",
    "responses": "/responses",
}
_SPOKEN: Final[dict[str, Protocol]] = {path: name for name, path in PATHS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leg:
    """From one protocol to the next, and its answers back."""

    question: Callable[[Json, str], Json]
    answer: Callable[[Json, Json], Json]
    """Also takes what was asked in the protocol that it answers in."""
    stream: Callable[[Json], Turning]


_LEGS: Final[dict[tuple[Protocol, Protocol], _Leg]] = {
    ("chat", "messages"): _Leg(
        question=chat_request_as_messages.translated,
        answer=lambda said, _: messages_answer_as_chat.translated(said),
        stream=lambda _: MessagesAsChat(),
    ),
    ("chat", "responses"): _Leg(
        question=chat_request_as_responses.translated,
        answer=lambda said, _: responses_answer_as_chat.translated(said),
        stream=lambda _: ResponsesAsChat(),
    ),
    ("messages", "chat"): _Leg(
        question=messages_request_as_chat.translated,
        answer=lambda said, _: chat_answer_as_messages.translated(said),
        stream=lambda _: ChatAsMessages(),
    ),
    ("responses", "chat"): _Leg(
        question=responses_request_as_chat.translated,
        answer=chat_answer_as_responses.translated,
        stream=ChatAsResponses,
    ),
}


class Translation:
    """One request on its way to a provider, and the answer on its way back."""

    def __init__(self, asked: Protocol, spoken: Protocol, body: Json, model: str) -> None:
        """Raises Refused for what the provider's protocol has no words for."""
        self.path = PATHS[spoken]
        hops: list[Protocol] = [asked, spoken]
        if (asked, spoken) not in _LEGS:
            hops = [asked, "chat", spoken]
        self._is_chat = asked == "chat"
        self._legs: list[tuple[_Leg, Json]] = []
        for here, there in pairwise(hops):
            leg = _LEGS[here, there]
            self._legs.append((leg, body))
            body = _question(leg, body, model, param="input" if here == "responses" else "messages")
            if there == "chat" and body.get("stream"):
                body["stream_options"] = {"include_usage": True}
        if spoken != "chat":
            body.pop("stream_options", None)
        self.body = body

    def answer(self, said: Json) -> Json:
        """The whole answer for the client. Raises Untranslatable."""
        try:
            for leg, asked in reversed(self._legs):
                said = leg.answer(said, asked)
        except ODD as error:
            log.debug("an answer that cannot be translated: %r", error)
            raise Untranslatable from error
        return said

    def stream(self) -> Turned:
        """What turns the provider's stream into the client's."""
        turnings = [leg.stream(asked) for leg, asked in reversed(self._legs)]
        return Turned(turnings, is_chat=self._is_chat)


def spoken_at(path: str) -> Protocol | None:
    """The protocol of a path; None for one that is only passed on."""
    return _SPOKEN.get(path)


def between(path: str, spoken: Protocol, body: Json, model: str) -> Translation | None:
    """The translation that a request needs; None for none. Raises Refused."""
    asked = spoken_at(path)
    return None if asked in (None, spoken) else Translation(asked, spoken, body, model)


def _question(leg: _Leg, body: Json, model: str, param: str) -> Json:
    try:
        return leg.question(body, model)
    except ODD as error:
        log.debug("a request that cannot be translated: %r", error)
        told = f"the body is not what this protocol asks for ({_where(error)})"
        raise Refused(400, "invalid_request", told, param=param, is_final=True) from None


def _where(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"there is no {error.args[0]!r} where there must be one"
    return "a value has another type than it must have"
