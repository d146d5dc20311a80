"""Google's Agent Development Kit: version 1 keeps content in `gcp.vertex.agent.*`."""

from __future__ import annotations

from typing import Any, Final

from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind
from pilothouse.spans.parsing import count

SCOPE: Final = "gcp.vertex.agent"
REQUEST: Final = "gcp.vertex.agent.llm_request"
RESPONSE: Final = "gcp.vertex.agent.llm_response"


def kind(view: View) -> Kind | None:
    """Row 12: by name, where version 1 gives no operation."""
    if not view.source.scope_name.startswith(SCOPE):
        return None
    name = view.source.name
    if name == "call_llm":
        return "llm"
    if name.startswith("agent_run"):
        return "agent"
    if name.startswith("execute_tool"):
        return "tool"
    return "chain" if name == "invocation" else None


def input_messages(view: View) -> Any:
    """Row 13: the contents, with the system instruction first."""
    request = view.object(REQUEST)
    contents = request.get("contents")
    found = contents if type(contents) is list else [contents] if contents else []
    config = request.get("config")
    system = config.get("system_instruction") if type(config) is dict else None
    if system:
        content = system.get("parts", system) if type(system) is dict else system
        found = [{"role": "system", "content": content}, *found]
    return found or None


def output_messages(view: View) -> Any:
    """Row 13: the content of the response."""
    response = view.object(RESPONSE)
    found = response.get("content")
    if type(found) is not dict:
        return None
    return [{"finish_reason": response.get("finish_reason"), **found}]


def usage(view: View) -> dict[str, Any]:
    """Family 7: `usage_metadata`, where thoughts stand beside the candidates."""
    found = view.object(RESPONSE).get("usage_metadata")
    if type(found) is not dict:
        return {}
    output = count(found.get("candidates_token_count"))
    thoughts = count(found.get("thoughts_token_count"))
    if output is not None and thoughts:
        output += thoughts
    return {
        "input": count(found.get("prompt_token_count")),
        "output": output,
        "total": count(found.get("total_token_count")),
        "cached": count(found.get("cached_content_token_count")),
        "reasoning": thoughts,
    }


def tools(view: View) -> Any:
    """The function declarations of the request's tools."""
    config = view.object(REQUEST).get("config")
    groups = config.get("tools") if type(config) is dict else None
    if type(groups) is not list:
        return None
    return [
        tool
        for group in groups
        if type(group) is dict and type(group.get("function_declarations")) is list
        for tool in group["function_declarations"]
    ] or None
