"""Asks the model of an evaluator, whatever kind of model its user has."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from pilothouse.evaluation.errors import JudgeError
from pilothouse.evaluation.judges.judge import which_repetition
from pilothouse.evaluation.langchain.prompts import Prompt
from pilothouse.evaluation.loops import run
from pilothouse.evaluation.models.chat import ChatModel, Message, Request
from pilothouse.evaluation.models.unheard import ainvoked

Config = Mapping[str, Any]
"""What LangChain calls a run's config: callbacks, tags, metadata, run_id."""
_SEED: Final = 42
_UNFINISHED: Final = frozenset({"length", "content_filter"})


class Asked(Protocol):
    """A model that answers a prompt by a text."""

    chat: bool
    """Whether it answers messages, rather than continuing a text."""

    def ask(self, prompt: Prompt, config: Config | None) -> str:
        """The answer. Raises JudgeError for a model that refuses or does not finish."""

    async def aask(self, prompt: Prompt, config: Config | None) -> str:
        """The same without blocking."""


def asked(llm: Any) -> Asked:
    """A LangChain model, a function of a text, a `ChatModel`, or what `as_model` takes."""
    if hasattr(llm, "invoke") and hasattr(llm, "ainvoke"):
        return _LangChain(llm)
    if callable(llm) and not isinstance(llm, ChatModel):
        return _Function(llm)
    from pilothouse.evaluation.models.given import as_model
    from pilothouse.evaluation.models.retries import retried

    return _Native(retried(as_model(llm)))


class _LangChain:
    """A model of LangChain's, asked as it is: its callbacks and caches stay in use."""

    def __init__(self, llm: Any) -> None:
        self.llm = llm
        completes = getattr(sys.modules.get("langchain_core.language_models"), "BaseLLM", ())
        self.chat = not isinstance(llm, completes)

    def ask(self, prompt: Prompt, config: Config | None) -> str:
        """The answer."""
        return _text(self.llm.invoke(prompt, config))

    async def aask(self, prompt: Prompt, config: Config | None) -> str:
        """The same without blocking."""
        if config is None:
            return _text(await ainvoked(self.llm, prompt))
        return _text(await self.llm.ainvoke(prompt, config))


class _Native:
    """A model that this package talks to itself."""

    chat = True

    def __init__(self, model: ChatModel) -> None:
        self.model = model

    def ask(self, prompt: Prompt, config: Config | None) -> str:
        """The answer."""
        return run(self.aask(prompt, config))

    async def aask(self, prompt: Prompt, config: Config | None) -> str:
        """The same without blocking."""
        message = Message("user", _plain(prompt))
        again = which_repetition()
        request = Request(messages=[message], temperature=0, seed=_SEED + again, repetition=again)
        answer = await self.model.complete(request)
        if answer.refusal is not None:
            raise JudgeError("Refused", answer.refusal, raw_output=answer.text)
        if answer.finish_reason in _UNFINISHED:
            said = f"the answer ended early: {answer.finish_reason}"
            raise JudgeError("Incomplete", said, raw_output=answer.text)
        return answer.text


class _Function:
    """A function of a text, sync or async."""

    chat = True

    def __init__(self, function: Callable[[str], Any]) -> None:
        self.function = function

    def ask(self, prompt: Prompt, config: Config | None) -> str:
        """The answer."""
        said = self.function(_plain(prompt))
        return _text(run(_awaited(said)) if inspect.isawaitable(said) else said)

    async def aask(self, prompt: Prompt, config: Config | None) -> str:
        """The same without blocking, but for a function that blocks."""
        if inspect.iscoroutinefunction(self.function):
            return _text(await self.function(_plain(prompt)))
        from anyio import to_thread

        said = await to_thread.run_sync(self.function, _plain(prompt))
        return _text(await said if inspect.isawaitable(said) else said)


async def _awaited(said: Any) -> Any:
    return await said


def _plain(prompt: Prompt) -> str:
    return prompt if isinstance(prompt, str) else str(prompt.to_string())


def _text(said: Any) -> str:
    """The text of a message, of its parts, or of a text."""
    content = getattr(said, "content", said)
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        parts = (p if isinstance(p, str) else p.get("text") or "" for p in content)
        return "".join(parts)
    raise TypeError(f"a judge answers by a text, not by {type(said).__name__}")
