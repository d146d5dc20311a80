"""From a definition to an evaluator of the evaluation library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from pilothouse.platform.errors import BadRequest
from pilothouse.platform.evaluators.models import (
    BuiltinDefinition,
    CodeDefinition,
    EvaluatorKind,
    Json,
    JudgeDefinition,
    checked_definition,
)

if TYPE_CHECKING:
    from pilothouse.evaluation.evaluators import Evaluator
    from pilothouse.evaluation.models import ChatModel

SHARED: Final = 0
"""Where no project has prices of its own."""


class Models(Protocol):
    """What gives models by `provider/model`."""

    def chat(self, model: str, *, project_id: int = SHARED) -> ChatModel: ...


class Building:
    """Makes evaluators; may read the database, so call it off the event loop."""

    def __init__(self, models: Models) -> None:
        self._models = models

    def build(
        self,
        kind: EvaluatorKind,
        definition: Json,
        *,
        name: str,
        mapping: Mapping[str, str] | None = None,
        project_id: int | None = None,
    ) -> Evaluator:
        """The evaluator, its model's calls recorded. Raises BadRequest for what cannot be one."""
        read = checked_definition(kind, definition)
        options: dict[str, Any] = {"name": name, "mapping": dict(mapping or {})}
        try:
            match read:
                case JudgeDefinition():
                    return self._judge(read, options, project_id)
                case BuiltinDefinition():
                    return self._builtin(read, options, project_id)
                case CodeDefinition():
                    from pilothouse.evaluation.sandbox import CodeEvaluator

                    return CodeEvaluator(read.source, **options)
        except (ValueError, TypeError, ImportError) as error:
            raise BadRequest(f"definition: {error}", {"field": "definition"}) from None

    def _judge(
        self, read: JudgeDefinition, options: dict[str, Any], project_id: int | None
    ) -> Evaluator:
        from pilothouse.evaluation.judges import create_llm_judge

        return create_llm_judge(
            read.prompt,
            model=self._model(read.model, project_id),
            choices=read.choices if read.output == "choices" else None,
            continuous=read.output == "continuous",
            few_shot=read.few_shot,
            **options,
        )

    def _builtin(
        self, read: BuiltinDefinition, options: dict[str, Any], project_id: int | None
    ) -> Evaluator:
        from pilothouse.platform.evaluators.catalogue import checked_options, entry

        found = entry(read.metric)
        checked_options(found, read.options)
        given = dict(read.options)
        if not found.judged:
            return found.make(**given, **options)
        return found.make(self._model(given.pop("model"), project_id), **given, **options)

    def _model(self, model: str, project_id: int | None) -> ChatModel:
        from pilothouse.platform.evaluators.calls import Recorded

        return Recorded(self._models.chat(model, project_id=project_id or SHARED))
