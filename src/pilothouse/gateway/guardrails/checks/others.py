"""Checks that stand elsewhere: evaluators and guards of the server, and people's own code."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any, Final

from pilothouse.gateway.guardrails.checks.threads import OwnThreads
from pilothouse.gateway.guardrails.models import Asks, Check, Finding, Judgement, Subject

GROUP: Final = "pilothouse.guardrails"
"""The group of entry points: each names a callable that takes the options and gives a check."""


def evaluator(asks: Asks, name: str, timeout_s: float) -> Check:
    """An evaluator that the server keeps, by id or name."""

    async def judge(subject: Subject) -> Judgement:
        return await asks.evaluator(name, subject, timeout_s)

    return Check(judge=judge)


def rule(asks: Asks, name: str) -> Check:
    """A guard of online evaluation, by id or name; it has its own latency and budget."""

    async def judge(subject: Subject) -> Judgement:
        return await asks.rule(name, subject)

    return Check(judge=judge)


def python(name: str, options: Mapping[str, Any], window: int) -> Check:
    """Code that an installed package offers as an entry point. Raises ValueError.

    It is called with the options and gives a function, sync or async, that is called with a text
    and says what stands where: a list of (start, end, kind). Or one that is called with `text`,
    `question`, `stage` and `body` by name and says True, False, or (passed, score, reason).
    """
    found = [each for each in entry_points(group=GROUP) if each.name == name]
    if not found:
        known = ", ".join(sorted(each.name for each in entry_points(group=GROUP))) or "none"
        raise ValueError(f"no package offers a guardrail {name!r} ({GROUP}); there are: {known}")
    try:
        made = found[0].load()(**options)
    except Exception as error:  # whatever somebody's code raises is told
        raise ValueError(f"guardrail {name!r} cannot be made: {error}") from error
    if not callable(made):
        raise ValueError(f"guardrail {name!r} is no function")  # noqa: TRY004 - of a configuration
    parameters = inspect.signature(made).parameters
    threads = OwnThreads()
    if "question" in parameters or any(
        each.kind is each.VAR_KEYWORD for each in parameters.values()
    ):
        return Check(judge=lambda subject: _judged(made, subject, threads))

    def find(text: str, _at: int) -> list[Finding]:
        return [_finding(each, text) for each in made(text)]

    return Check(find=find, window=window, threads=threads)


def _finding(given: Any, text: str) -> Finding:
    start, end, *kind = given
    if not 0 <= start < end <= len(text):
        raise ValueError(f"{given!r} is no place in a text of {len(text)} characters")
    return Finding(start, end, str(kind[0]) if kind else "python")


async def _judged(made: Any, subject: Subject, threads: OwnThreads) -> Judgement:
    given = {
        "text": subject.text,
        "question": subject.question,
        "stage": subject.stage,
        "body": subject.body,
    }
    wanted = inspect.signature(made).parameters
    if not any(each.kind is each.VAR_KEYWORD for each in wanted.values()):
        given = {name: value for name, value in given.items() if name in wanted}
    if inspect.iscoroutinefunction(made):
        said = await made(**given)
    else:
        said = await threads.run(lambda: made(**given))
    return _judgement(said)


def _judgement(said: Any) -> Judgement:
    if isinstance(said, Judgement):
        return said
    if isinstance(said, bool):
        return Judgement(passed=said)
    if isinstance(said, tuple) and len(said) == 3 and isinstance(said[0], bool):
        score = None if said[1] is None else float(said[1])
        return Judgement(passed=said[0], score=score, reason=str(said[2] or ""))
    raise TypeError(f"a guardrail says True, False or (passed, score, reason), not {said!r}")
