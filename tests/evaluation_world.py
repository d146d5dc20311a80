"""A dataset of customers' questions, and three experiments over it, sent to a real server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from otlp import attributes, request, span, trace_id
from servers import ServerProcess

QUESTIONS = (
    ("I returned two of the three mugs. How much do I get back?", "The price of two mugs."),
    ("Can I get a refund for a gift card I have not used yet?", "No, gift cards stay valid."),
    ("My order came a day late. You promised compensation.", "Late deliveries earn no voucher."),
    ("Can the refund go to a different card than I paid with?", "Refunds go to the same card."),
    ("My refund was approved 9 days ago and nothing arrived.", "It takes 5 to 10 working days."),
    ("Is shipping refunded when I return everything?", "Yes, within 60 days."),
)
SCHEMA = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
}


@dataclass
class World:
    """What was sent: ids by what they are called."""

    server: ServerProcess
    dataset: str = ""
    name: str = ""
    examples: list[str] = field(default_factory=list)
    experiments: dict[str, dict[str, Any]] = field(default_factory=dict)
    traces: dict[tuple[str, int], str] = field(default_factory=dict)

    def made(self, path: str, body: Any, method: str = "POST") -> Any:
        status, answer = self.server.call(method, f"/api/v1{path}", body)
        assert status in (200, 201), answer
        return answer

    def experiment(self, name: str, **more: Any) -> str:
        """Begins an experiment; the name is told apart from those of other worlds."""
        full = f"{name}-{uuid4().hex[:6]}"
        made = self.made("/experiments", {"name": full, "dataset_id": self.dataset, **more})
        self.experiments[name] = made
        return str(made["id"])

    def run(
        self,
        name: str,
        example: int,
        answer: str,
        scores: dict[str, tuple[float, str]],
        *,
        seconds: float = 1.0,
        error: str = "",
    ) -> None:
        """A run of an experiment over an example, with a model call and scores with comments."""
        experiment = self.experiments[name]
        trace = trace_id()
        question = QUESTIONS[example][0]
        root = span(
            trace,
            attributes=attributes(
                {
                    "pilothouse.project": experiment["name"],
                    "pilothouse.experiment_id": experiment["id"],
                    "pilothouse.example_id": self.examples[example],
                    "input.value": json.dumps({"question": question}),
                    "output.value": answer,
                }
            ),
        )
        root["name"] = "answer"
        start = int(root["startTimeUnixNano"])
        root["endTimeUnixNano"] = str(start + int(seconds * 1e9))
        if error:
            root["status"] = {"code": 2, "message": error}
        call = span(
            trace,
            parent=root["spanId"],
            attributes=attributes(
                {
                    "pilothouse.project": experiment["name"],
                    "gen_ai.operation.name": "chat",
                    "gen_ai.request.model": "gpt-5-mini",
                    "gen_ai.usage.input_tokens": 400,
                    "gen_ai.usage.output_tokens": 20 + len(answer),
                }
            ),
        )
        call["endTimeUnixNano"] = str(start + int(seconds * 9e8))
        status, _ = self.server.call("POST", "/v1/traces", request(root, call))
        assert status == 200
        self.traces[name, example] = trace
        given = [
            {
                "project": experiment["name"],
                "trace_id": trace,
                "name": score,
                "value": value,
                "comment": comment,
            }
            for score, (value, comment) in scores.items()
        ]
        if given:
            self.made("/scores", given)


def world(server: ServerProcess, name: str = "refunds-golden") -> World:
    """The dataset with six examples, and `base`, `worse tone` and `better` over it."""
    made = World(server)
    made.name = f"{name}-{uuid4().hex[:6]}"
    made.dataset = made.made(
        "/datasets",
        {
            "name": made.name,
            "description": "Questions about refunds with their golden answers",
            "inputs_schema": SCHEMA,
        },
    )["id"]
    new = [
        {
            "inputs": {"question": question},
            "outputs": {"answer": answer},
            "metadata": {"tier": "gold" if n % 2 else "silver"},
            "splits": ["hard"] if n in (1, 4) else ["base"],
        }
        for n, (question, answer) in enumerate(QUESTIONS)
    ]
    made.examples = made.made(f"/datasets/{made.dataset}/examples", new)["example_ids"]
    plans: tuple[tuple[str, str, tuple[float, ...]], ...] = (
        ("base", "prompt 12", (1, 0.2, 0.4, 0.7, 0.9, 1)),
        ("refund-v13", "prompt 13", (1, 0.6, 0.4, 0.9, 0.5, 1)),
        ("refund-v14", "prompt 14", (0.2, 1, 0.8, 0.9, 0.9, 1)),
    )
    for name_, prompt, values in plans:
        made.experiment(name_, metadata={"model": "gpt-5-mini", "prompt": prompt})
        for n, value in enumerate(values):
            right = QUESTIONS[n][1]
            answer = right if value > 0.5 else f"{right[:-1]}, but not this time."
            comment = "As the reference says." if value > 0.5 else "The reference says otherwise."
            tone = 1 - 0.1 * n if name_ == "base" else 0.9 - 0.1 * n
            made.run(
                name_,
                n,
                answer if not (name_ == "refund-v13" and n == 2) else "",
                {"correctness": (value, comment), "tone": (round(tone, 2), "")},
                seconds=1 + 0.3 * n,
                error="the model gave no answer" if (name_ == "refund-v13" and n == 2) else "",
            )
    return made
