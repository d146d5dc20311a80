"""Structured outputs against references: key by key, items of lists paired by what they share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final, Literal

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.metrics.json_texts import canonical
from pilothouse.evaluation.results import EvaluationResult, failed, not_applicable
from pilothouse.evaluation.rows import Row, Where

Aggregation = Literal["average", "all"]
ListMode = Literal["same_elements", "subset", "superset", "ordered"]
Item = Mapping[str, Any]
Pair = tuple[Item | None, Item | None]
"""An item that was made and its reference; None where the other has no partner."""
Scores = dict[str, float]
_ABSENT: Final = object()


class JsonExactMatch(Evaluator):
    """Whether two values are the same JSON: 1, 1.0 and true are three different ones."""

    name = "exact_match"

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises TypeError for what is no JSON."""
        return EvaluationResult(name=self.name, score=identical(outputs, reference_outputs))


class LevenshteinSimilarity(Evaluator):
    """1 minus the edits between two texts or JSON values, over the longer one's length."""

    name = "levenshtein_similarity"

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises TypeError for what is no JSON, ImportError without rapidfuzz."""
        texts = (v if isinstance(v, str) else json.dumps(v) for v in (outputs, reference_outputs))
        similarity = required("rapidfuzz.distance").Levenshtein.normalized_similarity
        return EvaluationResult(name=self.name, score=similarity(*texts))


class JsonMatch(Evaluator):
    """How far an object, or a list of objects, has the keys and values of its reference.

    Without an aggregation there is a result for each key, `json_match:KEY`; else one over the keys.
    `judges` say of keys whose values may differ in form whether they agree.
    """

    name = "json_match"

    def __init__(
        self,
        *,
        aggregator: Aggregation | None = None,
        list_aggregator: Aggregation = "all",
        list_match_mode: ListMode = "same_elements",
        exclude_keys: Sequence[str] = (),
        judges: Mapping[str, Evaluator] | None = None,
        greedy: bool = False,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """`greedy` pairs items one after the other and compares as Python does, as openevals."""
        self.aggregator, self.list_aggregator = aggregator, list_aggregator
        self.list_match_mode = list_match_mode
        self.exclude_keys = frozenset(exclude_keys)
        self.judges = dict(judges or {})
        self.cheap = not self.judges
        self.greedy = greedy
        self.same: Callable[[Any, Any], bool] = _equal if greedy else identical
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def judge(self, *, outputs: Any, reference_outputs: Any) -> list[EvaluationResult]:
        """Raises ValueError where a list is compared with something that is none."""
        if isinstance(outputs, list) != isinstance(reference_outputs, list):
            raise ValueError("outputs and reference_outputs must both be lists, or neither")
        listed = isinstance(outputs, list)
        if listed:
            pairs = self.pairs([_item(o) for o in outputs], [_item(r) for r in reference_outputs])
        else:
            pairs = [(_item(outputs), _item(reference_outputs))]
        scored = [scores for pair in pairs if (scores := self._scores(*pair))]
        if not scored:
            return [not_applicable(self.name, "there is no key to compare")]
        for scores in scored:
            for score in scores.values():
                if isinstance(score, EvaluationResult):
                    return [score]
        summed = self._over_list(scored) if listed else self._over_keys(scored[0])
        return [
            EvaluationResult(name=f"{self.name}:{key}", score=score)
            for key, score in summed.items()
        ]

    def pairs(self, made: Sequence[Item], wanted: Sequence[Item]) -> list[Pair]:
        """Items with their partners; which of those without one count is up to the mode."""
        if self.list_match_mode == "ordered":
            return list(zip_longest(made, wanted))
        partners = self._partners(made, wanted)
        pairs: list[Pair] = [(made[i], wanted[j]) for i, j in partners]
        if self.list_match_mode != "superset":
            left = {i for i, _ in partners}
            pairs += [(item, None) for i, item in enumerate(made) if i not in left]
        if self.list_match_mode != "subset":
            left = {j for _, j in partners}
            pairs += [(None, item) for j, item in enumerate(wanted) if j not in left]
        return pairs

    def _partners(self, made: Sequence[Item], wanted: Sequence[Item]) -> list[tuple[int, int]]:
        if not self.greedy:
            return _best(made, wanted, self._shared)
        if self.list_match_mode == "superset":
            return [(j, i) for i, j in _greedy(wanted, made, self._shared)]
        if self.list_match_mode == "same_elements":
            whole = _greedy(made, wanted, lambda a, b: int(a == b))
            if len(made) == len(wanted) and all(made[i] == wanted[j] for i, j in whole):
                return whole
        return _greedy(made, wanted, self._shared)

    def _shared(self, made: Item, wanted: Item) -> int:
        """How many keys agree, of those that are compared as they are."""
        return sum(
            self.same(value, wanted[key])
            for key, value in made.items()
            if key in wanted and key not in self.exclude_keys and key not in self.judges
        )

    def _scores(self, made: Item | None, wanted: Item | None) -> dict[str, Any]:
        made, wanted = made or {}, wanted or {}
        return {
            key: self._score(key, made.get(key, _ABSENT), wanted.get(key, _ABSENT))
            for key in dict.fromkeys((*made, *wanted))
            if key not in self.exclude_keys
        }

    def _score(self, key: str, made: Any, wanted: Any) -> Any:
        """The score of a key, or the result of a judge that came to no verdict."""
        if made is _ABSENT or wanted is _ABSENT:
            return 0
        if key not in self.judges:
            return int(self.same(made, wanted))
        found = self.judges[key].evaluate(Row(outputs=made, reference_outputs=wanted))
        if found.score is not None:
            return found.score
        why = found.error.message if found.error else found.status
        return failed(self.name, "Incomplete", f"the judge of {key!r} gave no score: {why}")

    def _over_keys(self, scores: Scores) -> Scores:
        """One object's scores, by key or over its keys."""
        if self.aggregator is None:
            return scores
        return {self.aggregator: _aggregated(self.aggregator, scores.values())}

    def _over_list(self, scored: Sequence[Scores]) -> Scores:
        """A list's scores, by key or over its keys. What a list lacks counts as well."""
        items = [self._over_keys(scores) for scores in scored]
        by_key = {key: [one[key] for one in items if key in one] for one in items for key in one}
        return {
            key: scores[0]
            if len(scores) == 1
            else _aggregated(self.list_aggregator, scores, of=len(items))
            for key, scores in by_key.items()
        }


def identical(a: Any, b: Any) -> bool:
    """Whether two values are the same JSON, whatever the order of their keys."""
    return canonical(a) == canonical(b)


def _equal(a: Any, b: Any) -> bool:
    return bool(a == b)


def _item(value: Any) -> Item:
    """An object as it is; anything else as an object of one value."""
    return value if isinstance(value, Mapping) else {"value": value}


def _aggregated(how: Aggregation, scores: Any, *, of: int | None = None) -> float:
    values = list(scores)
    if how == "all":
        return int(all(score == 1 for score in values))
    return float(sum(values)) / (of or len(values))


def _greedy(
    first: Sequence[Item], second: Sequence[Item], shared: Callable[[Item, Item], int]
) -> list[tuple[int, int]]:
    """For each in turn the best of those that are left; of equals the first."""
    left = list(range(len(second)))
    pairs = []
    for i, item in enumerate(first):
        if not left:
            break
        best = max(left, key=lambda j: shared(item, second[j]))
        left.remove(best)
        pairs.append((i, best))
    return pairs


def _best(
    made: Sequence[Item], wanted: Sequence[Item], shared: Callable[[Item, Item], int]
) -> list[tuple[int, int]]:
    """The pairing that shares most; what shares nothing is paired in order."""
    from pilothouse.evaluation.metrics.matching import best_pairs

    pairs = [(i, j) for i, j, _ in best_pairs(made, wanted, shared)]
    return sorted(pairs + list(_rest(len(made), len(wanted), pairs)))


def _rest(made: int, wanted: int, pairs: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    taken, given = {i for i, _ in pairs}, {j for _, j in pairs}
    return zip(
        (i for i in range(made) if i not in taken),
        (j for j in range(wanted) if j not in given),
        strict=False,
    )
