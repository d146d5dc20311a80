"""Language models as judges: how they are asked, and how their answers are read."""

from pilothouse.evaluation.judges.forms import (
    Form,
    Invalid,
    Item,
    Labels,
    Rating,
    Said,
    Shaped,
    Texts,
    Verdicts,
)
from pilothouse.evaluation.judges.generic import ClassificationEvaluator, create_llm_judge
from pilothouse.evaluation.judges.geval import GEval, Level
from pilothouse.evaluation.judges.guidelines import Guidelines
from pilothouse.evaluation.judges.judge import Judge
from pilothouse.evaluation.judges.ladder import Asked, Ladder
from pilothouse.evaluation.judges.planted import PLANTED, Resistance, resistance
from pilothouse.evaluation.judges.prompts import Prompt
from pilothouse.evaluation.judges.tree import Condition, DecisionTree, Question, Verdict
from pilothouse.evaluation.judges.weighted import weighted_score

__all__ = [
    "PLANTED",
    "Asked",
    "ClassificationEvaluator",
    "Condition",
    "DecisionTree",
    "Form",
    "GEval",
    "Guidelines",
    "Invalid",
    "Item",
    "Judge",
    "Labels",
    "Ladder",
    "Level",
    "Prompt",
    "Question",
    "Rating",
    "Resistance",
    "Said",
    "Shaped",
    "Texts",
    "Verdict",
    "Verdicts",
    "create_llm_judge",
    "resistance",
    "weighted_score",
]
