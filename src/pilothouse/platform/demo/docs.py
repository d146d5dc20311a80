"""Answers from the help pages: embed, search, rerank, answer as a stream, judge."""

from __future__ import annotations

from random import Random
from typing import Any

from pilothouse.platform.demo.calls import (
    GPT5_MINI,
    HAIKU,
    Message,
    embed,
    llm,
    rerank,
    retrieve,
    verdict,
)
from pilothouse.platform.demo.docs_texts import PAGES, QUESTIONS, TEMPLATE, Question
from pilothouse.platform.demo.story import Failure, Story, compact

PROMPT_VERSIONS = {"2.13.2": "4", "2.14.0": "5"}


def pick(random: Random) -> list[Question]:
    """One visit: a question, and in half of the cases the one that follows from it."""
    first = random.choice(QUESTIONS)
    if first.follow_up is not None and random.random() < 0.6:
        return [first, first.follow_up]
    return [first]


def answer(story: Story, question: Question, model_is_old: bool) -> None:
    """Tells one question as a trace."""
    attributes: dict[str, Any] = {
        "openinference.span.kind": "CHAIN",
        "input.value": question.text,
        "input.mime_type": "text/plain",
    }
    try:
        with story.span("kb_answer", attributes) as root:
            kept = _search(story, question)
            passages = "\n\n".join(f"[{n}] {h[1]}\n{h[2]}" for n, h in enumerate(kept, 1))
            prompt = TEMPLATE.format(passages=passages, question=question.text)
            model = HAIKU if model_is_old else GPT5_MINI
            llm(
                story,
                f"chat {model.name}",
                model,
                [Message(role="user", text=prompt)],
                Message(role="assistant", text=question.answer),
                stream=True,
                parameters={"max_tokens": 700},
                reasoning=0 if model_is_old else story.random.randrange(64, 448, 64),
                extra={
                    "prompt.id": "kb-answer",
                    "llm.prompt_template.version": PROMPT_VERSIONS[story.setting.release],
                    "llm.prompt_template.template": TEMPLATE,
                    "llm.prompt_template.variables": compact(
                        {"question": question.text, "passages": passages}
                    ),
                },
                failure=_trouble(story),
            )
            attributes["output.value"] = question.answer
            attributes["output.mime_type"] = "text/plain"
            if story.random.random() < 0.55:
                _groundedness(story, root.attributes, question, passages)
    except Failure:
        return
    if story.random.random() < 0.22:
        up = story.random.random() < (0.15 if question.unsupported else 0.9)
        verdict(attributes, "helpful", score=float(up), label="up" if up else "down",
                explanation="", by="HUMAN", identifier="thumbs")  # fmt: skip


def _search(story: Story, question: Question) -> list[tuple[str, str, str, float]]:
    random = story.random
    scores = sorted((random.uniform(0.34, 0.86) for _ in question.pages), reverse=True)
    shuffled = list(question.pages)
    if random.random() < 0.6:
        shuffled[0], shuffled[1] = shuffled[1], shuffled[0]
    hits = [(p, *PAGES[p], round(s, 3)) for p, s in zip(shuffled, scores, strict=True)]
    with story.span("search", {"openinference.span.kind": "CHAIN", "input.value": question.text}):
        embed(story, question.text)
        retrieve(story, "search_pages", question.text, hits)
        best = [random.uniform(0.86, 0.99), random.uniform(0.3, 0.7), random.uniform(0.05, 0.28)]
        kept = [
            (page, *PAGES[page], round(score, 3))
            for page, score in zip(question.pages[:3], best, strict=True)
        ]
        rerank(story, question.text, hits, kept)
    return kept


def _trouble(story: Story) -> Failure | None:
    if story.random.random() > 0.05:
        return None
    return Failure(
        "openai.APIConnectionError",
        "Connection error: the server closed the stream before the first chunk",
        (
            "tidemark_help/answer.py:52:answer:for chunk in client.responses.stream(**request):",
            "openai/_base_client.py:1024:request:raise APIConnectionError(request=request)",
        ),
    )


def _groundedness(story: Story, root: dict[str, Any], question: Question, passages: str) -> None:
    random = story.random
    good = not question.unsupported
    score = round(random.uniform(0.84, 1.0) if good else random.uniform(0.05, 0.35), 2)
    why = (
        "Each sentence follows from the passage it cites."
        if good
        else "The passages limit the free plan to 10 people and one location; the answer does not."
    )
    reply = Message(role="assistant", text=compact({"score": score, "why": why}))
    attributes: dict[str, Any] = {
        "openinference.span.kind": "EVALUATOR",
        "input.value": compact({"passages": passages[:400], "answer": question.answer}),
        "input.mime_type": "application/json",
        "output.value": reply.text,
        "output.mime_type": "application/json",
    }
    ask = Message(
        role="user",
        text=f"Passages:\n{passages}\n\nAnswer:\n{question.answer}\n\nDoes each sentence follow "
        'from the passages? Reply as JSON {"score": 0 to 1, "why": "…"}.',
    )
    with story.span("groundedness", attributes):
        llm(story, f"chat {HAIKU.name}", HAIKU, [ask], reply, parameters={"temperature": 0})
    verdict(root, "correctness", score=score, label="", explanation=why, by="LLM",
            identifier="groundedness-judge")  # fmt: skip
