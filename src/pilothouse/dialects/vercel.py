"""The Vercel AI SDK: its own `ai.*` attributes up to version 6, and what it adds in version 7."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind
from pilothouse.spans.parsing import amount, count, js

KINDS: Final[dict[str, Kind]] = {
    "ai.generateText.doGenerate": "llm",
    "ai.generateObject.doGenerate": "llm",
    "ai.streamText.doStream": "llm",
    "ai.streamObject.doStream": "llm",
    "ai.embed.doEmbed": "embedding",
    "ai.embedMany.doEmbed": "embedding",
    "ai.rerank.doRerank": "reranker",
    "ai.toolCall": "tool",
    "ai.generateText": "chain",
    "ai.generateObject": "chain",
    "ai.streamText": "chain",
    "ai.streamObject": "chain",
    "ai.embed": "chain",
    "ai.embedMany": "chain",
    "ai.rerank": "chain",
}


def operation(view: View) -> str:
    """The operation's id, or the first word of `operation.name`."""
    return view.text("ai.operationId") or view.text("operation.name").partition(" ")[0]


def kind(view: View) -> Kind | None:
    """Row 9."""
    return KINDS.get(operation(view))


def name(view: View) -> str:
    """The function that the application named, with the operation."""
    function, what = view.text("ai.telemetry.functionId"), operation(view)
    return f"{function} {what}" if function and what else ""


def input_messages(view: View) -> Any:
    """Row 5 of the messages; the outer spans have `ai.prompt` instead of the messages."""
    return view.js("ai.prompt.messages") or view.js("ai.prompt") or None


def output_messages(view: View) -> Any:
    """Row 5 of the messages: text, reasoning and tool calls in attributes of their own."""
    a = view.attributes
    parts: list[Any] = []
    reasoning = a.get("ai.response.reasoning")
    if type(reasoning) is str and reasoning:
        parts.append({"type": "reasoning", "text": reasoning})
    for key in ("ai.response.text", "ai.result.text", "ai.response.object", "ai.result.object"):
        if a.get(key):
            parts.append({"type": "text", "text": a[key]})
            break
    calls = js(a.get("ai.response.toolCalls") or a.get("ai.result.toolCalls"))
    if not parts and type(calls) is not list:
        return None
    message: dict[str, Any] = {"role": "assistant", "content": parts}
    if type(calls) is list:
        message["tool_calls"] = calls
    if view.text("ai.response.finishReason"):
        message["finish_reason"] = view.text("ai.response.finishReason")
    return [message]


def usage(view: View) -> dict[str, Any]:
    """Family 5, `ai.usage.*`; it fills what family 4 leaves out."""
    a = view.attributes

    def first(*names: str) -> int | None:
        return next((n for k in names if (n := count(a.get("ai.usage." + k))) is not None), None)

    return {
        "input": first("inputTokens", "promptTokens", "tokens"),
        "output": first("outputTokens", "completionTokens"),
        "total": first("totalTokens"),
        "cached": first("cachedInputTokens", "inputTokenDetails.cacheReadTokens"),
        "cache_write": first("inputTokenDetails.cacheWriteTokens"),
        "reasoning": first("reasoningTokens", "outputTokenDetails.reasoningTokens"),
    }


def provider_usage(view: View) -> dict[str, Any]:
    """Family 6: Anthropic's own counts, which versions 4 and 5 leave out of the input."""
    anthropic = view.object("ai.response.providerMetadata").get("anthropic")
    if type(anthropic) is not dict:
        return {}
    raw = anthropic.get("usage")
    raw = raw if type(raw) is dict else {}
    read = count(raw.get("cache_read_input_tokens"))
    written = count(raw.get("cache_creation_input_tokens"))
    if read is None:
        read = count(anthropic.get("cacheReadInputTokens"))
    if written is None:
        written = count(anthropic.get("cacheCreationInputTokens"))
    found: dict[str, Any] = {"cached": read, "cache_write": written}
    ours = count(raw.get("input_tokens"))
    a = view.attributes
    if ours is not None:
        found["exclusive_input"] = ours
    elif "ai.usage.inputTokenDetails.noCacheTokens" not in a and "ai.usage.promptTokens" in a:
        found["exclusive_input"] = count(a["ai.usage.promptTokens"])  # version 4 names no input
    return found


def first_token(view: View) -> int | None:
    """Milliseconds from the start to the first chunk."""
    for key in ("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"):
        found = amount(view.attributes.get(key))
        if found is not None and 0 <= found < 1e9:
            return view.source.start_ns + int(found * 1e6)
    return None


def parameters(view: View) -> dict[str, Any]:
    """`ai.settings.*` but the user's context, and the tool choice."""
    prefix = "ai.settings."
    found = {
        key[len(prefix) :]: view.attributes[key]
        for key in view.keys(prefix)
        if not key.startswith("ai.settings.context.")
    }
    if "ai.prompt.toolChoice" in view.attributes:
        found["toolChoice"] = view.js("ai.prompt.toolChoice")
    return found


def tools(view: View) -> Any:
    """`ai.prompt.tools`, an array of JSON strings."""
    found = view.js("ai.prompt.tools")
    return [js(t) for t in found] if type(found) is list else None


def embedding_inputs(view: View) -> list[str]:
    """`ai.value` or `ai.values`, whose elements are JSON strings."""
    found = view.attributes.get("ai.values")
    values = found if type(found) is list else js(found) if found else None
    if type(values) is not list:
        value = view.attributes.get("ai.value")
        values = [value] if value else []
    read = (js(v) for v in values)
    return [v for v in read if type(v) is str]


def documents(view: View) -> Any:
    """`ai.ranking` puts `ai.documents` into order."""
    given = view.js("ai.documents")
    ranking = view.js("ai.ranking")
    if type(given) is not list:
        return None
    texts = [js(d) for d in given]
    if type(ranking) is not list:
        return [_document(t, None) for t in texts]
    found = []
    for entry in ranking:
        place = js(entry)
        index = place.get("originalIndex", place.get("index")) if type(place) is dict else None
        if type(index) is int and 0 <= index < len(texts):
            score = place.get("relevanceScore", place.get("score", place.get("rerankScore")))
            found.append(_document(texts[index], score))
    return found


def _document(found: Any, score: Any) -> dict[str, Any]:
    out = dict(found) if type(found) is dict else {"content": found}
    if score is not None:
        out["score"] = score
    return out


def prompt(view: View) -> dict[str, Any]:
    """The Langfuse prompt that an application passed as telemetry metadata."""
    return view.object("ai.telemetry.metadata.langfusePrompt")
