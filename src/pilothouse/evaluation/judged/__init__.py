"""Metrics whose verdicts a model gives, one claim, context or turn at a time."""

from pilothouse.evaluation.judged.answers import (
    ContextEntityRecall,
    FactualCorrectness,
    NoiseSensitivity,
    QuestionRelevancy,
)
from pilothouse.evaluation.judged.asking import Asking, JudgedMetric, OnEmpty
from pilothouse.evaluation.judged.correctness import (
    AnswerAccuracy,
    AnswerCorrectness,
    Completeness,
)
from pilothouse.evaluation.judged.labelled import RUBRICS, Rubric, label_judge
from pilothouse.evaluation.judged.listed import (
    AnswerRelevancy,
    Bias,
    ContextPrecision,
    ContextRecall,
    ContextRelevancy,
    ConversationCompleteness,
    Faithfulness,
    Hallucination,
    KnowledgeRetention,
    ListedMetric,
    RoleAdherence,
    Toxicity,
    TurnRelevancy,
)
from pilothouse.evaluation.judged.privacy import PersonalData
from pilothouse.evaluation.judged.summaries import Summarization
from pilothouse.evaluation.judged.tools import (
    ArgumentCorrectness,
    ToolCallEfficiency,
    ToolCorrectness,
)
from pilothouse.evaluation.judged.topics import TopicAdherence

__all__ = [
    "RUBRICS",
    "AnswerAccuracy",
    "AnswerCorrectness",
    "AnswerRelevancy",
    "ArgumentCorrectness",
    "Asking",
    "Bias",
    "Completeness",
    "ContextEntityRecall",
    "ContextPrecision",
    "ContextRecall",
    "ContextRelevancy",
    "ConversationCompleteness",
    "FactualCorrectness",
    "Faithfulness",
    "Hallucination",
    "JudgedMetric",
    "KnowledgeRetention",
    "ListedMetric",
    "NoiseSensitivity",
    "OnEmpty",
    "PersonalData",
    "QuestionRelevancy",
    "RoleAdherence",
    "Rubric",
    "Summarization",
    "ToolCallEfficiency",
    "ToolCorrectness",
    "TopicAdherence",
    "Toxicity",
    "TurnRelevancy",
    "label_judge",
]
