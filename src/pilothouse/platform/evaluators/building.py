"""From a definition to an evaluator of the evaluation library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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

    def chat(
        self, model: str, *, project_id: int = SHARED, attempts: int | None = None
    ) -> ChatModel: ...


Chat = Callable[[str], "ChatModel"]
"""Gives the model of a name."""


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
        attempts: int | None = None,
    ) -> Evaluator:
        """The evaluator, its model's calls recorded. Raises BadRequest for what cannot be one."""

        def chat(model: str) -> ChatModel:
            from pilothouse.platform.evaluators.calls import Recorded

            found = self._models.chat(model, project_id=project_id or SHARED, attempts=attempts)
            return Recorded(found)

        read = checked_definition(kind, definition)
        options: dict[str, Any] = {"name": name, "mapping": dict(mapping or {})}
        try:
            match read:
                case JudgeDefinition():
                    return _judge(read, options, chat)
                case BuiltinDefinition():
                    return _builtin(read, options, chat)
                case CodeDefinition():
                    from pilothouse.evaluation.sandbox import CodeEvaluator

                    return CodeEvaluator(read.source, **options)
        except (ValueError, TypeError, ImportError) as error:
            raise BadRequest(f"definition: {error}", {"field": "definition"}) from None


def _judge(read: JudgeDefinition, options: dict[str, Any], chat: Chat) -> Evaluator:
    from pilothouse.evaluation.judges import create_llm_judge

    return create_llm_judge(
        read.prompt,
        model=chat(read.model),
        choices=read.choices if read.output == "choices" else None,
        continuous=read.output == "continuous",
        few_shot=read.few_shot,
        **options,
    )


def _builtin(read: BuiltinDefinition, options: dict[str, Any], chat: Chat) -> Evaluator:
    from pilothouse.platform.evaluators.catalogue import checked_options, entry

    found = entry(read.metric)
    checked_options(found, read.options)
    given = dict(read.options)
    if not found.judged:
        return found.make(**given, **options)
    return found.make(chat(given.pop("model")), **given, **options)
