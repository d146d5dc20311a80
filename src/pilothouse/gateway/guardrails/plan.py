"""Which guardrails hold for a call: those for all, the routes', the key's, and what it adds."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from pilothouse.gateway.errors import Refused
from pilothouse.gateway.guardrails.models import Guardrail, Stage

Named = tuple[str, Stage | None]
"""A guardrail by name, for one stage or for all that it looks at."""
_STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
_MOST: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The guardrails of a call."""

    question: tuple[Guardrail, ...]
    answer: tuple[Guardrail, ...]
    digest: str
    """Changes with any of them."""

    @property
    def names(self) -> list[str]:
        """All of them, each once."""
        return list(dict.fromkeys(each.name for each in (*self.question, *self.answer)))


def plan_of(
    known: Mapping[str, Guardrail],
    everywhere: tuple[Guardrail, ...],
    *,
    configured: tuple[Named, ...],
    asked: Any,
) -> Plan | None:
    """The plan of a call; None where nothing looks at it.

    `configured` are those of its routes and its key, `asked` the request's field. Raises Refused:
    400 for a name in the request that nobody knows, 503 for one that was configured.
    """
    if not everywhere and not configured and not asked:
        return None
    chosen: dict[str, set[Stage]] = {each.name: set(each.stages) for each in everywhere}
    for name, stage in configured:
        guardrail = known.get(name)
        if guardrail is None:  # nobody said that it may be done without
            told = f"guardrail {name!r} of this route or key is not there"
            raise Refused(503, "guardrail_failed", told)
        _add(chosen, guardrail, stage)
    for name, stage in _asked(asked):
        guardrail = known.get(name)
        if guardrail is None:
            raise _unknown(name, known)
        _add(chosen, guardrail, stage)
    if not chosen:
        return None
    every = {each.name: each for each in everywhere} | dict(known)
    question = tuple(every[name] for name, stages in chosen.items() if "input" in stages)
    answer = tuple(every[name] for name, stages in chosen.items() if "output" in stages)
    whole = ";".join(
        f"{each.digest}:{','.join(sorted(chosen[each.name]))}" for each in (*question, *answer)
    )
    return Plan(
        question=question, answer=answer, digest=hashlib.sha256(whole.encode()).hexdigest()[:16]
    )


def _add(chosen: dict[str, set[Stage]], guardrail: Guardrail, stage: Stage | None) -> None:
    stages = set(guardrail.stages) if stage is None else {stage}
    chosen.setdefault(guardrail.name, set()).update(stages)


def _asked(given: Any) -> Iterator[Named]:
    """The names in a request: a list, or lists by stage. Raises Refused."""
    if given is None:
        return
    if isinstance(given, Mapping):
        if unknown := [stage for stage in given if stage not in _STAGES]:
            raise _wrong(f"{unknown[0]!r} is no stage: say input or output")
        for stage in _STAGES:
            for name in _names(given.get(stage) or []):
                yield name, stage
        return
    for name in _names(given):
        yield name, None


def _names(given: Any) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise _wrong("give a list of names")
    if len(given) > _MOST:
        raise _wrong(f"give at most {_MOST} names")
    return given


def _wrong(what: str) -> Refused:
    return Refused(400, "invalid_guardrails", f"guardrails: {what}", param="guardrails")


def _unknown(name: str, known: Mapping[str, Guardrail]) -> Refused:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known)[:10])}"
    told = f"there is no guardrail {name!r}: {hint}"
    return Refused(400, "guardrail_not_found", told, param="guardrails", is_final=True)
