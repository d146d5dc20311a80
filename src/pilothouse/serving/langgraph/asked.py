"""What a client asks of a run, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pilothouse.serving.errors import Refusal
from pilothouse.serving.langgraph.bodies import object_of, text_of
from pilothouse.serving.langgraph.events import MODES
from pilothouse.serving.langgraph.implicit import state_of
from pilothouse.serving.langgraph.models import Assistant, Strategy
from pilothouse.serving.values import from_json

if TYPE_CHECKING:
    from pilothouse.serving.mounts import Mount

STRATEGIES: Final = ("reject", "interrupt", "rollback", "enqueue")
OURS: Final = ("thread_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map", "run_id")
"""Of `configurable`: said by the path and by `checkpoint`, never by the configuration."""
KEPT: Final = (
    "input", "command", "config", "context", "metadata", "stream_mode", "interrupt_before",
    "interrupt_after", "checkpoint", "checkpoint_id", "webhook",
)  # fmt: skip
MOST_STEPS: Final = 10_000
LONGEST_DELAY_S: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One run."""

    assistant: Assistant
    mount: Mount
    given: Any
    """What the graph is given: an input, a Command, or None to go on from a checkpoint."""
    shown: Any
    """The same as the client wrote it."""
    config: dict[str, Any]
    context: Any
    metadata: dict[str, Any]
    kwargs: dict[str, Any]
    modes: tuple[str, ...]
    subgraphs: bool
    resumable: bool
    before: Any
    after: Any
    checkpoint: dict[str, Any]
    strategy: Strategy
    create: bool
    """Whether a thread that is not there is made."""
    goes_on: bool
    """Whether the run goes on when its client has gone."""
    keeps: bool
    """Whether the thread of a run without one stays."""
    delay_s: float
    durability: str | None


def asked_of(
    body: Mapping[str, Any],
    assistant: Assistant,
    mount: Mount,
    config: dict[str, Any],
    *,
    implicit: bool,
) -> Asked:
    """Raises Refusal 422 with what is wrong."""
    command, given = body.get("command"), body.get("input")
    if command:
        if implicit:
            raise Refusal(f"{mount.name!r} is no graph: it has no interrupts to resume", status=422)
        made: Any = _command(command)
    elif given is None and not implicit:
        made = None
    elif implicit:
        made = state_of(mount, given)
    else:
        made = mount.target.input.read(given)
    if body.get("webhook"):
        raise Refusal("webhooks are not supported; use join or stream", status=422)
    return Asked(
        assistant=assistant,
        mount=mount,
        given=made,
        shown=command or given,
        config=config,
        context=object_of(body, "context") or assistant.context or None,
        metadata=object_of(body, "metadata"),
        kwargs={name: body[name] for name in KEPT if body.get(name) is not None},
        modes=_modes(body.get("stream_mode")),
        subgraphs=bool(body.get("stream_subgraphs")),
        resumable=bool(body.get("stream_resumable")),
        before=_nodes(body, "interrupt_before"),
        after=_nodes(body, "interrupt_after"),
        checkpoint=checkpoint_of(body),
        strategy=_one_of(body, "multitask_strategy", STRATEGIES, "enqueue"),
        create=_one_of(body, "if_not_exists", ("reject", "create"), "reject") == "create",
        goes_on=_one_of(body, "on_disconnect", ("cancel", "continue"), "continue") == "continue",
        keeps=_one_of(body, "on_completion", ("delete", "keep"), "delete") == "keep",
        delay_s=_delay(body.get("after_seconds")),
        durability=_one_of(body, "durability", ("sync", "async", "exit"), None),
    )


def client_config(body: Mapping[str, Any], assistant: Assistant) -> dict[str, Any]:
    """What assistant and client say of the configuration, the client over the assistant."""
    merged: dict[str, Any] = {}
    for given in (assistant.config, body.get("config") or {}):
        if not isinstance(given, Mapping):
            raise Refusal("config: must be an object", status=422)
        merged |= {k: v for k, v in given.items() if k != "configurable"}
        inner = given.get("configurable") or {}
        if not isinstance(inner, Mapping):
            raise Refusal("config.configurable: must be an object", status=422)
        allowed = {k: v for k, v in inner.items() if k not in OURS and not k.startswith("__")}
        merged["configurable"] = {**merged.get("configurable", {}), **allowed}
    if not merged["configurable"]:
        del merged["configurable"]
    return merged


def plain_config(given: Mapping[str, Any]) -> dict[str, Any]:
    """Of a client's configuration what anybody may say: tags, metadata, how many steps."""
    found: dict[str, Any] = {}
    if isinstance(given.get("tags"), list):
        found["tags"] = [str(tag) for tag in given["tags"]]
    if isinstance(given.get("metadata"), Mapping):
        found["metadata"] = {k: v for k, v in given["metadata"].items() if not k.startswith("__")}
    limit = given.get("recursion_limit")
    if limit is not None:
        if not isinstance(limit, int) or not 1 <= limit <= MOST_STEPS:
            raise Refusal(f"config.recursion_limit: a number from 1 to {MOST_STEPS}", status=422)
        found["recursion_limit"] = limit
    return found


def checkpoint_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Which checkpoint of its thread is meant; empty: the newest."""
    given = object_of(body, "checkpoint")
    named = text_of(body, "checkpoint_id") or text_of(given, "checkpoint_id")
    found = {
        "checkpoint_id": named,
        "checkpoint_ns": text_of(given, "checkpoint_ns"),
        "checkpoint_map": object_of(given, "checkpoint_map"),
    }
    return {name: value for name, value in found.items() if value}


def _command(given: Any) -> Any:
    from langgraph.types import Command, Send

    if not isinstance(given, Mapping):
        raise Refusal("command: must be an object", status=422)
    if given.get("graph"):
        raise Refusal("command.graph: a client has no parent graph", status=422)
    places = given.get("goto") or []
    goto = [
        Send(str(each.get("node")), from_json(each.get("input")))
        if isinstance(each, Mapping)
        else str(each)
        for each in (places if isinstance(places, list) else [places])
    ]
    update = given.get("update")
    if isinstance(update, list):
        if not all(isinstance(pair, list) and len(pair) == 2 for pair in update):
            raise Refusal("command.update: an object, or a list of pairs", status=422)
        update = [tuple(pair) for pair in update]
    return Command(update=from_json(update), resume=given.get("resume"), goto=goto)


def _modes(given: Any) -> tuple[str, ...]:
    modes = ["values"] if given is None else [given] if isinstance(given, str) else given
    if not isinstance(modes, list) or not modes:
        raise Refusal("stream_mode: a mode or a list of modes", status=422)
    for mode in modes:
        if mode not in MODES:
            raise Refusal(f"stream_mode {mode!r}: use {', '.join(MODES)}", status=422)
    return tuple(modes)


def _nodes(body: Mapping[str, Any], name: str) -> Any:
    given = body.get(name)
    if given is None or given == "*":
        return given
    if not isinstance(given, list):
        raise Refusal(f'{name}: a list of nodes, or "*"', status=422)
    return [str(each) for each in given]


def _one_of(body: Mapping[str, Any], name: str, known: tuple[str, ...], default: Any) -> Any:
    given = body.get(name)
    if given is None:
        return default
    if given not in known:
        raise Refusal(f"{name} {given!r}: use {', '.join(known)}", status=422)
    return given


def _delay(given: Any) -> float:
    if given is None:
        return 0.0
    if not isinstance(given, (int, float)) or not 0 <= given <= LONGEST_DELAY_S:
        raise Refusal(f"after_seconds: from 0 to {LONGEST_DELAY_S:.0f}", status=422)
    return float(given)
