"""What a server says of a text it was given back with log-probabilities: how likely its end was.

The text is a context and an option after it. The option begins at a token, or its probability is
not known: a token that lies across the border is an error, not a guess.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import isfinite
from typing import Any

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models.chat import Token

_SERVERS_OWN = 3
"""Tokens that a server may put before a text, such as <s>."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """The tokens of a text and what follows it, as a server returned them."""

    texts: Sequence[str]
    logprobs: Sequence[float | None]
    best: Sequence[float | None]
    """Of each token: the log-probability of the likeliest one in its place."""
    offsets: Sequence[int] | None = None
    """Where each begins, in characters, as the server counts."""


def echo_of(choice: Mapping[str, Any]) -> Echo | None:
    """What a choice of the completions API brings; None where it has no probabilities."""
    if isinstance(listed := choice.get("prompt_logprobs"), Sequence) and listed:
        return _prompt_logprobs(listed)
    given = choice.get("logprobs") or {}
    texts, logprobs = given.get("tokens"), given.get("token_logprobs")
    if not texts or not logprobs or len(texts) != len(logprobs):
        return None
    tops = given.get("top_logprobs") or [None] * len(texts)
    offsets = given.get("text_offset")
    return Echo(
        texts=texts,
        logprobs=logprobs,
        best=[max(top.values()) if top else None for top in tops],
        offsets=offsets if offsets and len(offsets) == len(texts) else None,
    )


def option_of(
    echo: Echo, context: str, option: str, *, generated: int, count: tuple[int, int] | None = None
) -> list[Token]:
    """The tokens of the option.

    `generated` tokens follow the text. `count` is the number of tokens of the context and of the
    option where the text was given as tokens. Raises ModelError: `Straddling`, `Malformed`.
    """
    start, end = (
        _counted(echo, count, generated) if count else _found(echo, context, option, generated)
    )
    tokens = []
    for place in range(start, end):
        logprob, best = echo.logprobs[place], echo.best[place]
        if logprob is None or not isfinite(logprob):
            why = "the first of a text has none: give bos" if place == 0 else "the server gave none"
            raise ModelError("Malformed", f"token {echo.texts[place]!r}: no probability, {why}")
        top = {} if best is None else {"": best}
        tokens.append(Token(text=echo.texts[place], logprob=logprob, alternatives=top))
    return tokens


def _counted(echo: Echo, count: tuple[int, int], generated: int) -> tuple[int, int]:
    context, option = count
    if len(echo.texts) != context + option + generated:
        raise ModelError(
            "Malformed",
            f"{context + option} tokens were sent and {len(echo.texts) - generated} came back",
        )
    return context, context + option


def _found(echo: Echo, context: str, option: str, generated: int) -> tuple[int, int]:
    """Where the option begins and ends among the tokens."""
    texts, text = echo.texts, context + option
    for lead in range(min(_SERVERS_OWN, len(texts))):
        joined = "".join(texts[lead:])
        if joined.startswith(text):
            starts = list(accumulate(map(len, texts[lead:]), initial=0))
            return _at(texts, lead, starts, len(context), len(text))
    if echo.offsets is not None and generated and echo.offsets[-generated] == len(text):
        # Tokens that are parts of a character have no text of their own; a server whose count
        # arrives at the end of the text has counted characters.
        return _at(texts, 0, echo.offsets, len(context), len(text))
    end = len(texts) - generated
    for start in reversed(range(end)):
        if "".join(texts[start:end]) == option:
            return start, end
    for start in range(1, end):
        if context and "".join(texts[:start]).endswith(context):
            return start, end
    raise ModelError(
        "Malformed",
        "the tokens that came back are not those of the text: give the model's tokenizer",
    )


def _at(
    texts: Sequence[str], lead: int, starts: Sequence[int], border: int, length: int
) -> tuple[int, int]:
    first = next((i for i, start in enumerate(starts) if start >= border), len(starts))
    last = next((i for i, start in enumerate(starts) if start >= length), len(starts))
    if first >= len(starts) or starts[first] != border:
        token = texts[lead + max(0, first - 1)]
        raise ModelError(
            "Straddling", f"token {token!r} lies across the border of context and option"
        )
    return lead + first, lead + last


def _prompt_logprobs(listed: Sequence[Any]) -> Echo:
    """vLLM's form: of each token those that were possible, itself among them."""
    texts, logprobs, best = [], [], []
    for entry in listed:
        options = list(entry.values()) if entry else []
        # The token itself is listed with the likeliest one, which may be it.
        own = next((one for one in options if one.get("rank") != 1), options[0] if options else {})
        texts.append(str(own.get("decoded_token") or ""))
        logprobs.append(own.get("logprob"))
        best.append(max((one["logprob"] for one in options), default=None))
    return Echo(texts=texts, logprobs=logprobs, best=best)
