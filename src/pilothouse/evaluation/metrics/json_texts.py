"""JSON that a model wrote: whether it is any, is the same as another, or keeps to a schema."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from pilothouse.evaluation.evaluators import Evaluator
from pilothouse.evaluation.extras import required
from pilothouse.evaluation.metrics import json_reading
from pilothouse.evaluation.metrics.schema_patterns import bounded
from pilothouse.evaluation.metrics.strings import distance_function
from pilothouse.evaluation.results import EvaluationResult
from pilothouse.evaluation.rows import Where

_UNREADABLE: Final = "the {what} is no JSON: {error}"


class JsonValidity(Evaluator):
    """Whether a text is JSON, bare or within a fence."""

    name = "json_validity"

    def judge(self, *, outputs: str) -> EvaluationResult:
        """Raises TypeError for what is no text."""
        if not isinstance(outputs, str):
            raise TypeError(f"outputs must be a text, not {type(outputs).__name__}")
        try:
            json_reading.strict(outputs)
        except json.JSONDecodeError as e:
            return EvaluationResult(name=self.name, score=0, explanation=str(e))
        return EvaluationResult(name=self.name, score=1)


class _OfJson(Evaluator):
    """What evaluators of two JSON values have in common: how they read them."""

    def __init__(
        self,
        *,
        repair: bool = False,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """`repair` also reads what was broken off, which makes half an answer equal to a whole."""
        self.read = json_reading.repaired if repair else json_reading.strict
        super().__init__(name=name, threshold=threshold, mapping=mapping)

    def judge(self, *, outputs: Any, reference_outputs: Any) -> EvaluationResult:
        """Raises ValueError for a reference that is no JSON; a text is read, all else is parsed."""
        try:
            wanted = self.reference(reference_outputs)
        except json.JSONDecodeError as e:
            raise ValueError(_UNREADABLE.format(what="reference", error=e)) from e
        try:
            made = self.value(outputs)
        except json.JSONDecodeError as e:
            return self.unreadable(_UNREADABLE.format(what="output", error=e))
        return self.compared(made, wanted)

    def value(self, given: Any) -> Any:
        """The value that a text stands for. Raises JSONDecodeError for one that is no JSON."""
        return self.read(given) if isinstance(given, str) else given

    def reference(self, given: Any) -> Any:
        """What to compare with. Raises JSONDecodeError for a text that is no JSON."""
        return self.value(given)

    def unreadable(self, why: str) -> EvaluationResult:
        """The verdict on an output that is no JSON."""
        return EvaluationResult(name=self.name, score=False, explanation=why)

    def compared(self, made: Any, wanted: Any) -> EvaluationResult:
        """The verdict on two values."""
        raise NotImplementedError


class JsonEquality(_OfJson):
    """Whether a text is the same JSON as the reference; a list at the top may be in any order."""

    name = "json_equality"

    def __init__(
        self,
        *,
        operator: Callable[[Any, Any], bool] = operator.eq,
        repair: bool = False,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """`operator` compares the two values. Python's own holds 1, 1.0 and true for the same."""
        self.operator = operator
        super().__init__(repair=repair, name=name, threshold=threshold, mapping=mapping)

    def compared(self, made: Any, wanted: Any) -> EvaluationResult:
        """The verdict on two values."""
        if isinstance(wanted, list):
            if not isinstance(made, list):
                return EvaluationResult(name=self.name, score=0)
            made, wanted = sorted(made, key=str), sorted(wanted, key=str)
        return EvaluationResult(name=self.name, score=self.operator(made, wanted))


class JsonEditDistance(_OfJson):
    """The edits between two values written in one way, 0 to 1: sorted keys, no spaces."""

    name = "json_edit_distance"
    direction = "minimize"

    def __init__(
        self,
        *,
        string_distance: Callable[[str, str], float] | None = None,
        canonicalize: Callable[[Any], str] | None = None,
        repair: bool = False,
        name: str | None = None,
        threshold: float | None = None,
        mapping: Mapping[str, Where] | None = None,
    ) -> None:
        """Damerau and Levenshtein's distance, if no other. Raises ImportError without rapidfuzz."""
        self.distance = string_distance or distance_function("damerau_levenshtein")
        self.canonicalize = canonicalize or canonical
        super().__init__(repair=repair, name=name, threshold=threshold, mapping=mapping)

    def unreadable(self, why: str) -> EvaluationResult:
        """What is no JSON is as far as can be."""
        return EvaluationResult(
            name=self.name, score=1.0, explanation=why, direction=self.direction
        )

    def compared(self, made: Any, wanted: Any) -> EvaluationResult:
        """The verdict on two values."""
        score = self.distance(self.canonicalize(made), self.canonicalize(wanted))
        return EvaluationResult(name=self.name, score=score, direction=self.direction)


class JsonSchema(_OfJson):
    """Whether a text keeps to a schema: a mapping, its JSON, or a Pydantic class.

    The draft is the one that `$schema` names, else the latest. Formats are not asserted.
    """

    name = "json_schema_validation"

    def reference(self, given: Any) -> Any:
        """The schema as a mapping."""
        generate = getattr(given, "model_json_schema", None)
        return self.value(given) if generate is None else generate()

    def compared(self, made: Any, wanted: Any) -> EvaluationResult:
        """The verdict on a value and its schema. Raises jsonschema's SchemaError for no schema."""
        # The best match, as jsonschema.validate() raises it: the error deepest in the value.
        error = required("jsonschema").exceptions.best_match(
            validator_of(canonical(wanted)).iter_errors(made)
        )
        if error is None:
            return EvaluationResult(name=self.name, score=True)
        return EvaluationResult(name=self.name, score=False, explanation=error.message)


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=128)
def validator_of(schema: str) -> Any:
    """The validator of a schema; checking the schema itself costs more than most values."""
    jsonschema = required("jsonschema")
    wanted = json.loads(schema)
    kind = jsonschema.validators.validator_for(wanted)
    kind.check_schema(wanted)
    # With a registry of its own a validator fetches no $ref: rows must not choose what is called.
    return bounded(kind)(wanted, registry=required("referencing.jsonschema").EMPTY_REGISTRY)
