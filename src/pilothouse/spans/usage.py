"""Token algebra: counts made inclusive, totals, and which spans of a trace count.

Producers disagree on whether cached tokens are part of the input; we always say they are. A call
is often reported by several spans; `counted` says which of them stands for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from pilothouse.spans.model import Usage


def usage_of(
    *,
    input: int | None = None,
    output: int | None = None,
    total: int | None = None,
    cached: int | None = None,
    cache_write: int | None = None,
    cache_write_1h: int | None = None,
    reasoning: int | None = None,
    input_audio: int | None = None,
    output_audio: int | None = None,
    input_image: int | None = None,
    output_image: int | None = None,
    exclusive: bool = False,
) -> Usage | None:
    """The usage of one call with inclusive counts; None where neither side nor total is known.

    `exclusive` says that cached and written tokens come beside `input`. Whoever says otherwise
    is caught by the guard: parts cannot be larger than the whole.
    """
    if input is None and output is None and total is None:
        return None
    parts = (cached or 0) + (cache_write or 0)
    if parts and input is not None and (exclusive or parts > input):
        if total is not None and total == input + (output or 0):
            total += parts
        input += parts
    if total is None and input is not None:
        total = input + (output or 0)
    audio = None
    if input_audio is not None or output_audio is not None:
        audio = (input_audio or 0) + (output_audio or 0)
    return Usage(
        input_tokens=input,
        output_tokens=output,
        total_tokens=total,
        cached_tokens=cached,
        cache_write_tokens=cache_write,
        cache_write_1h_tokens=cache_write_1h,
        reasoning_tokens=reasoning,
        audio_tokens=audio,
        input_audio_tokens=input_audio,
        output_audio_tokens=output_audio,
        input_image_tokens=input_image,
        output_image_tokens=output_image,
    )


class Node(NamedTuple):
    """What the roll-up has to know of a span."""

    trace_id: str
    span_id: str
    parent_span_id: str
    has_usage: bool
    """Whether the span carries token counts or a reported cost."""
    response_id: str = ""
    scope: str = ""
    start: int = 0
    end: int | None = None
    """None while unfinished: it overlaps with everything that follows its start."""
    has_content: bool = False
    """Whether messages, input or output of the call are recorded on the span."""


Key = tuple[str, str]
"""Trace id and span id."""

_SHARED: Final = 200
"""A response id that more spans share than this identifies no call."""


def counted(spans: Sequence[Node]) -> dict[Key, bool]:
    """For each span, by (trace id, span id), whether its usage counts toward sums.

    Innermost wins: a span with usage counts if no descendant has any. Two spans of different
    scopes that overlap and carry the same response id are one call seen twice, in one trace or
    in two: the one with content counts. Give the spans of all traces that share a response id.
    """
    nodes = {(s.trace_id, s.span_id): s for s in spans}
    parents = _parents(nodes)
    covered: set[Key] = set()
    for key, node in nodes.items():
        if node.has_usage:
            above = parents[key]
            while above is not None and above not in covered:
                covered.add(above)
                above = parents[above]
    result = {key: node.has_usage and key not in covered for key, node in nodes.items()}
    for key in _repeated(node for key, node in nodes.items() if result[key]):
        result[key] = False
    return result


def _parents(nodes: dict[Key, Node]) -> dict[Key, Key | None]:
    """Each span's parent in the trace, or None; rings are cut above their earliest span."""
    parents: dict[Key, Key | None] = {}
    for key, node in nodes.items():
        above = (node.trace_id, node.parent_span_id)
        parents[key] = above if above in nodes else None
    done: set[Key] = set()
    for key in nodes:
        path: list[Key] = []
        seen: set[Key] = set()
        at: Key | None = key
        while at is not None and at not in done and at not in seen:
            seen.add(at)
            path.append(at)
            at = parents[at]
        if at is not None and at in seen:
            ring = path[path.index(at) :]
            parents[min(ring, key=lambda k: (nodes[k].start, k))] = None
        done |= seen
    return parents


def _repeated(nodes: Iterable[Node]) -> list[Key]:
    """The spans that report a call which another scope reports better."""
    groups: dict[str, list[Node]] = {}
    for node in nodes:
        if node.response_id:
            groups.setdefault(node.response_id, []).append(node)
    dropped: list[Key] = []
    for group in groups.values():
        if not 1 < len(group) <= _SHARED or len({n.scope for n in group}) == 1:
            continue
        group.sort(key=lambda n: (not n.has_content, n.start, n.trace_id, n.span_id))
        kept: list[Node] = []
        for node in group:
            if any(k.scope != node.scope and _overlap(k, node) for k in kept):
                dropped.append((node.trace_id, node.span_id))
            else:
                kept.append(node)
    return dropped


def _overlap(a: Node, b: Node) -> bool:
    return (a.end is None or b.start <= a.end) and (b.end is None or a.start <= b.end)
