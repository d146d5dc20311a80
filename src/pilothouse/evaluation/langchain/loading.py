"""Loads evaluators and data sets by name, as LangChain's users do."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from warnings import warn

from pilothouse.evaluation.extras import required
from pilothouse.evaluation.langchain import answer_judges, criteria_judges, measured, pair_judges
from pilothouse.evaluation.langchain.interfaces import (
    AgentTrajectoryEvaluator,
    PairwiseStringEvaluator,
    StringEvaluator,
)
from pilothouse.evaluation.langchain.judged import Judged
from pilothouse.evaluation.langchain.kinds import EvaluatorType
from pilothouse.evaluation.langchain.trajectory_judge import TrajectoryEvalChain

LangChainEvaluator = StringEvaluator | PairwiseStringEvaluator | AgentTrajectoryEvaluator

EVALUATORS: Final[Mapping[EvaluatorType, type[Any]]] = {
    EvaluatorType.QA: answer_judges.QAEvalChain,
    EvaluatorType.COT_QA: answer_judges.CotQAEvalChain,
    EvaluatorType.CONTEXT_QA: answer_judges.ContextQAEvalChain,
    EvaluatorType.PAIRWISE_STRING: pair_judges.PairwiseStringEvalChain,
    EvaluatorType.SCORE_STRING: criteria_judges.ScoreStringEvalChain,
    EvaluatorType.LABELED_PAIRWISE_STRING: pair_judges.LabeledPairwiseStringEvalChain,
    EvaluatorType.LABELED_SCORE_STRING: criteria_judges.LabeledScoreStringEvalChain,
    EvaluatorType.AGENT_TRAJECTORY: TrajectoryEvalChain,
    EvaluatorType.CRITERIA: criteria_judges.CriteriaEvalChain,
    EvaluatorType.LABELED_CRITERIA: criteria_judges.LabeledCriteriaEvalChain,
    EvaluatorType.STRING_DISTANCE: measured.StringDistanceEvalChain,
    EvaluatorType.EXACT_MATCH: measured.ExactMatchStringEvaluator,
    EvaluatorType.REGEX_MATCH: measured.RegexMatchStringEvaluator,
    EvaluatorType.PAIRWISE_STRING_DISTANCE: measured.PairwiseStringDistanceEvalChain,
    EvaluatorType.EMBEDDING_DISTANCE: measured.EmbeddingDistanceEvalChain,
    EvaluatorType.PAIRWISE_EMBEDDING_DISTANCE: measured.PairwiseEmbeddingDistanceEvalChain,
    EvaluatorType.JSON_VALIDITY: measured.JsonValidityEvaluator,
    EvaluatorType.JSON_EQUALITY: measured.JsonEqualityEvaluator,
    EvaluatorType.JSON_EDIT_DISTANCE: measured.JsonEditDistanceEvaluator,
    EvaluatorType.JSON_SCHEMA_VALIDATION: measured.JsonSchemaEvaluator,
}
JUDGE: Final = "PILOTHOUSE_JUDGE"
"""The variable that names the model of evaluators that are loaded without one."""


def load_evaluator(name: EvaluatorType | str, *, llm: Any = None, **kwargs: Any) -> Any:
    """The evaluator of that name; its class is the value of `EVALUATORS`.

    `llm` is a model of LangChain's, a function of a text, an address `NAME@URL`, or a `ChatModel`;
    without one, PILOTHOUSE_JUDGE says which. `kwargs` are the class's. Raises ValueError for an
    unknown name and for a judge without a model.

        >>> load_evaluator("exact_match").evaluate_strings(prediction="a", reference="a")
        {'score': 1}
    """
    kind = EVALUATORS[_type(name, compat=bool(kwargs.get("langchain_compat")))]
    if not issubclass(kind, Judged):
        return kind(**kwargs)
    return kind.from_llm(_judge(name) if llm is None else llm, **kwargs)


def load_evaluators(
    names: Sequence[EvaluatorType | str],
    *,
    llm: Any = None,
    config: Mapping[EvaluatorType | str, Mapping[str, Any]] | None = None,
    **kwargs: Any,
) -> list[Any]:
    """Several evaluators. `config` has arguments by name, which win over those for all.

    An argument for all goes to those evaluators that know it, as long as one does.
    """
    kinds = [EVALUATORS[_type(name, compat=False)] for name in names]
    shared = [_options(kind) for kind in kinds]
    if strange := [str(name) for name in config or {} if name not in names]:
        warn(f"config is for {', '.join(strange)}, not among the names", stacklevel=2)
    unknown = {key for key in kwargs if not any(key in options for options in shared)}
    loaded = []
    for name, options in zip(names, shared, strict=True):
        own = dict((config or {}).get(name) or {})
        for_all = {k: v for k, v in kwargs.items() if k in options or k in unknown}
        loaded.append(load_evaluator(name, **{"llm": llm, **for_all, **own}))
    return loaded


def load_dataset(uri: str | Path) -> list[dict[str, Any]]:
    """The rows of a JSON Lines or Parquet file. Nothing is fetched from anywhere.

    Raises ValueError for another kind of file and for a line that is no JSON, TypeError for one
    that is no object.
    """
    path = Path(str(uri).removeprefix("file://"))
    if not path.exists():
        raise FileNotFoundError(
            f"no file {str(path)!r}: data sets are read from disk, so download it first"
        )
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = required("pyarrow.parquet").read_table(path).to_pylist()
        return rows
    if path.suffix in (".jsonl", ".ndjson"):
        return _lines(path)
    raise ValueError(f"{path.name!r} is no data set: give a .jsonl or .parquet file")


def _lines(path: Path) -> list[dict[str, Any]]:
    rows = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as e:
                raise ValueError(f"line {number} of {path.name!r} is no JSON: {e}") from e
            if not isinstance(row, dict):
                raise TypeError(f"line {number} of {path.name!r} is no JSON object")
            rows.append(row)
    return rows


def _type(name: EvaluatorType | str, *, compat: bool) -> EvaluatorType:
    if name == "agent_trajectory" and not compat:  # LangChain's own name for its member
        return EvaluatorType.AGENT_TRAJECTORY
    try:
        return EvaluatorType(name)
    except ValueError:
        known = ", ".join(EvaluatorType)
        near = get_close_matches(str(name), [kind.value for kind in EvaluatorType], n=1)
        hint = f"did you mean {near[0]!r}? There are" if near else "choose from"
        raise ValueError(f"no evaluator {str(name)!r}: {hint} {known}") from None


def options_of(name: EvaluatorType | str) -> frozenset[str]:
    """The arguments that the evaluator of that name knows. Raises ValueError for an unknown one."""
    return _options(EVALUATORS[_type(name, compat=False)])


def _options(kind: type[Any]) -> frozenset[str]:
    """The arguments that a class knows."""
    parameters = inspect.signature(kind).parameters.values()
    return frozenset(p.name for p in parameters if p.kind is not p.VAR_KEYWORD)


def _judge(name: EvaluatorType | str) -> str:
    address = os.environ.get(JUDGE)
    if not address:
        raise ValueError(
            f"{str(name)!r} asks a model: give llm=, or set {JUDGE} to its address, "
            "such as llama-3@http://localhost:8000/v1"
        )
    return address
