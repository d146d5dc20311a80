"""The fields of a call's span, where they can be told without reading the span again.

All spans are read by the dialects' table, which looks for a hundred spellings. Of the plainest
calls, a chat in texts with its whole answer, the gateway knows what the table would find, for half
of what it takes to store them. A test holds both to the same result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pilothouse.spans import Fields
from pilothouse.spans.parsing import clip

if TYPE_CHECKING:
    from pilothouse.gateway.recording import Finished

_SAID: Final = frozenset(("role", "content", "refusal", "annotations", "tool_calls"))


def fields_of(
    call: Finished,
    answer: dict[str, Any],
    attributes: dict[str, Any],
    metadata: dict[str, Any],
) -> Fields | None:
    """The fields of a plain call's span; None where the table must look."""
    if (
        call.path != "/chat/completions"
        or call.is_stream
        or call.error is not None
        or call.is_abandoned
        or call.is_repeat
        or call.usage is None
        or call.tells_cost
        or call.body.get("user")
        or metadata.keys() != {"gateway"}
    ):
        return None
    gateway = metadata["gateway"]
    asked, said = _asked(call.body.get("messages")), _answered(answer.get("choices"))
    if not asked or not said or not all(type(value) is str for value in gateway.values()):
        return None
    id, provider = answer.get("id"), attributes.get("llm.provider")
    if type(id) is not str or type(provider) is not str:
        return None
    return Fields(
        name=call.asked_for,
        kind="llm",
        status="ok",
        model=attributes["llm.model_name"],
        provider=provider,
        response_id=id,
        usage=call.usage,
        streaming=False,
        session_id=call.session,
        session_explicit=bool(call.session),
        tags=list(call.tags),
        metadata={f"gateway.{name}": value for name, value in gateway.items() if value},
        input=attributes["input.value"],
        input_key="input.value",
        input_mime_type="application/json",
        input_preview=clip(asked),
        output=attributes["output.value"],
        output_key="output.value",
        output_mime_type="application/json",
        output_preview=clip(said),
    )


def _asked(messages: Any) -> str:
    """What the user said last, where it is said in plain words."""
    if type(messages) is not list or not messages:
        return ""
    last = messages[-1]
    if type(last) is not dict or last.keys() != {"role", "content"} or last["role"] != "user":
        return ""
    return _words(last["content"])


def _answered(choices: Any) -> str:
    """What the only answer says, where it says it in plain words."""
    if type(choices) is not list or len(choices) != 1 or type(choices[0]) is not dict:
        return ""
    message = choices[0].get("message")
    if type(message) is not dict or not message.keys() <= _SAID:
        return ""
    if message.get("refusal") or message.get("tool_calls") or message.get("role") != "assistant":
        return ""
    return _words(message.get("content"))


def _words(content: Any) -> str:
    return content if type(content) is str and content[:1] not in ("", "{", "[", '"') else ""
