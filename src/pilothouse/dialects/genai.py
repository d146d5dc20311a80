"""The OpenTelemetry GenAI conventions, in their old and new states."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind, ReportedCost
from pilothouse.spans.parsing import amount, count, is_blob, js

KINDS: Final[dict[str, Kind]] = {
    "chat": "llm",
    "text_completion": "llm",
    "completion": "llm",
    "generate_content": "llm",
    "fetch_response": "llm",
    "llm_call": "llm",
    "embeddings": "embedding",
    "embedding": "embedding",
    "retrieval": "retriever",
    "vector_db_retrieve": "retriever",
    "search_memory": "retriever",
    "rerank": "reranker",
    "execute_tool": "tool",
    "tool_call": "tool",
    "invoke_agent": "agent",
    "create_agent": "agent",
    "agent_call": "agent",
    "invoke_workflow": "chain",
    "plan": "chain",
    "agent_step": "chain",
    "execute_task": "chain",
    "execute_event_loop_cycle": "chain",
    "execute_structured_output": "chain",
    "chain": "chain",
    "create_memory_store": "span",
    "delete_memory_store": "span",
    "create_memory": "span",
    "update_memory": "span",
    "upsert_memory": "span",
    "delete_memory": "span",
}
USAGE: Final = "gen_ai.usage."
AGGREGATED: Final = "gen_ai.aggregated_usage."
PARTIAL: Final = "gen_ai.usage.partial."
_INPUT: Final = ("input_tokens", "prompt_tokens")
_OUTPUT: Final = ("output_tokens", "completion_tokens")
_CACHED: Final = (
    "cache_read.input_tokens",
    "cache_read_input_tokens",
    "details.cache_read_tokens",
    "details.cached_tokens",
)
_WRITTEN: Final = (
    "cache_write.input_tokens",
    "cache_creation.input_tokens",
    "cache_creation_input_tokens",
    "cache_write_input_tokens",
    "details.cache_write_tokens",
)
_REASONING: Final = ("reasoning.output_tokens", "reasoning_tokens", "details.reasoning_tokens")
_AUDIO_IN: Final = ("audio.input_tokens", "details.input_audio_tokens")
_AUDIO_OUT: Final = ("audio.output_tokens", "details.output_audio_tokens")
_IMAGE_IN: Final = ("image.input_tokens", "details.input_image_tokens")
_IMAGE_OUT: Final = ("image.output_tokens", "details.output_image_tokens")
_WRITTEN_1H: Final = "anthropic.usage.cache_creation.ephemeral_1h_input_tokens"


def kind(view: View) -> Kind | None:
    """Row 6: the operation, where it is one that we know."""
    return KINDS.get(view.text("gen_ai.operation.name"))


def shape(view: View) -> Kind | None:
    """Row 13: what the attributes look like when nobody says what the span is."""
    model = view.text("gen_ai.request.model") or view.text("gen_ai.response.model")
    if view.text("gen_ai.tool.name") and not view.text("gen_ai.request.model"):
        return "tool"
    if view.keys("retrieval.documents.#") or documents(view):
        return "retriever"
    if (model or view.text("llm.model_name")) and _answers(view):
        return "llm"
    return None


def _answers(view: View) -> bool:
    """Whether the span carries token counts or what a model answered."""
    a = view.attributes
    return (
        any(count(a.get(USAGE + name)) is not None for name in _INPUT + _OUTPUT)
        or count(a.get("llm.token_count.prompt")) is not None
        or bool(output_messages(view))
        or bool(view.keys("llm.output_messages.#") or view.keys("gen_ai.completion.#"))
        or "response_data" in a
    )


def input_messages(view: View) -> Any:
    """Row 2 of the messages."""
    return _listed(view, "gen_ai.input.messages")


def output_messages(view: View) -> Any:
    """Row 2 of the messages."""
    return _listed(view, "gen_ai.output.messages")


def _listed(view: View, key: str) -> Any:
    found = view.js(key)
    if type(found) is list or is_blob(found):
        return found
    return [found] if type(found) is dict or (type(found) is str and found) else None


def instructions(view: View) -> Any:
    """The system prompt beside the messages: parts, strings or one string."""
    return view.js("gen_ai.system_instructions")


def usage(view: View) -> dict[str, Any] | None:
    """Family 4, `gen_ai.usage.*` under any of its spellings."""
    return _family(view, USAGE)


def aggregated(view: View) -> dict[str, Any] | None:
    """Family 4 as sums on an agent span, which its model calls repeat."""
    return _family(view, AGGREGATED)


def partial(view: View) -> dict[str, Any] | None:
    """Family 4 of an interrupted run; only where the full family is missing."""
    return _family(view, PARTIAL)


def _family(view: View, prefix: str) -> dict[str, Any] | None:
    a = view.attributes
    found = {
        "input": _first(a, prefix, _INPUT),
        "output": _first(a, prefix, _OUTPUT),
        "total": count(a.get(prefix + "total_tokens")),
    }
    if found["input"] is None and found["output"] is None and found["total"] is None:
        return None
    return {
        **found,
        "cached": _first(a, prefix, _CACHED),
        "cache_write": _first(a, prefix, _WRITTEN),
        "cache_write_1h": count(a.get(_WRITTEN_1H)),
        "reasoning": _first(a, prefix, _REASONING),
        "input_audio": _first(a, prefix, _AUDIO_IN),
        "output_audio": _first(a, prefix, _AUDIO_OUT),
        "input_image": _first(a, prefix, _IMAGE_IN),
        "output_image": _first(a, prefix, _IMAGE_OUT),
    }


def _first(a: dict[str, Any], prefix: str, names: tuple[str, ...]) -> int | None:
    for name in names:
        value = a.get(prefix + name)
        if value is not None:
            found = count(value)
            if found is not None:
                return found
    return None


def cost(view: View) -> ReportedCost | None:
    """`gen_ai.usage.cost`, a total in dollars."""
    total = amount(view.attributes.get("gen_ai.usage.cost"))
    return None if total is None else ReportedCost(total=total)


_NOT_PARAMETERS: Final = frozenset(("model", "user", "extra_query", "extra_body"))
_RENAMED: Final = {"response_format": "output.type"}
_BESIDE: Final = {
    "gen_ai.output.type": "output.type",
    "openai.api.type": "api.type",
    "gen_ai.retrieval.top_k": "top_k",
    "gen_ai.embeddings.dimension.count": "dimensions",
    "reranker.top_k": "top_k",
    "db.vector.query.top_k": "top_k",
}
"""Parameters that stand elsewhere than under `request`."""


def parameters(view: View) -> dict[str, Any]:
    """`gen_ai.request.*` but the model, `gen_ai.output.type`, and OpenAI's own."""
    found: dict[str, Any] = {}
    for prefix in ("gen_ai.request.", "gen_ai.openai.request.", "openai.request."):
        for key in view.keys(prefix):
            name = key[len(prefix) :]
            if name not in _NOT_PARAMETERS:
                found.setdefault(_RENAMED.get(name, name), js(view.attributes[key]))
    for key, name in _BESIDE.items():
        value = view.attributes.get(key)
        if value and type(value) in (str, int):
            found.setdefault(name, value)
    return found


def tools(view: View) -> Any:
    """Definitions offered to the model."""
    found = view.js("gen_ai.tool.definitions")
    return found if type(found) is list else None


def own_tool(view: View) -> Any:
    """On a tool span the definition of the tool itself."""
    a = view.attributes
    if view.kind != "tool":
        return None
    name = view.text("gen_ai.tool.name") or view.text("tool.name")
    described = a.get("gen_ai.tool.description") or a.get("tool.description")
    schema = a.get("gen_ai.tool.json_schema") or a.get("tool.parameters")
    return [{"name": name, "description": described, "parameters": schema}] if name else None


def tool_names(view: View) -> Any:
    """An agent's tools, by name only."""
    found = view.js("gen_ai.agent.tools")
    return found if type(found) is list else None


def documents(view: View) -> Any:
    """`gen_ai.retrieval.documents`, and what a memory search found."""
    for key in ("gen_ai.retrieval.documents", "gen_ai.memory.records"):
        found = view.js(key)
        if type(found) is list and any(type(document) is dict for document in found):
            return found
    return None


def prompt_variables(view: View) -> dict[str, Any]:
    """`gen_ai.prompt.variable.<key>`."""
    prefix = "gen_ai.prompt.variable."
    return {key[len(prefix) :]: view.attributes[key] for key in view.keys(prefix)}


def seconds_to_first_token(view: View) -> int | None:
    """Nanoseconds from the start to the first chunk, said in seconds."""
    a = view.attributes
    for key in (
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.client.operation.time_to_first_chunk",
    ):
        found = amount(a.get(key))
        if found is not None and 0 <= found < 1e6:
            return view.source.start_ns + int(found * 1e9)
    return None


def server_first_token(view: View) -> int | None:
    """One attribute, two units: Strands counts whole milliseconds, OpenLIT seconds."""
    value = view.attributes.get("gen_ai.server.time_to_first_token")
    found = amount(value) if type(value) in (int, float) else None
    if found is None or not 0 <= found < 1e9:
        return None
    scope = view.source.scope_name
    milliseconds = type(value) is int and not scope.startswith("openlit")
    if scope.startswith("strands"):
        milliseconds = True
    return view.source.start_ns + int(found * (1e6 if milliseconds else 1e9))
