"""Inspect's scorers of texts: whether an answer is, has, ends with or names one of the targets."""

from __future__ import annotations

import inspect
import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.metrics.number_words import number
from pilothouse.evaluation.metrics.strings import references_of
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Where, text_of

Location = Literal["begin", "end", "any", "exact"]
ScorerName = Literal["match", "includes", "pattern", "answer", "exact", "f1"]
CORRECT: Final = "C"
INCORRECT: Final = "I"

_MONEY: Final = re.compile(r"[$,£€*_]")
_FULL_STOP: Final = re.compile(r"\.(?=\s|$|\D)")
_EDGES: Final = "!?:;()[]{}'\"`~<=>@#^&|"
"""What clings to a number in a sentence; not the percent sign, which changes its meaning."""
_AROUND: Final = string.whitespace + string.punctuation
_NO_PUNCTUATION: Final = str.maketrans("", "", string.punctuation)
_ARTICLE: Final = re.compile(r"\b(?:a|an|the)\b")
_ANSWERS: Final = {
    "letter": r"(?i)ANSWER\s*:\s*([A-Za-z])(?:\W|$)",
    "word": r"(?i)ANSWER\s*:\s*(\w+)(?:\W|$)",
    "line": r"(?i)ANSWER\s*:\s*([^\n]+)",
}


@dataclass(frozen=True, slots=True)
class Scored:
    """What a scorer says: C, I or a number, and which part of the output it took for the answer."""

    value: str | float
    answer: str | None


class InspectScorer(Evaluator):
    """One of Inspect's scorers by its name; `reference_outputs` is a target or several."""

    def __init__(
        self,
        scorer: ScorerName,
        *,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
        **options: Any,
    ) -> None:
        """`options` are those of the function of that name.

        Raises ValueError for an unknown scorer, TypeError for options that are not its own.
        """
        if scorer not in SCORERS:
            raise ValueError(f"no scorer {scorer!r}: choose from {', '.join(SCORERS)}")
        inspect.signature(SCORERS[scorer]).bind("", (), **options)
        self.scored = partial(SCORERS[scorer], **options)
        self.name = scorer
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """The label is C or I, but for F1, which has none."""
        output = text_of(outputs, field="outputs")
        found = self.scored(output, references_of(reference_outputs))
        about = {"answer": found.answer}
        if not isinstance(found.value, str):
            return EvaluationResult(name=self.name, score=found.value, metadata=about)
        score = int(found.value == CORRECT)
        return EvaluationResult(name=self.name, score=score, label=found.value, metadata=about)


def match(
    output: str,
    targets: Sequence[str],
    *,
    location: Location = "end",
    ignore_case: bool = True,
    numeric: bool = False,
) -> Scored:
    """Whether a target stands at the place; `numeric` compares numbers where the target is one."""
    answer = None
    for target in targets:
        answer, found = _matched(output, target, location, ignore_case, numeric)
        if found:
            return Scored(CORRECT, answer)
    return Scored(INCORRECT, answer)


def includes(output: str, targets: Sequence[str], *, ignore_case: bool = True) -> Scored:
    """Whether a target stands anywhere."""
    within = output.casefold() if ignore_case else output
    sought = [target.casefold() if ignore_case else target for target in targets]
    return Scored(CORRECT if any(target in within for target in sought) else INCORRECT, within)


def pattern(
    output: str,
    targets: Sequence[str],
    *,
    pattern: str,
    ignore_case: bool = True,
    match_all: bool = False,
) -> Scored:
    """Whether a group of the pattern, or each of them, is a target. Raises re.error for none."""
    found = re.search(pattern, output, re.IGNORECASE if ignore_case else 0)
    if found is None:
        return Scored(INCORRECT, None)
    known = {target.lower() if ignore_case else target for target in targets}
    groups = [group for group in found.groups() if group is not None]
    right = [group for group in groups if (group.lower() if ignore_case else group) in known]
    if match_all:
        whole = len(right) == len(groups)
        return Scored(CORRECT, "".join(targets)) if whole else Scored(INCORRECT, None)
    if right:
        return Scored(CORRECT if right[0] else INCORRECT, right[0])
    return Scored(INCORRECT, found.group(1) if len(found.groups()) == 1 else None)


def answer(
    output: str, targets: Sequence[str], *, pattern: Literal["letter", "word", "line"]
) -> Scored:
    """Whether what stands after ANSWER: is a target."""
    return _by_pattern(output, targets, pattern=_ANSWERS[pattern])


def exact(output: str, targets: Sequence[str]) -> Scored:
    """Whether output and a target have the same words."""
    words = _words(output)
    same = any(_words(target) == words for target in targets if target[:1].strip())
    return Scored(CORRECT if same else INCORRECT, output)


def f1(output: str, targets: Sequence[str]) -> Scored:
    """F1 of the words, each counted once, of the best target; two digits, as Inspect rounds."""
    words = _words(output)
    scores = [_f1(words, _words(target)) for target in targets if target[:1].strip()]
    return Scored(round(max(scores, default=0.0), 2), output)


_by_pattern: Final = pattern  # the option of `answer` has the scorer's name
SCORERS: Final[Mapping[str, Callable[..., Scored]]] = {
    "match": match,
    "includes": includes,
    "pattern": pattern,
    "answer": answer,
    "exact": exact,
    "f1": f1,
}


def _matched(
    output: str, target: str, location: Location, ignore_case: bool, numeric: bool
) -> tuple[str, bool]:
    """What was taken for the answer, and whether it is the target."""
    answer = output.strip()
    value, sought = answer, target.strip()
    if ignore_case:
        value, sought = value.casefold(), sought.casefold()
    if numeric:
        sought = _plain(sought)
        if number(sought) is not None:
            return _matched_number(answer, _plain(value), _normal(sought), location)
    value, sought = value.strip(_AROUND), sought.strip(_AROUND)
    match location:
        case "begin":
            return answer, value.startswith(sought)
        case "end":
            return answer, value.endswith(sought)
        case "exact":
            return answer, value == sought
    return answer, sought in value


def _matched_number(answer: str, value: str, sought: str, location: Location) -> tuple[str, bool]:
    if location == "exact":
        whole = _normal(value)
        return whole, whole == sought
    numbers = [_normal(token) for word in value.split() if (token := _number_of(word)) is not None]
    if location == "any":
        return (sought, True) if sought in numbers else (answer, False)
    first = (numbers[0 if location == "begin" else -1]) if numbers else ""
    return first, first == sought


def _number_of(word: str) -> str | None:
    """A word that is a number, without what clings to it."""
    return next((token for token in (word, word.strip(_EDGES)) if number(token) is not None), None)


def _plain(text: str) -> str:
    """Without currencies, separators of thousands, marks of emphasis, and full stops."""
    return _FULL_STOP.sub("", _MONEY.sub("", text))


def _normal(text: str) -> str:
    """A number in five digits; anything else as it is."""
    found = number(text)
    return text if found is None else format(found, ".5g")


def _words(text: str) -> frozenset[str]:
    return frozenset(word for token in re.split("[ -]", text) for word in _word(token).split())


def _word(token: str) -> str:
    folded = token.casefold()
    try:
        return str(float(folded))
    except ValueError:
        pass
    bare = folded.translate(_NO_PUNCTUATION)
    try:
        return str(float(bare))
    except ValueError:
        return _ARTICLE.sub(" ", bare)


def _f1(words: frozenset[str], wanted: frozenset[str]) -> float:
    shared = len(words & wanted)
    precision = shared / len(words) if words else 1.0
    recall = shared / len(wanted) if wanted else 1.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
