"""LangChain's chat models, LLMs and runnables as models, known by their methods alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Any

from pilothouse.evaluation.errors import ModelError
from pilothouse.evaluation.models import wire
from pilothouse.evaluation.models.chat import Completion, FinishReason, Request, Structure, Token
from pilothouse.evaluation.models.functions import as_dicts, as_text, in_thread
from pilothouse.evaluation.models.raised import model_error
from pilothouse.evaluation.models.unheard import ainvoked
from pilothouse.evaluation.results import Usage

_CUT = frozenset({"length", "max_tokens", "MAX_TOKENS", "model_length"})
_FILTERED = frozenset({"content_filter", "refusal", "SAFETY"})


def is_langchain(given: Any) -> bool:
    """Whether something is asked as LangChain's models and runnables are."""
    return any(callable(getattr(given, name, None)) for name in ("ainvoke", "invoke", "_call"))


class LangChainModel:
    """Asks by `ainvoke`, `invoke` or `_call`, whichever there is.

    Sampling is what the object was configured with: LangChain has no way to set it that all of
    its models know.
    """

    def __init__(self, model: Any) -> None:  # Any: known by its methods
        self.model = model
        core = getattr(model, "bound", model)
        self._chats = hasattr(core, "bind_tools")
        self._name = str(
            getattr(core, "model_name", None) or getattr(core, "model", None) or type(core).__name__
        )
        self._identity = _identity(core)
        self._structures: tuple[Structure, ...] = ("text",)
        if self._chats and _own_tools(model):
            self._structures = ("tool", "text")

    @property
    def name(self) -> str:
        """The model's name, or that of its class."""
        return self._name

    @property
    def identity(self) -> str | None:
        """What LangChain's own cache tells it by; None where that says nothing."""
        return self._identity

    @property
    def structures(self) -> Sequence[Structure]:
        """A forced tool call where the model can be bound to tools; always text."""
        return self._structures

    async def complete(self, request: Request) -> Completion:
        """The answer to messages; to one text where the model knows no messages."""
        given = as_dicts(request.messages) if self._chats else as_text(request)
        extra = {"stop": list(request.stop)} if request.stop else {}
        started = perf_counter()
        try:
            answer = await self._asked(self._bound(request), given, extra)
        except Exception as e:  # models of others raise what they like
            raise model_error(e, model=self._name) from e
        return self._completion(answer, latency_ms=(perf_counter() - started) * 1000)

    def _bound(self, request: Request) -> Any:
        if request.schema is None or request.structure != "tool":
            return self.model
        name = request.schema_name
        tool = {
            "type": "function",
            "function": {"name": name, "description": name, "parameters": dict(request.schema)},
        }
        try:
            return self.model.bind_tools([tool], tool_choice=name)
        except (NotImplementedError, TypeError, ValueError) as e:
            self._structures = ("text",)
            raise ModelError("Unsupported", f"{self._name!r} cannot be bound to tools") from e

    async def _asked(self, model: Any, given: Any, extra: Mapping[str, Any]) -> Any:
        if hasattr(model, "ainvoke"):
            return await ainvoked(model, given, **extra)
        method = model.invoke if hasattr(model, "invoke") else model._call
        return await in_thread(lambda: method(given, **extra))

    def _completion(self, answer: Any, *, latency_ms: float) -> Completion:
        if isinstance(answer, str):
            return Completion(
                text=answer, model=self._name, usage=Usage(calls=1), latency_ms=latency_ms
            )
        if not hasattr(answer, "content"):
            said = f"{self._name!r} returned {type(answer).__name__}: let the chain end in a text"
            raise ModelError("Malformed", said)
        about = getattr(answer, "response_metadata", None) or {}
        extra = getattr(answer, "additional_kwargs", None) or {}
        return Completion(
            text=_text(answer),
            model=about.get("model_name") or about.get("model") or self._name,
            finish_reason=_finished(about),
            refusal=extra.get("refusal"),
            usage=_usage(getattr(answer, "usage_metadata", None)),
            tokens=_tokens(about),
            fingerprint=about.get("system_fingerprint"),
            latency_ms=latency_ms,
        )


class LangChainEmbedder:
    """LangChain's embeddings, by `aembed_documents` or `embed_documents`."""

    def __init__(self, model: Any) -> None:  # Any: known by its methods
        self.model = model
        self._name = str(getattr(model, "model", None) or type(model).__name__)

    @property
    def name(self) -> str:
        """The model's name, or that of its class."""
        return self._name

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector a text, in order."""
        try:
            if hasattr(self.model, "aembed_documents"):
                vectors = await self.model.aembed_documents(list(texts))
            else:
                vectors = await in_thread(self.model.embed_documents, list(texts))
        except Exception as e:  # models of others raise what they like
            raise model_error(e, model=self._name) from e
        return [list(vector) for vector in vectors]


def _own_tools(model: Any) -> bool:
    """Whether the model's own class says how to bind tools; the base class only refuses to."""
    method = getattr(type(model), "bind_tools", None)
    return method is not None and "langchain_core" not in getattr(method, "__module__", "")


def _identity(core: Any) -> str | None:
    told = getattr(core, "_identifying_params", None)
    if not isinstance(told, Mapping) or not told:
        return None
    kind = getattr(core, "_llm_type", type(core).__name__)
    return f"langchain:{kind}:{json.dumps(dict(told), sort_keys=True, default=str)}"


def _text(answer: Any) -> str:
    calls = getattr(answer, "tool_calls", None)
    if calls:
        return json.dumps(calls[0].get("args") or {})
    invalid = getattr(answer, "invalid_tool_calls", None)
    if invalid:
        return str(invalid[0].get("args") or "")
    content = answer.content
    if isinstance(content, str):
        return content
    parts = (part if isinstance(part, str) else part.get("text") or "" for part in content)
    return "".join(parts)


def _finished(about: Mapping[str, Any]) -> FinishReason:
    said = about.get("finish_reason") or about.get("stop_reason") or about.get("done_reason")
    if said in _CUT:
        return "length"
    if said in _FILTERED:
        return "content_filter"
    return "stop" if said in {None, "stop", "end_turn", "STOP"} else "other"


def _usage(told: Any) -> Usage:
    if not isinstance(told, Mapping):
        return Usage(calls=1)
    details = told.get("input_token_details") or {}
    return Usage(
        input_tokens=told.get("input_tokens"),
        output_tokens=told.get("output_tokens"),
        cached_tokens=details.get("cache_read"),
        calls=1,
    )


def _tokens(about: Mapping[str, Any]) -> Sequence[Token] | None:
    content = (about.get("logprobs") or {}).get("content")
    return [wire.token_of(one) for one in content] if content else None
