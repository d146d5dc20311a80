"""Any value of a target as JSON, and LangChain's messages and documents back from it."""

from __future__ import annotations

import base64
import json
import math
import sys
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final

import orjson

OPTIONS: Final = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
ROLES: Final = frozenset(
    ("user", "assistant", "system", "tool", "human", "ai", "developer", "function", "chat")
)


class Unserializable(TypeError):
    """A target gave something that has no JSON form."""


def to_json(value: Any) -> bytes:
    """The value on one line of UTF-8; NaN and infinities become null.

    Raises `Unserializable`.
    """
    try:
        return orjson.dumps(value, _plain, OPTIONS)
    except TypeError as first:
        # orjson refuses halves of characters and integers beyond 64 bits; the standard library
        # writes both.
        try:
            return json.dumps(_tame(value), default=_plain, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError):
            raise Unserializable(f"no JSON form: {first}") from first


def _tame(value: Any) -> Any:
    """The same without NaN and infinities, which the standard library would refuse."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _tame(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_tame(item) for item in value]
    if value is None or isinstance(value, (str, int)):
        return value
    return _tame(orjson.loads(orjson.dumps(value, _plain, OPTIONS)))


def _plain(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    if dump is not None and not isinstance(value, type):
        return dump()
    if isinstance(value, (set, frozenset)):
        return list(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, (Decimal, PurePath)):
        return str(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if hasattr(value, "tolist"):  # numpy and torch, where orjson does not know the type
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"Type is not JSON serializable: {type(value).__name__}")


def from_json(value: Any) -> Any:
    """The same value with LangChain's objects in the place of what describes them.

    Those are told by their `type`, and messages of a list by their role too. Where LangChain is
    not loaded nobody can expect them.
    """
    if "langchain_core" not in sys.modules or not isinstance(value, (dict, list)):
        return value
    return _revived(value)


def _revived(value: Any) -> Any:
    if isinstance(value, list):
        if value and all(map(_is_message, value)):
            return [_message(item) for item in value]
        return [_revived(item) for item in value]
    if isinstance(value, dict):
        kind = value.get("type")
        if isinstance(kind, str) and kind in _objects():
            return _object(kind, value)
        return {key: _revived(item) for key, item in value.items()}
    return value


def _is_message(item: Any) -> bool:
    if isinstance(item, dict):
        return item.get("role") in ROLES and "content" in item
    if isinstance(item, (list, tuple)) and len(item) == 2:
        return item[0] in ROLES and isinstance(item[1], str)
    return False


def _message(item: Any) -> Any:
    from langchain_core.messages import convert_to_messages

    return convert_to_messages([item if isinstance(item, dict) else tuple(item)])[0]


def _object(kind: str, value: dict[str, Any]) -> Any:
    from pydantic import ValidationError

    model = _objects()[kind]
    if not set(value) & set(_TELLING.get(kind, ("content", "page_content", "text", "messages"))):
        return {key: _revived(item) for key, item in value.items()}
    try:
        return model.model_validate(value)
    except ValidationError:  # a user's own object that has such a `type`
        return {key: _revived(item) for key, item in value.items()}


_TELLING: Final[Mapping[str, tuple[str, ...]]] = {
    "AgentAction": ("tool",),
    "AgentActionMessageLog": ("tool",),
    "AgentFinish": ("return_values",),
    "LLMResult": ("generations",),
}
_known: dict[str, Any] = {}


def _objects() -> dict[str, Any]:
    """LangChain's classes by the tag that their JSON carries."""
    if not _known:
        from langchain_core import agents, documents, messages, outputs, prompt_values

        classes: list[Any] = [
            messages.AIMessage, messages.HumanMessage, messages.ChatMessage,
            messages.SystemMessage, messages.FunctionMessage, messages.ToolMessage,
            messages.AIMessageChunk, messages.HumanMessageChunk, messages.ChatMessageChunk,
            messages.SystemMessageChunk, messages.FunctionMessageChunk, messages.ToolMessageChunk,
            documents.Document, prompt_values.StringPromptValue,
            prompt_values.ChatPromptValueConcrete, agents.AgentAction, agents.AgentFinish,
            agents.AgentActionMessageLog, outputs.ChatGeneration, outputs.Generation,
            outputs.ChatGenerationChunk, outputs.LLMResult,
        ]  # fmt: skip
        _known.update((str(each.model_fields["type"].default), each) for each in classes)
    return _known
