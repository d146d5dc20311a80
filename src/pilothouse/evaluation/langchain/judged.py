"""What LangChain's evaluators that ask a model have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Self
from uuid import UUID, uuid4

from pilothouse.evaluation.errors import JudgeError
from pilothouse.evaluation.langchain.asking import Asked, asked
from pilothouse.evaluation.langchain.interfaces import Said
from pilothouse.evaluation.langchain.measured import unscored
from pilothouse.evaluation.langchain.prompts import Prompt
from pilothouse.evaluation.results import Direction

_ABOUT_RUNS: Final = frozenset({"callbacks", "tags", "metadata", "include_run_info"})


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Under which id a judge's run was traced."""

    run_id: UUID


class Judged:
    """Asks a model and reads its verdict; a subclass says how it is read.

    A text without a verdict has no score and says so under `error`. With `langchain_compat` it is
    what LangChain makes of it: the same exceptions, and texts in the place of values.
    """

    unread: ClassVar[str] = "the judge came to no verdict"
    direction: Direction = "maximize"

    def __init__(self, llm: Any, *, langchain_compat: bool = False) -> None:
        """`llm` is LangChain's, a function of a text, an address, or a `ChatModel`."""
        self.llm: Asked = asked(llm)
        self.compat = langchain_compat

    @classmethod
    def from_llm(cls, llm: Any, *given: Any, **options: Any) -> Self:
        """The evaluator that asks this model."""
        return cls(llm, *given, **options)

    def read(self, text: str) -> Said | None:
        """The verdict that a text gives, or None."""
        raise NotImplementedError

    def refused(self, text: str, why: str, type: str = "Unparsable") -> Said:
        """What stands for a text without a verdict. Raises ValueError where LangChain does."""
        if self.compat:
            raise ValueError(f"{why}: {text!r}")
        return unscored(type, why, reasoning=text)

    def _rendered(self, given: Mapping[str, Any]) -> Prompt:
        """What the model is asked, of the arguments that the evaluator was called with."""
        raise NotImplementedError

    def _judged(self, *_: Any, **given: Any) -> Said:
        """The verdict on what was given, LangChain's arguments about runs among it."""
        config, info = _config(given)
        try:
            text = self.llm.ask(self._rendered(given), config)
        except JudgeError as e:
            return self.refused(e.raw_output or "", str(e), e.type)
        return self._verdict(text) | info

    async def _ajudged(self, *_: Any, **given: Any) -> Said:
        """The same without blocking."""
        config, info = _config(given)
        try:
            text = await self.llm.aask(self._rendered(given), config)
        except JudgeError as e:
            return self.refused(e.raw_output or "", str(e), e.type)
        return self._verdict(text) | info

    def _verdict(self, text: str) -> Said:
        said = self.read(text)
        return self.refused(text, self.unread) if said is None else said


def without_verdict(text: str, words: Sequence[str]) -> str:
    """The text without its last line, or else its first, where that is only the verdict."""
    lines = text.strip().splitlines()
    for place in (-1, 0):
        if lines and lines[place].strip() in words:
            del lines[place]
            break
    return "\n".join(lines).strip()


def _config(given: Mapping[str, Any]) -> tuple[dict[str, Any] | None, Said]:
    """LangChain's config of the run, and what the verdict says of it where it was asked to."""
    if _ABOUT_RUNS.isdisjoint(given):
        return None, {}
    config = {k: given[k] for k in ("callbacks", "tags", "metadata") if given.get(k) is not None}
    if not given.get("include_run_info"):
        return config, {}
    run_id = uuid4()
    return {**config, "run_id": run_id}, {"__run": RunInfo(run_id)}
