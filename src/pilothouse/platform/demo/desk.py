"""The support agent: guardrails, model calls, tools that are tried again, scores from its users."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from string import Template
from typing import Any, Literal

from pilothouse.platform.demo.calls import (
    CLAUDE,
    GPT5_MINI,
    HAIKU,
    Message,
    Model,
    guardrail,
    llm,
    retrieve,
    tool,
    verdict,
    weight,
)
from pilothouse.platform.demo.desk_english import IN_ENGLISH
from pilothouse.platform.demo.desk_languages import IN_OTHER_LANGUAGES
from pilothouse.platform.demo.desk_script import Call, Scenario, Turn
from pilothouse.platform.demo.desk_shop import POLICIES, PRODUCTS, SYSTEM, TOOLS
from pilothouse.platform.demo.story import Failure, Story, compact

Weather = Literal["calm", "incident", "hiccup"]
"""How the warehouse does: well; it hardly answers; it answers when it is asked again."""
SCENARIOS = (*IN_ENGLISH, *IN_OTHER_LANGUAGES)
PROMPT = "support-agent"
PROMPT_VERSIONS = {"2.13.2": "11", "2.14.0": "12"}
TOOL_SCHEMAS: tuple[str, ...] = tuple(
    compact(
        {
            "type": "function",
            "function": {
                "name": name,
                "description": sentence,
                "parameters": {
                    "type": "object",
                    "properties": {key: {"type": "string"} for key in keys},
                    "required": [keys[0]],
                },
            },
        }
    )
    for name, sentence, keys in TOOLS
)
CARRIERS = ("PostNord", "Bring", "DHL", "GLS")
CITIES = ("Trondheim", "Malmö", "Aarhus", "Hamburg", "Utrecht", "Tampere")
PRAISE = ("quick, thank you", "solved in one go", "", "", "friendly and to the point")
BLAME = ("did not answer my question", "still no parcel", "", "I had to write three times")


@dataclass(slots=True, kw_only=True)
class Conversation:
    """What is said and known so far, from one turn to the next."""

    scenario: Scenario
    facts: dict[str, str]
    history: list[Message]
    model: Model
    cached: int = 0


def begin(random: Random, now: dt.datetime, weather: Weather) -> Conversation:
    """A conversation about an order that has not been spoken of before."""
    scenario = random.choices(SCENARIOS, weights=[s.weight for s in SCENARIOS])[0]
    if weather == "hiccup":
        scenario = SCENARIOS[0]
    sku, product, price, part_sku, part = random.choice(PRODUCTS)
    day = now.date()
    facts = {
        "order": str(random.randrange(48_000, 48_990)),
        "sku": sku,
        "product": product,
        "price": f"{price:.2f}",
        "part_sku": part_sku,
        "part": part,
        "ticket": f"R-{random.randrange(90_000, 91_999)}",
        "placed": str(day - dt.timedelta(days=random.randrange(36, 41))),
        "delivered": str(day - dt.timedelta(days=random.randrange(29, 35))),
        "ships": str(day + dt.timedelta(days=1)),
        "eta": str(day + dt.timedelta(days=random.randrange(3, 6))),
        "carrier": random.choice(CARRIERS),
        "city": random.choice(CITIES),
    }
    model = random.choices((CLAUDE, GPT5_MINI), weights=(7, 3))[0]
    if weather == "hiccup":
        model = CLAUDE
    return Conversation(
        scenario=scenario, facts=facts, history=[Message(role="system", text=SYSTEM)], model=model
    )


def answer(story: Story, talk: Conversation, place: int, weather: Weather) -> None:
    """Tells one turn as a trace."""
    turn = talk.scenario.turns[place]
    question = fill(turn.user, talk.facts)
    attributes: dict[str, Any] = {
        "openinference.span.kind": "AGENT",
        "agent.name": "fjordline-support",
        "input.value": question,
        "input.mime_type": "text/plain",
    }
    talk.history.append(Message(role="user", text=question))
    try:
        with story.span(talk.scenario.name, attributes) as root:
            guardrail(story, "pii_check", question, {"passed": True, "redacted": []})
            said = _work(story, talk, turn, weather)
            guardrail(story, "tone_check", said, {"passed": True, "tone": "calm"})
            if weather == "hiccup" or story.random.random() < 0.5:
                _judge(story, root.attributes, question, said)
            attributes["output.value"] = said
            attributes["output.mime_type"] = "text/plain"
    except Failure:
        talk.history.append(Message(role="assistant", text="(no answer)"))
        if story.random.random() < 0.4:
            _helpful(story, attributes, 0)
        return
    talk.history.append(Message(role="assistant", text=said))
    if weather == "hiccup":
        _helpful(story, attributes, 1)
    elif story.random.random() < 0.34:
        _helpful(story, attributes, 1 if story.random.random() < 0.83 else 0)


def _work(story: Story, talk: Conversation, turn: Turn, weather: Weather) -> str:
    if weather == "calm" and story.random.random() < 0.012:
        limit = Failure(
            "openai.RateLimitError" if talk.model is GPT5_MINI else "anthropic.RateLimitError",
            "Error code: 429 - rate limit reached for requests per minute; try again in 6 s",
            ("fjordline/desk/model.py:61:ask:answer = client.create(**request)",),
        )
        _ask(story, talk, Message(role="assistant"), failure=limit)
    for depth, calls in enumerate(turn.rounds):
        ids = [f"call_{story.random.getrandbits(40):010x}" for _ in calls]
        wanted = tuple(
            (ident, call.name, fill(call.arguments, talk.facts))
            for ident, call in zip(ids, calls, strict=True)
        )
        thought = fill(turn.thought, talk.facts) if depth == 0 and talk.model is CLAUDE else ""
        asked = Message(role="assistant", thought=thought, calls=wanted)
        _ask(story, talk, asked)
        talk.history.append(asked)
        for ident, call in zip(ids, calls, strict=True):
            result = _run(story, talk, call, ident, weather)
            talk.history.append(Message(role="tool", text=result, answers=ident, name=call.name))
    said: str = fill(turn.answer, talk.facts)
    _ask(story, talk, Message(role="assistant", text=said), stream=True)
    return said


def _ask(
    story: Story,
    talk: Conversation,
    said: Message,
    *,
    stream: bool = False,
    failure: Failure | None = None,
) -> None:
    version = PROMPT_VERSIONS[story.setting.release]
    llm(
        story,
        f"chat {talk.model.name}",
        talk.model,
        talk.history,
        said,
        tools=TOOL_SCHEMAS,
        stream=stream,
        parameters={"temperature": 0.2, "max_tokens": 1024},
        cached=talk.cached,
        reasoning=story.random.randrange(64, 320) if talk.model is GPT5_MINI else 0,
        failure=failure,
        extra={
            "prompt.id": PROMPT,
            "llm.prompt_template.version": version,
            "llm.prompt_template.template": SYSTEM,
            "llm.prompt_template.variables": compact({"language": talk.scenario.language}),
        },
    )
    talk.cached = weight(talk.history)


def _run(story: Story, talk: Conversation, call: Call, ident: str, weather: Weather) -> str:
    arguments = fill(call.arguments, talk.facts)
    if call.hits:
        hits = [(key, *POLICIES[key], score) for key, score in call.hits]
        retrieve(story, call.name, arguments["query"], hits)
        return compact([{"n": n, "title": h[1], "text": h[2]} for n, h in enumerate(hits, 1)])
    result = fill(call.result, talk.facts)
    for attempt in range(2):
        if not (call.slow and _is_late(story, attempt, weather)):
            break
        path = call.name.removeprefix("create_") + "s"
        failure = Failure(
            "TimeoutError",
            f"POST /{path} gave no answer in 5.00 s",
            (
                "fjordline/desk/tools.py:88:run:return self.warehouse.post(path, body)",
                "fjordline/warehouse/http.py:41:post:raise TimeoutError(message) from None",
            ),
        )
        try:
            tool(story, call.name, arguments, None, call_id=ident, took_ms=(5000, 5000),
                 failure=failure)  # fmt: skip
        except Failure:
            if attempt:
                raise
            story.wait(180, 420)
    tool(story, call.name, arguments, result, call_id=ident, took_ms=(90, 1400))
    return result if isinstance(result, str) else compact(result)


def _is_late(story: Story, attempt: int, weather: Weather) -> bool:
    """Whether the warehouse lets an attempt run out of time."""
    if weather == "hiccup":
        return attempt == 0
    return story.random.random() < (0.8 if weather == "incident" else 0.06)


def _helpful(story: Story, attributes: dict[str, Any], value: int) -> None:
    comment = story.random.choice(PRAISE if value else BLAME)
    label = "up" if value else "down"
    verdict(attributes, "helpful", score=float(value), label=label, explanation=comment,
            by="HUMAN", identifier="thumbs")  # fmt: skip


def _judge(story: Story, root: dict[str, Any], question: str, said: str) -> None:
    """A judge reads the answer; in half of the cases by a call that shows as a span."""
    good = story.random.random() < 0.86
    low, high = (0.82, 1.0) if good else (0.08, 0.6)
    score = round(story.random.uniform(low, high), 2)
    why = (
        "Every date and number in the answer stands in a tool result."
        if good
        else "The answer promises something that no tool result or policy supports."
    )
    ask = Message(
        role="user",
        text=f"Question:\n{question}\n\nAnswer:\n{said}\n\nIs each claim supported by the tool "
        'results? Reply as JSON {"score": 0 to 1, "why": "…"}.',
    )
    reply = Message(role="assistant", text=compact({"score": score, "why": why}))
    if story.random.random() < 0.5:
        attributes: dict[str, Any] = {
            "openinference.span.kind": "EVALUATOR",
            "input.value": compact({"question": question, "answer": said}),
            "input.mime_type": "application/json",
            "output.value": reply.text,
            "output.mime_type": "application/json",
        }
        with story.span("correctness", attributes):
            llm(story, f"chat {HAIKU.name}", HAIKU, [ask], reply, parameters={"temperature": 0})
    verdict(root, "correctness", score=score, label="", explanation=why, by="LLM",
            identifier="correctness-judge")  # fmt: skip


def fill(value: Any, facts: dict[str, str]) -> Any:  # Any: whatever JSON can hold
    """The same value with its `$names` replaced."""
    if isinstance(value, str):
        return Template(value).safe_substitute(facts) if "$" in value else value
    if isinstance(value, dict):
        return {key: fill(item, facts) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [fill(item, facts) for item in value]
    return value
