"""A model behind an OpenAI-compatible URL (the gateway, as a rule), asked to answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

import orjson

from pilothouse.evaluation.extras import required
from pilothouse.evaluation.models.clients import client
from pilothouse.search.answering.citations import Checker, Sentence, sentences
from pilothouse.search.answering.prompt import INSTRUCTIONS, messages
from pilothouse.search.errors import AnswerError
from pilothouse.search.models import Hit

_LINE_BYTES: Final = 1 << 20
_TOKENS: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """A piece of an answer under way."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer."""

    text: str
    sentences: Sequence[Sentence]
    dropped: Sequence[int]
    """Numbers that the model cited and that named no passage; they are out of the text."""
    model: str
    """Who answered."""
    finish_reason: str
    """`stop`; `length` where the answer was cut off."""
    usage: Mapping[str, int]
    """`prompt_tokens`, `completion_tokens`, as far as the model told."""


class Answerer:
    """Asks a model to answer from passages."""

    def __init__(
        self,
        model: str,
        base_url: str,
        *,
        api_key: str | None = None,
        instructions: str = INSTRUCTIONS,
        timeout_s: float = 120.0,
        max_tokens: int = _TOKENS,
    ) -> None:
        """`timeout_s` bounds the wait for each next piece, `max_tokens` the answer."""
        aiohttp = required("aiohttp")
        self.model = model
        self.base_url = base_url.rstrip("/")
        self._headers = {"Content-Type": "application/json"}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._instructions = instructions
        self._max_tokens = max_tokens
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=timeout_s)

    async def stream(
        self, question: str, passages: Sequence[Hit], *, traceparent: str = ""
    ) -> AsyncGenerator[Delta | Answer]:
        """Pieces of the answer as they come, then the whole. Raises AnswerError at any time.

        Of nothing found nothing is asked: the answer says so, at no cost.
        """
        if not passages:
            yield _nothing(self.model)
            return
        body = {
            "model": self.model,
            "messages": messages(question, passages, self._instructions),
            "temperature": 0,
            "max_tokens": self._max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        checker = Checker(len(passages))
        shown: list[str] = []
        model, reason = self.model, ""
        usage: dict[str, int] = {}
        async with aclosing(self._events(body, traceparent)) as events:
            async for event in events:
                model = event.get("model") or model
                usage = _usage(event) or usage
                piece, ended = _choice(event)
                reason = ended or reason
                if piece and (text := checker.feed(piece)):
                    shown.append(text)
                    yield Delta(text=text)
        if rest := checker.end():
            shown.append(rest)
            yield Delta(text=rest)
        if not reason:
            raise AnswerError(f"{self.model!r} broke off its answer")
        whole = "".join(shown)
        yield Answer(
            text=whole,
            sentences=sentences(whole),
            dropped=tuple(dict.fromkeys(checker.dropped)),
            model=str(model),
            finish_reason=reason,
            usage=usage,
        )

    async def _events(
        self, body: Mapping[str, Any], traceparent: str
    ) -> AsyncGenerator[Mapping[str, Any]]:
        """The events of the model's stream."""
        from aiohttp import ClientError

        headers = self._headers | ({"traceparent": traceparent} if traceparent else {})
        connections = await client()
        try:
            async with connections.post(
                self.base_url + "/chat/completions",
                data=orjson.dumps(body),
                headers=headers,
                timeout=self._timeout,
                allow_redirects=False,  # a key must not follow to where it was not given
                read_bufsize=_LINE_BYTES,
            ) as response:
                if response.status != 200:
                    said = _told(await response.read())
                    raise AnswerError(f"{self.model!r} answered {response.status}: {said}")
                async for line in response.content:
                    if not line.startswith(b"data:"):
                        continue
                    data = line[5:].strip()
                    if data == b"[DONE]":
                        return
                    yield self._event(data)
        except TimeoutError:
            raise AnswerError(f"{self.model!r} did not answer in time") from None
        except (ClientError, OSError, ValueError) as e:
            said = str(e) or type(e).__name__
            raise AnswerError(f"{self.model!r} cannot be asked: {said}") from e

    def _event(self, data: bytes) -> Mapping[str, Any]:
        try:
            event = orjson.loads(data)
        except orjson.JSONDecodeError:
            raise AnswerError(f"{self.model!r} sent what is no JSON") from None
        if not isinstance(event, Mapping):
            raise AnswerError(f"{self.model!r} sent an event that is no object")
        if event.get("error"):
            raise AnswerError(f"{self.model!r} broke off: {_told(data)}")
        return event


def _nothing(model: str) -> Answer:
    said = "Nothing about this was found in the documents."
    return Answer(
        text=said,
        sentences=sentences(said),
        dropped=(),
        model=model,
        finish_reason="stop",
        usage={},
    )


def _choice(event: Mapping[str, Any]) -> tuple[str, str]:
    """The text of an event, and why the answer ended if it did."""
    choices = event.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], Mapping):
        return "", ""
    delta = choices[0].get("delta")
    text = delta.get("content") if isinstance(delta, Mapping) else None
    return text if isinstance(text, str) else "", str(choices[0].get("finish_reason") or "")


def _usage(event: Mapping[str, Any]) -> dict[str, int]:
    found = event.get("usage")
    if not isinstance(found, Mapping):
        return {}
    names = ("prompt_tokens", "completion_tokens")
    return {name: found[name] for name in names if isinstance(found.get(name), int)}


def _told(body: bytes) -> str:
    """What an error says, in one line."""
    try:
        error = orjson.loads(body)["error"]
        said = error["message"] if isinstance(error, Mapping) else error
    except (orjson.JSONDecodeError, KeyError, TypeError):
        said = body[:300].decode("utf-8", "replace")
    return " ".join(str(said).split())[:300]
