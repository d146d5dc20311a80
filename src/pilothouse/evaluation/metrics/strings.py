"""Texts against texts: exactly, by pattern, by edits, by the words they share.

Edit distances are rapidfuzz's, on Unicode code points and without preprocessing; 0 is the same.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.results import EvaluationResult, failed
from pilothouse.evaluation.rows import Where, text_of

DISTANCES: Final = (
    "damerau_levenshtein",
    "levenshtein",
    "jaro",
    "jaro_winkler",
    "hamming",
    "indel",
)
_ARTICLE: Final = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION: Final = str.maketrans("", "", string.punctuation)
_NO_DIGITS: Final = str.maketrans("", "", string.digits)


def simplified(
    text: str,
    *,
    ignore_case: bool = False,
    ignore_punctuation: bool = False,
    ignore_numbers: bool = False,
    casefold: bool = False,
    unicode_punctuation: bool = False,
    strip: bool = False,
    nfkc: bool = False,
) -> str:
    """The text without what a comparison should not see, in the order of the parameters.

    `ignore_punctuation` and `ignore_numbers` are ASCII only; the last four go beyond LangChain.
    """
    if nfkc:
        text = unicodedata.normalize("NFKC", text)
    if casefold:
        text = text.casefold()
    if ignore_case:
        text = text.lower()
    if ignore_punctuation:
        text = text.translate(_NO_PUNCTUATION)
    if unicode_punctuation:
        text = "".join(c for c in text if not unicodedata.category(c).startswith("P"))
    if ignore_numbers:
        text = text.translate(_NO_DIGITS)
    return text.strip() if strip else text


def distance_function(name: str, *, normalized: bool = True) -> Callable[[str, str], float]:
    """The edit distance of that name: 0 to 1, or the number of edits.

    Raises ValueError for an unknown name, ImportError without rapidfuzz.
    """
    if name not in DISTANCES:
        raise ValueError(f"no distance {name!r}: choose from {', '.join(DISTANCES)}")
    distances = required("rapidfuzz.distance")
    metric = {
        "damerau_levenshtein": distances.DamerauLevenshtein,
        "levenshtein": distances.Levenshtein,
        "jaro": distances.Jaro,
        "jaro_winkler": distances.JaroWinkler,
        "hamming": distances.Hamming,
        "indel": distances.Indel,
    }[name]
    function: Callable[[str, str], float] = (
        metric.normalized_distance if normalized else metric.distance
    )
    return function


class _OfTexts(Evaluator):
    """What evaluators of two texts have in common."""

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises TypeError for what is no text."""
        return self.compared(
            text_of(outputs, field="outputs"), text_of(reference_outputs, field="reference_outputs")
        )

    def compared(self, text: str, reference: str) -> EvaluationResult:
        """The verdict on two texts."""
        raise NotImplementedError


class ExactMatch(_OfTexts):
    """Whether the text is the reference; the options of `simplified` say what may differ."""

    name = "exact_match"

    def __init__(
        self,
        *,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
        **ignoring: bool,
    ) -> None:
        """Raises TypeError for an option that `simplified` does not know."""
        simplified("", **ignoring)
        self.ignoring = ignoring
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def compared(self, text: str, reference: str) -> EvaluationResult:
        """The verdict on two texts."""
        if self.ignoring:
            text, reference = (simplified(t, **self.ignoring) for t in (text, reference))
        return EvaluationResult(name=self.name, score=int(text == reference))


class RegexMatch(_OfTexts):
    """Whether the text matches the reference, which is a pattern."""

    name = "regex_match"

    def __init__(
        self,
        *,
        flags: int = 0,
        mode: Literal["match", "search", "fullmatch"] = "match",
        timeout_s: float | None = None,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """`timeout_s` bounds patterns that are not trusted; it needs the `regex` package.

        Raises ValueError for an unknown mode.
        """
        if mode not in ("match", "search", "fullmatch"):
            raise ValueError(f"no mode {mode!r}: take match, search or fullmatch")
        self.flags, self.mode, self.timeout_s = re.RegexFlag(flags), mode, timeout_s
        self.cheap = timeout_s is None
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def compared(self, text: str, reference: str) -> EvaluationResult:
        """The verdict on two texts. Raises re.error for a pattern that is none."""
        if self.timeout_s is None:
            found = getattr(re.compile(reference, self.flags), self.mode)(text)
            return EvaluationResult(name=self.name, score=int(found is not None))
        re.compile(reference, self.flags)
        engine = required("regex")
        flags = sum(getattr(engine, flag.name) for flag in self.flags if flag.name)
        try:
            match = getattr(engine.compile(reference, flags), self.mode)
            found = match(text, timeout=self.timeout_s)
        except TimeoutError:
            said = f"the pattern took longer than {self.timeout_s} s"
            return failed(self.name, "Timeout", said)
        return EvaluationResult(name=self.name, score=int(found is not None))


class StringDistance(_OfTexts):
    """How many edits lie between the text and the reference."""

    direction = "minimize"

    def __init__(
        self,
        distance: str = "jaro_winkler",
        *,
        normalized: bool = True,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """Raises ValueError for an unknown distance, ImportError without rapidfuzz."""
        self.distance = distance_function(distance, normalized=normalized)
        self.name = f"{distance}_distance"
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def compared(self, text: str, reference: str) -> EvaluationResult:
        """The verdict on two texts."""
        score = self.distance(reference, text)
        return EvaluationResult(name=self.name, score=score, direction="minimize")


class SquadF1(Evaluator):
    """The words that an answer shares with a right one, as SQuAD counts them; the best counts."""

    name = "squad_f1"

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises TypeError for what is no text, ValueError where there is no reference."""
        references = references_of(reference_outputs)
        text = text_of(outputs, field="outputs")
        return EvaluationResult(
            name=self.name,
            score=max(squad_f1(text, reference) for reference in references),
            metadata={"exact": max(squad_exact(text, reference) for reference in references)},
        )


def references_of(references: Any) -> Sequence[str]:
    """One reference or several, as a list."""
    if isinstance(references, list | tuple):
        if not references:
            raise ValueError("give at least one reference")
        return [text_of(one, field="reference_outputs") for one in references]
    return [text_of(references, field="reference_outputs")]


def squad_exact(text: str, reference: str) -> float:
    """1 where the texts are the same but for case, punctuation, articles and spaces."""
    return float(_squad_words(text) == _squad_words(reference))


def squad_f1(text: str, reference: str) -> float:
    """F1 of the words as multisets; where one side has none, 1 if neither has any."""
    words, wanted = _squad_words(text), _squad_words(reference)
    if not words or not wanted:
        return float(words == wanted)
    shared = (Counter(words) & Counter(wanted)).total()
    return 2 * shared / (len(words) + len(wanted))


def _squad_words(text: str) -> list[str]:
    return _ARTICLE.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split()
