"""What checks came to, as spans of kind guardrail below that of the call."""

from __future__ import annotations

import secrets
from typing import Any, Final

import orjson

from pilothouse.gateway.guardrails.models import Checked
from pilothouse.spans import Source

_OK, _ERROR = 1, 2
_JSON: Final = "application/json"
SCOPE: Final = "pilothouse.gateway"


def span_of(checked: Checked, *, project: str, trace_id: str, parent: str) -> Source:
    """The span. Its output says `passed`, by which the monitor's board counts hits."""
    said: dict[str, Any] = {
        "passed": not checked.is_hit and checked.outcome != "failed",
        "outcome": checked.outcome,
        "score": checked.score,
        "reason": checked.reason,
        "found": checked.kinds,
    }
    attributes: dict[str, Any] = {
        "openinference.span.kind": "GUARDRAIL",
        "output.value": orjson.dumps(said).decode(),
        "output.mime_type": _JSON,
        "metadata": orjson.dumps(
            {
                "guardrail": {
                    "name": checked.guardrail,
                    "type": checked.type,
                    "stage": checked.stage,
                    "action": checked.action,
                    "outcome": checked.outcome,
                }
            }
        ).decode(),
    }
    is_failed = checked.outcome == "failed"
    if is_failed:
        attributes["error.type"] = "guardrail_failed"
    return Source(
        project=project,
        trace_id=trace_id,
        span_id=secrets.token_hex(8),
        parent_span_id=parent,
        name=f"{checked.guardrail} ({checked.stage})",
        start_ns=checked.start_ns,
        end_ns=max(checked.start_ns, checked.end_ns),
        status_code=_ERROR if is_failed else _OK,
        status_message=checked.reason if is_failed else "",
        attributes=attributes,
        scope_name=SCOPE,
        wire="gateway",
    )
