"""What judges by criteria have in common, whether they read one text or two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pilothouse.evaluation.langchain import prompts
from pilothouse.evaluation.langchain.criteria import written
from pilothouse.evaluation.langchain.judged import Judged


class ByCriteria(Judged):
    """Puts texts and criteria into a prompt, with a reference where one is required."""

    requires_input = True
    requires_reference: bool
    own_prompt: ClassVar[str]
    shown: ClassVar[Mapping[str, str]]
    """The prompt's variables for texts, each with the argument that it stands for."""

    def _prepare(self, criteria: Mapping[str, str], prompt: Any) -> None:
        self.criteria = dict(criteria)
        self._arguments = dict(self.shown)
        if self.requires_reference:
            self._arguments["reference"] = "reference"
        gaps = [*self._arguments, "criteria"]
        self.prompt = prompts.template_of(prompt, self.own_prompt, variables=gaps)
        self._written = written(self.criteria)

    def _rendered(self, given: Mapping[str, Any]) -> prompts.Prompt:
        values = {gap: given[argument] for gap, argument in self._arguments.items()}
        return self.prompt({**values, "criteria": self._written})
