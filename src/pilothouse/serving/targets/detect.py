"""Which kind of target an object is; the first that fits."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, Final

from pilothouse.serving.errors import SetupError
from pilothouse.serving.targets.functions import function_target
from pilothouse.serving.targets.objects import Chatting, Embeddings, Legacy, Made
from pilothouse.serving.targets.runnables import Chain, Graph, Runnable
from pilothouse.serving.targets.target import Target

ADAPTERS: Final = "pilothouse.serve_adapters"
"""Entry points: functions from (name, object) to a Target, or None for "not mine"."""
KINDS: Final[dict[str, Callable[[str, Any], Target]]] = {
    "graph": Graph,
    "chain": Chain,
    "runnable": Runnable,
    "class": Made,
    "function": function_target,
    "generator": function_target,
    "chat": Chatting,
    "embeddings": Embeddings,
    "legacy": Legacy,
}


def target_of(thing: Any, *, kind: str | None = None, name: str | None = None) -> Target:
    """The target made from an object; raises SetupError for what cannot be served."""
    if isinstance(thing, Target):
        return thing
    called = name or name_of(thing)
    if kind is not None:
        if kind not in KINDS:
            raise SetupError(f"there is no kind {kind!r} of target; use one of {', '.join(KINDS)}")
        return KINDS[kind](called, thing)
    for entry in entry_points(group=ADAPTERS):
        adapted: Target | None = entry.load()(called, thing)
        if adapted is not None:
            return adapted
    found = _kind_of(thing)
    if found is None:
        raise SetupError(
            f"{called!r} ({type(thing).__name__}) cannot be served: it is no Runnable, graph, "
            "function, generator or class, and has neither invoke() nor chat()"
        )
    return KINDS[found](called, thing)


def _kind_of(thing: Any) -> str | None:
    if inspect.isclass(thing):
        return "class"
    if inspect.isroutine(thing) or inspect.isfunction(inspect.unwrap(thing)):
        return "function"
    if hasattr(thing, "astream") and hasattr(thing, "aget_state"):
        return "graph"
    if hasattr(thing, "ainvoke") and hasattr(thing, "astream"):
        return "chain" if hasattr(thing, "input_keys") and hasattr(thing, "memory") else "runnable"
    if callable(getattr(thing, "embed_documents", None)):
        return "embeddings"
    if callable(getattr(thing, "chat", None)):
        return "chat"
    if callable(getattr(thing, "invoke", None)):
        return "legacy"
    return "function" if callable(thing) else None


def name_of(thing: Any) -> str:
    """What people would call it."""
    given = getattr(thing, "name", None) or getattr(thing, "__name__", None)
    return given if isinstance(given, str) and given else type(thing).__name__
