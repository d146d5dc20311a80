"""Which attributes carry what people wrote, and how it is masked or left out before it is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pilothouse.tracing.settings import Mask
from pilothouse.tracing.trouble import trouble

MASK_FAILED = "[masking failed]"
STRUCTURE = frozenset(
    (
        "openinference.span.kind",
        "input.mime_type",
        "output.mime_type",
        "llm.model_name",
        "llm.provider",
        "llm.system",
        "llm.finish_reason",
        "embedding.model_name",
        "reranker.model_name",
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.system",
        "gen_ai.request.model",
        "gen_ai.response.model",
        "gen_ai.response.id",
        "exception.type",
        "exception.escaped",
        "pilothouse.project",
    )
)
"""Never masked: without them a span could not be read."""
_CONTENT = re.compile(
    r"""
      (?:input|output)\.(?:value|images|documents)
    | llm\.(?:input_messages|output_messages|prompts|choices|function_call)\b.*
    | llm\.prompt_template\.(?:template|variables)
    | (?:retrieval\.|reranker\.(?:input|output)_)documents\.\d+\.document\.(?:content|metadata)
    | reranker\.query
    | embedding\.embeddings\..*
    | gen_ai\.(?:input\.messages|output\.messages|system_instructions|completion.*|content.*)
    | gen_ai\.prompt(?:\.\d.*|\.variable\..*)?
    | gen_ai\.tool\.call\.(?:arguments|result)
    | gen_ai\.retrieval\.(?:query\.text|documents)
    | gen_ai\.(?:event\.content|memory\..*)
    | traceloop\.(?:entity\.(?:input|output)|prompt\.template.*)
    | ai\.(?:prompt|values?|response\.(?:text|toolCalls|object|reasoning))\b.*
    | ai\.toolCall\.(?:args|result)
    | tool_arguments | tool_response | final_result | all_messages_events
    | pydantic_ai\.all_messages | mlflow\.span(?:Inputs|Outputs)
    | content | message
    """,
    re.VERBOSE,
)
_NAME_OR_COUNT = re.compile(
    r".*\.message\.(?:role|name|tool_call_id)|.*\.tool_call\.(?:id|function\.name)"
)


@lru_cache(maxsize=4096)
def is_content(key: str) -> bool:
    """Whether an attribute carries what somebody or a model wrote."""
    return _CONTENT.fullmatch(key) is not None and _NAME_OR_COUNT.fullmatch(key) is None


def without_content(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that carry none."""
    return {key: value for key, value in attributes.items() if not is_content(key)}


def masked(attributes: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """The attributes with each text passed through the mask; a failing mask hides the text."""
    return {
        key: value if key in STRUCTURE else _masked(value, mask)
        for key, value in attributes.items()
    }


def mask_text(text: str, mask: Mask) -> str:
    """One text through the mask."""
    try:
        return str(mask(text))
    except Exception as error:
        trouble("the mask given to pilothouse.init", error)
        return MASK_FAILED


def _masked(value: Any, mask: Mask) -> Any:  # Any: an OpenTelemetry attribute value
    if isinstance(value, str):
        return mask_text(value, mask) if value else value
    if isinstance(value, (list, tuple)):
        return [_masked(item, mask) for item in value]
    if isinstance(value, Mapping):
        return {key: _masked(item, mask) for key, item in value.items()}
    return value
