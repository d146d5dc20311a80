"""The forms of fine-tuning files, and the rules that each has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pilothouse.evaluation.data.finetuning.samples import Messages, Sample, Unusable
from pilothouse.evaluation.judges.prompts import as_data

Json = dict[str, Any]
_ROLES: Final = frozenset(("system", "developer", "user", "assistant", "tool"))
_SHARED: Final = {"user": "human", "assistant": "gpt", "tool": "observation"}
_CALL: Final = "function_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One form of file. `made` raises Unusable for a sample that it cannot say."""

    made: Callable[[Sample], Json]
    pairs: bool
    """Whether it holds pairs of answers."""


def openai_chat(sample: Sample) -> Json:
    """A line of OpenAI's supervised fine-tuning: `messages`, and `tools` where there are any."""
    _check(sample.messages)
    _check_tools(sample)
    record: Json = {"messages": [dict(message) for message in sample.messages]}
    return _with_tools(record, sample)


def sharegpt(sample: Sample) -> Json:
    """A conversation of `from` and `value`, human and model by turns."""
    _check(sample.messages)
    turns: list[Json] = []
    system = []
    for message in sample.messages:
        if message["role"] in ("system", "developer"):
            system.append(_text(message))
        else:
            turns += _shared(message)
    for place, turn in enumerate(turns):
        asks = turn["from"] in ("human", "observation")
        if asks != (place % 2 == 0):
            raise Unusable(f"turn {place + 1} is of {turn['from']}: people and model take turns")
    record: Json = {"conversations": turns}
    if system:
        record["system"] = "\n\n".join(system)
    if sample.tools:
        record["tools"] = as_data([dict(tool) for tool in sample.tools])
    return record


def dpo(sample: Sample) -> Json:
    """A preference as TRL reads it: `prompt`, `chosen` and `rejected`, each a list of messages."""
    _check_pair(sample)
    record = {
        "prompt": [dict(message) for message in sample.prompt],
        "chosen": [dict(message) for message in sample.answer],
        "rejected": [dict(message) for message in sample.rejected],
    }
    return _with_tools(record, sample)


def openai_dpo(sample: Sample) -> Json:
    """A line of OpenAI's preference fine-tuning: one message each, with nothing but text."""
    _check_pair(sample)
    for name, answer in (("preferred", sample.answer), ("other", sample.rejected)):
        if len(answer) != 1 or not isinstance(answer[0].get("content"), str):
            raise Unusable(f"the {name} answer is not one message of text")
    return {
        "input": _with_tools({"messages": [dict(message) for message in sample.prompt]}, sample),
        "preferred_output": [{"role": "assistant", "content": sample.answer[0]["content"]}],
        "non_preferred_output": [{"role": "assistant", "content": sample.rejected[0]["content"]}],
    }


FORMATS: Final[Mapping[str, Format]] = {
    "openai": Format(made=openai_chat, pairs=False),
    "sharegpt": Format(made=sharegpt, pairs=False),
    "dpo": Format(made=dpo, pairs=True),
    "openai-dpo": Format(made=openai_dpo, pairs=True),
}


def _check(messages: Messages) -> None:
    """Raises Unusable for a conversation that trainers refuse."""
    if not any(message.get("role") == "user" for message in messages):
        raise Unusable("no user says anything")
    if messages[-1].get("role") != "assistant":
        raise Unusable(f"it ends with {messages[-1].get('role')!r}, not with the assistant")
    open_calls: set[str] = set()
    for place, message in enumerate(messages, 1):
        role = message.get("role")
        if role not in _ROLES:
            raise Unusable(f"message {place} is of role {role!r}")
        if open_calls and role != "tool":
            raise Unusable(f"no answer to the call {min(open_calls)!r} before message {place}")
        if role == "tool":
            if message.get("tool_call_id") not in open_calls:
                raise Unusable(f"message {place} answers a call that nobody made")
            open_calls.discard(message["tool_call_id"])
        calls = message.get("tool_calls") or ()
        if not calls and not _text(message).strip():
            raise Unusable(f"message {place} is empty")
        open_calls |= {call["id"] for call in calls}


def _check_tools(sample: Sample) -> None:
    """Raises Unusable for a call of a tool that is not among those given."""
    known = {(tool.get("function") or {}).get("name") for tool in sample.tools}
    for message in sample.messages:
        for call in message.get("tool_calls") or ():
            if known and call["function"]["name"] not in known:
                raise Unusable(f"the tool {call['function']['name']!r} is not among the tools")


def _check_pair(sample: Sample) -> None:
    if not sample.rejected:
        raise Unusable("there is no second answer")
    for answer in (sample.answer, sample.rejected):
        _check([*sample.prompt, *answer])


def _shared(message: Mapping[str, Any]) -> list[Json]:
    calls = message.get("tool_calls") or ()
    if len(calls) > 1:
        raise Unusable("several calls in one turn cannot be said in this form")
    said = _text(message)
    if calls and said.strip():
        raise Unusable("text beside a call cannot be said in this form")
    if calls:
        return [{"from": _CALL, "value": as_data(dict(calls[0]["function"]))}]
    if not isinstance(message.get("content"), str):
        raise Unusable("this form holds nothing but text")
    return [{"from": _SHARED[message["role"]], "value": said}]


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "" if content is None else as_data(content)


def _with_tools(record: Json, sample: Sample) -> Json:
    if sample.tools:
        record["tools"] = [dict(tool) for tool in sample.tools]
    return record
