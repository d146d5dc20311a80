"""What tests of guardrails say to the server and have the provider say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fakes.unruly_provider import Act, Body
from gateway_world import Desk


def put(desk: Desk, name: str, **config: Any) -> None:
    """A guardrail of this name."""
    status, said = desk.server.call("PUT", f"/api/v1/gateway/guardrails/{name}", config)
    assert status == 200, said


def answering(*texts: str) -> list[Act]:
    """A provider that says these texts, one an answer; the last one stays."""
    return [Act(body=whole(text)) for text in texts]


def whole(text: str, **more: Any) -> Body:
    """A whole answer."""
    message = {"role": "assistant", "content": text, **more}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    usage = {"prompt_tokens": 25, "completion_tokens": 12, "total_tokens": 37}
    return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [choice], "usage": usage}  # fmt: skip


def streaming(pieces: Sequence[str], **more: Any) -> Act:
    """A provider that streams these pieces."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}

    def chunk(delta: Body, reason: str | None = None) -> Body:
        return {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}

    events: list[Body | bytes] = [chunk({"role": "assistant", "content": ""})]
    events += [chunk({"content": piece}) for piece in pieces]
    events += [chunk({}, "stop"), b"data: [DONE]\n\n"]
    return Act(events=events, **more)


def messages(text: str, *before: Body) -> Any:
    """A question of a user."""
    return [*before, {"role": "user", "content": text}]
