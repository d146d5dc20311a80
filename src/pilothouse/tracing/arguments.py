"""What a function was given, as the input of its span."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from pilothouse.tracing.values import as_text

SELF = ("self", "cls")
NAMED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Arguments:
    """Reads the arguments of calls of one function by the names of its parameters.

    Named once, when the function is decorated, so that a call pays for a zip and no more.
    """

    __slots__ = ("_alone", "_names", "_rest", "_skip", "_whole")

    def __init__(self, function: Callable[..., Any], *, whole: bool) -> None:
        """With `whole`, a single argument stays an object of one member, as tools want it."""
        try:
            parameters = list(inspect.signature(function).parameters.values())
        except (TypeError, ValueError):
            parameters = []
        names = [p.name for p in parameters if p.kind in NAMED]
        self._skip = 1 if names and names[0] in SELF else 0
        self._names = names[self._skip :]
        rest = [p.name for p in parameters if p.kind is inspect.Parameter.VAR_POSITIONAL]
        self._rest = rest[0] if rest else "args"
        self._whole = whole
        self._alone = not whole and len(parameters) - self._skip == 1 and len(self._names) == 1

    def text(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], limit: int
    ) -> tuple[str, str] | None:
        """The input of one call as (text, MIME type); None where there is none to speak of."""
        if not self._whole and not kwargs and len(args) <= self._skip:
            return None
        if self._alone and not kwargs and len(args) == self._skip + 1:
            return as_text(args[self._skip], limit)
        given = args[self._skip :] if self._skip else args
        named = dict(zip(self._names, given, strict=False))
        if len(given) > len(self._names):
            named[self._rest] = given[len(self._names) :]
        if kwargs:
            named.update(kwargs)
        if self._alone and len(named) == 1:
            return as_text(next(iter(named.values())), limit)
        return as_text(named, limit)
