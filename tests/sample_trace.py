"""One ticket as OTLP: three model calls, two tools at once, one that works at its second try."""

from __future__ import annotations

import json
import time
from typing import Any

from servers import ServerProcess

PROJECT = "support-agent"
MODEL = "claude-sonnet-4-5"
QUESTION = "My order 48213 arrived with a cracked lid. Can I still get a replacement?"
ANSWER = (
    "Yes. Damage in transit is covered for **60 days** from delivery [1]. A new lid is free of"
    " charge [2]: replacement R-90417 leaves tomorrow."
)
STACK = """Traceback (most recent call last):
  File "/srv/agents/support/tools.py", line 64, in create_replacement
    r = await orders.post("/replacements",
        json=body, timeout=120)
  File "/venv/lib/python3.12/site-packages/httpx/_client.py", line 1, in post
    return await self.request()
httpx.ReadTimeout: gave no answer"""
POLICIES = (
    ("d1", "Damaged in transit", "Items that arrive damaged are replaced within 60 days.", 0.93),
    ("d2", "Spare parts and lids", "Lids are sent as single parts, free of charge.", 0.87),
    ("d3", "Returns of opened items", "Opened items may be returned within 30 days.", 0.41),
)

Said = dict[str, Any]

_SYSTEM: Said = {"role": "system", "content": "You are the support agent of Fjordline."}
_ASKED: Said = {"role": "user", "content": QUESTION}
_CALLS: Said = {
    "role": "assistant",
    "thought": "The lid broke in transit, so the damage policy applies.",
    "calls": [
        ("c1", "get_order", {"order_id": "48213"}),
        ("c2", "search_policies", {"query": "replacement window"}),
    ],
}
_FOUND: tuple[Said, ...] = (
    {"role": "tool", "id": "c1", "content": '{"status": "delivered"}'},
    {"role": "tool", "id": "c2", "content": "3 policies found"},
)
_ORDERS: Said = {
    "role": "assistant",
    "calls": [("c3", "create_replacement", {"sku": "LID-3L-BLU"})],
}
_DONE: Said = {"role": "tool", "id": "c3", "content": '{"replacement_id": "R-90417"}'}
_ANSWERED: Said = {"role": "assistant", "content": ANSWER}


class Ticket:
    """Makes the spans of one trace; ids and times follow from its number."""

    def __init__(self, number: int = 1, question: str = QUESTION) -> None:
        self.trace_id = f"{number:032x}"
        self.question = question
        self.start = time.time() - 3600 + number * 30
        self._spans: list[dict[str, Any]] = []

    def span_id(self, name: str) -> str:
        return f"{int(self.trace_id, 16) % 0xFFFF:04x}{abs(hash_of(name)):012x}"

    def span(
        self,
        id_: str,
        parent: str | None,
        name: str,
        kind: str,
        times: tuple[float, float],
        error: tuple[str, str] | None = None,
        first: float | None = None,
        **attributes: Any,
    ) -> None:
        """Adds a span; `__` in the name of an attribute stands for a dot."""
        events: list[dict[str, Any]] = []
        if first is not None:
            events.append({"name": "First Token Stream Event", "timeUnixNano": self._ns(first)})
        if error is not None:
            exception = {
                "exception.type": error[0],
                "exception.message": error[1],
                "exception.stacktrace": STACK,
            }
            events.append({
                "name": "exception",
                "timeUnixNano": self._ns(times[1]),
                "attributes": _attributes(exception),
            })  # fmt: skip
        known = {key.replace("__", "."): value for key, value in attributes.items()}
        if kind:
            known["openinference.span.kind"] = kind
        self._spans.append({
            "traceId": self.trace_id,
            "spanId": self.span_id(id_),
            **({"parentSpanId": self.span_id(parent)} if parent else {}),
            "name": name,
            "kind": 1,
            "startTimeUnixNano": self._ns(times[0]),
            "endTimeUnixNano": self._ns(times[1]),
            "attributes": _attributes(known),
            "events": events,
            "status": {"code": 2, "message": error[1]} if error else {"code": 1},
        })  # fmt: skip

    def _ns(self, seconds: float) -> str:
        return str(round((self.start + seconds) * 1e9))

    def send(self, server: ServerProcess, service: str = PROJECT, part: int = 2000) -> str:
        """The trace's id, once the server has acknowledged all its spans."""
        resource = {
            "attributes": _attributes({"service.name": service, "service.version": "2.14.0"})
        }
        for at in range(0, len(self._spans), part):
            scope = {"scope": {"name": "sample"}, "spans": self._spans[at : at + part]}
            body = {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}
            status, answer = server.call("POST", "/v1/traces", body)
            assert status == 200, answer
        return self.trace_id


def hash_of(text: str) -> int:
    """The same number for the same text in every process, within twelve hex digits."""
    value = 7
    for letter in text:
        value = (value * 131 + ord(letter)) % 0xFFFFFFFFFFF
    return value


def ticket(number: int = 1, *, retried: bool = True, answer: str = ANSWER) -> Ticket:
    """The whole trace; without the failed attempt when `retried` is false."""
    made = Ticket(number)
    root: Said = {
        "input__value": QUESTION,
        "output__value": answer,
        "tag__tags": ["refunds", "web"],
    }
    made.span("root", None, "answer_ticket", "AGENT", (0, 16.4), session__id="conv-7f21",
              user__id="u-2841", **root)  # fmt: skip
    made.span("pii", "root", "pii_check", "GUARDRAIL", (0.01, 0.136), output__value="passed")
    _model(made, "m1", (0.14, 3.05), 0.78, [_SYSTEM, _ASKED], _CALLS, (1842, 214))
    arguments = json.dumps({"order_id": "48213"})
    made.span("order", "root", "get_order", "TOOL", (3.06, 3.474), tool__name="get_order",
              tool_call__id="c1", input__value=arguments,
              output__value='{"status": "delivered"}')  # fmt: skip
    made.span("search", "root", "search_policies", "RETRIEVER", (3.062, 3.894),
              input__value="replacement window", **_policies())  # fmt: skip
    _model(made, "m2", (4.05, 6.47), 4.75, [_SYSTEM, _ASKED, _CALLS, *_FOUND], _ORDERS, (2756, 186))
    order: Said = {"tool__name": "create_replacement", "tool_call__id": "c3",
             "input__value": json.dumps({"sku": "LID-3L-BLU"})}  # fmt: skip
    late = ("TimeoutError", "POST /replacements gave no answer in 5.00 s")
    if retried:
        made.span("try1", "root", "create_replacement", "TOOL", (6.48, 11.49), late, **order)
        made.span("post1", "try1", "POST /replacements", "", (6.485, 11.485), late)
    made.span("try2", "root", "create_replacement", "TOOL", (12.5, 13.136),
              output__value='{"replacement_id": "R-90417"}', **order)  # fmt: skip
    history = [_SYSTEM, _ASKED, _CALLS, *_FOUND, _ORDERS, _DONE]
    _model(made, "m3", (13.14, 16.32), 13.73, history, _ANSWERED | {"content": answer}, (3412, 268))
    return made


def wide(spans: int) -> Ticket:
    """An agent that works through a backlog: a model call and a tool call, over and over."""
    made = Ticket(99)
    made.span("root", None, "long_agent", "AGENT", (0, spans * 0.05), input__value="the backlog")
    for turn in range((spans - 1) // 2):
        at = turn * 0.1
        made.span(f"m{turn}", "root", "chat gpt-4o", "LLM", (at, at + 0.05),
                  llm__model_name="gpt-4o")  # fmt: skip
        made.span(f"t{turn}", "root", "lookup", "TOOL", (at + 0.05, at + 0.09), tool__name="lookup")
    return made


def _model(
    made: Ticket,
    id_: str,
    times: tuple[float, float],
    first: float,
    said: list[Said],
    answer: Said,
    tokens: tuple[int, int],
) -> None:
    counts: Said = {
        "llm__token_count__prompt": tokens[0],
        "llm__token_count__completion": tokens[1],
        "llm__token_count__total": sum(tokens),
    }
    made.span(
        id_,
        "root",
        f"chat {MODEL}",
        "LLM",
        times,
        first=first,
        llm__model_name=MODEL,
        llm__provider="anthropic",
        **counts,
        **_messages("input", said),
        **_messages("output", [answer]),
    )


def _messages(side: str, said: list[Said]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for at, one in enumerate(said):
        prefix = f"llm.{side}_messages.{at}.message"
        found[f"{prefix}.role"] = one["role"]
        if "content" in one:
            found[f"{prefix}.content"] = one["content"]
        if "thought" in one:
            found[f"{prefix}.contents.0.message_content.type"] = "reasoning"
            found[f"{prefix}.contents.0.message_content.text"] = one["thought"]
        if "id" in one:
            found[f"{prefix}.tool_call_id"] = one["id"]
        for place, (id_, name, arguments) in enumerate(one.get("calls", [])):
            call = f"{prefix}.tool_calls.{place}.tool_call"
            found[f"{call}.id"] = id_
            found[f"{call}.function.name"] = name
            found[f"{call}.function.arguments"] = json.dumps(arguments)
    return found


def _policies() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for at, (id_, title, content, score) in enumerate(POLICIES):
        prefix = f"retrieval.documents.{at}.document"
        found |= {f"{prefix}.id": id_, f"{prefix}.content": content, f"{prefix}.score": score}
        found[f"{prefix}.metadata"] = json.dumps({"title": title})
    return found


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(one) for one in value]}}
    return {"stringValue": str(value)}
