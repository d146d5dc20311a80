"""Whether a span failed, how, and what was thrown (section 3.14 of the protocol notes)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from pilothouse.dialects.events import EXCEPTION, event_name, in_order
from pilothouse.dialects.view import View
from pilothouse.spans.model import Status
from pilothouse.spans.parsing import text_of

TRACEBACK: Final = "Traceback (most recent call last)"
_OK, _ERROR = 1, 2
_MESSAGE_CHARACTERS: Final = 4000
"""As much of what was thrown stands in lists; the exception itself stays whole."""


class Outcome(NamedTuple):
    """Status as the API shows it, with the reason of a failure."""

    status: Status
    message: str = ""
    error_type: str = ""


def outcome(view: View) -> Outcome:
    """How the span ended."""
    source = view.source
    code = source.status_code
    flags = view.plan.fields["is_error"]
    if code != _ERROR and not flags and not source.events and not source.logs:
        return Outcome("ok" if code == _OK else "unset", source.status_message)
    thrown = exceptions(view) if source.events or source.logs else []
    failed = (
        code == _ERROR
        or any(read(view) for read in flags)
        or (bool(thrown) and code != _OK)
        or (bool(thrown) and source.scope_name.startswith("langsmith"))
    )
    if not failed:
        return Outcome("ok" if code == _OK else "unset", source.status_message)
    kind = thrown[-1]["type"] if thrown else ""
    if not kind:
        kind = view.id("error.type")
    if not kind:
        said = (read(view) for read in view.plan.fields["error_type"])
        kind = next((text for text in said if text), "")
    message = source.status_message
    if not message:
        found = (read(view) for read in view.plan.fields["error_message"])
        message = next((text for text in found if text), "")
    if not message and thrown:
        message = thrown[-1]["message"]
    return Outcome("error", _without_stack(message)[:_MESSAGE_CHARACTERS], kind)


def _without_stack(message: str) -> str:
    """The message alone where a sender wrote the stack after it, or in its place."""
    head, mark, stack = message.partition(TRACEBACK)
    if not mark:
        return message
    return head.strip() or stack.strip().rpartition("\n")[2]


def exceptions(view: View) -> list[dict[str, Any]]:
    """Exceptions in order, those of log records last; one recorded twice is shown once."""
    source = view.source
    found = [_exception(e.attributes) for e in source.events if e.name == "exception"]
    found += [one for read in view.plan.fields["exception"] if (one := read(view))]
    found += [
        _exception({**r.attributes, **(r.body if type(r.body) is dict else {})})
        for r in in_order(source.logs)
        if event_name(r) == EXCEPTION
    ]
    if not found and TRACEBACK in source.status_message:
        told = {"exception.type": view.id("error.type"), "exception.message": source.status_message}
        found = [_exception(told)]
    distinct: list[dict[str, Any]] = []
    for one in found:
        same = next(
            (d for d in distinct if d["type"] == one["type"] and d["message"] == one["message"]),
            None,
        )
        if same is None:
            distinct.append(one)
        else:
            same["stacktrace"] = same["stacktrace"] or one["stacktrace"]
    return distinct


def _exception(attributes: dict[str, Any]) -> dict[str, Any]:
    message = text_of(attributes.get("exception.message"))
    stack = text_of(attributes.get("exception.stacktrace"))
    if not stack and TRACEBACK in message:  # LangSmith writes both into one
        message, stack = _without_stack(message), message[message.index(TRACEBACK) :]
    return {
        "type": text_of(attributes.get("exception.type")),
        "message": message,
        "stacktrace": stack,
    }
