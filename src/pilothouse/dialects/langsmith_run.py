"""Runs of the LangSmith protocol; the large values are the JSON text that its client sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from pilothouse.dialects import langsmith, metadata
from pilothouse.dialects.view import View
from pilothouse.spans.model import Kind, ReportedCost
from pilothouse.spans.parsing import amount, count, identifier

PREFIX: Final = "langsmith.run."
TYPE: Final = PREFIX + "type"
INPUTS: Final = PREFIX + "inputs"
OUTPUTS: Final = PREFIX + "outputs"
EVENTS: Final = PREFIX + "events"
EXTRA: Final = PREFIX + "extra"
SERIALIZED: Final = PREFIX + "serialized"
ERROR: Final = PREFIX + "error"
TAGS: Final = PREFIX + "tags"
DOTTED_ORDER: Final = PREFIX + "dotted_order"
EXAMPLE_ID: Final = PREFIX + "reference_example_id"
ATTACHMENTS: Final = PREFIX + "attachments"
PATCHED: Final = PREFIX + "patched"
"""Names of the fields that a later operation set, with commas between."""
ASSUMED: Final = PREFIX + "start_assumed"
"""True while nobody has said when it began."""
HALF: Final = PREFIX + "half"
"""True while only changes of the run have come, not its beginning."""
CONFINED: Final = PREFIX + "confined"
"""True where a key of the run's project wrote it."""
EXAMPLE_METADATA: Final = PREFIX + "example_metadata"
"""What the run's example says of it, which stands among its metadata: a JSON object."""
KEPT: Final = (DOTTED_ORDER, EXAMPLE_ID, PATCHED)
"""Attributes that no masking touches: ids and names of fields, which look like numbers to hide."""

SESSION_KEYS: Final = ("session_id", "thread_id", "conversation_id")
"""Entries of the metadata that name a run's thread, the first that is there counts."""
_USER_KEYS: Final = ("user_id", "ls_user_id")
_INTERRUPTED: Final = "GraphInterrupt("
_ERROR_TYPE: Final = re.compile(r"([A-Za-z_][\w.]*)\(|([A-Za-z_][\w.]*(?:Error|Exception)): ")
_MESSAGE_CHARACTERS: Final = 4000
"""As much of an error stands in lists; the exception itself stays whole."""
_TRACEBACK: Final = "Traceback (most recent call last)"
_PARAMETERS: Final = ("temperature", "max_tokens", "stop", "top_p", "seed")
_NOT_PARAMETERS: Final = frozenset(("tools", "functions", "_type"))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def kind(view: View) -> Kind | None:
    """The run's type."""
    return langsmith.KINDS.get(view.text(TYPE))


# ---------------------------------------------------------------------------- metadata and model


def _metadata(view: View) -> dict[str, Any]:
    found = view.object(EXTRA).get("metadata")
    return found if type(found) is dict else {}


def _invocation(view: View) -> dict[str, Any]:
    found = view.object(EXTRA).get("invocation_params")
    return found if type(found) is dict else {}


def entries(view: View) -> dict[str, str]:
    """What users and the tracer attached; the counts among it are usage, not metadata."""
    found = _metadata(view)
    if not found:
        return {}
    return metadata.flat({key: value for key, value in found.items() if key != "usage_metadata"})


def tags(view: View) -> list[str]:
    """The run's tags."""
    return metadata.clean_tags(view.attributes[TAGS])


def session(view: View) -> str:
    """The session that the run belongs to."""
    return _first(_metadata(view), SESSION_KEYS[:1])


def conversation(view: View) -> str:
    """The thread that it belongs to, which no sender calls a session."""
    return _first(_metadata(view), SESSION_KEYS[1:])


def user(view: View) -> str:
    """The user that it ran for."""
    return _first(_metadata(view), _USER_KEYS)


def model(view: View) -> str:
    """The model that was called."""
    if view.kind not in ("llm", "embedding"):
        return ""
    said = _invocation(view)
    return (
        _first(_metadata(view), ("ls_model_name",))
        or _first(view.object(OUTPUTS), ("model",))
        or _first(said, ("model", "model_name"))
    )


def provider(view: View) -> str:
    """Who runs the model."""
    return _first(_metadata(view), ("ls_provider",)) if view.kind in ("llm", "embedding") else ""


def parameters(view: View) -> dict[str, Any]:
    """How the model was called."""
    about = _metadata(view)
    found = {
        name: about[f"ls_{name}"] for name in _PARAMETERS if about.get(f"ls_{name}") is not None
    }
    for said in (about.get("ls_invocation_params"), _invocation(view)):
        if type(said) is dict:
            found |= {k: v for k, v in said.items() if v is not None and k not in _NOT_PARAMETERS}
    return found


def tools(view: View) -> Any:
    """The tools that the model was offered."""
    for said in (_invocation(view), view.object(INPUTS)):
        found = said.get("tools") or said.get("functions")
        if found:
            return found
    return None


def prompt_name(view: View) -> str:
    """A prompt of the hub: owner/repo, or the repo alone where the owner is oneself."""
    about = _metadata(view)
    repo, owner = about.get("lc_hub_repo"), about.get("lc_hub_owner")
    if type(repo) is not str:
        return ""
    return f"{owner}/{repo}" if type(owner) is str and owner not in ("", "-") else repo


def prompt_version(view: View) -> str:
    """The commit of the prompt."""
    return _first(_metadata(view), ("lc_hub_commit_hash",))


def tool_call_id(view: View) -> str:
    """The call that a tool answers."""
    return _first(view.object(EXTRA), ("tool_call_id",))


def _first(said: dict[str, Any], keys: tuple[str, ...]) -> str:
    return next((found for key in keys if (found := identifier(said.get(key)))), "")


# -------------------------------------------------------------------------------- usage and cost


def usage(view: View) -> dict[str, Any] | None:
    """Token counts, in the order of the protocol: metadata, outputs, generations, llm_output."""
    found = usage_metadata(view)
    if found:
        return langsmith.from_langchain(found)
    old = view.object(OUTPUTS).get("llm_output")
    counts = old.get("token_usage") if type(old) is dict else None
    if type(counts) is not dict:
        return None
    return {
        "input": count(counts.get("prompt_tokens")),
        "output": count(counts.get("completion_tokens")),
        "total": count(counts.get("total_tokens")),
    }


def cost(view: View) -> ReportedCost | None:
    """What the client says it cost."""
    found = usage_metadata(view)
    paid = [amount(found.get(key)) for key in ("input_cost", "output_cost", "total_cost")]
    if all(one is None for one in paid):
        return None
    return ReportedCost(input=paid[0], output=paid[1], total=paid[2])


def usage_metadata(view: View) -> dict[str, Any]:
    """Counts and cost as the client sent them, {} for none."""
    outputs = view.object(OUTPUTS)
    for said in (_metadata(view), outputs):
        found = said.get("usage_metadata")
        if type(found) is dict:
            return found
    generations = outputs.get("generations")
    if type(generations) is not list:
        return {}
    # One list a prompt; the answers to one prompt all say what it cost.
    each = [_generated({"generations": [one]}).get("usage_metadata") for one in generations]
    return _added([one for one in each if type(one) is dict])


def _added(usages: list[dict[str, Any]]) -> dict[str, Any]:
    """The counts of several prompts together."""
    if len(usages) <= 1:
        return usages[0] if usages else {}
    total: dict[str, Any] = {}
    for usage in usages:
        for key, value in usage.items():
            known = total.get(key)
            if type(value) is dict:
                total[key] = _added([known, value]) if type(known) is dict else value
            elif type(value) in (int, float):
                total[key] = value + (known or 0)
    return total


def finish_reason(view: View) -> Any:
    """Why LangChain's model stopped, as it notes beside the message."""
    found: Any = view.object(OUTPUTS).get("generations")
    while type(found) is list and found:
        found = found[0]
    info = found.get("generation_info") if type(found) is dict else None
    return info.get("finish_reason") if type(info) is dict else None


def _generated(outputs: dict[str, Any]) -> dict[str, Any]:
    """The first message among LangChain's generations."""
    found: Any = outputs.get("generations")
    while type(found) is list and found:
        found = found[0]
    message = found.get("message") if type(found) is dict else None
    inner = message.get("kwargs") if type(message) is dict else None
    return inner if type(inner) is dict else message if type(message) is dict else {}


# -------------------------------------------------------------------------- streaming and errors


def first_token(view: View) -> int | None:
    """When the first piece of the answer came, in nanoseconds since 1970."""
    found = view.js(EVENTS)
    for event in found if type(found) is list else ():
        if type(event) is dict and event.get("name") == "new_token":
            return _nanoseconds(event.get("time"))
    return None


def _nanoseconds(time: Any) -> int | None:
    try:
        at = datetime.fromisoformat(time)
    except (TypeError, ValueError):
        return None
    since = (at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1000


def error_message(view: View) -> str:
    """What went wrong: the first line, without the traceback that may follow directly."""
    said = view.text(ERROR).partition(_TRACEBACK)[0].strip()
    return said.partition("\n")[0].strip()[:_MESSAGE_CHARACTERS]


def error_type(view: View) -> str:
    """The exception's class: an error begins with its `repr`."""
    found = _ERROR_TYPE.match(view.text(ERROR))
    return found[1] or found[2] if found else ""


def exception(view: View) -> dict[str, str] | None:
    """The error as an exception with its stack."""
    said = view.text(ERROR)
    if not said or interrupted(said):
        return None
    message, mark, stack = said.partition(_TRACEBACK)
    return {
        "type": error_type(view),
        "message": message.strip(),
        "stacktrace": mark + stack,
    }


def interrupted(error: str) -> bool:
    """Whether an error only says that a graph waits for a person."""
    return error.startswith(_INTERRUPTED)
