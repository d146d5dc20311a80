"""Questions with answers and quotes, made from documents by a model and checked one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, get_args

from pilothouse.evaluation.data.duplicates import repeated
from pilothouse.evaluation.data.synthetic import wordings
from pilothouse.evaluation.data.synthetic.asking import Maker
from pilothouse.evaluation.data.synthetic.candidates import Candidate, Generated, candidate
from pilothouse.evaluation.data.synthetic.documents import (
    Document,
    documents_of,
    neighbour,
    passages_of,
)
from pilothouse.evaluation.judges import Prompt, Shaped
from pilothouse.evaluation.judges.forms import closed
from pilothouse.evaluation.loops import in_turn, run
from pilothouse.evaluation.metrics.quotes import plain_words
from pilothouse.evaluation.models import ModelLike, RetryPolicy

Kind = Literal["single", "multi", "unanswerable"]
UNKNOWN: Final = "The documents do not say."
"""The right answer to a question that they leave open."""
_WORDS: Final = {
    "single": wordings.SINGLE,
    "multi": wordings.MULTI,
    "unanswerable": wordings.UNANSWERABLE,
    "check": wordings.ANSWERABLE,
}
_TEXT: Final = {"type": "string"}
_QUOTE: Final = closed({"document": _TEXT, "text": _TEXT})
_ITEM: Final = closed(
    {"question": _TEXT, "answer": _TEXT, "quotes": {"type": "array", "items": _QUOTE}}
)
_FORM: Final = Shaped(closed({"questions": {"type": "array", "items": _ITEM}}))
_A_CALL: Final = 3  # questions at most
_ROUNDS: Final = 4
_LEAST: Final = 3  # words of a quote; fewer stand in any text


def generate(
    documents: str | Path | Iterable[Document], model: ModelLike, **options: Any
) -> Generated:
    """Questions from documents; the options are those of `agenerate`."""
    return run(agenerate(documents, model, **options))


async def agenerate(
    documents: str | Path | Iterable[Document],
    model: ModelLike,
    *,
    single: int = 10,
    multi: int = 0,
    unanswerable: int = 0,
    language: str = "the language of the documents",
    existing: Iterable[str] = (),
    prompts: Mapping[str, Prompt | str] | None = None,
    near: float = 0.8,
    seed: int = 0,
    temperature: float = 0.7,
    max_concurrency: int = 8,
    retry: RetryPolicy | None = None,
) -> Generated:
    """So many questions that one document answers, that only several answer, and that none does.

    Kept is what holds: quotes that stand in their document, letter by letter but for case and
    spaces; documents that answer the question, or leave it open, as a second call says that does
    not see the first; and no question that resembles another, or one of `existing`. What is left
    may be fewer than were asked for; `dropped` says why. Nobody has reviewed them yet.

    Raises BadData without documents, ValueError for options that mean nothing, and ModelError
    where the model refuses every call.
    """
    wanted: dict[Kind, int] = {"single": single, "multi": multi, "unanswerable": unanswerable}
    for kind, count in wanted.items():
        if count < 0:
            raise ValueError(f"{kind} is {count}: give a number of questions")
    passages = passages_of(documents_of(documents))
    maker = Maker(model, _WORDS, prompts=prompts, retry=retry, seed=seed, temperature=temperature)
    work = _Questions(maker, passages, list(existing), language, near, max_concurrency)
    for kind in get_args(Kind):
        await work.make(kind, wanted[kind])
    return Generated(candidates=work.kept, dropped=maker.dropped, usage=maker.usage)


class _Questions:
    """One run of making questions."""

    def __init__(
        self,
        maker: Maker,
        passages: Sequence[Document],
        existing: list[str],
        language: str,
        near: float,
        max_concurrency: int,
    ) -> None:
        self.maker = maker
        self.passages = passages
        self.texts = existing
        self.language = language
        self.near = near
        self.max_concurrency = max_concurrency
        self.kept: list[Candidate] = []

    async def make(self, kind: Kind, count: int) -> None:
        """Adds up to `count` questions of a kind, over several rounds if some do not hold."""
        groups = self._groups(kind)
        if count and not groups:
            self.maker.dropped["only one document, so that none needs several"] += count
            return
        made: list[Candidate] = []
        shown = 0
        for _ in range(_ROUNDS):
            missing = count - len(made)
            if missing <= 0:
                break
            # over as many documents as there are: of one they come to resemble each other
            each = min(_A_CALL, -(-missing // len(groups)))
            calls = range(shown, shown + -(-missing // each))
            shown = calls.stop

            async def ask(at: int, each: int = each) -> list[Candidate]:
                return await self._asked(kind, groups[at % len(groups)], each, at // len(groups))

            found = await in_turn(ask, calls, limit=self.max_concurrency)
            for one in (c for several in found for c in several):
                if len(made) < count and self._is_new(one):
                    made.append(one)
        self.kept += made

    async def _asked(
        self, kind: Kind, documents: Sequence[Document], count: int, turn: int
    ) -> list[Candidate]:
        """The candidates of one call that hold."""
        shown = {document.id: document.text for document in documents}
        said = await self.maker.said(
            kind,
            _FORM,
            {"count": count, "language": self.language, "documents": shown},
            turn=turn,
        )
        found = []
        for item in () if said is None else said.value["questions"]:
            question = item["question"].strip()
            why = self._wrong(kind, question, item, shown)
            if why is None:
                label = await self.maker.label(
                    "check", ("answered", "open"), question=question, documents=shown
                )
                expected = "open" if kind == "unanswerable" else "answered"
                if label is not None and label != expected:
                    why = f"{kind}: the documents turned out to be {label} on it"
                elif label is None:
                    continue  # counted already
            if why is not None:
                self.maker.dropped[why] += 1
                continue
            open_ = kind == "unanswerable"
            found.append(
                candidate(
                    {"question": question},
                    {"answer": UNKNOWN if open_ else item["answer"].strip()},
                    cluster=documents[0].id.partition("#")[0],
                    kind=kind,
                    documents=list(shown),
                    quotes=[] if open_ else item["quotes"],
                    **self.maker.made_by(kind),
                )
            )
        return found

    def _wrong(
        self, kind: Kind, question: str, item: Mapping[str, Any], shown: Mapping[str, str]
    ) -> str | None:
        """What can be seen to be wrong without asking anybody."""
        if not question:
            return "the question is empty"
        if kind == "unanswerable":
            return None
        if not item["answer"].strip():
            return "the answer is empty"
        if not item["quotes"]:
            return "there is no quote"
        for quote in item["quotes"]:
            words = plain_words(quote["text"])
            if len(words.split()) < _LEAST:
                return "a quote is too short to say anything"
            if words not in plain_words(shown.get(quote["document"], "")):
                return "a quote does not stand in its document"
        own = {quote["document"].partition("#")[0] for quote in item["quotes"]}
        if kind == "multi" and len(own) == 1:
            return "multi: all quotes are of one document"
        return None

    def _is_new(self, one: Candidate) -> bool:
        question = one["inputs"]["question"]
        if repeated([*self.texts, question], threshold=self.near)[-1] is not None:
            self.maker.dropped["the question resembles another"] += 1
            return False
        self.texts.append(question)
        return True

    def _groups(self, kind: Kind) -> list[Sequence[Document]]:
        """What to show in each call; the order follows from the seed."""
        text = f"{self.maker.seed}\0{kind}\0"
        ordered = sorted(
            self.passages, key=lambda p: hashlib.blake2b((text + p.id).encode()).digest()
        )
        if kind == "single":
            return [[passage] for passage in ordered]
        paired = [(passage, neighbour(passage, ordered)) for passage in ordered]
        if kind == "multi":
            return [[first, other] for first, other in paired if other is not None]
        return [[first] if other is None else [first, other] for first, other in paired]
