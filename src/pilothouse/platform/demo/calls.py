"""Spans of the example applications by kind, in OpenInference or OpenTelemetry GenAI attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pilothouse.platform.demo.story import MS, Failure, Story, compact
from pilothouse.spans import Event, Source

TEXT, JSON = "text/plain", "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """How fast a model answers, and what it counts."""

    name: str
    provider: str
    system: str
    first_token_ms: tuple[float, float]
    tokens_s: float
    caches_writes: bool = False
    """Anthropic reports what it wrote to the cache; OpenAI only what it read."""


CLAUDE = Model(
    name="claude-sonnet-4-5",
    provider="anthropic",
    system="anthropic",
    first_token_ms=(430, 1900),
    tokens_s=84,
    caches_writes=True,
)
GPT5 = Model(
    name="gpt-5",
    provider="openai",
    system="openai",
    first_token_ms=(900, 5200),
    tokens_s=72,
)
GPT5_MINI = Model(
    name="gpt-5-mini",
    provider="openai",
    system="openai",
    first_token_ms=(280, 1500),
    tokens_s=135,
)
HAIKU = Model(
    name="claude-haiku-4-5",
    provider="anthropic",
    system="anthropic",
    first_token_ms=(220, 900),
    tokens_s=170,
    caches_writes=True,
)
EMBEDDER = "text-embedding-3-small"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation."""

    role: str
    text: str = ""
    thought: str = ""
    calls: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    """Tool calls: id, name, arguments."""
    answers: str = ""
    """Id of the tool call this message answers."""
    name: str = ""


def tokens(text: str) -> int:
    """About what a tokenizer would count: four letters of Latin, one sign of Japanese."""
    wide = 0 if text.isascii() else sum(sign > "\u2e7f" for sign in text)
    return max(1, round((len(text) - wide) / 4.2 + wide * 0.9))


def weight(messages: Sequence[Message]) -> int:
    """Tokens of a list of messages."""
    return sum(
        4 + tokens(m.text + m.thought + (compact([c[1:] for c in m.calls]) if m.calls else ""))
        for m in messages
    )


def llm(
    story: Story,
    name: str,
    model: Model,
    messages: Sequence[Message],
    answer: Message,
    *,
    tools: Sequence[str] = (),
    stream: bool = False,
    parameters: dict[str, Any] | None = None,
    extra: dict[str, Any] | None = None,
    cached: int = 0,
    reasoning: int = 0,
    failure: Failure | None = None,
) -> Source:
    """One model call in OpenInference attributes."""
    given = {"model": model.name, **(parameters or {}), **({"stream": True} if stream else {})}
    attributes: dict[str, Any] = {
        "openinference.span.kind": "LLM",
        "llm.provider": model.provider,
        "llm.system": model.system,
        "llm.model_name": model.name,
        "llm.invocation_parameters": compact(given),
        "input.value": compact({"messages": [_plain(m) for m in messages], **given}),
        "input.mime_type": JSON,
        **(extra or {}),
    }
    _flatten(attributes, "llm.input_messages", messages)
    for index, tool in enumerate(tools):
        attributes[f"llm.tools.{index}.tool.json_schema"] = tool
    with story.span(name, attributes) as source:
        if failure is not None:
            story.wait(*model.first_token_ms)
            raise failure
        spent = _speak(story, source, model, answer, stream=stream, reasoning=reasoning)
        counted = weight(messages) + sum(tokens(tool) for tool in tools)
        attributes |= {
            "output.value": answer.text or compact(_plain(answer)),
            "output.mime_type": TEXT if answer.text else JSON,
            "llm.token_count.prompt": counted,
            "llm.token_count.completion": spent,
            "llm.token_count.total": counted + spent,
        }
        _flatten(attributes, "llm.output_messages", [answer])
        attributes["llm.finish_reason"] = "tool_calls" if answer.calls else "stop"
        _cache(attributes, model, counted, min(cached, counted))
        if reasoning:
            attributes["llm.token_count.completion_details.reasoning"] = reasoning
    return source


def genai(
    story: Story,
    model: Model,
    messages: Sequence[Message],
    answer: Message,
    *,
    prompt: tuple[str, str],
    parameters: dict[str, Any],
    reasoning: int = 0,
    failure: Failure | None = None,
) -> Source:
    """One model call in the attributes of the OpenTelemetry GenAI conventions."""
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": model.provider,
        "gen_ai.request.model": model.name,
        "gen_ai.input.messages": compact([_parts(m) for m in messages if m.role != "system"]),
        "gen_ai.system_instructions": compact(
            [{"type": "text", "content": m.text} for m in messages if m.role == "system"]
        ),
        "gen_ai.prompt.name": prompt[0],
        "gen_ai.prompt.version": prompt[1],
        **{f"gen_ai.request.{key}": value for key, value in parameters.items()},
    }
    with story.span(f"chat {model.name}", attributes) as source:
        source.otel_kind = 3
        if failure is not None:
            story.wait(*model.first_token_ms)
            attributes["error.type"] = failure.kind
            raise failure
        spent = _speak(story, source, model, answer, stream=False, reasoning=reasoning)
        counted = weight(messages)
        attributes |= {
            "gen_ai.response.model": model.name,
            "gen_ai.response.id": f"resp_{story.random.getrandbits(96):024x}",
            "gen_ai.response.finish_reasons": ["stop"],
            "gen_ai.output.messages": compact([{**_parts(answer), "finish_reason": "stop"}]),
            "gen_ai.usage.input_tokens": counted,
            "gen_ai.usage.output_tokens": spent,
        }
        if reasoning:
            attributes["gen_ai.usage.reasoning.output_tokens"] = reasoning
    return source


def tool(
    story: Story,
    name: str,
    arguments: dict[str, Any],
    result: Any,  # Any: whatever JSON can hold
    *,
    call_id: str,
    took_ms: tuple[float, float],
    failure: Failure | None = None,
) -> Source:
    """One run of a tool."""
    attributes: dict[str, Any] = {
        "openinference.span.kind": "TOOL",
        "tool.name": name,
        "tool.id": call_id,
        "input.value": compact(arguments),
        "input.mime_type": JSON,
    }
    with story.span(name, attributes) as source:
        if failure is not None:
            story.wait(took_ms[1])
            raise failure
        story.wait(*took_ms)
        text = isinstance(result, str)
        attributes["output.value"] = result if text else compact(result)
        attributes["output.mime_type"] = TEXT if text else JSON
    return source


def embed(story: Story, text: str) -> Source:
    """One embedding of a query; the vector itself is left out, as most set-ups do."""
    count = tokens(text)
    attributes = {
        "openinference.span.kind": "EMBEDDING",
        "embedding.model_name": EMBEDDER,
        "embedding.embeddings.0.embedding.text": text,
        "llm.provider": "openai",
        "llm.token_count.prompt": count,
        "llm.token_count.total": count,
        "input.value": text,
        "input.mime_type": TEXT,
    }
    with story.span("embed_query", attributes) as source:
        story.wait(45, 260)
    return source


def retrieve(
    story: Story, name: str, query: str, hits: Sequence[tuple[str, str, str, float]]
) -> Source:
    """One search; hits are (id, title, text, score)."""
    attributes: dict[str, Any] = {
        "openinference.span.kind": "RETRIEVER",
        "input.value": query,
        "input.mime_type": TEXT,
    }
    with story.span(name, attributes) as source:
        story.wait(60, 900)
        _documents(attributes, "retrieval.documents", hits)
        attributes["output.value"] = compact([{"id": hit[0], "score": hit[3]} for hit in hits])
        attributes["output.mime_type"] = JSON
    return source


def rerank(
    story: Story,
    query: str,
    given: Sequence[tuple[str, str, str, float]],
    kept: Sequence[tuple[str, str, str, float]],
) -> Source:
    """One reordering of search hits."""
    attributes: dict[str, Any] = {
        "openinference.span.kind": "RERANKER",
        "reranker.model_name": "bge-reranker-v2-m3",
        "reranker.query": query,
        "reranker.top_k": len(kept),
        "input.value": query,
        "input.mime_type": TEXT,
    }
    _documents(attributes, "reranker.input_documents", given)
    with story.span("rerank", attributes) as source:
        story.wait(70, 420)
        _documents(attributes, "reranker.output_documents", kept)
    return source


def guardrail(story: Story, name: str, text: str, verdict: dict[str, Any]) -> Source:
    """One check of a text."""
    attributes = {
        "openinference.span.kind": "GUARDRAIL",
        "input.value": text,
        "input.mime_type": TEXT,
        "output.value": compact(verdict),
        "output.mime_type": JSON,
    }
    with story.span(name, attributes) as source:
        story.wait(18, 180)
    return source


def verdict(
    attributes: dict[str, Any],
    name: str,
    *,
    score: float | None,
    label: str,
    explanation: str,
    by: str,
    identifier: str,
    scope: str = "",
) -> None:
    """Adds a score to a span's attributes as an OpenInference annotation."""
    group = f"{scope}annotations."
    index = sum(1 for key in attributes if key.startswith(group) and key.endswith(".name"))
    prefix = f"{group}{index}.annotation"
    attributes[f"{prefix}.name"] = name
    if score is not None:
        attributes[f"{prefix}.score"] = score
    if label:
        attributes[f"{prefix}.label"] = label
    if explanation:
        attributes[f"{prefix}.explanation"] = explanation
    attributes[f"{prefix}.annotator_kind"] = by
    attributes[f"{prefix}.identifier"] = identifier


def _speak(
    story: Story, source: Source, model: Model, answer: Message, *, stream: bool, reasoning: int
) -> int:
    """Lets the model's time pass and gives the number of tokens it wrote."""
    spent = weight([answer]) + reasoning
    story.wait(reasoning / model.tokens_s * 1000)
    story.wait(*model.first_token_ms)
    if stream:
        source.events.append(Event(name="First Token Stream Event", time_ns=story.now_ns))
        source.attributes["llm.is_streaming"] = True
    story.now_ns += int((spent - reasoning) / model.tokens_s * 1000 * MS)
    return spent


def _cache(attributes: dict[str, Any], model: Model, counted: int, cached: int) -> None:
    details = "llm.token_count.prompt_details"
    if model.caches_writes:
        attributes[f"{details}.cache_read"] = cached
        attributes[f"{details}.cache_write"] = max(0, (counted - cached) * 3 // 5)
    elif counted >= 1024:
        # OpenAI caches prompts of 1,024 tokens and more, in steps of 128.
        attributes[f"{details}.cache_read"] = cached // 128 * 128


def _flatten(attributes: dict[str, Any], prefix: str, messages: Sequence[Message]) -> None:
    for index, message in enumerate(messages):
        at = f"{prefix}.{index}.message"
        attributes[f"{at}.role"] = message.role
        if message.thought:
            content = [("reasoning", message.thought)]
            content += [("text", message.text)] if message.text else []
            for place, (kind, text) in enumerate(content):
                attributes[f"{at}.contents.{place}.message_content.type"] = kind
                attributes[f"{at}.contents.{place}.message_content.text"] = text
        elif message.text:
            attributes[f"{at}.content"] = message.text
        if message.answers:
            attributes[f"{at}.tool_call_id"] = message.answers
        if message.name:
            attributes[f"{at}.name"] = message.name
        for place, (call_id, name, arguments) in enumerate(message.calls):
            call = f"{at}.tool_calls.{place}.tool_call"
            attributes[f"{call}.id"] = call_id
            attributes[f"{call}.function.name"] = name
            attributes[f"{call}.function.arguments"] = compact(arguments)


def _documents(
    attributes: dict[str, Any], prefix: str, hits: Sequence[tuple[str, str, str, float]]
) -> None:
    for index, (identity, title, text, score) in enumerate(hits):
        at = f"{prefix}.{index}.document"
        attributes[f"{at}.id"] = identity
        attributes[f"{at}.content"] = text
        attributes[f"{at}.score"] = score
        attributes[f"{at}.metadata"] = compact({"title": title, "source": f"{identity}.md"})


def _plain(message: Message) -> dict[str, Any]:
    plain: dict[str, Any] = {"role": message.role, "content": message.text or None}
    if message.answers:
        plain["tool_call_id"] = message.answers
    if message.calls:
        plain["tool_calls"] = [
            {
                "id": call_id,
                "type": "function",
                "function": {"name": name, "arguments": compact(arguments)},
            }
            for call_id, name, arguments in message.calls
        ]
    return plain


def _parts(message: Message) -> dict[str, Any]:
    return {"role": message.role, "parts": [{"type": "text", "content": message.text}]}
