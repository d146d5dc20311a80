"""OpenInference: flat, indexed attributes under `llm.`, `retrieval.`, `embedding.` and others."""

from __future__ import annotations

import re
from typing import Any, Final

from pilothouse.dialects.plan import Plan
from pilothouse.dialects.view import View
from pilothouse.spans.media import media
from pilothouse.spans.messages import Message, role_of
from pilothouse.spans.model import Kind, ReportedCost
from pilothouse.spans.parsing import amount, blob_preview, count, is_blob, js, parsed, text_of
from pilothouse.spans.parts import Part, plain_result

KINDS: Final[dict[str, Kind]] = {
    "LLM": "llm",
    "EMBEDDING": "embedding",
    "RETRIEVER": "retriever",
    "RERANKER": "reranker",
    "TOOL": "tool",
    "AGENT": "agent",
    "CHAIN": "chain",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluator",
    "PROMPT": "prompt",
    "DECISION": "llm",
    "UNKNOWN": "span",
}
INPUT: Final = "llm.input_messages.#"
OUTPUT: Final = "llm.output_messages.#"
_PLAIN: Final = frozenset(("message.role", "message.content"))
_SPEAKERS: Final = frozenset(("user", "human"))

Said = tuple[str, str, tuple[str, ...], tuple[tuple[str, str], ...]]
"""Keys of a message: its role, content, texts of parts, names and arguments of calls."""


def kind(view: View) -> Kind | None:
    """Row 2; the spelling is upper case, but not everybody's."""
    found = view.attributes.get("openinference.span.kind")
    if type(found) is not str:
        return None
    return KINDS.get(found) or KINDS.get(found.upper())


# ------------------------------------------------------------------------------------- messages


def input_messages(view: View) -> list[Message] | None:
    """Row 3 of the messages."""
    return _spoken(_messages(view, INPUT, "user"))


def output_messages(view: View) -> list[Message] | None:
    """Row 3 of the messages."""
    return _spoken(_messages(view, OUTPUT, "assistant"))


def input_roles(view: View) -> list[Message] | None:
    """Messages of which only the role is told, where no other source tells more."""
    return _messages(view, INPUT, "user")


def output_roles(view: View) -> list[Message] | None:
    """Messages of which only the role is told, where no other source tells more."""
    return _messages(view, OUTPUT, "assistant")


def _spoken(found: list[Message] | None) -> list[Message] | None:
    """Of refusals, spoken answers and the state of a graph only the roles are told here."""
    return found if found and any(message["parts"] for message in found) else None


def last_user_text(view: View) -> str:
    """The text of the last user message, without building any message."""
    a = view.attributes
    for role, content, texts, _ in reversed(_layout(view.plan, INPUT)):
        spoken = a.get(role)
        if spoken == "user" or (type(spoken) is str and spoken.lower() in _SPEAKERS):
            found = _said(a, content, texts)
            if found:
                return found
    return ""


def output_text(view: View) -> str:
    """The text of the last output message or the tools it calls, without building any message."""
    layout = _layout(view.plan, OUTPUT)
    if not layout:
        return ""
    a = view.attributes
    _, content, texts, calls = layout[-1]
    found = _said(a, content, texts)
    if found or not calls:
        return found
    return ", ".join(f"{text_of(a.get(name))}({text_of(a.get(args))})" for name, args in calls)


def _said(a: dict[str, Any], content: str, texts: tuple[str, ...]) -> str:
    found = a.get(content)
    if type(found) is str and found:
        return found
    if is_blob(found):
        return blob_preview(found)
    if not texts:
        return ""
    shown = []
    for key in texts:
        kind = a.get(key[:-4] + "type")  # …message_content.text and its …message_content.type
        if kind in ("text", None) and type(a.get(key)) is str:
            shown.append(a[key])
    return "".join(shown)


def _layout(plan: Plan, prefix: str) -> tuple[Said, ...]:
    name = "layout " + prefix
    found: tuple[Said, ...] | None = plan.layouts.get(name)
    if found is None:
        found = plan.layouts[name] = tuple(
            (
                # what answers a tool call is nobody's speech; Anthropic says it is the user's
                "" if "message.tool_call_id" in keys else keys.get("message.role", ""),
                keys.get("message.content", ""),
                ()
                if keys.keys() <= _PLAIN
                else tuple(
                    rest["message_content.text"]
                    for _, rest in _nested(keys, "message.contents.")
                    if "message_content.text" in rest
                ),
                ()
                if keys.keys() <= _PLAIN
                else tuple(
                    (
                        rest.get("tool_call.function.name", ""),
                        rest.get("tool_call.function.arguments", ""),
                    )
                    for _, rest in _nested(keys, "message.tool_calls.")
                ),
            )
            for _, keys in plan.indexed(prefix)
        )
    return found


def _nested(keys: dict[str, str], prefix: str) -> list[tuple[int, dict[str, str]]]:
    groups: dict[int, dict[str, str]] = {}
    for rest, key in keys.items():
        if rest.startswith(prefix):
            number, _, tail = rest[len(prefix) :].partition(".")
            if number.isascii() and number.isdigit() and len(number) <= 18:
                groups.setdefault(int(number), {})[tail] = key
    return sorted(groups.items())


def _messages(view: View, prefix: str, default: str) -> list[Message] | None:
    found = [_message(view.attributes, keys, default) for _, keys in view.indexed(prefix)]
    return found or None


def _message(a: dict[str, Any], keys: dict[str, str], default: str) -> Message:
    def value(rest: str) -> Any:
        key = keys.get(rest)
        return None if key is None else a[key]

    role = role_of(value("message.role"), default)
    content = value("message.content")
    parts: list[Part] = []
    if role == "tool" or (role == "user" and value("message.tool_call_id")):
        role, result = "tool", plain_result(content)
        if result in (None, ""):
            result = "".join(p["text"] for p in _contents(a, keys) if p.get("type") == "text")
        call_id = text_of(value("message.tool_call_id"))
        return {
            "role": role,
            "parts": [{"type": "tool_result", "id": call_id, "result": result}],
        }
    if is_blob(content):
        parts.append({"type": "text", "text": blob_preview(content), "blob": content})
    elif content not in (None, "", []):
        parts.append({"type": "text", "text": text_of(content)})
    if keys.keys() <= _PLAIN:
        return {"role": role, "parts": parts}
    # OpenAI's agents say the same text as content and as contents.
    parts.extend(part for part in _contents(a, keys) if part not in parts)
    parts.extend(_calls(a, keys))
    if value("message.function_call_name"):
        parts.append(
            {
                "type": "tool_call",
                "id": "",
                "name": text_of(value("message.function_call_name")),
                "arguments": js(value("message.function_call_arguments_json")),
            }
        )
    out: Message = {"role": role, "parts": parts}
    name = value("message.name")
    if type(name) is str and name:
        out["name"] = name
    return out


def _contents(a: dict[str, Any], keys: dict[str, str]) -> list[Part]:
    found = []
    for _, rest in _nested(keys, "message.contents."):
        part = {r.removeprefix("message_content."): a[key] for r, key in rest.items()}
        shaped = _content(part)
        if shaped is not None:
            found.append(shaped)
    return found


def _content(part: dict[str, Any]) -> Part | None:
    kind = part.get("type")
    text = part.get("text")
    if kind == "reasoning":
        return {"type": "reasoning", "text": text_of(text)}
    if kind == "tool_use":
        return None  # the same call stands under message.tool_calls
    for name, ours in (("image", "image"), ("audio", "audio"), ("video", "file")):
        url = part.get(f"{name}.{name}.url")
        if url is not None:
            found = media(ours, url=url, mime_type=part.get(f"{name}.{name}.mime_type"))
            transcript = part.get(f"{name}.{name}.transcript")
            return {**found, "transcript": transcript} if transcript else found
    if kind == "document":
        inner = {k.rpartition(".")[2]: v for k, v in part.items() if k.startswith("document.")}
        url = inner.get("url") or inner.get("uri")
        if url or inner.get("data"):
            return media("file", url=url, blob=inner.get("data"), mime_type=inner.get("mime_type"))
    if is_blob(text):
        return {"type": "text", "text": blob_preview(text), "blob": text}
    if text is not None:
        return {"type": "text", "text": text_of(text)}
    return part


def _calls(a: dict[str, Any], keys: dict[str, str]) -> list[Part]:
    return [
        {
            "type": "tool_call",
            "id": text_of(a.get(rest.get("tool_call.id", ""))),
            "name": text_of(a.get(rest.get("tool_call.function.name", ""))),
            "arguments": js(a.get(rest.get("tool_call.function.arguments", ""))),
        }
        for _, rest in _nested(keys, "message.tool_calls.")
    ]


def prompts(view: View) -> Any:
    """Row 4: the prompts of the completions API."""
    return _texts(view, "llm.prompts.#", ("prompt.text", ""), "user")


def choices(view: View) -> Any:
    """Row 4: the choices of the completions API."""
    return _texts(view, "llm.choices.#", ("completion.text", ""), "assistant")


def _texts(view: View, prefix: str, names: tuple[str, ...], role: str) -> Any:
    found = []
    for _, keys in view.indexed(prefix):
        text = next((view.attributes[keys[n]] for n in names if n in keys), None)
        if text not in (None, ""):
            found.append({"role": role, "content": text})
    return found or None


# ---------------------------------------------------------------------------------- other fields


def usage(view: View) -> dict[str, Any] | None:
    """Family 3, `llm.token_count.*`; counts are inclusive."""
    get = view.attributes.get
    found: dict[str, Any] = {
        "input": count(get("llm.token_count.prompt")),
        "output": count(get("llm.token_count.completion")),
        "total": count(get("llm.token_count.total")),
    }
    if view.keys("llm.token_count.prompt_details."):
        p = "llm.token_count.prompt_details."
        cached = count(get(p + "cache_read"))
        found["cached"] = count(get(p + "cache_input")) if cached is None else cached
        found["cache_write"] = count(get(p + "cache_write"))
        found["cache_write_1h"] = count(get(p + "cache_write_1h"))
        found["input_audio"] = count(get(p + "audio"))
        found["input_image"] = count(get(p + "image"))
    if view.keys("llm.token_count.completion_details."):
        found["reasoning"] = count(get("llm.token_count.completion_details.reasoning"))
        found["output_audio"] = count(get("llm.token_count.completion_details.audio"))
        found["output_image"] = count(get("llm.token_count.completion_details.image"))
    return found


def decision_usage(view: View) -> dict[str, Any] | None:
    """Family 8."""
    a = view.attributes
    return {
        "input": count(a.get("decision.token_count.input")),
        "output": count(a.get("decision.token_count.output")),
    }


def cost(view: View) -> ReportedCost | None:
    """`llm.cost.*`; a side that is only itemised is summed up."""
    get = view.attributes.get
    prompt = amount(get("llm.cost.prompt"))
    completion = amount(get("llm.cost.completion"))
    total = amount(get("llm.cost.total"))
    if prompt is None:
        prompt = _itemised(view, "llm.cost.prompt_details.")
    if completion is None:
        completion = _itemised(view, "llm.cost.completion_details.")
    if total is None and prompt is not None and completion is not None:
        total = prompt + completion
    if total is None and prompt is None and completion is None:
        return None
    return ReportedCost(input=prompt, output=completion, total=total)


def _itemised(view: View, prefix: str) -> float | None:
    items = [amount(view.attributes[key]) for key in view.keys(prefix)]
    known = [x for x in items if x is not None]
    return sum(known) if known else None


def parameters(view: View) -> dict[str, Any]:
    """`llm.invocation_parameters`, or those of an embedding."""
    found = view.object("llm.invocation_parameters")
    return found or view.object("embedding.invocation_parameters")


def requested_model(view: View) -> str:
    """The model that the invocation parameters ask for."""
    for key in ("llm.invocation_parameters", "embedding.invocation_parameters"):
        found = view.object(key)
        for name in ("model", "model_name", "model_id"):
            if type(found.get(name)) is str and found[name]:
                return str(found[name])
    return ""


_STREAM: Final = re.compile(r'"stream"\s*:\s*(true|false)')


def streamed(view: View) -> bool | None:
    """`stream` among the invocation parameters, found without decoding them all."""
    given = view.attributes.get("llm.invocation_parameters")
    if type(given) is dict:
        flag = given.get("stream")
        return flag if type(flag) is bool else None
    hit = _STREAM.search(given) if type(given) is str else None
    return None if hit is None else hit[1] == "true"


def tools(view: View) -> Any:
    """idx(`llm.tools`), each a JSON schema or a name."""
    found = []
    for _, keys in view.indexed("llm.tools.#"):
        a = view.attributes
        schema = js(a.get(keys.get("tool.json_schema", "")))
        if type(schema) is not dict:
            schema = {
                "name": a.get(keys.get("tool.name", "")),
                "description": a.get(keys.get("tool.description", "")),
                "parameters": js(a.get(keys.get("tool.parameters", ""))),
            }
        found.append(schema)
    return found or None


def documents(view: View) -> Any:
    """idx(`retrieval.documents`), else the list that a reranker returned or was given."""
    for prefix in ("retrieval.documents.#", "reranker.output_documents.#"):
        found = [_document(view.attributes, keys) for _, keys in view.indexed(prefix)]
        if found:
            return found
    return None


def _document(a: dict[str, Any], keys: dict[str, str]) -> dict[str, Any]:
    found = {
        name: a[keys["document." + name]]
        for name in ("id", "content", "score", "metadata")
        if "document." + name in keys
    }
    if "metadata" in found:
        found["metadata"] = parsed(found["metadata"])
    return found


def embedding_inputs(view: View) -> list[str]:
    """The texts of idx(`embedding.embeddings`)."""
    a = view.attributes
    texts = (a.get(k.get("embedding.text", "")) for _, k in view.indexed("embedding.embeddings.#"))
    return [t for t in texts if type(t) is str]


def prompt_variables(view: View) -> dict[str, Any]:
    """`llm.prompt_template.variables`."""
    return view.object("llm.prompt_template.variables")
