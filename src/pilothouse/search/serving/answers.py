"""`POST /v1/answer`: what a model says of what was found, whole or as it comes."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import orjson

from pilothouse.search.answering import Answer, Answerer, Delta
from pilothouse.search.models import Hit
from pilothouse.search.serving.held import Answered
from pilothouse.search.serving.refusals import KNOWN, MISTAKE, refusal
from pilothouse.search.serving.tracing import continued, sends_to, traceparent
from pilothouse.tracing import Span, span

log = logging.getLogger("pilothouse.search")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, how its passages are looked up, and the headers that it came with."""

    text: str
    search: Callable[[], Awaitable[Answered]]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The whole answer, as it is told."""

    told: dict[str, Any]


async def whole(answerer: Answerer, question: Question) -> dict[str, Any]:
    """The answer to one question, with what it rests on. Raises AnswerError, or as the search."""
    told: dict[str, Any] = {}
    async with aclosing(_asked(answerer, question)) as parts:
        async for part in parts:
            if isinstance(part, Answered):
                told["passages"] = _passages(part.hits[0])
            elif isinstance(part, Ended):
                told |= part.told
    return told


async def events(answerer: Answerer, question: Question) -> AsyncIterator[bytes]:
    """The same as server-sent events: `passages`, `delta` …, then `end`; `error` at any time."""
    try:
        # Closed here, and not by the collector: a client that leaves ends the model's answer too.
        async with aclosing(_asked(answerer, question)) as parts:
            async for part in parts:
                if isinstance(part, Delta):
                    yield _event("delta", {"text": part.text})
                elif isinstance(part, Answered):
                    yield _event("passages", {"passages": _passages(part.hits[0])})
                else:
                    yield _event("end", part.told)
    except KNOWN as e:
        yield _event("error", refusal(e)[1])
    except Exception:
        log.exception("an answer failed")
        yield _event("error", MISTAKE)


async def _asked(
    answerer: Answerer, question: Question
) -> AsyncGenerator[Answered | Delta | Ended]:
    """What was found, pieces of the answer, and the whole; the work of it in one span."""
    first_ms = None
    with continued(question.headers), span("answer", input=question.text) as of:
        answered = await question.search()
        yield answered
        hits, started = answered.hits[0], perf_counter()
        stream = answerer.stream(question.text, hits, traceparent=traceparent(of))
        async with aclosing(stream) as parts:
            async for part in parts:
                if isinstance(part, Delta):
                    if first_ms is None:
                        first_ms = (perf_counter() - started) * 1000
                        of.first_token()
                    yield part
                    continue
                _note(of, part, answerer)
                timings = {
                    "embed_ms": answered.embed_ms,
                    "search_ms": answered.search_ms,
                    "first_token_ms": first_ms,
                    "answer_ms": (perf_counter() - started) * 1000,
                }
                version = {"version": answered.version}
                yield Ended(told={**_told(part, hits), "timings": timings, "index": version})


def _note(of: Span, answer: Answer, answerer: Answerer) -> None:
    of.set_output(answer.text).set_metadata(
        sentences=len(answer.sentences),
        uncited=_uncited(answer),
        citations_dropped=len(answer.dropped),
    )
    if answer.usage and not sends_to(answerer.base_url):  # else the gateway's own span has them
        of.set_model(answer.model).set_attributes({"openinference.span.kind": "LLM"})
        of.set_usage(
            input_tokens=answer.usage.get("prompt_tokens"),
            output_tokens=answer.usage.get("completion_tokens"),
        )


def _told(answer: Answer, hits: Sequence[Hit]) -> dict[str, Any]:
    return {
        "answer": answer.text,
        "sentences": [
            {"text": one.text, "citations": [hits[number - 1].id for number in one.passages]}
            for one in answer.sentences
        ],
        "uncited": _uncited(answer),
        "dropped": list(answer.dropped),
        "model": answer.model,
        "finish_reason": answer.finish_reason,
        "usage": dict(answer.usage),
    }


def _uncited(answer: Answer) -> int:
    """Sentences that rest on nothing that was shown."""
    return sum(not one.passages for one in answer.sentences)


def _passages(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    return [
        {
            "number": number,
            "id": hit.id,
            "source": hit.source,
            "text": hit.text,
            "score": hit.score,
            "metadata": hit.metadata,
        }
        for number, hit in enumerate(hits, start=1)
    ]


def _event(name: str, data: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(data))
