"""Compares what a shadow answered with what the client was given: scores of the shadow.

shadow.exact        1 where both say the same but for white space and case
shadow.similarity   0 to 1: by meaning where the local model is installed, else by letters
shadow.preference   1 where the judge prefers the shadow in both orders, 0 where it prefers the
                    other, a half for all else
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from pilothouse.gateway.experiments import Pair
from pilothouse.gateway.models import NANO
from pilothouse.platform.releases.models import ShadowConfig
from pilothouse.spans import Score

if TYPE_CHECKING:
    from pilothouse.evaluation.models import ChatModel

log = logging.getLogger("pilothouse.releases")

Json = dict[str, Any]  # Any: JSON
WAITING: Final = 1000
AT_ONCE: Final = 4
IDENTIFIER: Final = "shadow"
_TIE: Final = 0.5


class KeepsScores(Protocol):
    """Where scores go."""

    async def write(self, placed: Sequence[tuple[int, Score]]) -> None: ...


class Numbers(Protocol):
    """What is needed of projects."""

    def id_of(self, name: str) -> int: ...


class Pairs:
    """Compares in the background, a few at a time."""

    def __init__(
        self,
        scores: KeepsScores,
        projects: Numbers,
        chat: Callable[[str], ChatModel],
        settings_of: Callable[[str], ShadowConfig | None],
        owe: Callable[[str, int], None],
    ) -> None:
        """`settings_of` and `owe` go by the name of a release; `owe` is told what a judge cost."""
        self._scores = scores
        self._projects = projects
        self._chat = chat
        self._settings_of = settings_of
        self._owe = owe
        self._waiting: deque[Pair] = deque()
        self._called = asyncio.Event()
        self._similar: Callable[[str, str], float] | None = None
        self.dropped = 0
        """Pairs that were not compared, because too many waited."""

    def take(self, pair: Pair) -> None:
        """Have a pair compared; from the event loop, never waits."""
        if len(self._waiting) >= WAITING:
            self.dropped += 1
            return
        self._waiting.append(pair)
        self._called.set()

    async def working(self) -> None:
        """Compare until cancelled."""
        bound = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            while True:
                await self._called.wait()
                self._called.clear()
                while self._waiting:
                    await bound.acquire()
                    task = tasks.create_task(self._one(self._waiting.popleft()))
                    task.add_done_callback(lambda _: bound.release())

    async def _one(self, pair: Pair) -> None:
        try:
            found = await self._compared(pair)
            number = await asyncio.to_thread(self._projects.id_of, pair.project)
            await self._scores.write([(number, score) for score in found])
        except Exception:  # one pair that cannot be compared must not end the others
            log.exception("an answer of shadow %r was not compared", pair.mirror.name)

    async def _compared(self, pair: Pair) -> list[Score]:
        settings = await asyncio.to_thread(self._settings_of, pair.mirror.name)
        primary, shadow = text_of(pair.primary), text_of(pair.shadow)
        found: list[Score] = []
        if "exact" in pair.mirror.compare:
            found.append(_score(pair, "shadow.exact", float(_plain(primary) == _plain(shadow))))
        if "similarity" in pair.mirror.compare:
            value = await asyncio.to_thread(self._similarity, primary, shadow)
            found.append(_score(pair, "shadow.similarity", value))
        if "judge" in pair.mirror.compare and settings is not None and settings.judge:
            found.append(await self._preferred(pair, settings, primary, shadow))
        return found

    def _similarity(self, primary: str, shadow: str) -> float:
        if self._similar is None:
            self._similar = _similarity()
        return self._similar(primary, shadow)

    async def _preferred(
        self, pair: Pair, settings: ShadowConfig, primary: str, shadow: str
    ) -> Score:
        """The verdict of a judge that saw both orders."""
        from pilothouse.evaluation.pairwise import PUBLISHED, as_pair_judge, create_pair_judge
        from pilothouse.evaluation.pairwise.protocol import judged
        from pilothouse.evaluation.rows import Row

        assert settings.judge is not None
        model = await asyncio.to_thread(self._chat, settings.judge)
        judge = as_pair_judge(create_pair_judge(model, criteria=settings.criteria))
        question = pair.body.get("messages") or pair.body.get("input") or pair.body.get("prompt")
        rows = Row(inputs=question, outputs=primary), Row(inputs=question, outputs=shadow)
        [verdict] = await judged([(pair.span_id, *rows)], judge, PUBLISHED)
        usage = verdict.usage
        if usage is not None and usage.cost:
            self._owe(pair.mirror.name, round(usage.cost * NANO))
        if verdict.score is None:
            why = verdict.error.message if verdict.error is not None else "no verdict"
            return _score(pair, "shadow.preference", None, error=why)
        said = "the judge contradicted itself" if verdict.inconsistent else ""
        return _score(pair, "shadow.preference", verdict.score, comment=said)


def _similarity() -> Callable[[str, str], float]:
    """By meaning where the local model is there, else by edits."""
    try:
        from pilothouse.evaluation.metrics.embeddings import cosine
        from pilothouse.evaluation.models.local import LocalEmbedder

        embedder = LocalEmbedder()
    except ImportError:
        from pilothouse.evaluation.metrics.strings import distance_function

        distance = distance_function("indel")
        return lambda a, b: 1.0 - distance(a, b)

    def by_meaning(a: str, b: str) -> float:
        if not a.strip() or not b.strip():
            return float(a.strip() == b.strip())
        one, two = embedder.embed_documents([a, b])
        return max(0.0, min(1.0, 1.0 - cosine(one, two)))

    return by_meaning


def text_of(said: Json) -> str:
    """What an answer says, whatever the protocol; its tool calls where it says nothing."""
    pieces: list[str] = []
    for choice in _dicts(said.get("choices")):
        message = choice.get("message")
        if isinstance(message, dict):
            pieces += _texts(message.get("content"))
            pieces += [str(each.get("function")) for each in _dicts(message.get("tool_calls"))]
        pieces += _texts(choice.get("text"))
    for item in _dicts(said.get("output")):
        pieces += _texts(item.get("content"))
    pieces += _texts(said.get("content"))
    return "\n".join(pieces)


def _texts(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [each["text"] for each in _dicts(content) if isinstance(each.get("text"), str)]


def _dicts(value: Any) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _score(
    pair: Pair, name: str, value: float | None, *, comment: str = "", error: str = ""
) -> Score:
    return Score(
        id=f"{pair.span_id}-{name}",
        project=pair.project,
        name=name,
        value=value,
        comment=comment,
        source="judge" if name.endswith("preference") else "code",
        identifier=IDENTIFIER,
        trace_id=pair.trace_id,
        span_id=pair.span_id,
        status="ok" if value is not None else "error",
        error=error,
        created_at_ns=time.time_ns(),
    )
