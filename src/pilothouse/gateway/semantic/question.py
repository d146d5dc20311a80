"""What of a call may be asked in other words: its last question, within all that must be equal."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import orjson

from pilothouse.gateway.cache import SILENT
from pilothouse.gateway.call import Call
from pilothouse.gateway.embedding import is_own
from pilothouse.gateway.errors import written_json

_LONGEST_BYTES: Final = 800
"""A small model reads some 256 tokens: what comes after them would not count."""
_LONGEST: Final = 4000
_TEXT: Final = ("text", "input_text")
_TURNS: Final = ("messages", "input", "prompt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A question and the room it is asked in: only questions of one room may be alike."""

    room: bytes
    text: str


def meant_by(call: Call) -> Meant | None:
    """The question of a call; None for one that is only answered to its very words."""
    caching, asked = call.route.caching, call.asked
    if caching is None or caching.threshold is None or asked.path == "/embeddings":
        return None
    body = asked.body
    turns = [name for name in _TURNS if body.get(name) is not None]
    if len(turns) != 1:
        return None
    found = _last(body[turns[0]])
    if found is None:
        return None
    text, before = found
    limit = _LONGEST_BYTES if is_own(caching.embedder) else _LONGEST
    if not text.strip() or len(text.encode("utf-8", "replace")) > limit:
        return None
    rest = {name: value for name, value in body.items() if name not in SILENT and name not in turns}
    behind = sorted((each.id, each.endpoint.base_url) for each in call.route.targets)
    whole = [
        call.holder.id,
        asked.project,
        asked.path,
        call.route.name,
        behind,
        asked.wish.namespace,
        call.policy,
        caching.embedder,
        turns[0],
        before,
        rest,
    ]
    return Meant(room=hashlib.sha256(written_json(whole, orjson.OPT_SORT_KEYS)).digest(), text=text)


def _last(turns: Any) -> tuple[str, Any] | None:
    """The last text of a user, and all that stands before it."""
    if isinstance(turns, str):
        return turns, None
    if not isinstance(turns, list) or not turns:
        return None
    last = turns[-1]
    if not isinstance(last, dict) or last.get("role") != "user":
        return None  # what a tool returned, say, is answered by itself
    text = _text(last.get("content"))
    if text is None:
        return None
    rest = {name: value for name, value in last.items() if name != "content"}
    return text, [turns[:-1], rest]


def _text(content: Any) -> str | None:
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or len(content) != 1 or not isinstance(content[0], dict):
        return None
    part = content[0]
    text = part.get("text")
    return text if part.get("type") in _TEXT and isinstance(text, str) else None


def calls_tools(body: bytes) -> bool:
    """Whether an answer asks for tools: what a tool does depends on more than what was meant."""
    if b"tool" not in body and b"function_call" not in body:
        return False
    said = orjson.loads(body)
    for choice in said.get("choices") or ():
        message = choice.get("message") if isinstance(choice, dict) else None
        if isinstance(message, dict) and (
            message.get("tool_calls") or message.get("function_call")
        ):
            return True
    parts = [*(said.get("content") or ()), *(said.get("output") or ())]
    kinds = (part.get("type") for part in parts if isinstance(part, dict))
    return any(str(kind) == "tool_use" or str(kind).endswith("_call") for kind in kinds)
