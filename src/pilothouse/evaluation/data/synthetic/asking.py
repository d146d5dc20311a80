"""What all that makes examples shares: a model, prompts by name, and an account of what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilothouse.evaluation.data.synthetic import wordings
from pilothouse.evaluation.errors import JudgeError, ModelError
from pilothouse.evaluation.judges import Form, Labels, Ladder, Prompt, Said
from pilothouse.evaluation.judges.judge import ready
from pilothouse.evaluation.models import ModelLike, RetryPolicy
from pilothouse.evaluation.results import Usage

_HOPELESS: Final = frozenset(("Unauthorized", "NotFound", "QuotaExhausted", "BadRequest"))
"""Refusals that the next call would meet as well: none is made where the first meets one."""


class Maker:
    """Asks a model by prompts of ours, and counts what came to nothing."""

    def __init__(
        self,
        model: ModelLike,
        words: Mapping[str, str],
        *,
        prompts: Mapping[str, Prompt | str] | None,
        retry: RetryPolicy | None,
        seed: int,
        temperature: float,
    ) -> None:
        own = dict(prompts or {})
        if unknown := own.keys() - words.keys():
            raise ValueError(
                f"no prompt {', '.join(sorted(unknown))}: there are {', '.join(words)}"
            )
        given = {name: own.get(name, text) for name, text in words.items()}
        self.prompts = {
            name: p if isinstance(p, Prompt) else Prompt(p, system=wordings.SYSTEM)
            for name, p in given.items()
        }
        self.ladder = Ladder(ready(model, retry, None))
        self.seed = seed
        self.temperature = temperature
        self.dropped: Counter[str] = Counter()
        self.usage: Usage | None = None
        self._answered = False

    async def said(
        self,
        name: str,
        form: Form,
        of: Mapping[str, Any],
        *,
        temperature: float | None = None,
        turn: int = 0,
    ) -> Said | None:
        """What the model says; None where it came to nothing, which is counted.

        Raises ModelError where no call can succeed, and none has: what was paid for is not lost.
        """
        prompt = self.prompts[name]
        try:
            asked = await self.ladder.ask(
                prompt.messages(of),
                form,
                temperature=self.temperature if temperature is None else temperature,
                seed=self.seed + turn,
                repetition=turn,
            )
        except JudgeError as e:
            self._answered = True
            self._took(e.usage)
            self.dropped[f"the model came to nothing: {e.type}"] += 1
            return None
        except ModelError as e:
            if e.type in _HOPELESS and not self._answered:
                raise
            self.dropped[f"the model came to nothing: {e.type}"] += 1
            return None
        self._answered = True
        self._took(asked.usage)
        return asked.said

    async def label(self, name: str, labels: Sequence[str], **of: Any) -> str | None:
        """A verdict by which a candidate is checked, without leeway."""
        said = await self.said(name, Labels(tuple(labels)), of, temperature=0.0)
        return None if said is None else said.label

    def made_by(self, name: str) -> dict[str, str]:
        """With what a candidate was made, as its metadata keep it."""
        return {"prompt": f"{name}:{self.prompts[name].hash}", "model": self.ladder.model.name}

    def _took(self, usage: Usage | None) -> None:
        if usage is not None:
            self.usage = usage if self.usage is None else self.usage + usage
