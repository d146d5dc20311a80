"""What a run owes to the runs around it: its place in the tree, and what those below it used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pilothouse.platform.ingest.langsmith.times import stamp_of
from pilothouse.platform.store.runs import Node
from pilothouse.spans.run_ids import run_id


@dataclass(slots=True, kw_only=True)
class Used:
    """Tokens and dollars; None is unknown."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    cost_input: float | None = None
    cost_output: float | None = None
    cost_total: float | None = None

    def add(self, other: Used | Node) -> None:
        """Count what another used, too."""
        for name in _USED:
            more = getattr(other, name)
            if more is not None:
                setattr(self, name, (getattr(self, name) or 0) + more)

    def known(self) -> bool:
        """Whether there is anything."""
        return any(getattr(self, name) is not None for name in _USED)


_USED = tuple(field.name for field in fields(Used))


def used_by(row: Mapping[str, Any]) -> Used:
    """What a row of `spans` says of itself."""
    return Used(**{name: row[name] for name in _USED})


class Tree:
    """The runs of one trace."""

    def __init__(self, project: int, trace_id: str, nodes: Mapping[str, Node]) -> None:
        self._project = project
        self._trace_id = trace_id
        self._nodes = nodes
        self._children: dict[str, list[str]] = {}
        for node in nodes.values():
            self._children.setdefault(node.parent_span_id, []).append(node.span_id)
        self._below: dict[str, Used] = {}

    def order(self, span_id: str) -> str:
        """The dotted order of a run, from the starts and ids of those above it."""
        segments: list[str] = []
        seen: set[str] = set()
        node = self._nodes.get(span_id)
        while node is not None and node.span_id not in seen:
            seen.add(node.span_id)
            own = run_id(self._project, self._trace_id, node.span_id)
            segments.append(stamp_of(node.start_us) + own)
            node = self._nodes.get(node.parent_span_id)
        return ".".join(reversed(segments))

    def below(self, span_id: str) -> Used:
        """What all runs below one used that count."""
        if span_id in self._below:
            return self._below[span_id]
        waiting, seen = [span_id], set[str]()
        order: list[str] = []
        while waiting:
            one = waiting.pop()
            if one in seen or one in self._below:
                continue
            seen.add(one)
            order.append(one)
            waiting += self._children.get(one, ())
        for one in reversed(order):
            used = Used()
            for child in self._children.get(one, ()):
                node = self._nodes[child]
                if node.usage_counted:
                    used.add(node)
                used.add(self._below.get(child, Used()))
            self._below[one] = used
        return self._below[span_id]


def parents_in(dotted_order: str) -> Sequence[str]:
    """The ids of the runs above, from the top down."""
    return [segment[-36:] for segment in dotted_order.split(".")[:-1]]
