"""The application under test, in whatever shape it comes, as one kind of call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pilothouse.evaluation.results import Usage
from pilothouse.evaluation.rows import Row

_EXTRA: Final = ("seed", "metadata", "row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a target may return to say more than its outputs."""

    outputs: Any
    usage: Usage | None = None
    """What it cost: counted against the budget, and shown."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """What evaluators ask for by name: `contexts`, `messages` …"""


@dataclass(frozen=True, slots=True)
class Target:
    """How the application is called for a row."""

    name: str
    call: Callable[[Row, int], Any] | None
    """With the row and its seed. None: the rows bring their outputs."""
    waits: bool
    """Whether the call gives an awaitable."""
    seeded: bool = False
    """Whether it reads the seed, which otherwise need not be made."""
    stored: Callable[[str, int], Answer] | None = None
    """Instead of a call: the answer that an experiment keeps of an example and repetition."""


def target_of(given: Any) -> Target:
    """A target made of a function, of what has `ainvoke` or `invoke`, or of None.

    A function is called with the inputs; parameters named `seed`, `metadata` and `row` get these.
    Raises TypeError for anything else, and for a function that no inputs can be given to.
    """
    if given is None:
        return Target("outputs of the data", None, False)
    if isinstance(given, Target):
        return given
    for method, waits in (("ainvoke", True), ("invoke", False)):
        if callable(call := getattr(given, method, None)):
            return _invoked(getattr(given, "name", None) or type(given).__name__, call, waits)
    if not callable(given):
        raise TypeError(
            f"{given!r} is no target: give a function of the inputs, something with invoke(), "
            "or None where the data have outputs"
        )
    plain = given if inspect.isroutine(given) else type(given).__call__
    name = getattr(given, "__name__", type(given).__name__)
    call, extra = _called(given, name)
    return Target(name, call, inspect.iscoroutinefunction(plain), seeded="seed" in extra)


def _invoked(name: str, call: Callable[[Any], Any], waits: bool) -> Target:
    def invoke(row: Row, seed: int) -> Any:
        return call(row.inputs)

    return Target(name, invoke, waits)


def _called(
    function: Callable[..., Any], name: str
) -> tuple[Callable[[Row, int], Any], Sequence[str]]:
    """How it is called for a row, and what else than the inputs it reads."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:  # a function of C that does not say
        parameters = []
    extra = [p.name for p in parameters[1:] if p.name in _EXTRA and p.kind is not p.POSITIONAL_ONLY]
    unknown = [
        p.name
        for p in parameters[1:]
        if p.name not in extra
        and p.default is p.empty
        and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]
    if unknown or (parameters and parameters[0].kind is inspect.Parameter.KEYWORD_ONLY):
        raise TypeError(
            f"target {name!r} asks for {', '.join(unknown) or parameters[0].name}: it is called "
            f"with the inputs, and by name with {', '.join(_EXTRA)}"
        )
    if not extra:
        return (lambda row, seed: function(row.inputs)), extra

    def call(row: Row, seed: int) -> Any:
        known = {"seed": seed, "metadata": row.metadata, "row": row}
        return function(row.inputs, **{parameter: known[parameter] for parameter in extra})

    return call, extra
