"""Judges for whatever one asks: a prompt of one's own with a verdict in the form one wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilothouse.evaluation.judges.forms import Form, Labels, Rating, Shaped
from pilothouse.evaluation.judges.judge import Judge
from pilothouse.evaluation.judges.prompts import Prompt
from pilothouse.evaluation.models import ModelLike
from pilothouse.evaluation.results import Direction, Number

Choices = Sequence[str | float] | Mapping[str, Number]
"""Labels, numbers as labels of themselves, or labels with what they are worth."""


def create_llm_judge(
    prompt: Prompt | str,
    *,
    model: ModelLike | None = None,
    judges: Sequence[ModelLike] = (),
    choices: Choices | None = None,
    continuous: bool = False,
    schema: Mapping[str, Any] | None = None,
    few_shot: Sequence[Mapping[str, Any]] = (),
    system: str | None = None,
    name: str = "score",
    **rest: Any,
) -> Judge:
    """A judge that says true or false; one of `choices`; a number from 0 to 1; or an object.

    The prompt names what it reads in braces: `Is {outputs} polite?`. What `rest` may hold are the
    parameters of Judge. Raises ValueError where two forms are asked for at once.
    """
    if sum((choices is not None, continuous, schema is not None)) > 1:
        raise ValueError("give one of choices, continuous and schema")
    if isinstance(prompt, str):
        prompt = Prompt(prompt, system=system, few_shot=few_shot)
    elif few_shot or system is not None:
        raise ValueError("a Prompt has its own system and few_shot")
    form: Form
    scores: Mapping[str, Number] | None = None
    if schema is not None:
        form = Shaped(schema)
    elif continuous:
        form = Rating(0.0, 1.0, whole=False)
    else:
        form, scores = _of_choices({"true": True, "false": False} if choices is None else choices)
    return Judge(prompt, form, model=model, judges=judges, scores=scores, name=name, **rest)


class ClassificationEvaluator(Judge):
    """Puts a row into one of several classes, each worth a score or none."""

    name = "classification"

    def __init__(
        self,
        prompt: Prompt | str,
        choices: Choices,
        *,
        model: ModelLike | None = None,
        direction: Direction = "maximize",
        **rest: Any,
    ) -> None:
        """`choices` are the classes, or say what each is worth."""
        form, scores = _of_choices(choices)
        super().__init__(prompt, form, model=model, scores=scores, direction=direction, **rest)


def _of_choices(choices: Choices) -> tuple[Labels, Mapping[str, Number] | None]:
    if isinstance(choices, Mapping):
        scores: Mapping[str, Number] | None = choices
    else:
        worth = {str(c): c for c in choices if not isinstance(c, str)}
        if worth and len(worth) != len(choices):
            raise ValueError("choices must be all texts or all numbers")
        scores = worth or None
    labels = [str(choice) for choice in choices]
    if len(labels) < 2 or len(set(labels)) != len(labels):
        raise ValueError(f"choices must be two different ones at least, not {labels}")
    return Labels(tuple(labels)), scores
