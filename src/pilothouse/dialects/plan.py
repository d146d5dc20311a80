"""Which rows of the precedence table can apply to a span, worked out once per set of attributes.

A table of two hundred rows would be slow to try on each span. But the spans of one program come
in few shapes (scope and attribute names), so what can apply is looked up by shape; the order of
the rows stays that of the table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from pilothouse.dialects.view import View

Read = Callable[[View], Any]

SHAPES: Final = 4096
"""Shapes kept at most; a program has a few dozen."""
KEYS: Final = 400
"""Spans with more attributes are planned each time: their shape will hardly come again."""


@dataclass(frozen=True, slots=True)
class Row:
    """One source of a field; applies if a key, prefix or scope is there, always if none is named.

    In a prefix `#` stands for a digit: `gen_ai.prompt.#` is a message, `gen_ai.prompt.name` not.
    """

    read: Read
    keys: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


@dataclass(slots=True)
class Plan:
    """The rows that can apply to one shape, by field, and its indexed attributes sorted out."""

    fields: dict[str, tuple[Read, ...]]
    simple: tuple[tuple[str, tuple[Read, ...]], ...]
    """Of the fields that are simply the first answer, those with any row that applies."""
    groups: dict[str, tuple[str, ...]]
    input_keys: tuple[str, ...] = ()
    output_keys: tuple[str, ...] = ()
    layouts: dict[str, Any] = field(default_factory=dict)

    def indexed(self, prefix: str) -> tuple[tuple[int, dict[str, str]], ...]:
        """`prefix.<digits>.<rest>` sorted by number, gaps allowed."""
        found: tuple[tuple[int, dict[str, str]], ...] | None = self.layouts.get(prefix)
        if found is None:
            found = self.layouts[prefix] = indexed(self.groups.get(prefix, ()), prefix)
        return found


def indexed(keys: Iterable[str], prefix: str) -> tuple[tuple[int, dict[str, str]], ...]:
    """Keys `prefix<digits>.<rest>` grouped by the number, as (number, {rest: key}), in order."""
    start = len(prefix.rstrip("#"))
    groups: dict[int, dict[str, str]] = {}
    for key in keys:
        number, _, rest = key[start:].partition(".")
        if number.isascii() and number.isdigit() and len(number) <= 18:
            groups.setdefault(int(number), {})[rest] = key
    return tuple(sorted(groups.items()))


class Planner:
    """Makes and keeps plans for one table."""

    def __init__(
        self,
        table: dict[str, tuple[Row, ...]],
        simple: tuple[str, ...],
        input_keys: tuple[str, ...],
        output_keys: tuple[str, ...],
    ) -> None:
        self._table = table
        self._simple = simple
        self._inputs = input_keys
        self._outputs = output_keys
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._last: tuple[dict[str, Any], int, str, Plan] | None = None
        self._by_key: dict[str, list[tuple[str, int]]] = {}
        self._by_prefix: dict[str, list[tuple[str, int]]] = {}
        self._by_scope: dict[str, list[tuple[str, int]]] = {}
        self._always: list[tuple[str, int]] = []
        for name, rows in table.items():
            for rank, row in enumerate(rows):
                self._index(name, rank, row)
        self._prefixes = sorted(self._by_prefix, key=len, reverse=True)
        escaped = (re.escape(p).replace(re.escape("#"), "[0-9]") for p in self._prefixes)
        self._pattern = re.compile("|".join(f"({p})" for p in escaped))

    def _index(self, name: str, rank: int, row: Row) -> None:
        place = (name, rank)
        for key in row.keys:
            self._by_key.setdefault(key, []).append(place)
        for prefix in row.prefixes:
            self._by_prefix.setdefault(prefix, []).append(place)
        for scope in row.scopes:
            self._by_scope.setdefault(scope, []).append(place)
        if not (row.keys or row.prefixes or row.scopes):
            self._always.append(place)

    def plan(self, scope: str, attributes: dict[str, Any]) -> Plan:
        """The plan for a span's shape."""
        last = self._last  # fields and scores of a span are read one after the other
        if (
            last is not None
            and last[0] is attributes
            and last[1] == len(attributes)
            and last[2] == scope
        ):
            return last[3]
        shape = (scope, *attributes)
        found = self._plans.get(shape)
        if found is None:
            found = self._make(scope, attributes)
            if len(shape) <= KEYS:
                if len(self._plans) >= SHAPES:
                    self._plans.clear()
                self._plans[shape] = found
        self._last = (attributes, len(attributes), scope, found)
        return found

    def _make(self, scope: str, attributes: dict[str, Any]) -> Plan:
        groups = self._groups(attributes)
        hits: dict[str, set[int]] = {}
        for name, rank in chain(
            self._always,
            *(self._by_key.get(key, ()) for key in attributes),
            *(self._by_prefix[prefix] for prefix in groups),
            *(places for start, places in self._by_scope.items() if scope.startswith(start)),
        ):
            hits.setdefault(name, set()).add(rank)
        fields = {
            name: tuple(rows[rank].read for rank in sorted(hits.get(name, ())))
            for name, rows in self._table.items()
        }
        return Plan(
            fields=fields,
            simple=tuple((name, fields[name]) for name in self._simple if fields[name]),
            groups=groups,
            input_keys=tuple(key for key in self._inputs if key in attributes),
            output_keys=tuple(key for key in self._outputs if key in attributes),
        )

    def _groups(self, attributes: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The attributes under each prefix that the table names."""
        groups: dict[str, list[str]] = {}
        for key in attributes:
            hit = self._pattern.match(key)
            if hit is not None and hit.lastindex is not None:
                groups.setdefault(self._prefixes[hit.lastindex - 1], []).append(key)
        return {prefix: tuple(keys) for prefix, keys in groups.items()}
