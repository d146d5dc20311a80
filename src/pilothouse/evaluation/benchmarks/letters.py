"""Questions with options as a chat is asked them, and the letter that it answers with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import exp, inf, log, nextafter
from typing import Final

from pilothouse.evaluation.benchmarks.tasks import Posed

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ANSWER: Final = re.compile(
    r"\banswer\b[\s*_`]*:[\s*_`$(\[{\\]*(?:boxed\{|text\{)?"
    r"(?P<letter>[A-Z])(?:[).:]\s+\S.*|[^\w\n]*)$",
    re.IGNORECASE,
)
_LONE: Final = re.compile(r"[^\w]*(?P<letter>[A-Z])[^\w]*", re.IGNORECASE)


def asked(posed: Posed, order: Sequence[int], *, worked_out: bool) -> str:
    """The text of a question; `order` says which option stands in each place.

    `worked_out`: the answer may be reasoned about first, and ends in a line with the letter;
    otherwise it is the letter alone.
    """
    letters = LETTERS[: len(order)]
    if worked_out:
        how = (
            "Answer the multiple choice question below. You may think step by step first. The last "
            "line of your answer has to be 'ANSWER: LETTER' without the quotes, where LETTER is "
            f"one of {', '.join(letters)}."
        )
    else:
        how = (
            "Answer the multiple choice question below by the letter of the right option, one of "
            f"{', '.join(letters)}, and nothing else."
        )
    lines = [
        f"{letter}) {posed.options[place]}" for letter, place in zip(letters, order, strict=True)
    ]
    return "\n".join([how, "", posed.stem, "", *lines])


def shown(letter: str, *, worked_out: bool) -> str:
    """The answer of a worked example."""
    return f"ANSWER: {letter}" if worked_out else letter


def answered(text: str, count: int) -> str | None:
    """The letter that an answer comes to: on its last 'ANSWER: L', else alone on its last line."""
    allowed = LETTERS[:count]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in reversed(lines):
        found = _ANSWER.search(line)
        if found and found["letter"].upper() in allowed:
            return found["letter"].upper()
    lone = _LONE.fullmatch(lines[-1]) if lines else None
    return lone["letter"].upper() if lone and lone["letter"].upper() in allowed else None


def rated(alternatives: Mapping[str, float], count: int) -> tuple[list[float], list[str]]:
    """The log-probability of each letter as the first token, and the letters that are missing.

    'A' and ' A' are two tokens and one letter. A letter that the server does not list is less
    likely than all that it does list, so it gets a hair less than the least of these.
    """
    found: dict[str, float] = {}
    for token, logprob in alternatives.items():
        letter = token.strip()
        if len(letter) == 1 and letter in LETTERS[:count]:
            before = found.get(letter)
            found[letter] = logprob if before is None else _together(before, logprob)
    floor = nextafter(min(alternatives.values(), default=0.0), -inf)
    missing = [letter for letter in LETTERS[:count] if letter not in found]
    return [found.get(letter, floor) for letter in LETTERS[:count]], missing


def _together(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return high + log(1 + exp(low - high))
