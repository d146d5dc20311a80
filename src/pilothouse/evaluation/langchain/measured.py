"""LangChain's evaluators that need no judge: exact, by pattern, by edits, JSON and embeddings."""

from __future__ import annotations

from collections.abc import Callable
from operator import eq
from typing import Any, ClassVar, Final

from pilothouse.evaluation.langchain.embedding import embedded
from pilothouse.evaluation.langchain.interfaces import (
    PairwiseStringEvaluator,
    Said,
    StringEvaluator,
    warn_of_unknown,
)
from pilothouse.evaluation.langchain.kinds import EmbeddingDistance, EvaluatorType, StringDistance
from pilothouse.evaluation.metrics import json_texts, strings
from pilothouse.evaluation.metrics.embeddings import distance_of
from pilothouse.evaluation.results import Direction, EvaluationResult

_WHY_NOT: Final = "the vectors of these texts cannot be compared"


class _Measured(StringEvaluator):
    """Shows a metric of ours as LangChain's evaluators look."""

    cheap = True
    requires_reference = True
    kind: ClassVar[EvaluatorType]
    metric: Any

    @property
    def evaluation_name(self) -> str:
        """What its scores are called."""
        return self.kind.value

    @property
    def direction(self) -> Direction:
        """How its scores are read."""
        direction: Direction = self.metric.direction
        return direction

    def _evaluate_strings(
        self, *, prediction: Any, reference: Any = None, input: Any = None, **kwargs: Any
    ) -> Said:
        return _said(self.metric.judge(outputs=prediction, reference_outputs=reference))


class ExactMatchStringEvaluator(_Measured):
    """Whether the prediction is the reference."""

    kind = EvaluatorType.EXACT_MATCH

    def __init__(
        self,
        *,
        ignore_case: bool = False,
        ignore_punctuation: bool = False,
        ignore_numbers: bool = False,
        casefold: bool = False,
        unicode_punctuation: bool = False,
        strip: bool = False,
        nfkc: bool = False,
        langchain_compat: bool = False,
        **unknown: Any,
    ) -> None:
        """The last four options go beyond LangChain."""
        warn_of_unknown(type(self), unknown)
        options: dict[str, Any] = {
            "ignore_case": ignore_case,
            "ignore_punctuation": ignore_punctuation,
            "ignore_numbers": ignore_numbers,
            "casefold": casefold,
            "unicode_punctuation": unicode_punctuation,
            "strip": strip,
            "nfkc": nfkc,
        }
        self.metric = strings.ExactMatch(**{name: on for name, on in options.items() if on})


class RegexMatchStringEvaluator(_Measured):
    """Whether the prediction matches the reference, a pattern, from its beginning."""

    kind = EvaluatorType.REGEX_MATCH

    def __init__(
        self,
        *,
        flags: int = 0,
        mode: Any = "match",
        timeout_s: float | None = None,
        langchain_compat: bool = False,
        **unknown: Any,
    ) -> None:
        """`mode` and `timeout_s` are those of `RegexMatch`."""
        warn_of_unknown(type(self), unknown)
        self.metric = strings.RegexMatch(flags=flags, mode=mode, timeout_s=timeout_s)


class StringDistanceEvalChain(_Measured):
    """The edits between prediction and reference."""

    kind = EvaluatorType.STRING_DISTANCE
    distance: StringDistance

    def __init__(
        self,
        *,
        distance: StringDistance | str = StringDistance.JARO_WINKLER,
        normalize_score: bool = True,
        langchain_compat: bool = False,
        **unknown: Any,
    ) -> None:
        """Raises ValueError for an unknown distance."""
        warn_of_unknown(type(self), unknown)
        self.metric = strings.StringDistance(distance, normalized=normalize_score)
        self.distance = StringDistance(distance)

    @property
    def evaluation_name(self) -> str:
        """What its scores are called."""
        return f"{self.distance.value}_distance"


class PairwiseStringDistanceEvalChain(PairwiseStringEvaluator):
    """The edits between two predictions."""

    cheap = True

    def __init__(
        self,
        *,
        distance: StringDistance | str = StringDistance.JARO_WINKLER,
        normalize_score: bool = True,
        langchain_compat: bool = False,
        **unknown: Any,
    ) -> None:
        """Raises ValueError for an unknown distance."""
        warn_of_unknown(type(self), unknown)
        self.between = strings.distance_function(distance, normalized=normalize_score)
        self.distance = StringDistance(distance)

    @property
    def evaluation_name(self) -> str:
        """What its scores are called."""
        return f"pairwise_{self.distance.value}_distance"

    def _evaluate_string_pairs(self, *, prediction: Any, prediction_b: Any, **kwargs: Any) -> Said:
        return {"score": self.between(prediction, prediction_b)}


class JsonValidityEvaluator(_Measured):
    """Whether the prediction is JSON."""

    kind = EvaluatorType.JSON_VALIDITY
    requires_reference = False

    def __init__(self, *, langchain_compat: bool = False, **unknown: Any) -> None:
        warn_of_unknown(type(self), unknown)
        self.metric = json_texts.JsonValidity()

    def _evaluate_strings(
        self, *, prediction: Any, reference: Any = None, input: Any = None, **kwargs: Any
    ) -> Said:
        return _said(self.metric.judge(outputs=prediction))


class _MeasuredJson(_Measured):
    """Of two JSON values; LangChain repairs what is broken off and raises for the rest."""

    takes_values = True
    compat = False

    def _evaluate_strings(
        self, *, prediction: Any, reference: Any = None, input: Any = None, **kwargs: Any
    ) -> Said:
        if self.compat:
            made, wanted = self.metric.value(prediction), self.metric.reference(reference)
            return _said(self.metric.compared(made, wanted))
        try:
            return _said(self.metric.judge(outputs=prediction, reference_outputs=reference))
        except ValueError as e:
            return unscored(type(e).__name__, str(e))


class JsonEqualityEvaluator(_MeasuredJson):
    """Whether prediction and reference are the same JSON."""

    kind = EvaluatorType.JSON_EQUALITY

    def __init__(
        self,
        operator: Callable[[Any, Any], bool] = eq,
        *,
        repair: bool = False,
        langchain_compat: bool = False,
        **unknown: Any,
    ) -> None:
        """`repair` also reads what was broken off."""
        warn_of_unknown(type(self), unknown)
        self.compat = langchain_compat
        self.metric = json_texts.JsonEquality(operator=operator, repair=repair or langchain_compat)


class JsonEditDistanceEvaluator(_MeasuredJson):
    """The edits between the prediction's JSON and the reference's."""

    kind = EvaluatorType.JSON_EDIT_DISTANCE

    def __init__(
        self,
        string_distance: Callable[[str, str], float] | None = None,
        canonicalize: Callable[[Any], Any] | None = None,
        *,
        repair: bool = False,
        langchain_compat: bool = False,
        **unknown: Any,
    ) -> None:
        """`repair` also reads what was broken off."""
        warn_of_unknown(type(self), unknown)
        self.compat = langchain_compat
        self.metric = json_texts.JsonEditDistance(
            string_distance=string_distance,
            canonicalize=canonicalize,
            repair=repair or langchain_compat,
        )


class JsonSchemaEvaluator(_MeasuredJson):
    """Whether the prediction keeps to the reference, a schema."""

    kind = EvaluatorType.JSON_SCHEMA_VALIDATION

    def __init__(
        self, *, repair: bool = False, langchain_compat: bool = False, **unknown: Any
    ) -> None:
        """`repair` also reads what was broken off."""
        warn_of_unknown(type(self), unknown)
        self.compat = langchain_compat
        self.metric = json_texts.JsonSchema(repair=repair or langchain_compat)


class _Embedded:
    """What both evaluators of embeddings have in common."""

    direction: Direction = "minimize"

    def __init__(
        self,
        *,
        embeddings: Any = None,
        distance_metric: EmbeddingDistance | str = EmbeddingDistance.COSINE,
        langchain_compat: bool = False,
        **unknown: Any,
    ) -> None:
        """`embeddings` are LangChain's, a function of a list of texts, or an `EmbeddingModel`.

        Without any the local model is asked. Raises ValueError for an unknown distance.
        """
        warn_of_unknown(type(self), unknown)
        self.between = distance_of(distance_metric)
        self.distance_metric = EmbeddingDistance(distance_metric)
        self.model = embedded(embeddings)
        self.compat = langchain_compat

    def _apart(self, vectors: Any) -> Said:
        try:
            first, second = vectors
            return {"score": self.between(first, second)}
        except ValueError as e:
            if self.compat:
                raise
            return unscored(type(e).__name__, f"{_WHY_NOT}: {e}")


class EmbeddingDistanceEvalChain(_Embedded, StringEvaluator):
    """How far the prediction lies from the reference in the space of an embedding model."""

    requires_reference = True

    @property
    def evaluation_name(self) -> str:
        """What its scores are called."""
        return f"embedding_{self.distance_metric.value}_distance"

    def _evaluate_strings(
        self, *, prediction: Any, reference: Any = None, input: Any = None, **kwargs: Any
    ) -> Said:
        return self._apart(self.model.embed([prediction, reference]))

    async def _aevaluate_strings(
        self, *, prediction: Any, reference: Any = None, **kwargs: Any
    ) -> Said:
        return self._apart(await self.model.aembed([prediction, reference]))


class PairwiseEmbeddingDistanceEvalChain(_Embedded, PairwiseStringEvaluator):
    """How far two predictions lie apart in the space of an embedding model."""

    @property
    def evaluation_name(self) -> str:
        """What its scores are called."""
        return f"pairwise_embedding_{self.distance_metric.value}_distance"

    def _evaluate_string_pairs(self, *, prediction: Any, prediction_b: Any, **kwargs: Any) -> Said:
        return self._apart(self.model.embed([prediction, prediction_b]))

    async def _aevaluate_string_pairs(
        self, *, prediction: Any, prediction_b: Any, **kwargs: Any
    ) -> Said:
        return self._apart(await self.model.aembed([prediction, prediction_b]))


def unscored(type: str, message: str, **rest: Any) -> Said:
    """The verdict that there is none, and why."""
    return {**rest, "score": None, "error": {"type": type, "message": message}}


def _said(result: EvaluationResult) -> Said:
    if result.error is not None:
        return unscored(result.error.type, result.error.message)
    if result.explanation is None:
        return {"score": result.score}
    return {"score": result.score, "reasoning": result.explanation}
