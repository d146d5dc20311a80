"""Reads verdicts from free text, for models that keep to no schema.

Each reader answers None where a text says nothing, or two things: a guess is worse than an error.
Only the last line that could be a verdict counts, so that a candidate's words that a judge quotes
are not taken for the judge's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal

_THOUGHT: Final = re.compile(r"<think>.*?</think>", re.DOTALL)
_WRAPPING: Final = " \t*_`'\"()[]{}<>#~-.,;:!?“”\u2018\u2019"
_BEFORE: Final = re.sub(r"[-.,]", "", _WRAPPING)  # a number may begin with these
_NAMED: Final = re.compile(
    r"(?:final )?(?:answer|verdict|decision|grade|score|label)[\s*_`]*[:=]", re.IGNORECASE
)
_LABEL: Final = re.compile(r"(?:final )?(?:answer|verdict|decision|grade)\W*[:=]\W*", re.IGNORECASE)
_YES_NO: Final = {"y": "Y", "yes": "Y", "n": "N", "no": "N"}
_AT_THE_END: Final = re.compile(r"(?<![\w'\u2019/])([YN])$")
_CHOICE: Final = re.compile(r"\b[YN]\s*(?:/|or)\s*[YN]$")
_BRACKETS: Final = re.compile(r"\[\[(.*?)\]\]")
_WHOLE: Final = re.compile(r"[1-9][0-9]*|0", re.ASCII)
_GRADE: Final = re.compile(
    r"grade\W*[:=][^\w\n]*\n?[^\w\n]*(incorrect|correct)\b(?!\W+or\b)", re.IGNORECASE
)
_WORD: Final = re.compile(r"[\w']+")
_HEDGES: Final = frozenset({"not", "never", "hardly", "or", "nor", "neither", "partially"})
_SCORED: Final = re.compile(r"Score\W*?:[ \t*_]*(-?[0-9]+(?:[.,][0-9]+)*)")


def without_reasoning(text: str) -> str:
    """The text without what a model thought aloud, which is full of verdicts it took back."""
    if "</think>" not in text:
        return text
    rest = _THOUGHT.sub("", text)
    return rest.rpartition("</think>")[2]


def last_verdict(text: str, labels: Sequence[str] | None = None) -> str | None:
    """What the last line says after `Verdict:` or a word like it, if it is one of the labels.

    Case is ignored where no two labels differ by it alone.
    """
    lines = _lines(text)
    if not lines:
        return None
    said = _unwrapped(_NAMED.sub("", _unwrapped(lines[-1]), count=1))
    if labels is None:
        return said
    found = [label for label in labels if _unwrapped(label) == said]
    found = found or [label for label in labels if _unwrapped(label).lower() == said.lower()]
    return found[0] if len(found) == 1 else None


def yes_or_no(text: str) -> Literal["Y", "N"] | None:
    """The verdict on a criterion."""
    lines = _lines(text)
    if not lines:
        return None
    found = _bare(lines[-1]) or _last_letter(lines[-1]) or _bare(lines[0])
    return "Y" if found == "Y" else "N" if found == "N" else None


def preference(text: str) -> Literal["A", "B", "C"] | None:
    """Which of two answers is better, in double brackets; C is a tie."""
    match _bracketed(text):
        case "A" | "B" | "C" as found:
            return found
    return None


def rating(text: str, *, low: int = 1, high: int = 10) -> int | None:
    """A whole number in double brackets. Decimals, fractions and what is out of range are none."""
    found = _bracketed(text)
    if found is None or not _WHOLE.fullmatch(found):
        return None
    return int(found) if low <= int(found) <= high else None


def correctness(text: str) -> Literal["CORRECT", "INCORRECT"] | None:
    """The grade of an answer to a question."""
    text = without_reasoning(text)
    by_line: dict[int, set[str]] = {}
    for match in _GRADE.finditer(text):
        by_line.setdefault(text.count("\n", 0, match.start()), set()).add(match.group(1).upper())
    if by_line:
        last = by_line[max(by_line)]
        return _grade(last.pop()) if len(last) == 1 else None
    lines = _lines(text)
    if not lines:
        return None
    return _first_word(lines[0]) or _last_word(lines[-1])


def trajectory_score(text: str) -> int | None:
    """A whole number from 1 to 5 after `Score:`, in the last line that has one."""
    for line in reversed(_lines(text)):
        found = {match.group(1) for match in _SCORED.finditer(line)}
        if found:
            (only,) = found if len(found) == 1 else ("",)
            return int(only) if only in {"1", "2", "3", "4", "5"} else None
    return None


def _lines(text: str) -> list[str]:
    """The lines that say something."""
    return [line for line in without_reasoning(text).splitlines() if line.strip()]


def _bare(line: str) -> str | None:
    """The verdict of a line that is nothing else."""
    word = _LABEL.sub("", line.strip(_WRAPPING), count=1).strip(_WRAPPING)
    return _YES_NO.get(word.lower())


def _unwrapped(said: str) -> str:
    return said.rstrip(_WRAPPING).lstrip(_BEFORE).removeprefix("- ")


def _last_letter(line: str) -> str | None:
    line = line.strip()
    found = _AT_THE_END.search(line)
    return None if found is None or _CHOICE.search(line) else found.group(1)


def _bracketed(text: str) -> str | None:
    """What stands in double brackets in the last line that has any; None where they differ."""
    for line in reversed(_lines(text)):
        found = {content.strip().upper() for content in _BRACKETS.findall(line)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def _first_word(line: str) -> Literal["CORRECT", "INCORRECT"] | None:
    words = _WORD.findall(line)
    return _grade(words[0]) if words else None


def _last_word(line: str) -> Literal["CORRECT", "INCORRECT"] | None:
    *before, last = _WORD.findall(line) or [""]
    if before and (before[-1].lower() in _HEDGES or before[-1].lower().endswith("n't")):
        return None
    return _grade(last)


def _grade(word: str) -> Literal["CORRECT", "INCORRECT"] | None:
    match word.upper():
        case "CORRECT" | "INCORRECT" as grade:
            return grade
    return None
