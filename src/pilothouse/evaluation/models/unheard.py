"""Asks LangChain's chat models as `ainvoke` does, without telling of it where nobody listens.

Nine tenths of what `ainvoke` takes over a model that answers at once tell callbacks that a run
began and ended. LangChain itself says here whether there are any; with one, or where anything of
the way from `ainvoke` to the model was replaced, the model is asked by `ainvoke`. The model's
cache, its rate limiter and its streaming are part of what is called either way.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, Final, NamedTuple

_CHAT: Final = "langchain_core.language_models.chat_models"
_WAY: Final = ("ainvoke", "agenerate_prompt", "agenerate", "_agenerate_with_cache")
"""The methods between a caller and the model's own, none of which may be anybody else's."""


class _LangChain(NamedTuple):
    """What of LangChain it takes."""

    base: Any
    way: tuple[Any, ...]
    managers: Any
    config_of: Callable[[Any], Mapping[str, Any]]
    message: Callable[[str], Any]


async def ainvoked(model: Any, given: Any, **extra: Any) -> Any:
    """The message that `model.ainvoke(given, **extra)` answers; `given` is a text or messages."""
    messages = None if extra else _unheard(model, given)
    if messages is None:
        return await model.ainvoke(given, **extra)
    result = await model._agenerate_with_cache(messages)
    return result.generations[0].message


def _unheard(model: Any, given: Any) -> Sequence[Any] | None:
    """The messages to ask with, where nobody is to be told of it; None where somebody may be."""
    known = _langchain() if _CHAT in sys.modules else None
    if known is None or not isinstance(model, known.base):
        return None
    kind = type(model)
    if any(getattr(kind, name) is not own for name, own in zip(_WAY, known.way, strict=True)):
        return None
    if isinstance(given, str):
        messages = [known.message(given)]
    else:
        messages = model._convert_input(given).to_messages()
        if not all(isinstance(message.content, str) for message in messages):
            return None  # parts are brought into another form on the way
    config = known.config_of(None)
    manager = known.managers.configure(config.get("callbacks"), model.callbacks, model.verbose)
    return None if manager.handlers else messages


@functools.cache
def _langchain() -> _LangChain | None:
    """LangChain as it came; None where its way to a model is another, or not its own any more."""
    from langchain_core.callbacks import AsyncCallbackManager
    from langchain_core.language_models.chat_models import BaseChatModel
    from langchain_core.messages import HumanMessage
    from langchain_core.runnables.config import ensure_config

    own = tuple(getattr(BaseChatModel, name, None) for name in _WAY)
    file = sys.modules[_CHAT].__file__
    if not all(type(one) is FunctionType and one.__code__.co_filename == file for one in own):
        return None  # somebody wraps it, who has to be asked as well
    return _LangChain(BaseChatModel, own, AsyncCallbackManager, ensure_config, HumanMessage)
