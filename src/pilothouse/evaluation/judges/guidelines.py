"""Whether an answer keeps to each of a list of guidelines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pilothouse.evaluation.judges import wordings
from pilothouse.evaluation.judges.forms import Said, Verdicts
from pilothouse.evaluation.judges.judge import Judge
from pilothouse.evaluation.judges.ladder import Asked
from pilothouse.evaluation.judges.prompts import Prompt
from pilothouse.evaluation.models import ModelLike


class Guidelines(Judge):
    """Passes what keeps to all guidelines; `metadata["guidelines"]` has the verdict on each."""

    name = "guidelines"

    def __init__(
        self,
        guidelines: Sequence[str] | str,
        *,
        reads: Sequence[str] = ("inputs", "outputs"),
        model: ModelLike | None = None,
        **rest: Any,
    ) -> None:
        """`reads` are the fields shown. Raises ValueError without a guideline."""
        listed = (guidelines,) if isinstance(guidelines, str) else tuple(guidelines)
        if not listed:
            raise ValueError("there must be a guideline to keep to")
        self.guidelines = {f"g{i}": text for i, text in enumerate(listed, 1)}
        said = "\n".join(f"{id}. {text}" for id, text in self.guidelines.items())
        template = wordings.GUIDELINES.replace("{material}", wordings.material(tuple(reads)))
        prompt = Prompt(template, given={"guidelines": said})
        form = Verdicts(tuple(self.guidelines), ("pass", "fail"))
        super().__init__(prompt, form, model=model, scores={"pass": True, "fail": False}, **rest)

    def _valued(self, asked: Asked) -> Said:
        broken = [item for item in asked.said.items if item.label == "fail"]
        why = "\n".join(f"{self.guidelines[item.item]}: {item.explanation}" for item in broken)
        label = "fail" if broken else "pass"
        explanation = why or "all guidelines are kept"
        return replace(asked.said, label=label, score=not broken, explanation=explanation)

    def _about(self, asked: Asked) -> dict[str, Any]:
        verdicts = [
            {"guideline": self.guidelines[i.item], "label": i.label, "explanation": i.explanation}
            for i in asked.said.items
        ]
        return {**super()._about(asked), "guidelines": verdicts}
