"""Evaluators by the names that LangChain gave them, with our verdicts where its parsers err."""

from pilothouse.evaluation.langchain.answer_judges import (
    ContextQAEvalChain,
    CotQAEvalChain,
    QAEvalChain,
)
from pilothouse.evaluation.langchain.criteria_judges import (
    CriteriaEvalChain,
    LabeledCriteriaEvalChain,
    LabeledScoreStringEvalChain,
    ScoreStringEvalChain,
)
from pilothouse.evaluation.langchain.interfaces import (
    AgentTrajectoryEvaluator,
    PairwiseStringEvaluator,
    StringEvaluator,
)
from pilothouse.evaluation.langchain.kinds import (
    Criteria,
    EmbeddingDistance,
    EvaluatorType,
    StringDistance,
)
from pilothouse.evaluation.langchain.loading import load_dataset, load_evaluator, load_evaluators
from pilothouse.evaluation.langchain.measured import (
    EmbeddingDistanceEvalChain,
    ExactMatchStringEvaluator,
    JsonEditDistanceEvaluator,
    JsonEqualityEvaluator,
    JsonSchemaEvaluator,
    JsonValidityEvaluator,
    PairwiseEmbeddingDistanceEvalChain,
    PairwiseStringDistanceEvalChain,
    RegexMatchStringEvaluator,
    StringDistanceEvalChain,
)
from pilothouse.evaluation.langchain.pair_judges import (
    LabeledPairwiseStringEvalChain,
    PairwiseStringEvalChain,
)
from pilothouse.evaluation.langchain.principles import PRINCIPLES, ConstitutionalPrinciple
from pilothouse.evaluation.langchain.trajectory_judge import TrajectoryEvalChain

__all__ = [
    "PRINCIPLES",
    "AgentTrajectoryEvaluator",
    "ConstitutionalPrinciple",
    "ContextQAEvalChain",
    "CotQAEvalChain",
    "Criteria",
    "CriteriaEvalChain",
    "EmbeddingDistance",
    "EmbeddingDistanceEvalChain",
    "EvaluatorType",
    "ExactMatchStringEvaluator",
    "JsonEditDistanceEvaluator",
    "JsonEqualityEvaluator",
    "JsonSchemaEvaluator",
    "JsonValidityEvaluator",
    "LabeledCriteriaEvalChain",
    "LabeledPairwiseStringEvalChain",
    "LabeledScoreStringEvalChain",
    "PairwiseEmbeddingDistanceEvalChain",
    "PairwiseStringDistanceEvalChain",
    "PairwiseStringEvalChain",
    "PairwiseStringEvaluator",
    "QAEvalChain",
    "RegexMatchStringEvaluator",
    "ScoreStringEvalChain",
    "StringDistance",
    "StringDistanceEvalChain",
    "StringEvaluator",
    "TrajectoryEvalChain",
    "load_dataset",
    "load_evaluator",
    "load_evaluators",
]
