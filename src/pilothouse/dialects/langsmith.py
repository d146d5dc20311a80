"""LangSmith's exporter; the operation name that it writes is not to be trusted."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind
from pilothouse.spans.parsing import count, js

KINDS: Final[dict[str, Kind]] = {
    "llm": "llm",
    "tool": "tool",
    "retriever": "retriever",
    "embedding": "embedding",
    "prompt": "prompt",
    "chain": "chain",
    "parser": "chain",
}
_METADATA: Final = "langsmith.metadata."


def kind(view: View) -> Kind | None:
    """Row 4."""
    return KINDS.get(view.text("langsmith.span.kind").lower())


def tags(view: View) -> list[str]:
    """One string with `", "` between the tags."""
    return view.text("langsmith.span.tags").split(", ")


def details(view: View) -> dict[str, Any]:
    """Family 6: Python literals, or LangChain's own counts among the metadata."""
    whole = view.object("langsmith.metadata.usage_metadata")
    inside = view.js("gen_ai.usage.input_token_details")
    outside = view.js("gen_ai.usage.output_token_details")
    found = from_langchain(whole)
    for key, value in (
        from_langchain({"input_token_details": inside, "output_token_details": outside})
    ).items():
        if value is not None:
            found[key] = value
    return found


def from_langchain(whole: dict[str, Any]) -> dict[str, Any]:
    """LangChain's `usage_metadata`."""
    inside, outside = whole.get("input_token_details"), whole.get("output_token_details")
    inside = inside if type(inside) is dict else {}
    outside = outside if type(outside) is dict else {}
    cached, written = inside.get("cache_read"), inside.get("cache_creation")
    for key in inside:
        if cached is None and key.endswith("_cache_read"):  # of a tier: flex, priority …
            cached = inside[key]
    if not written:
        parts = [count(inside.get(f"ephemeral_{span}_input_tokens")) for span in ("5m", "1h")]
        written = sum(filter(None, parts)) or written
    return {
        "input": count(whole.get("input_tokens")),
        "output": count(whole.get("output_tokens")),
        "total": count(whole.get("total_tokens")),
        "cached": count(cached),
        "cache_write": count(written),
        "cache_write_1h": count(inside.get("ephemeral_1h_input_tokens")),
        "reasoning": count(outside.get("reasoning")),
        "input_audio": count(inside.get("audio")),
        "output_audio": count(outside.get("audio")),
        "input_image": count(inside.get("image")),
        "output_image": count(outside.get("image")),
    }


def parameters(view: View) -> dict[str, Any]:
    """`langsmith.metadata.ls_temperature` and its kin."""
    found = {
        name: view.attributes[key]
        for name in ("temperature", "max_tokens", "stop", "top_p", "seed")
        for key in (_METADATA + name, _METADATA + "ls_" + name)
        if key in view.attributes
    }
    extra = view.object("langsmith.metadata.ls_invocation_params")
    return {**{k: js(v) for k, v in found.items()}, **extra}


def prompt_name(view: View) -> str:
    """A prompt of the hub: owner/repo."""
    repo, owner = view.text(_METADATA + "lc_hub_repo"), view.text(_METADATA + "lc_hub_owner")
    return f"{owner}/{repo}" if owner and repo and owner != "-" else repo


def langchain_response(payload: Any) -> dict[str, Any]:
    """`response_metadata` of the first message of a LangChain answer, {} if there is none."""
    generations = payload.get("generations") if type(payload) is dict else None
    for _ in range(3):
        if type(generations) is list and generations:
            generations = generations[0]
    if type(generations) is not dict:
        return {}
    message = generations.get("message")
    if type(message) is dict and type(message.get("kwargs")) is dict:
        message = message["kwargs"]
    found = message.get("response_metadata") if type(message) is dict else None
    return found if type(found) is dict else {}
