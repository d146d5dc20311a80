"""What a model is trained on: conversations, and pairs of which one answer was preferred."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilothouse.evaluation.data.duplicates import plain
from pilothouse.evaluation.judges.prompts import as_data
from pilothouse.evaluation.rows import Row
from pilothouse.evaluation.runner.documents import digest
from pilothouse.spans.openai_form import conversation

if TYPE_CHECKING:
    from pilothouse.evaluation.pairwise.protocol import Verdict

Messages = Sequence[Mapping[str, Any]]


class Unusable(ValueError):
    """A row that nothing can be learned from; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One conversation that ends in the answer that is to be learned."""

    id: str
    group: str
    """What must not be divided between training and validation: a session, a cluster."""
    messages: Messages
    """In OpenAI's form."""
    tools: Sequence[Mapping[str, Any]] = ()
    rejected: Messages = ()
    """In the place of the last turn of the assistant: the answer that was not preferred."""

    @property
    def prompt(self) -> Messages:
        """The conversation before the answer."""
        return self.messages[: _answer_at(self.messages)]

    @property
    def answer(self) -> Messages:
        """What the model is to say: the messages after the last of the user's or a tool's."""
        return self.messages[_answer_at(self.messages) :]

    def text(self) -> str:
        """All that is said in it."""
        return "\n".join(map(as_data, (*self.messages, *self.rejected)))


def sample_of(row: Row) -> Sample:
    """The row's inputs as they were asked, with its reference, else its outputs, as the answer.

    Raises Unusable where there is no question or no answer.
    """
    answer = row.reference_outputs if row.reference_outputs is not None else row.outputs
    return _sample(row, answer)


def preferred(better: Row, worse: Row) -> Sample:
    """Two answers to the same question. Raises Unusable as `sample_of` does, and for one answer."""
    chosen, rejected = _sample(better, better.outputs), _sample(better, worse.outputs)
    if plain(as_data(chosen.answer)) == plain(as_data(rejected.answer)):
        raise Unusable("both answers are the same")
    return Sample(
        id=chosen.id,
        group=chosen.group,
        messages=chosen.messages,
        tools=chosen.tools,
        rejected=rejected.answer,
    )


def pairs_of_verdicts(verdicts: Iterable[Verdict]) -> list[tuple[Row, Row]]:
    """The better and the worse answer of each pair that a judge decided.

    Ties, verdicts that changed with the order, and failures prefer nothing.
    """
    decided = [v for v in verdicts if v.score in (0.0, 1.0) and not v.inconsistent]
    return [
        (v.candidate, v.baseline) if v.score == 1.0 else (v.baseline, v.candidate) for v in decided
    ]


def pairs_of_scores(
    rows: Iterable[Row], score: Callable[[Row], float | None], *, margin: float = 0.0
) -> list[tuple[Row, Row]]:
    """Of each question with several answers the best and the worst, by what people or judges gave.

    Answers whose scores differ by no more than `margin` prefer nothing.
    """
    asked: defaultdict[str, list[tuple[float, Row]]] = defaultdict(list)
    for row in rows:
        given = score(row)
        if given is not None and row.outputs is not None:
            asked[digest(row.inputs)].append((given, row))
    pairs = []
    for answers in asked.values():
        worst, best = (pick(answers, key=lambda pair: pair[0]) for pick in (min, max))
        if best[0] - worst[0] > margin:
            pairs.append((best[1], worst[1]))
    return pairs


def _sample(row: Row, answer: Any) -> Sample:
    if row.inputs is None or answer is None:
        raise Unusable("there is no " + ("question" if row.inputs is None else "answer"))
    made = conversation(row.inputs, answer)
    if made is None:
        raise Unusable("inputs and answer are no messages and no single texts")
    identity = row.example_id or digest([row.inputs, answer])
    return Sample(
        id=identity,
        group=row.cluster or str(row.metadata.get("session_id") or identity),
        messages=made["messages"],
        tools=made.get("tools", ()),
    )


def _answer_at(messages: Messages) -> int:
    at = len(messages)
    while at and messages[at - 1].get("role") == "assistant":
        at -= 1
    return at
