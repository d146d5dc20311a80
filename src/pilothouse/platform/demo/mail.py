"""Sorting of e-mails: personal data out, one call to sort, one to draft; GenAI attributes."""

from __future__ import annotations

from random import Random
from typing import Any

from pilothouse.platform.demo.calls import (
    GPT5,
    GPT5_MINI,
    Message,
    genai,
    guardrail,
    tool,
    verdict,
)
from pilothouse.platform.demo.mail_texts import CLASSIFY, DRAFT, MAILS, Mail
from pilothouse.platform.demo.story import Failure, Story, compact

PROMPT_VERSIONS = {"2.13.2": ("7", "2"), "2.14.0": ("8", "2")}


def pick(random: Random) -> Mail:
    """An e-mail that came in."""
    return random.choice(MAILS)


def triage(story: Story, mail: Mail) -> None:
    """Tells the way of one e-mail as a trace."""
    text = f"Subject: {mail.subject}\n\n{mail.body}"
    sort_version, draft_version = PROMPT_VERSIONS[story.setting.release]
    attributes: dict[str, Any] = {
        "openinference.span.kind": "CHAIN",
        "input.value": text,
        "input.mime_type": "text/plain",
    }
    try:
        with story.span("triage_email", attributes):
            guardrail(story, "strip_signature", mail.body, {"passed": True, "removed_lines": 0})
            sorted_as = {
                "queue": mail.queue,
                "priority": mail.priority,
                "language": mail.language,
                "summary": mail.summary,
            }
            genai(
                story,
                GPT5_MINI,
                [Message(role="system", text=CLASSIFY), Message(role="user", text=text)],
                Message(role="assistant", text=compact(sorted_as)),
                prompt=("mail-sort", sort_version),
                parameters={"max_tokens": 300, "reasoning.level": "low"},
                reasoning=story.random.randrange(64, 256, 64),
            )
            _check(story, sorted_as)
            tool(
                story,
                "route_ticket",
                {"queue": mail.queue, "priority": mail.priority},
                {"ticket": f"M-{story.random.randrange(10_000, 99_999)}", "queue": mail.queue},
                call_id=f"call_{story.random.getrandbits(40):010x}",
                took_ms=(30, 240),
            )
            if mail.draft:
                _draft(story, mail, text, draft_version)
            attributes["output.value"] = compact(sorted_as)
            attributes["output.mime_type"] = "application/json"
    except Failure:
        return
    if story.random.random() < 0.3:
        kept = story.random.random() < 0.88
        verdict(attributes, "queue_kept", score=float(kept), label="kept" if kept else "moved",
                explanation="", by="HUMAN", identifier="desk")  # fmt: skip


def _check(story: Story, sorted_as: dict[str, Any]) -> None:
    """The schema check; now and then the model names a queue that does not exist."""
    bad = story.random.random() < 0.07
    given = {**sorted_as, "queue": "customer-care"} if bad else sorted_as
    attributes = {
        "openinference.span.kind": "CHAIN",
        "input.value": compact(given),
        "input.mime_type": "application/json",
    }
    with story.span("validate", attributes):
        story.wait(1, 6)
        if bad:
            raise Failure(
                "pydantic_core._pydantic_core.ValidationError",
                '1 validation error for Sorted\nqueue\n  "queue" must be one of orders, returns, '
                "billing, press, suppliers, jobs, spam [input_value='customer-care']",
                ("fjordline/mail/sort.py:37:sort:return Sorted.model_validate_json(text)",),
            )
        attributes["output.value"] = compact(given)


def _draft(story: Story, mail: Mail, text: str, version: str) -> None:
    limited = story.random.random() < 0.06
    messages = [
        Message(role="system", text=DRAFT),
        Message(role="user", text=f"Summary: {mail.summary}\n\n{text}"),
    ]
    said = Message(role="assistant", text=mail.draft)
    if limited:
        failure = Failure(
            "openai.RateLimitError",
            "Error code: 429 - tokens per minute exceeded for gpt-5; please retry in 1.8 s",
            ("fjordline/mail/draft.py:22:draft:response = client.responses.create(**request)",),
        )
        try:
            genai(story, GPT5, messages, said, prompt=("mail-draft", version),
                  parameters={"max_tokens": 900}, failure=failure)  # fmt: skip
        except Failure:
            story.wait(1800)
    genai(story, GPT5, messages, said, prompt=("mail-draft", version),
          parameters={"max_tokens": 900, "reasoning.level": "medium"},
          reasoning=story.random.randrange(192, 1280, 64))  # fmt: skip
